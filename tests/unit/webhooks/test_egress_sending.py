"""What the guard lets through is sent as it should be, and what comes back has an end."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from app.infra.egress import Egress
from app.infra.egress_addresses import read_networks
from app.infra.egress_errors import EgressFailed
from tests.unit.webhooks.hook_server import Handler, Seen, certificate
from tests.unit.webhooks.net import OTHER, PUBLIC, Net, post


@pytest.fixture
def plain() -> Iterator[Seen]:
    server = Seen(("127.0.0.1", 0), Handler)
    server.requests = []
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def secure(plain: Seen, tmp_path: Path) -> tuple[Seen, ssl.SSLContext, list[str | None]]:
    """The server under TLS for hooks.example, a context that trusts it, and the names asked for."""
    path = certificate(tmp_path, "hooks.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    asked: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    plain.socket = context.wrap_socket(plain.socket, server_side=True)
    return plain, ssl.create_default_context(cafile=str(path)), asked


def test_the_literal_address_with_the_names_host_sni_and_certificate(
    secure: tuple[Seen, ssl.SSLContext, list[str | None]],
) -> None:
    server, trust, asked = secure
    net = Net(server.server_address[1], hooks_example=[PUBLIC, OTHER])
    reply = post(net.egress(ssl_context=trust), "https://hooks.example:8443/in?a=b")
    assert (reply.status, reply.body) == (200, b"ok")
    assert net.asked == ["hooks.example"], "resolved once"
    assert net.connected == [(PUBLIC, 8443)], "to the address that was judged"
    assert asked == ["hooks.example"]
    ((path, headers, body),) = server.requests
    assert (path, body) == ("/in?a=b", b'{"a": 1}')
    assert headers["host"] == "hooks.example:8443"


def test_a_certificate_for_another_name_is_a_failure(
    secure: tuple[Seen, ssl.SSLContext, list[str | None]],
) -> None:
    server, trust, _ = secure
    net = Net(server.server_address[1], other_example=[PUBLIC])
    with pytest.raises(EgressFailed, match="TLS"):
        post(net.egress(ssl_context=trust), "https://other.example/")
    with pytest.raises(EgressFailed, match="TLS"):
        post(net.egress(), "https://other.example/")  # and one that nobody vouches for
    assert server.requests == []


def test_the_next_address_is_tried_when_one_does_not_answer(plain: Seen) -> None:
    net = Net(plain.server_address[1], hooks_example=[OTHER, PUBLIC])
    net.refusing = {OTHER}
    assert post(net.egress(allow_http=True), "http://hooks.example/").status == 200
    assert net.connected == [(OTHER, 80), (PUBLIC, 80)]


def test_no_redirect_is_followed_and_no_proxy_asked(
    plain: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    net = Net(plain.server_address[1], hooks_example=[PUBLIC])
    assert post(net.egress(allow_http=True), "http://hooks.example/moved").status == 302
    assert len(plain.requests) == 1
    assert net.connected == [(PUBLIC, 80)]


def test_the_operators_ranges_are_let_through(plain: Seen) -> None:
    url = f"http://127.0.0.1:{plain.server_address[1]}/"
    opened = Egress(allow=read_networks("127.0.0.0/8"), allow_http=True)
    opened.check(url)
    assert post(opened, url).status == 200


def dripping(parts: Sequence[bytes], every: float) -> tuple[socket.socket, int]:
    """A server that sends parts slowly, over and over."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        try:
            connection.recv(65_536)
            connection.sendall(parts[0])
            while True:
                connection.sendall(parts[1])
                time.sleep(every)
        except OSError:
            return

    threading.Thread(target=serve, daemon=True).start()
    return listener, int(listener.getsockname()[1])


def test_a_head_that_drips_meets_the_deadline() -> None:
    """Each byte comes well within any timeout for one read; together they take too long."""
    listener, port = dripping([b"HTTP/1.1 200 OK\r\n", b"a"], 0.02)
    net = Net(port, hooks_example=[PUBLIC])
    began = time.monotonic()
    with pytest.raises(EgressFailed, match="no answer within"):
        post(net.egress(allow_http=True), "http://hooks.example/", seconds=0.5)
    assert 0.4 < time.monotonic() - began < 20
    listener.close()


@pytest.mark.parametrize("every", [0.0, 0.02], ids=["endless", "dripping"])
def test_a_body_without_end_is_cut(every: float) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 9999999999\r\n\r\n"
    listener, port = dripping([head, b"b" * (1 if every else 65_536)], every)
    net = Net(port, hooks_example=[PUBLIC])
    reply = post(net.egress(allow_http=True), "http://hooks.example/", seconds=0.6)
    assert reply.status == 200
    assert 0 < len(reply.body) <= 1024
    listener.close()


ANSWERS: dict[str, bytes] = {
    "nothing": b"",
    "noise": b"\x00\xff\x00\xff\r\n\r\n",
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
    "a huge head": b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_is_no_answer_is_a_failure_in_words(name: str) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        connection.recv(65_536)
        connection.sendall(ANSWERS[name])
        connection.close()

    threading.Thread(target=serve, daemon=True).start()
    net = Net(int(listener.getsockname()[1]), hooks_example=[PUBLIC])
    with pytest.raises(EgressFailed) as failed:
        post(net.egress(allow_http=True), "http://hooks.example/", seconds=2)
    assert str(failed.value)
    listener.close()


def test_a_refused_connection_is_told_without_the_address() -> None:
    net = Net(hooks_example=[PUBLIC])
    with pytest.raises(EgressFailed, match="Connection refused") as failed:
        post(net.egress(allow_http=True), "http://hooks.example/")
    assert PUBLIC not in str(failed.value)
