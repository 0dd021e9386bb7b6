"""E-mail and IP addresses."""

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv6Address

LOCAL = re.compile(r"[\w.+%'~-]{1,64}")  # read from the right
DOMAIN = re.compile(r"(?:\w(?:[\w-]{0,62})\.){1,10}(?:xn--[a-z0-9-]{1,59}|[^\W\d_]{2,63})", re.I)

BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
IPV4 = re.compile(rf"(?<![\w.]){BYTE}(?:\.{BYTE}){{3}}(?!\w|\.[0-9])")
HEX_RUN = re.compile(r"[0-9A-Fa-f:.]+")
LONGEST_IPV6 = 45  # characters, with an IPv4 address at its end


def emails(text: str) -> Iterator[tuple[int, int]]:
    """E-mail addresses in the text, from each @ outwards."""
    at, done = text.find("@"), 0
    while at >= 0:
        local = LOCAL.match(text[max(done, at - 64) : at][::-1])
        domain = DOMAIN.match(text, at + 1) if local else None
        if local and domain:
            name = local[0][::-1].lstrip(".+%'~-")
            if name:
                done = domain.end()
                yield at - len(name), done
        at = text.find("@", at + 1)


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """IPv4 and IPv6 addresses in the text. A version of four small numbers is one, too."""
    for match in IPV4.finditer(text):
        yield match.span()
    for match in HEX_RUN.finditer(text):
        if match[0].count(":") >= 2:
            span = _ipv6(text, match.start(), match.end())
            if span is not None:
                yield span


def _ipv6(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The address that a run of hexadecimal digits, colons and dots holds."""
    if _wordy(text[end : end + 1]):
        return None
    if start and _wordy(text[start - 1]):  # as in "IPv6:fe80::1", but not in "std::de1"
        start = text.index(":", start, end)
        if text.startswith("::", start):
            return None
    end = start + len(text[start:end].rstrip("."))
    if text.startswith(":", start) and not text.startswith("::", start):
        start += 1
    if text.endswith(":", start, end) and not text.endswith("::", start, end):
        end -= 1
    address = text[start:end]
    # Names in source code may be hexadecimal: an address has a digit.
    if end - start > LONGEST_IPV6 or not any(map(str.isdigit, address)):
        return None
    try:
        IPv6Address(address)
    except AddressValueError:
        return None
    return start, end


def _wordy(char: str) -> bool:
    return char.isalnum() or char == "_"
