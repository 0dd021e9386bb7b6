"""The settings, typed: defaults < penstock.toml (or PENSTOCK_CONFIG) < environment."""

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from app.errors import ConfigError
from app.infra.settings_providers import default_providers, read_providers
from providers.types import ProviderConfig

# Variables that are ours but not settings of this module.
OTHER = frozenset({"PENSTOCK_CONFIG", "PENSTOCK_FAULT", "PENSTOCK_URL", "PENSTOCK_API_KEY"})


@dataclass(frozen=True, kw_only=True)
class DatabaseSettings:
    url: str | None = None  # the owner's; None: the embedded one
    app_url: str | None = None  # penstock_app's; None: `url`, entering the role
    system_url: str | None = None  # penstock_system's
    pool_size: int = 8  # connections in one process


@dataclass(frozen=True, kw_only=True)
class RedisSettings:
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class BrokerSettings:
    url: str | None = None  # amqp:// or redis://


@dataclass(frozen=True, kw_only=True)
class ApiSettings:
    host: str = "127.0.0.1"
    port: int = 0  # 0: a free one
    threads: int = 64
    max_body_bytes: int = 16 * 1024 * 1024
    max_json_depth: int = 64
    max_metadata_bytes: int = 16_384
    max_streams: int = 32  # event streams open at once in one process
    public_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class FlowerSettings:
    port: int = 0
    user: str = "penstock"
    password: str | None = None  # None: made for the embedded stack


@dataclass(frozen=True, kw_only=True)
class SimulatorSettings:
    mode: str = "auto"  # auto: when no provider key is set; on; off
    url: str | None = None
    port: int = 0


@dataclass(frozen=True, kw_only=True)
class WorkerSettings:
    core_concurrency: int = 2
    lease_seconds: float = 30.0
    heartbeat_seconds: float = 5.0


@dataclass(frozen=True, kw_only=True)
class RelaySettings:
    batch_size: int = 200
    poll_seconds: float = 1.0
    lock_seconds: float = 10.0
    max_dispatched_per_lane: int = 1000


@dataclass(frozen=True, kw_only=True)
class ReconcilerSettings:
    interval_seconds: float = 2.0
    redispatch_after_seconds: float = 15.0
    max_recoveries: int = 5
    join_grace_seconds: float = 5.0


@dataclass(frozen=True, kw_only=True)
class JobsSettings:
    max_items: int = 10_000
    max_attempts: int = 3
    default_model: str | None = None
    retention_days: int = 30
    idempotency_hours: int = 24


@dataclass(frozen=True, kw_only=True)
class LoggingSettings:
    level: str = "INFO"
    format: str = "json"  # json | console


@dataclass(frozen=True, kw_only=True)
class Settings:
    data_dir: Path = Path(".penstock")
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    redis: RedisSettings = field(default_factory=RedisSettings)
    broker: BrokerSettings = field(default_factory=BrokerSettings)
    api: ApiSettings = field(default_factory=ApiSettings)
    flower: FlowerSettings = field(default_factory=FlowerSettings)
    simulator: SimulatorSettings = field(default_factory=SimulatorSettings)
    worker: WorkerSettings = field(default_factory=WorkerSettings)
    relay: RelaySettings = field(default_factory=RelaySettings)
    reconciler: ReconcilerSettings = field(default_factory=ReconcilerSettings)
    jobs: JobsSettings = field(default_factory=JobsSettings)
    logging: LoggingSettings = field(default_factory=LoggingSettings)
    providers: dict[str, ProviderConfig] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict, repr=False)

    def origin(self, dotted: str) -> str:
        """Where a value came from: `default`, the file's name, or the variable's."""
        return self.origins.get(dotted, "default")


SECTIONS = {
    f.name: f for f in fields(Settings) if f.name not in ("data_dir", "providers", "origins")
}
CHOICES = {
    "logging.format": ("json", "console"),
    "logging.level": ("DEBUG", "INFO", "WARNING", "ERROR"),
    "simulator.mode": ("auto", "on", "off"),
}


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read every layer. Raises ConfigError naming the key at fault and the nearest known one."""
    env = os.environ if environ is None else environ
    path = Path(env.get("PENSTOCK_CONFIG") or "penstock.toml")
    document = _read(path, required="PENSTOCK_CONFIG" in env)
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for dotted, value in _flatten(document, path.name):
        values[dotted], origins[dotted] = _typed(dotted, value, path.name), path.name
    for name, text in env.items():
        if name.startswith("PENSTOCK_") and name not in OTHER and text != "":
            dotted = _dotted(name)
            values[dotted], origins[dotted] = _typed(dotted, text, name), name
    settings = _assemble(values, origins)
    tables = document.get("providers", {})
    providers = (
        read_providers(tables, env, path.name)
        if tables
        else default_providers(settings.simulator.mode, settings.simulator.url, env)
    )
    source = path.name if tables else "environment or simulator"
    origins |= {f"providers.{name}": source for name in providers}
    return replace(settings, providers=providers)


def _read(path: Path, *, required: bool) -> dict[str, Any]:
    if not path.exists():
        if required:
            raise ConfigError(f"PENSTOCK_CONFIG names {path}, which does not exist")
        return {}
    try:
        return tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error


def _known() -> dict[str, Any]:
    known: dict[str, Any] = {"data_dir": Path}
    for section in SECTIONS:
        for item in fields(type(getattr(Settings(), section))):
            known[f"{section}.{item.name}"] = item.type
    return known


KNOWN = _known()
NAMES = {"PENSTOCK_" + dotted.replace(".", "_").upper(): dotted for dotted in KNOWN}


def _flatten(document: dict[str, Any], source: str) -> list[tuple[str, Any]]:
    found = []
    for key, value in document.items():
        if key == "providers":
            continue
        if isinstance(value, dict):
            found += [(f"{key}.{name}", inner) for name, inner in value.items()]
        else:
            found.append((key, value))
    for dotted, _ in found:
        if dotted not in KNOWN:
            raise ConfigError(f"{source}: unknown setting {dotted!r}{_nearest(dotted, KNOWN)}")
    return found


def _dotted(name: str) -> str:
    if name not in NAMES:
        raise ConfigError(f"unknown environment variable {name}{_nearest(name, NAMES)}")
    return NAMES[name]


def _nearest(name: str, known: Any) -> str:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else ""


def _typed(dotted: str, value: Any, source: str) -> Any:
    kind = KNOWN[dotted]
    try:
        if kind is Path:
            return Path(str(value))
        if kind in (int, float):
            if isinstance(value, bool):
                raise ValueError
            number = kind(value)
            if number < 0 or number != number:
                raise ValueError
            return number
    except (TypeError, ValueError):
        wanted = "a whole number" if kind is int else "a number"
        raise ConfigError(f"{source}: {dotted} must be {wanted} >= 0, not {value!r}") from None
    if not isinstance(value, str):
        raise ConfigError(f"{source}: {dotted} must be a text, not {value!r}")
    if dotted in CHOICES and value not in CHOICES[dotted]:
        raise ConfigError(
            f"{source}: {dotted} must be one of {', '.join(CHOICES[dotted])}, not {value!r}"
        )
    return value


def _assemble(values: dict[str, Any], origins: dict[str, str]) -> Settings:
    base = Settings()
    parts: dict[str, Any] = {"origins": origins}
    if "data_dir" in values:
        parts["data_dir"] = values["data_dir"]
    for section in SECTIONS:
        own = {k.split(".", 1)[1]: v for k, v in values.items() if k.startswith(section + ".")}
        if own:
            parts[section] = replace(getattr(base, section), **own)
    return replace(base, **parts)
