"""The processes of a deployment: what each role runs. Compose and the supervisor share it."""

import sys
from dataclasses import dataclass
from pathlib import Path

from app.errors import ConfigError
from app.infra.detectors import load_detectors
from app.infra.lanes import CORE, WEBHOOKS
from app.infra.plugins import load_plugins
from app.infra.settings import Settings
from providers.registry import check_installed
from providers.types import ProviderConfig
from tasks import names

ROLES = ("api", "relay", "reconciler", "worker", "beat", "flower", "simulator")


@dataclass(frozen=True, kw_only=True)
class Role:
    """One process to run."""

    role: str
    name: str  # unique in a stack: role, or worker-openai
    argv: tuple[str, ...]


def api(settings: Settings, port: int) -> Role:
    argv = (
        *_python("gunicorn"),
        "app.factory:create_app()",
        "--worker-class=app.api.worker.Worker",
        "--workers=1",
        f"--threads={settings.api.threads}",
        f"--bind={settings.api.host}:{port}",
        "--keep-alive=75",
        "--graceful-timeout=10",
        "--timeout=120",
        "--backlog=1024",
        "--limit-request-line=8190",
        "--limit-request-fields=100",
        "--limit-request-field_size=16380",
        "--no-control-socket",
    )
    return Role(role="api", name="api", argv=argv)


def relay() -> Role:
    return Role(role="relay", name="relay", argv=_python("tasks.relay"))


def reconciler() -> Role:
    return Role(role="reconciler", name="reconciler", argv=_python("tasks.reconciler"))


def worker(settings: Settings, lane: str) -> Role:
    """The worker of a lane: prefork for CPU work, threads for calls and deliveries.

    Raises ConfigError for a lane that no provider table names, or for what cannot be loaded.
    """
    queues = names.served_by(lane, settings.providers)
    if lane == CORE:
        pool, concurrency = "prefork", settings.worker.core_concurrency
    elif lane == WEBHOOKS:
        pool, concurrency = "threads", settings.webhooks.concurrency
    elif lane in settings.providers:
        load_plugins(settings.middleware)  # what is not there must not wait for a call
        load_detectors(settings.privacy)
        _check_installed(settings.providers[lane])
        pool, concurrency = "threads", settings.providers[lane].concurrency
    else:
        known = ", ".join((CORE, WEBHOOKS, *settings.providers))
        raise ConfigError(f"no provider is named {lane!r}; workers are: {known}")
    argv = (
        *_celery("worker"),
        f"--pool={pool}",
        f"--concurrency={concurrency}",
        f"--hostname={lane}@%h",
        f"--queues={','.join(queues)}",
        "--without-gossip",
        "--without-mingle",
    )
    return Role(role="worker", name=f"worker-{lane}", argv=argv)


def _check_installed(provider: ProviderConfig) -> None:
    try:
        check_installed([provider])
    except ModuleNotFoundError as error:
        raise ConfigError(f"providers.{provider.name}: {error}") from None


def beat(folder: Path) -> Role:
    argv = (*_celery("beat"), f"--schedule={folder / 'beat-schedule'}", "--pidfile=")
    return Role(role="beat", name="beat", argv=argv)


def flower(settings: Settings, port: int, host: str = "127.0.0.1") -> Role:
    """Flower reads its basic-auth pair from FLOWER_BASIC_AUTH, so that `ps` does not show it."""
    argv = (*_celery("flower"), f"--address={host}", f"--port={port}", "--persistent=False")
    return Role(role="flower", name="flower", argv=argv)


def simulator(port: int, host: str = "127.0.0.1") -> Role:
    argv = (*_python("providers.simulator"), f"--host={host}", f"--port={port}")
    return Role(role="simulator", name="simulator", argv=argv)


def workers(settings: Settings) -> list[Role]:
    """The core worker, the one for webhooks, and one for each provider."""
    lanes = (CORE, WEBHOOKS, *settings.providers)
    return [worker(settings, lane) for lane in lanes]


def _python(module: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module)


def _celery(command: str) -> tuple[str, ...]:
    return (*_python("tasks.celery_role"), command)
