"""pytest-celery nodes without Docker: a local process stands where it expects a container."""

import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.deployment import Deployment


@dataclass
class LocalProcess:
    """What pytest-celery asks of a container: id, name, status, celeryconfig, and the verbs."""

    name: str
    url: str
    alive: Callable[[], bool]
    read_logs: Callable[[], str]
    do_kill: Callable[[], None]
    do_start: Callable[[], None]
    is_ready: Callable[[], bool] = field(default=lambda: True)

    @property
    def id(self) -> str:
        return self.name.ljust(12, "-")

    @property
    def status(self) -> str:
        return "running" if self.alive() else "exited"

    @property
    def celeryconfig(self) -> dict[str, Any]:
        return {"url": self.url, "host_url": self.url}

    def ready(self) -> bool:
        return self.is_ready()

    def logs(self) -> str:
        return self.read_logs()

    def kill(self, signal: str | int = signal.SIGKILL) -> None:
        self.do_kill()

    def restart(self, timeout: float = 0) -> None:
        if self.alive():
            self.do_kill()
        self.do_start()

    def reload(self) -> None:
        """A container is asked for its state anew; a process always is."""

    def teardown(self) -> None:
        if self.alive():
            self.do_kill()


def worker_process(deployment: Deployment, lane: str) -> LocalProcess:
    """The real worker of a lane."""
    name = f"worker-{lane}"
    return LocalProcess(
        name=name,
        url=deployment.env["PENSTOCK_BROKER_URL"],
        alive=lambda: name in deployment.nodes and deployment.alive(name),
        read_logs=lambda: deployment.logs(name),
        do_kill=lambda: deployment.kill(name),
        do_start=lambda: deployment.start(name),
        is_ready=lambda: f"{lane}@" in deployment.logs(name) and " ready." in deployment.logs(name),
    )


def valkey_process(deployment: Deployment, name: str, url: str) -> LocalProcess:
    """The real broker or backend."""
    valkey = deployment.servers.valkey
    port = valkey.port

    def start() -> None:
        valkey.start(port=port)

    return LocalProcess(
        name=name,
        url=url,
        alive=lambda: valkey.process is not None and valkey.process.poll() is None,
        read_logs=lambda: (valkey.folder.parent / "valkey.log").read_text(errors="replace"),
        do_kill=valkey.kill,
        do_start=start,
    )
