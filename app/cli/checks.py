"""The checks of `penstock doctor`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.cli.masking import hidden, secrets_of
from app.infra.detectors import load_detectors
from app.infra.plugins import load_plugins
from app.infra.sealing import Sealer
from app.infra.settings import Settings, load_settings
from app.stack.preflight import check_ports, ping_broker, ping_redis
from app.stack.state import is_locked, read_state
from providers.registry import check_installed
from providers.types import ProviderConfig

LEAST_DISK = 0.5  # GiB
OLDEST_PYTHON = (3, 11)


def run_checks(settings: Settings) -> list[dict[str, Any]]:
    """Each check: name, ok, detail. A check that cannot run has failed, and says why."""
    inside = stack_settings(settings)
    wanted: list[tuple[str, Callable[[], str]]] = [
        ("python", _python),
        ("disk", lambda: _disk(settings)),
        ("ports", lambda: _ports(settings)),
        ("providers", lambda: _providers(inside or settings)),
        ("plugins", lambda: _plugins(settings)),
        ("privacy", lambda: _privacy(settings)),
        ("database", lambda: _database(inside or settings)),
        ("redis", lambda: _redis(inside or settings)),
        ("broker", lambda: _broker(inside or settings)),
        ("webhooks", lambda: _webhooks(settings)),
        ("stack", lambda: _stack(settings)),
    ]
    secrets = secrets_of(settings) | (secrets_of(inside) if inside else set())
    return [_result(name, check, secrets) for name, check in wanted]


def stack_settings(settings: Settings) -> Settings | None:
    """The settings as the processes of the running stack see them; None when none runs."""
    folder = settings.data_dir.resolve()
    if not is_locked(folder):
        return None
    known = (read_state(folder) or {}).get("environment") or {}
    return load_settings({**os.environ, **known})


def _result(name: str, check: Callable[[], str], secrets: set[str]) -> dict[str, Any]:
    try:
        return {"name": name, "ok": True, "detail": hidden(check(), secrets)}
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return {"name": name, "ok": False, "detail": hidden(lines[0], secrets)}


def _python() -> str:
    if sys.version_info[:2] < OLDEST_PYTHON:
        raise RuntimeError("Python 3.11 or newer is needed")
    return ".".join(map(str, sys.version_info[:3]))


def _disk(settings: Settings) -> str:
    folder = settings.data_dir.resolve()
    while not folder.exists():
        folder = folder.parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise RuntimeError(f"{folder} is not writable for this user")
    free = shutil.disk_usage(folder).free / 2**30
    if free < LEAST_DISK:
        raise RuntimeError(f"{free:.1f} GiB free for the data folder, which is too little")
    return f"{free:.1f} GiB free for the data folder"


def _ports(settings: Settings) -> str:
    """The ports that the settings name are free, or held by our own stack."""
    if is_locked(settings.data_dir.resolve()):
        return "held by the running stack"
    fixed = check_ports(settings)
    return ", ".join(f"{name} {port} free" for name, port in fixed.items()) or (
        "free ones are chosen"
    )


def _providers(settings: Settings) -> str:
    if settings.providers:
        check_installed(settings.providers.values())
        return ", ".join(_provider(provider) for provider in settings.providers.values())
    if settings.simulator.mode == "off":
        raise RuntimeError("no provider key is set and the simulator is off")
    return "no provider key is set: `penstock up` answers from its simulator"


def _privacy(settings: Settings) -> str:
    load_detectors(settings.privacy)
    return "Presidio finds names and places" if settings.privacy.presidio else "built-in detectors"


def _plugins(settings: Settings) -> str:
    return ", ".join(load_plugins(settings.middleware)) or "none"


def _provider(config: ProviderConfig) -> str:
    told = [config.kind] if config.kind != config.name else []
    told += ["simulated"] if config.simulated else []
    return config.name + (f" ({', '.join(told)})" if told else "")


def _database(settings: Settings) -> str:
    url = settings.database.url or settings.database.app_url
    if not url:
        from app.stack.postgres import postgres_binary

        return f"embedded: {_version(postgres_binary())}"
    import psycopg

    with psycopg.connect(url, connect_timeout=5) as connection:
        version = connection.info.server_version // 10_000
    if settings.database.url:
        from migrations.runner import pending

        missing = pending(settings.database.url)
        if missing:
            raise RuntimeError(f"migrations pending: {', '.join(missing)}; run `penstock migrate`")
    return f"reachable (PostgreSQL {version}), migrated"


def _redis(settings: Settings) -> str:
    if not settings.redis.url:
        from app.stack.valkey import valkey_binary

        return f"embedded: {_version(valkey_binary())}"
    return _ping(settings.redis.url)


def _ping(url: str) -> str:
    policy = ping_redis(url)
    if policy not in ("noeviction", None):
        raise RuntimeError(f"maxmemory-policy is {policy}: it may drop messages; set noeviction")
    return "reachable"


def _broker(settings: Settings) -> str:
    if not settings.broker.url:
        return "embedded Valkey"
    if settings.broker.url.startswith("redis"):
        return _ping(settings.broker.url)
    return f"reachable ({ping_broker(settings.broker.url)})"


def _webhooks(settings: Settings) -> str:
    """Without a key no endpoint can be made; the embedded stack makes its own."""
    given = settings.webhooks
    embedded = not (settings.database.url or settings.database.app_url)
    if settings.security.secret_key:
        Sealer(settings.security.secret_key).check()
        key = "secrets are sealed"
    elif embedded:
        key = "`penstock up` makes the key that seals secrets"
    else:
        raise RuntimeError("set PENSTOCK_SECURITY_SECRET_KEY: without it there are no webhooks")
    opened = f"; also to {given.allow_cidrs}, for development" if given.allow_cidrs else ""
    return f"{key}; {'http and https' if given.allow_http else 'https only'}{opened}"


def _stack(settings: Settings) -> str:
    folder = settings.data_dir.resolve()
    if not is_locked(folder):
        return f"none runs on {folder}"
    return f"runs on {folder}, supervisor pid {(read_state(folder) or {}).get('supervisor_pid')}"


def _version(binary: Path) -> str:
    done = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=20)
    if done.returncode != 0:
        raise RuntimeError(f"{binary.name} does not run here: {done.stderr.strip()[:200]}")
    return done.stdout.strip()
