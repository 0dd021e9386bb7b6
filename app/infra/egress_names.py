"""The addresses of a name, found within a deadline."""

import queue
import socket
import threading
from collections.abc import Callable, Sequence

from app.infra.egress_errors import EgressFailed
from app.infra.egress_stream import Deadline

Resolve = Callable[[str, int], Sequence[str]]


def system_resolve(host: str, port: int) -> Sequence[str]:
    """Every address of a name. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def addresses_of(host: str, port: int, resolve: Resolve, deadline: Deadline) -> Sequence[str]:
    """The name's addresses, within the deadline, which the system's resolver has none of.

    Raises EgressFailed.
    """
    answers: queue.SimpleQueue[Sequence[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolve(host, port))
        except Exception as error:
            answers.put(error)

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=deadline.left())
    except queue.Empty:
        raise EgressFailed(f"the host {host} could not be resolved in time") from None
    if isinstance(answer, Exception):
        raise EgressFailed(f"the host {host} could not be resolved") from None
    return answer
