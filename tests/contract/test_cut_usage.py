"""What a stream that did not end had been billed, as far as the vendor said so."""

import pytest

from providers.errors import ProviderError
from providers.types import Usage
from tests.contract.line import Line
from tests.contract.streams import STREAMS
from tests.contract.vendor import Vendor
from tests.contract.wire_server import StreamReply, WireServer

KINDS = {
    "anthropic": Usage(
        input_tokens=50, cache_read_tokens=30, cache_write_tokens=20, output_tokens=1
    ),
    "gemini": Usage(input_tokens=70),
}


@pytest.fixture
def begun(vendor: Vendor) -> list[bytes]:
    """Events that say the usage, as much as there is to say, and not that this was all."""
    parts = STREAMS[vendor.kind].text(["one", "two"], None)
    if vendor.kind == "bedrock":  # the usage is the last there is
        return [part for part in parts if b"messageStop" not in part]
    if vendor.kind in KINDS:  # it comes with the end, and as far as it goes before
        return parts[:3]
    return parts[:-1]


@pytest.fixture
def billed(vendor: Vendor) -> Usage:
    return KINDS.get(vendor.kind, vendor.usage)


@pytest.mark.parametrize("how", ["ended", "hung up", "silent"])
def test_what_was_billed_is_known(
    how: str, begun: list[bytes], billed: Usage, server: WireServer, line: Line
) -> None:
    reply = StreamReply(parts=begun)
    if how == "hung up":
        reply.cut = len(begun)
    if how == "silent":
        reply.hold = 30
    server.reply = reply
    with pytest.raises(ProviderError) as caught:
        line.hear(timeout=0.5 if how == "silent" else 10.0)
    assert caught.value.usage == billed


def test_an_error_in_the_middle_is_billed(
    vendor: Vendor, begun: list[bytes], billed: Usage, server: WireServer, line: Line
) -> None:
    for error, ours in STREAMS[vendor.kind].errors:
        server.reply = StreamReply(parts=[*begun, error])
        with pytest.raises(ProviderError) as caught:
            line.hear()
        assert (caught.value.code, caught.value.usage) == (ours, billed)


def test_nothing_said_is_nothing_known(server: WireServer, line: Line) -> None:
    server.reply = StreamReply(parts=[])
    with pytest.raises(ProviderError) as caught:
        line.hear()
    assert caught.value.usage in (None, Usage())
