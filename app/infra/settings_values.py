"""One value of the settings: its type, its bounds, and what to say when it is neither."""

import difflib
import math
from collections.abc import Callable, Iterable
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.errors import ConfigError

CHOICES = {
    "logging.format": ("json", "console"),
    "logging.level": ("DEBUG", "INFO", "WARNING", "ERROR"),
    "simulator.mode": ("auto", "on", "off"),
}
POSTGRES = ("postgresql", "postgres")
REDIS = ("redis", "rediss")
SCHEMES = {
    "database.url": POSTGRES,
    "database.app_url": POSTGRES,
    "database.system_url": POSTGRES,
    "redis.url": REDIS,
    "broker.url": ("amqp", "amqps", *REDIS),
    "simulator.url": ("http", "https"),
    "api.public_url": ("http", "https"),
}
FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def _seconds(text: str) -> None:
    if not 0 <= float(text) <= 30 * 86_400:  # NaN, too
        raise ValueError


LISTS: dict[str, tuple[str, Callable[[str], object]]] = {
    "webhooks.schedule": ("seconds from 0 to 2592000", _seconds),
    "webhooks.allow_cidrs": ("ranges such as 127.0.0.0/8", ip_network),
}
PORT = (0, 65_535)
BOUNDS: dict[str, tuple[float, float]] = {
    "api.port": PORT,
    "flower.port": PORT,
    "simulator.port": PORT,
    "database.pool_size": (1, 1000),
    "api.threads": (1, 4096),
    "api.max_body_bytes": (1024, 2**31),
    "api.max_json_depth": (1, 512),  # Python's own parser gives up near 1,000
    "worker.core_concurrency": (1, 256),
    "worker.lease_seconds": (0.1, 86_400),
    "worker.heartbeat_seconds": (0.01, 86_400),
    "relay.batch_size": (1, 10_000),
    "relay.poll_seconds": (0.01, 3600),
    "relay.lock_seconds": (0.1, 3600),
    "relay.max_waiting_per_lane": (0, 1_000_000),
    "reconciler.interval_seconds": (0.01, 3600),
    "reconciler.redispatch_after_seconds": (0.1, 86_400),
    "reconciler.max_recoveries": (0, 1000),
    "cache.ttl_seconds": (0, 86_400),
    "cache.threshold": (0.5, 1),
    "cache.semantic_entries": (1, 10_000),
    "jobs.max_items": (1, 1_000_000),
    "jobs.max_attempts": (1, 10),
    "jobs.idempotency_hours": (1, 8760),
    "schedules.late_seconds": (5, 86_400),  # a tick comes every second, at best
    "webhooks.jitter": (0, 1),
    "webhooks.timeout_seconds": (0.1, 60),
    "webhooks.max_result_bytes": (0, 16 * 1024 * 1024),
    "webhooks.concurrency": (2, 512),
    "webhooks.per_endpoint_concurrency": (1, 512),
    "webhooks.redispatch_after_seconds": (0.1, 86_400),
    "webhooks.disable_after_days": (0.001, 365),
    "webhooks.keep_days": (0.01, 3650),
    "webhooks.max_endpoints": (1, 10_000),
    "webhooks.rotation_hours": (0, 720),
}
ANY = (0, 2**53)


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean ...?` with the nearest known name, or nothing."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else ""


def typed(dotted: str, kind: Any, value: Any, source: str) -> Any:
    """`value` as the setting's type. Raises ConfigError, which never shows a URL's password."""
    if kind in (int, float):
        return _number(dotted, kind, value, source)
    if kind is bool:
        return _flag(dotted, value, source)
    if not isinstance(value, str):
        raise ConfigError(f"{source}: {dotted} must be a text, not {value!r}")
    if kind is Path:
        return Path(value).expanduser()
    if dotted in CHOICES and value not in CHOICES[dotted]:
        hint = nearest(value, CHOICES[dotted])
        known = ", ".join(CHOICES[dotted])
        raise ConfigError(f"{source}: {dotted} must be one of {known}, not {value!r}{hint}")
    if dotted in SCHEMES:
        _check_url(dotted, value, source)
    if dotted in LISTS:
        _check_list(dotted, value, source)
    return value


def _flag(dotted: str, value: Any, source: str) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in FLAGS:
        return FLAGS[value.lower()]
    raise ConfigError(f"{source}: {dotted} must be true or false, not {value!r}")


def _check_list(dotted: str, value: str, source: str) -> None:
    what, read = LISTS[dotted]
    for part in filter(None, (part.strip() for part in value.split(","))):
        try:
            read(part)
        except ValueError:
            raise ConfigError(
                f"{source}: {dotted} must be {what}, separated by commas; {part!r} is not one"
            ) from None
    if not value.strip(", "):
        raise ConfigError(f"{source}: {dotted} must be {what}, separated by commas")


def _number(dotted: str, kind: Any, value: Any, source: str) -> Any:
    low, high = BOUNDS.get(dotted, ANY)
    what = "a whole number" if kind is int else "a number"
    wanted = f"{source}: {dotted} must be {what} from {low:g} to {high:.15g}, not {value!r}"
    try:
        if isinstance(value, bool):
            raise ValueError
        number = float(value)
        if not math.isfinite(number) or (kind is int and not number.is_integer()):
            raise ValueError
        number = kind(value)
    except (TypeError, ValueError, OverflowError):
        raise ConfigError(wanted) from None
    if not low <= number <= high:
        raise ConfigError(wanted)
    return number


def _check_url(dotted: str, value: str, source: str) -> None:
    wanted = " or ".join(f"{scheme}://" for scheme in SCHEMES[dotted])
    try:
        parts = urlsplit(value)
        known = parts.scheme in SCHEMES[dotted]
        _ = parts.port  # raises ValueError when it is no number
    except ValueError as error:
        text = str(error) if "Port" in str(error) else "it cannot be read"
        raise ConfigError(f"{source}: {dotted} is not a URL: {text}") from None
    if not known:
        raise ConfigError(f"{source}: {dotted} must begin with {wanted}")
