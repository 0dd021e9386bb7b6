"""A stack as a context manager: a supervisor of its own, stopped at the end. For demo and tests."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from app.errors import ConfigError
from app.infra.settings import Settings
from app.stack.process import spawn
from app.stack.state import KEY, read_state


class Stack:
    """`with Stack(settings) as stack:` runs everything; `stack.api_url`, `stack.api_key`."""

    def __init__(self, settings: Settings, environ: dict[str, str] | None = None) -> None:
        self.folder = settings.data_dir.resolve()
        self._environ = dict(os.environ if environ is None else environ)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the supervisor; `wait_ready` waits for it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        root = str(Path(__file__).resolve().parents[2])
        env = self._environ | {"PENSTOCK_DATA_DIR": str(self.folder)}
        env["PYTHONPATH"] = root + os.pathsep + env.get("PYTHONPATH", "")
        argv = [sys.executable, "-m", "app.cli.main", "up"]
        self._process = spawn(argv, log=self.folder / "supervisor.log", env=env)

    def wait_ready(self, timeout: float = 90.0) -> None:
        """Until the API takes jobs. Raises ConfigError with the supervisor's last words."""
        assert self._process is not None, "start() comes first"
        until = time.monotonic() + timeout
        while time.monotonic() < until and self._process.poll() is None:
            if self.ready():
                return
            time.sleep(0.05)
        with contextlib.suppress(FileNotFoundError):
            tail = (self.folder / "supervisor.log").read_text(errors="replace")[-1500:]
            raise ConfigError(f"the stack did not start:\n{tail}")
        raise ConfigError("the stack did not start")

    def ready(self) -> bool:
        """Whether our supervisor, not one that died here before, said that the API is up."""
        state = self._state()
        ours = self._process is not None and state.get("supervisor_pid") == self._process.pid
        return ours and bool(state.get("ready"))

    def stop(self) -> None:
        """Stop everything; kills what does not stop."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(40)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        self._process = None

    def _state(self) -> dict[str, Any]:
        return read_state(self.folder) or {}

    @property
    def supervisor_pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def api_url(self) -> str:
        return str(self._state()["urls"]["api"])

    @property
    def api_key(self) -> str:
        return (self.folder / KEY).read_text()

    @property
    def simulator_url(self) -> str | None:
        url: str | None = self._state().get("urls", {}).get("simulator")
        return url

    @property
    def processes(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._state().get("processes", [])
        return found

    def __enter__(self) -> Self:
        self.start()
        try:
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
