"""Public is what no IANA special-purpose table names, also where an address hides another."""

from ipaddress import IPv4Network, ip_address

import pytest

from app.infra.egress_addresses import SPECIAL_V4, is_public, may_connect, read_networks

NOT_PUBLIC = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.9",
    "192.0.0.170",
    "192.0.0.192",
    "192.0.2.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.175.48.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "64:ff9b:1::808:808",
    "100::1",
    "100:0:0:1::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::",
    "2620:4f:8000::1",
    "3fff::1",
    "3fff:fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "ff00::1",
    "ff02::1",
    "ff0e::1",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "191.255.255.255",
    "192.0.1.0",
    "192.0.3.0",
    "198.17.255.255",
    "198.20.0.0",
    "203.0.112.255",
    "203.0.114.0",
    "223.255.255.255",
    "2000::1",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2606:4700::1111",
    "2a00:1450::1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_not_public(text: str) -> None:
    assert not is_public(ip_address(text))
    assert not may_connect(text, ())


@pytest.mark.parametrize("text", PUBLIC)
def test_public(text: str) -> None:
    assert is_public(ip_address(text))
    assert may_connect(text, ())


@pytest.mark.parametrize("text", ["192.0.0.192", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1"])
def test_the_standard_librarys_idea_would_have_let_these_through(text: str) -> None:
    """Should this fail one day, Python has become stricter; the tables stay ours."""
    address = ip_address(text)
    assert address.is_global or not is_public(address)
    assert not is_public(address)


def test_the_edges_of_every_range_are_inside() -> None:
    for network in SPECIAL_V4:
        assert isinstance(network, IPv4Network)
        assert not is_public(network[0])
        assert not is_public(network[-1])


def test_the_operators_ranges_open_what_they_name_and_no_more() -> None:
    opened = read_networks(" 127.0.0.0/8, fd00::/8 ,")
    assert may_connect("127.0.0.1", opened)
    assert may_connect("::ffff:127.0.0.1", opened)
    assert may_connect("fd12::1", opened)
    assert not may_connect("10.0.0.1", opened)
    assert not may_connect("::1", opened)
    assert not may_connect("fe80::1%eth0", read_networks("fe80::/10"))


@pytest.mark.parametrize("text", ["loopback", "10.0.0.1/8", "127.0.0.0/99"])
def test_a_range_that_is_none(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        read_networks(text)
