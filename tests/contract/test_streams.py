"""What every adapter makes of a stream, through the real SDK, over HTTP."""

import pytest

from providers.errors import ContentRefused, IncompleteAnswer, ProviderError
from tests.contract.conftest import KEY, SCHEMA
from tests.contract.line import Line
from tests.contract.streams import STREAMS, Streamed
from tests.contract.vendor import COMMON_ERRORS, Vendor
from tests.contract.vendors import VENDORS
from tests.contract.wire_server import Reply, StreamReply, WireServer

STREAMING = [vendor for vendor in VENDORS if vendor.kind in STREAMS]
pytestmark = pytest.mark.parametrize("vendor", STREAMING, indirect=True, ids=str)
PIECES = ["h\u00e9", "llo\u2028", ' "wor', 'ld"']


@pytest.fixture
def wire(vendor: Vendor) -> Streamed:
    return STREAMS[vendor.kind]


def test_a_whole_stream(vendor: Vendor, wire: Streamed, server: WireServer, line: Line) -> None:
    server.reply = StreamReply(parts=wire.text(PIECES, None))
    server.reply.headers = {vendor.request_id_header: "req-7"}
    heard = line.hear(max_output_tokens=77)
    whole = heard.completion
    assert heard.text == whole.text == "".join(PIECES)
    assert len(heard.pieces) >= len(PIECES)
    assert (whole.finish, whole.usage, whole.request_id) == ("stop", vendor.usage, "req-7")
    assert whole.model.startswith(vendor.model)
    assert whole.tool_calls == ()
    (seen,) = server.received
    assert seen.path == wire.path(vendor.path)
    assert KEY in seen.headers[vendor.key_header]
    assert vendor.limit_of(seen.body) == 77


def test_pieces_come_as_they_are_sent(wire: Streamed, server: WireServer, line: Line) -> None:
    parts = wire.text(["one", "two"], None)
    place = next(n for n, part in enumerate(parts) if b"one" in part)
    server.reply = StreamReply(parts=parts[: place + 1], hold=30)
    stream = line.stream()
    while getattr(next(stream), "text", "") != "one":
        pass
    stream.close()
    assert server.hung_up.wait(30), "closing the iterator left the connection open"


def test_reasoning_is_no_text(wire: Streamed, server: WireServer, line: Line) -> None:
    server.reply = StreamReply(parts=wire.text(["x"], None))
    heard = line.hear()
    assert heard.reasoning == ("hm" if wire.reasoning else "")
    assert heard.completion.text == "x"


def test_finish_reasons(vendor: Vendor, wire: Streamed, server: WireServer, line: Line) -> None:
    for theirs, ours in vendor.finishes.items():
        server.reply = StreamReply(parts=wire.text(["x"], theirs))
        assert line.hear().completion.finish == ours, theirs


def test_events_may_arrive_in_any_bytes(wire: Streamed, server: WireServer, line: Line) -> None:
    body = b"".join(wire.text(PIECES, None))
    for size in (1, 7, len(body)):
        parts = [body[start : start + size] for start in range(0, len(body), size)]
        server.reply = StreamReply(parts=parts)
        assert line.hear().completion.text == "".join(PIECES)


def test_the_connection_is_used_again(wire: Streamed, server: WireServer, line: Line) -> None:
    server.reply = StreamReply(parts=wire.text(["x"], None))
    for _ in range(3):
        line.hear()
    assert len(server.connections) == 1


@pytest.mark.parametrize("until_close", [False, True], ids=["chunked", "until_close"])
@pytest.mark.parametrize("torn", [False, True], ids=["between", "torn"])
def test_a_cut_stream_is_incomplete_wherever_it_is_cut(
    torn: bool, until_close: bool, wire: Streamed, server: WireServer, line: Line
) -> None:
    parts = wire.text(["one", "two"], None)
    for cut in range(len(parts)):
        server.reply = StreamReply(parts=parts, cut=cut, torn=torn, until_close=until_close)
        with pytest.raises(IncompleteAnswer):
            line.hear()
    server.reply = StreamReply(parts=parts, until_close=until_close)
    assert line.hear().completion.text == "onetwo"


def test_a_stream_without_its_end_is_incomplete(
    wire: Streamed, server: WireServer, line: Line
) -> None:
    for parts in wire.unfinished:
        server.reply = StreamReply(parts=parts)
        with pytest.raises(IncompleteAnswer):
            line.hear()


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"data: {\n\n", b"data: 17\n\n", b"\xff"])
def test_nonsense_is_incomplete(body: bytes, server: WireServer, line: Line) -> None:
    server.reply = StreamReply(parts=[body])
    with pytest.raises(IncompleteAnswer):
        line.hear()


def test_refusals(vendor: Vendor, wire: Streamed, server: WireServer, line: Line) -> None:
    for parts in wire.refusals:
        server.reply = StreamReply(parts=parts)
        with pytest.raises(ContentRefused) as caught:
            line.hear()
        assert caught.value.usage == vendor.usage


@pytest.mark.parametrize("place", [0, 1, 3])
def test_an_error_inside_a_stream(
    place: int, wire: Streamed, server: WireServer, line: Line
) -> None:
    whole = wire.text(["one", "two"], None)
    for error, ours in wire.errors:
        server.reply = StreamReply(parts=[*whole[:place], error])
        with pytest.raises(ProviderError) as caught:
            line.hear()
        assert caught.value.code == ours, error
        assert caught.value.provider == "mine"
        assert caught.value.message
        assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.mark.parametrize("case", COMMON_ERRORS, ids=lambda case: f"{case[0]}")
def test_an_error_instead_of_a_stream(
    case: tuple[int, str, str, str], vendor: Vendor, server: WireServer, line: Line
) -> None:
    status, code, message, ours = case
    server.reply = Reply(vendor.error(status, code, message), status=status)
    server.reply.headers = {vendor.request_id_header: "req-9", "retry-after": "7"}
    with pytest.raises(ProviderError) as caught:
        line.hear()
    error = caught.value
    assert (error.code, error.status, error.message) == (ours, status, message)
    assert (error.request_id, error.retry_after) == ("req-9", 7.0)
    assert len(server.received) == 1, "the SDK retried"


def test_a_vendors_own_words(vendor: Vendor, server: WireServer, line: Line) -> None:
    for status, code, message, ours in vendor.errors:
        server.reply = Reply(vendor.error(status, code, message), status=status)
        with pytest.raises(ProviderError) as caught:
            line.hear(schema=SCHEMA)
        assert caught.value.code == ours, message
