"""A process that loses its supervisor ends soon, whatever it is waiting for."""

import os
import signal
import threading
import time

GRACE = 15.0  # seconds, from the SIGTERM that the kernel sends then


def end_with_supervisor(pid: int, grace: float = GRACE) -> None:
    """Once process `pid` is no longer our parent: SIGKILL this process after `grace` seconds.

    A worker's warm shutdown would wait for its provider calls, which may take minutes; their
    stages' leases end, and whoever is started next takes them over.
    """

    def watch() -> None:
        while os.getppid() == pid:
            time.sleep(0.5)
        time.sleep(grace)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="orphan-watch", daemon=True).start()
