"""The one error of a wrong call."""


class BadCall(ValueError):
    """The call is not in the vendor's format."""
