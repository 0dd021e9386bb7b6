"""Which addresses are public: the IANA special-purpose registries (RFC 6890), and nothing less.

`ipaddress.is_global` is not enough: it passes 192.0.0.192, 64:ff9b::7f00:1, 2002:7f00:1::,
::7f00:1 and multicast. An IPv6 address that carries an IPv4 one which the network would really
reach (mapped, NAT64) is judged by that one; the other carriers are refused as they are.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

SPECIAL_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared (carrier NAT)
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link local, and the clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # IETF protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
GLOBAL_V6 = IPv6Network("2000::/3")  # all that IANA has given out; the rest is special or unknown
SPECIAL_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # IETF protocol assignments: Teredo, benchmarks, ORCHID ...
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
MAPPED = IPv6Network("::ffff:0:0/96")
NAT64 = IPv6Network("64:ff9b::/96")


def read_networks(text: str | None) -> tuple[Network, ...]:
    """Comma-separated CIDR ranges. Raises ValueError naming the one that is none."""
    parts = [part.strip() for part in (text or "").split(",")]
    return tuple(ip_network(part) for part in parts if part)


def is_public(address: Address) -> bool:
    """Whether an address is one of the open internet's."""
    if isinstance(address, IPv4Address):
        return not _inside(address, SPECIAL_V4)
    if address in MAPPED or address in NAT64:
        return is_public(carried(address))
    return address in GLOBAL_V6 and not _inside(address, SPECIAL_V6)


def may_connect(text: str, allowed: Iterable[Network]) -> bool:
    """Whether we may connect to this literal address; `allowed` are the operator's exceptions."""
    if "%" in text:  # a zone: an interface of this machine
        return False
    address = ip_address(text)
    found: Address = address
    if isinstance(address, IPv6Address) and (address in MAPPED or address in NAT64):
        found = carried(address)
    return is_public(address) or _inside(found, allowed) or _inside(address, allowed)


def carried(address: IPv6Address) -> IPv4Address:
    """The IPv4 address in the last 32 bits."""
    return IPv4Address(int(address) & 0xFFFFFFFF)


def _inside(address: Address, networks: Iterable[Network]) -> bool:
    return any(n.version == address.version and address in n for n in networks)
