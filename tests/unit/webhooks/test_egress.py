"""The guard, with a resolver and a connector of the tests' own: no such address is connected to."""

import http.server
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.infra.egress import Egress, EgressFailed, EgressRefused, Reply
from app.infra.egress_addresses import read_networks

PUBLIC, OTHER = "93.184.215.14", "2606:2800:21f:cb07::1"


class Net:
    """Names and their addresses, and where connections really go: a local port, or nowhere."""

    def __init__(self, port: int = 0, **names: Sequence[str]) -> None:
        self.port = port
        self.names = {name.replace("_", "."): list(found) for name, found in names.items()}
        self.asked: list[str] = []
        self.connected: list[tuple[str, int]] = []
        self.refusing: set[str] = set()

    def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        if host not in self.names:
            raise OSError("no such name")
        return self.names[host]

    def connect(self, address: str, port: int, seconds: float) -> socket.socket:
        self.connected.append((address, port))
        if not self.port or address in self.refusing:
            raise ConnectionRefusedError(111, "Connection refused")
        return socket.create_connection(("127.0.0.1", self.port), timeout=seconds)

    def egress(self, **more: Any) -> Egress:
        return Egress(resolve=self.resolve, connect=self.connect, **more)


def post(egress: Egress, url: str, seconds: float = 5.0) -> Reply:
    headers = {"content-type": "application/json"}
    return egress.post(url, headers=headers, body=b'{"a": 1}', seconds=seconds, most=1024)


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        [PUBLIC, "10.0.0.1"],
        ["10.0.0.1", PUBLIC],
        [PUBLIC, OTHER, "::ffff:169.254.169.254"],
        ["64:ff9b::7f00:1"],
    ],
)
def test_any_answer_that_is_not_public_refuses_the_name(addresses: list[str]) -> None:
    net = Net(example_com=addresses)
    for call in (
        lambda e: e.check("https://example.com/"),
        lambda e: post(e, "https://example.com/"),
    ):
        with pytest.raises(EgressRefused, match="public addresses only") as refused:
            call(net.egress())
        for address in addresses:
            assert address not in str(refused.value), "it would map our network for a tenant"
    assert net.connected == []


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::1]", "[::ffff:7f00:1]",
     "localhost", "[fd00:ec2::254]", "169.254.169.254", "0"],
)  # fmt: skip
def test_an_address_in_any_spelling_is_resolved_and_judged(host: str) -> None:
    """By the system's resolver, which reads them all; nothing is asked of a name server."""
    calls: list[Any] = []
    egress = Egress(connect=lambda *a: calls.append(a), allow_http=True)  # type: ignore[arg-type,return-value]
    for scheme in ("http", "https"):
        with pytest.raises((EgressRefused, EgressFailed)):
            post(egress, f"{scheme}://{host}/")
    assert calls == []


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://example.com/", "https://"),
        ("ftp://example.com/", "https://"),
        ("file:///etc/passwd", "https://"),
        ("gopher://example.com/", "https://"),
        ("//example.com/", "https://"),
        ("example.com", "https://"),
        ("", "https://"),
        ("https://", "host"),
        ("https:///path", "host"),
        ("https://me:secret@example.com/", "user"),
        ("https://me@example.com/", "user"),
        ("https://example.com:0/", "port"),
        ("https://example.com:65536/", "port"),
        ("https://example.com:port/", "URL"),
        ("https://exa mple.com/", "URL"),
        ("https://example.com/\r\nX: y", "URL"),
        ("https://example.com\\@127.0.0.1/", "URL"),
        ("https://[::1/", "URL"),
        ("https://example.com/\ud800", "URL"),
        ("https://example.com/" + "a" * 2048, "2048"),
    ],
)
def test_what_is_not_a_url_to_call(url: str, says: str) -> None:
    net = Net(example_com=[PUBLIC])
    with pytest.raises(EgressRefused, match=says):
        net.egress().check(url)
    assert net.asked == []


def test_an_unknown_name_is_no_refusal() -> None:
    with pytest.raises(EgressFailed, match="could not be resolved"):
        Net().egress().check("https://nobody.example/")
    with pytest.raises(EgressFailed, match="no address"):
        Net(empty_example=[]).egress().check("https://empty.example/")


def test_a_resolver_that_hangs_is_left_behind() -> None:
    release = threading.Event()

    def resolve(host: str, port: int) -> Sequence[str]:
        release.wait(30)
        return [PUBLIC]

    began = time.monotonic()
    with pytest.raises(EgressFailed, match="in time"):
        post(Egress(resolve=resolve), "https://example.com/", seconds=0.2)
    release.set()
    assert time.monotonic() - began < 20


class Seen(http.server.ThreadingHTTPServer):
    daemon_threads = True
    requests: list[tuple[str, dict[str, str], bytes]]


class Handler(http.server.BaseHTTPRequestHandler):
    server: Seen

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.requests.append((self.path, dict(self.headers.items()), body))
        self.send_response(302 if self.path == "/moved" else 200)
        self.send_header("location", "https://127.0.0.1/")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def plain() -> Iterator[Seen]:
    server = Seen(("127.0.0.1", 0), Handler)
    server.requests = []
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def certificate(folder: Path, name: str) -> Path:
    """A self-signed certificate for `name` with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


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
