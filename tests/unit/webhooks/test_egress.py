"""The guard, with a resolver and a connector of the tests' own: no such address is connected to."""

import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest

from app.infra.egress import Egress
from app.infra.egress_errors import EgressFailed, EgressRefused
from tests.unit.webhooks.net import OTHER, PUBLIC, Net, post


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
