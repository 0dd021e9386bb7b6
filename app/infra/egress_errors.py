"""Why a URL that a tenant named was not reached."""


class EgressRefused(Exception):
    """The URL is not one that we will call. The text says why, and is fit for its tenant."""


class EgressFailed(Exception):
    """No answer was had: name, connection, certificate, protocol or time."""
