"""What a worker process shares between its tasks; made at the first task, after any fork."""

import os
import threading

from app.container import Container
from app.infra.settings import load_settings

_lock = threading.Lock()
_made: tuple[int, Container] | None = None


def container() -> Container:
    """This process's container."""
    global _made
    if _made is None or _made[0] != os.getpid():
        with _lock:
            if _made is None or _made[0] != os.getpid():
                _made = (os.getpid(), Container(load_settings()))
    return _made[1]
