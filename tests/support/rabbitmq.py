"""A RabbitMQ node of the test's own: its own name, ports, cookie and folders."""

import os
import secrets
import signal
import subprocess
from pathlib import Path

from app.stack.process import end, free_port, spawn, wait_for_port

HOMES = Path("/usr/lib/rabbitmq/lib")


def server_script() -> Path | None:
    """Debian's rabbitmq-server script; None when it is not installed."""
    found = sorted(HOMES.glob("rabbitmq_server-*/sbin/rabbitmq-server"))
    return found[-1] if found else None


class RabbitMQ:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self._dist, self._epmd = free_port(), free_port(), free_port()
        self._name = f"penstock{secrets.token_hex(4)}@localhost"
        self._process: subprocess.Popen[bytes] | None = None
        self._epmd_process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def start(self) -> None:
        """Start the node, and an epmd of its own."""
        script = server_script()
        assert script is not None
        self.folder.mkdir(parents=True, exist_ok=True)
        cookie = self.folder / ".erlang.cookie"
        if not cookie.exists():
            cookie.write_text(secrets.token_hex(16))
            cookie.chmod(0o400)
        env = self._environment()
        epmd = ["epmd", "-port", str(self._epmd), "-address", "127.0.0.1"]
        self._epmd_process = spawn(epmd, log=self.folder / "epmd.log", env=env)
        self._process = spawn([script], log=self.folder / "rabbitmq.log", env=env)
        assert wait_for_port(self.port, self._process, 60), (
            self.folder / "rabbitmq.log"
        ).read_text()[-3000:]

    def kill(self) -> None:
        """SIGKILL, as a power cut would; the data stays."""
        for process in (self._process, self._epmd_process):
            if process is not None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(10)
        self._process = self._epmd_process = None

    def stop(self) -> None:
        for process in (self._process, self._epmd_process):
            if process is not None:
                end(process, signal.SIGTERM, 20)
        self._process = self._epmd_process = None

    def _environment(self) -> dict[str, str]:
        config = self.folder / "rabbitmq.conf"
        config.write_text(f"listeners.tcp.1 = 127.0.0.1:{self.port}\n")
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "RABBITMQ_NODENAME": self._name,
            "RABBITMQ_CONFIG_FILE": str(config.with_suffix("")),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_DIST_PORT": str(self._dist),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_CTL_ERL_ARGS": "",
            "ERL_EPMD_PORT": str(self._epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }
