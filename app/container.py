"""Builds the services from settings. Web, workers and CLI share it; everything is made lazily."""

from app.wiring.work import Work


class Container(Work):
    """All services of a process."""
