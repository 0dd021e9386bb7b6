"""What a tenant may give as a URL to call."""

from collections.abc import Sequence

import httpx2

from app.infra.egress_errors import EgressRefused

LONGEST_URL = 2048


def parsed_url(text: str, schemes: Sequence[str]) -> httpx2.URL:
    """A URL that may be called as far as it can be read. Raises EgressRefused."""
    if len(text) > LONGEST_URL:
        raise EgressRefused(f"may have {LONGEST_URL} characters")
    if not text.isprintable() or " " in text or "\\" in text:
        raise EgressRefused("is not a URL")
    try:
        url = httpx2.URL(text)
        port = port_of(url)
    except (httpx2.InvalidURL, ValueError, TypeError):
        raise EgressRefused("is not a URL") from None
    if url.scheme not in schemes:
        raise EgressRefused(f"must begin with {' or '.join(s + '://' for s in schemes)}")
    if not url.host:
        raise EgressRefused("names no host")
    if url.userinfo:
        raise EgressRefused("must not carry a user or a password")
    if not 0 < port < 65_536:
        raise EgressRefused("has no usable port")
    return url


def port_of(url: httpx2.URL) -> int:
    return url.port if url.port is not None else {"https": 443, "http": 80}.get(url.scheme, 0)
