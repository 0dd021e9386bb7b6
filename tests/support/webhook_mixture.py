"""Many deliveries at once to good, slow, silent and closed receivers."""

import socket
import threading
import time
from collections.abc import Callable

from app.repositories.webhook_records import Endpoint
from tests.support.receiver import OK, Answer, Receiver
from tests.support.webhooks import ROLES, Webhooks


def send(webhooks: Webhooks, *endpoints: Endpoint, each: int = 1) -> None:
    """Test events, without a process for each."""
    for endpoint in endpoints:
        webhooks.deployment.rows(
            "INSERT INTO deliveries (id, tenant_id, endpoint_id, target, type, payload)"
            " SELECT new_delivery_id(), tenant_id, id, id, 'endpoint.test',"
            """ '{"type": "endpoint.test", "timestamp": "", "data": {}}'"""
            " FROM webhook_endpoints, generate_series(1, %s) WHERE id = %s RETURNING id",
            each,
            endpoint.id,
        )


def raw_server(talk: Callable[[socket.socket], None]) -> tuple[socket.socket, str]:
    """A listener that talks as it likes once it has read a request."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)

    def serve(connection: socket.socket) -> None:
        try:
            connection.recv(65_536)
            talk(connection)
        except OSError:
            connection.close()

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener, f"http://127.0.0.1:{listener.getsockname()[1]}/"


def silence(connection: socket.socket) -> None:
    time.sleep(120)


def mixture(webhooks: Webhooks, receiver: Receiver, *, each: int) -> tuple[float, float]:
    """Seconds until four good endpoints have `each`: alone, and beside slow and dead ones."""
    listener, black_hole = raw_server(silence)
    receiver.answer = lambda request, n: _slow() if "slow" in request.path else OK
    good = [webhooks.endpoint(receiver.url(f"/good-{n}"))[0] for n in range(4)]
    urls = [receiver.url("/slow-0"), receiver.url("/slow-1"), black_hole, black_hole]
    urls += [f"http://127.0.0.1:{_closed_port()}/" for _ in range(2)]
    deployment = webhooks.deployment
    deployment.start(*ROLES)

    def timed(*others: Endpoint, each: int) -> float:
        wanted = len(_good(receiver)) + len(good) * each
        began = time.monotonic()
        for endpoint in (*others, *good):
            send(webhooks, endpoint, each=each)
        deployment.until(lambda: len(_good(receiver)) >= wanted, 400)
        return time.monotonic() - began

    timed(each=5)  # the processes are up
    alone = timed(each=each)
    beside = timed(*[webhooks.endpoint(url)[0] for url in urls], each=each)
    listener.close()
    return alone, beside


def _slow() -> Answer:
    time.sleep(0.8)
    return OK


def _good(receiver: Receiver) -> set[str]:
    return {r.id for r in list(receiver.requests) if "good" in r.path}


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
