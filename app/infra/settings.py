"""The settings, typed: defaults < penstock.toml (or PENSTOCK_CONFIG) < environment."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from app.errors import ConfigError
from app.infra.settings_middleware import TABLES as MIDDLEWARE_TABLES
from app.infra.settings_middleware import MiddlewareSettings, read_middleware
from app.infra.settings_models import check_models
from app.infra.settings_providers import default_providers, read_providers
from app.infra.settings_routing import TABLES as ROUTING_TABLES
from app.infra.settings_routing import RoutingSettings, read_routing
from app.infra.settings_sections import (
    ApiSettings,
    BrokerSettings,
    CacheSettings,
    DatabaseSettings,
    FlowerSettings,
    JobsSettings,
    LimitsSettings,
    LoggingSettings,
    PrivacySettings,
    ReconcilerSettings,
    RedisSettings,
    RelaySettings,
    SchedulesSettings,
    SecuritySettings,
    SimulatorSettings,
    WebhookSettings,
    WorkerSettings,
)
from app.infra.settings_semantic import check_semantic
from app.infra.settings_values import nearest, typed
from providers.types import ProviderConfig

# Variables that are ours but not settings of this module.
OTHER = frozenset(
    {
        "PENSTOCK_CONFIG",
        "PENSTOCK_FAULT",
        "PENSTOCK_SUPERVISOR_PID",
        "PENSTOCK_URL",
        "PENSTOCK_API_KEY",
        "PENSTOCK_MIGRATE_APP_PASSWORD",
        "PENSTOCK_MIGRATE_SYSTEM_PASSWORD",
    }
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    data_dir: Path = Path(".penstock")
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    redis: RedisSettings = field(default_factory=RedisSettings)
    broker: BrokerSettings = field(default_factory=BrokerSettings)
    cache: CacheSettings = field(default_factory=CacheSettings)
    api: ApiSettings = field(default_factory=ApiSettings)
    flower: FlowerSettings = field(default_factory=FlowerSettings)
    simulator: SimulatorSettings = field(default_factory=SimulatorSettings)
    worker: WorkerSettings = field(default_factory=WorkerSettings)
    relay: RelaySettings = field(default_factory=RelaySettings)
    reconciler: ReconcilerSettings = field(default_factory=ReconcilerSettings)
    jobs: JobsSettings = field(default_factory=JobsSettings)
    security: SecuritySettings = field(default_factory=SecuritySettings)
    webhooks: WebhookSettings = field(default_factory=WebhookSettings)
    schedules: SchedulesSettings = field(default_factory=SchedulesSettings)
    privacy: PrivacySettings = field(default_factory=PrivacySettings)
    limits: LimitsSettings = field(default_factory=LimitsSettings)
    logging: LoggingSettings = field(default_factory=LoggingSettings)
    providers: dict[str, ProviderConfig] = field(default_factory=dict)
    routing: RoutingSettings = field(default_factory=RoutingSettings)
    middleware: MiddlewareSettings = field(default_factory=MiddlewareSettings)
    origins: dict[str, str] = field(default_factory=dict, repr=False)

    def origin(self, dotted: str) -> str:
        """Where a value came from: `default`, the file's name, or the variable's."""
        return self.origins.get(dotted, "default")


SECTIONS = tuple(
    f.name
    for f in fields(Settings)
    if f.name not in ("data_dir", "providers", "routing", "middleware", "origins")
)
TABLES = (*ROUTING_TABLES, *MIDDLEWARE_TABLES)  # each read by a module of its own


def _known() -> dict[str, Any]:
    known: dict[str, Any] = {"data_dir": Path}
    for section in SECTIONS:
        for item in fields(getattr(Settings(), section)):
            known[f"{section}.{item.name}"] = item.type
    return known


KNOWN = _known()
NAMES = {"PENSTOCK_" + dotted.replace(".", "_").upper(): dotted for dotted in KNOWN}
ALIASES = {"PENSTOCK_WEBHOOK_ALLOW_CIDRS": "PENSTOCK_WEBHOOKS_ALLOW_CIDRS"}


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read every layer. Raises ConfigError naming the key at fault and the nearest known one."""
    env = os.environ if environ is None else environ
    path = Path(env.get("PENSTOCK_CONFIG") or "penstock.toml")
    document = _read(path, required=bool(env.get("PENSTOCK_CONFIG")))
    given = [(d, value, path.name) for d, value in _flatten(document, path.name)]
    given += [(_dotted(name), text, name) for name, text in env.items() if _is_ours(name, text)]
    values = {dotted: typed(dotted, KNOWN[dotted], v, source) for dotted, v, source in given}
    origins = {dotted: source for dotted, _, source in given}
    settings = _assemble(values, origins)
    _check_together(settings)
    tables = document.get("providers", {})
    providers = (
        read_providers(tables, env, path.name)
        if tables
        else default_providers(settings.simulator.mode, settings.simulator.url, env)
    )
    source = path.name if tables else "environment or simulator"
    check_semantic(settings.cache, providers)
    origins |= {f"providers.{name}": source for name in providers}
    routing = read_routing(document, providers, path.name)
    if tables:  # else a process without the variables of some providers knows fewer models
        check_models(routing, settings.jobs.default_model, providers, path.name)
    middleware = read_middleware(document, path.name)
    return replace(settings, providers=providers, routing=routing, middleware=middleware)


def _read(path: Path, *, required: bool) -> dict[str, Any]:
    if not path.exists():
        if required:
            raise ConfigError(f"PENSTOCK_CONFIG names {path}, which does not exist")
        return {}
    try:
        return tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error


def _flatten(document: dict[str, Any], source: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in document.items():
        if key in ("providers", *TABLES):
            continue
        if isinstance(value, dict) and key not in KNOWN:
            found += [(f"{key}.{name}", inner) for name, inner in value.items()]
            if key not in SECTIONS:
                hint = nearest(key, (*SECTIONS, "providers", *TABLES))
                raise ConfigError(f"{source}: unknown section [{key}]{hint}")
        else:
            found.append((key, value))
    for dotted, _ in found:
        if dotted not in KNOWN:
            raise ConfigError(f"{source}: unknown setting {dotted!r}{nearest(dotted, KNOWN)}")
    return found


def _is_ours(name: str, text: str) -> bool:
    return name.startswith("PENSTOCK_") and name not in OTHER and text != ""


def _dotted(name: str) -> str:
    name = ALIASES.get(name, name)
    if name not in NAMES:
        known = (*NAMES, *OTHER)
        raise ConfigError(f"unknown environment variable {name}{nearest(name, known)}")
    return NAMES[name]


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


def _check_together(settings: Settings) -> None:
    """A lease that lapses between two heartbeats would be lost at each of them."""
    lease, beat = settings.worker.lease_seconds, settings.worker.heartbeat_seconds
    if beat * 2 > lease:
        raise ConfigError(
            f"worker.heartbeat_seconds ({beat:g}) must be at most half of"
            f" worker.lease_seconds ({lease:g})"
        )
