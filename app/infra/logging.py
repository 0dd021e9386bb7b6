"""Logs: a static event name and keywords, as JSON lines; the request id is in each."""

import logging
import sys
from typing import Any

from app.infra.unneeded import without

with without("rich"):  # we print exceptions by ourselves
    import structlog

contextvars = structlog.contextvars
SHARED: list[Any] = [
    contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]
NOISY = ("httpx2", "httpcore2", "httpx", "httpcore", "openai", "anthropic", "google_genai")


def configure_logging(settings: Any, *, role: str) -> None:
    """Send every logger's lines to stderr. `settings` has `level` and `format` (json|console)."""
    renderer: Any = (
        structlog.dev.ConsoleRenderer()
        if settings.format == "console"
        else structlog.processors.JSONRenderer()
    )

    def add_role(_: Any, __: str, event: Any) -> Any:
        event.setdefault("role", role)
        return event

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*SHARED, add_role],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level)
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
