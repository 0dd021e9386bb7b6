"""The one way to a URL that a tenant named: nothing private is reached, nothing drips for ever.

The host is resolved once, in the call that connects. If ANY of its addresses is not public the
request is refused; otherwise we connect to that literal address, while Host, SNI and the
certificate check keep the name. No redirect is followed, no proxy taken from the environment, no
connection kept. One deadline covers name, connect, handshake, request and answer.
"""

import logging
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import httpcore2
import httpx2

from app.infra.egress_addresses import Network, may_connect
from app.infra.egress_errors import EgressFailed, EgressRefused
from app.infra.egress_names import Resolve, addresses_of, system_resolve
from app.infra.egress_stream import Deadline, DeadlineStream
from app.infra.egress_urls import parsed_url, port_of

log = logging.getLogger(__name__)
LONGEST_TAIL = 2.0  # seconds for the body, once the status is known
TRIES = 3  # addresses of one name
Connect = Callable[[str, int, float], socket.socket]


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes  # its first bytes
    latency_ms: int


def system_connect(address: str, port: int, seconds: float) -> socket.socket:
    """A connected socket. Raises OSError."""
    return socket.create_connection((address, port), timeout=seconds)


class Egress:
    """Usable from many threads."""

    def __init__(
        self,
        *,
        allow: Sequence[Network] = (),
        allow_http: bool = False,
        resolve: Resolve = system_resolve,
        connect: Connect = system_connect,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._allow = tuple(allow)
        self._schemes = ("https", "http") if allow_http else ("https",)
        self._resolve = resolve
        self._connect = connect
        self._given_context = ssl_context

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return self._given_context or ssl.create_default_context()

    def check(self, url: str, *, seconds: float = 5.0) -> None:
        """Whether the URL may be called as things are now. Raises EgressRefused, EgressFailed."""
        parsed = parsed_url(url, self._schemes)
        self._addresses(parsed.raw_host.decode(), port_of(parsed), Deadline(seconds))

    def post(
        self, url: str, *, headers: Mapping[str, str], body: bytes, seconds: float, most: int
    ) -> Reply:
        """POST, and read at most `most` bytes of the answer. Raises EgressRefused, EgressFailed.

        Once the status has come the call has succeeded, however the body goes on.
        """
        parsed, deadline = parsed_url(url, self._schemes), Deadline(seconds)
        began = time.monotonic()
        try:
            return self._post(parsed, headers, body, deadline, most, began)
        except (httpcore2.TimeoutException, TimeoutError):
            raise EgressFailed(f"no answer within {seconds:g} seconds") from None
        except ssl.SSLError as error:
            raise EgressFailed(f"TLS: {error.reason or error}"[:300]) from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
            raise EgressFailed(_reason(error)) from None

    def _post(
        self,
        url: httpx2.URL,
        headers: Mapping[str, str],
        body: bytes,
        deadline: Deadline,
        most: int,
        began: float,
    ) -> Reply:
        host, port, scheme = url.raw_host, port_of(url), url.raw_scheme
        connection = httpcore2.HTTPConnection(
            origin=httpcore2.Origin(scheme, host, port),
            ssl_context=self._context,
            network_backend=_Pinned(self, deadline),
        )
        sent = {"host": url.netloc.decode(), "accept-encoding": "identity", "connection": "close"}
        sent |= {**headers, "content-length": str(len(body))}
        target = httpcore2.URL(scheme=scheme, host=host, port=port, target=url.raw_path)
        request = httpcore2.Request("POST", target, headers=list(sent.items()), content=body)
        try:
            response = connection.handle_request(request)
            latency = round((time.monotonic() - began) * 1000)
            deadline.shorten(LONGEST_TAIL)
            return Reply(
                status=response.status,
                headers={
                    k.decode("latin-1").lower(): v.decode("latin-1") for k, v in response.headers
                },
                body=_head(response, most),
                latency_ms=latency,
            )
        finally:
            connection.close()

    def open(self, host: str, port: int, deadline: Deadline) -> socket.socket:
        """A socket to one of the host's addresses, all of which were found public."""
        last: Exception = EgressFailed("the host has no address")
        for address in self._addresses(host, port, deadline)[:TRIES]:
            try:
                return self._connect(address, port, deadline.left())
            except OSError as error:
                last = error
        raise last

    def _addresses(self, host: str, port: int, deadline: Deadline) -> Sequence[str]:
        found = addresses_of(host.strip("[]"), port, self._resolve, deadline)
        if not found:
            raise EgressFailed(f"the host {host} has no address")
        for address in found:
            if not may_connect(address, self._allow):
                # The address itself is not told: it would map our network for the tenant.
                log.warning("egress_refused", extra={"host": host, "address": address})
                raise EgressRefused(f"the host {host} does not have public addresses only")
        return found


class _Pinned(httpcore2.NetworkBackend):
    """Connects where the guard lets us, whatever httpcore was told."""

    def __init__(self, guard: Egress, deadline: Deadline) -> None:
        self._guard = guard
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: object = None,
    ) -> httpcore2.NetworkStream:
        return DeadlineStream(self._guard.open(host, port, self._deadline), self._deadline)


def _head(response: httpcore2.Response, most: int) -> bytes:
    """The body's first bytes; what fails or drips after the status is only cut short."""
    found = b""
    try:
        for chunk in response.iter_stream():
            found += chunk
            if len(found) >= most:
                break
    except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError, OSError):
        pass
    return found[:most]


def _reason(error: Exception) -> str:
    """In words for the tenant; an OSError without our addresses."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return (str(error) or type(error).__name__)[:300]
