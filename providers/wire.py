"""Reading vendors' JSON without trusting its shape, and the HTTP client that carries it."""

import ipaddress
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies

if TYPE_CHECKING:
    import httpx2

KEEPALIVE_SECONDS = 30.0
CONNECT_SECONDS = 10.0
MOST = 10**12  # tokens of a call: more is nonsense, and would not fit the tables
# Loggers that write a line a call and, at DEBUG, headers and documents. Our own line is enough.
TALKATIVE = ("httpx2", "httpcore2", "openai", "anthropic", "google_genai", "boto3", "botocore")


def mapping(value: Any) -> Mapping[str, Any]:
    """The value when it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> list[Any]:
    """The value when it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def count(value: Any) -> int:
    """The value when it is a natural number that can be one of tokens, else 0."""
    return value if type(value) is int and 0 < value < MOST else 0


def text(value: Any) -> str:
    """The value when it is a string, else an empty one.

    JSON can say half of a surrogate pair, which no encoding can; it becomes U+FFFD.
    """
    if not isinstance(value, str):
        return ""
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def http_client(base_url: str, timeout: float) -> "httpx2.AsyncClient":
    """An HTTP client for one provider.

    The environment's proxies are used, except for loopback addresses; redirects are not
    followed, because x-api-key headers would follow them to another host.
    """
    import httpx2

    from providers.connections import Connections

    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    given = httpx2.Timeout(timeout, connect=CONNECT_SECONDS)
    if not is_loopback(base_url) and getproxies().keys() & {"all", urlsplit(base_url).scheme}:
        return httpx2.AsyncClient(
            limits=httpx2.Limits(max_connections=None, keepalive_expiry=KEEPALIVE_SECONDS),
            timeout=given,
            follow_redirects=False,
        )
    return httpx2.AsyncClient(
        transport=Connections(KEEPALIVE_SECONDS),
        timeout=given,
        follow_redirects=False,
        trust_env=False,
    )


def is_loopback(url: str) -> bool:
    """Whether the URL's host is this machine by its spelling; names are not resolved."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
