"""What only Gemini does with tools: it signs calls, and gives them no ids."""

import base64

import pytest

from providers.errors import InvalidRequest
from providers.types import ImagePart, Message
from tests.contract.line import Line
from tests.contract.streams import STREAMS
from tests.contract.test_tools import ASKED, PARIS, PNG, ROME, TALK, WEATHER
from tests.contract.tools import WORDS
from tests.contract.vendors import GEMINI
from tests.contract.wire_server import Reply, StreamReply, WireServer

pytestmark = pytest.mark.parametrize("vendor", [GEMINI], indirect=True, ids=str)
words, wire = WORDS["gemini"], STREAMS["gemini"]


def test_made_ids_are_stable_and_differ(server: WireServer, line: Line) -> None:
    server.reply = Reply(words.answer("", [PARIS, PARIS, ROME]))
    first, again = line.ask(tools=(WEATHER,)), line.ask(tools=(WEATHER,))
    assert first.tool_calls == again.tool_calls
    assert len({call.id for call in first.tool_calls}) == 3


def test_a_made_id_holds_whatever_comes_later(server: WireServer, line: Line) -> None:
    """What it is made of may grow in a stream."""
    first, last = wire.calls([("", "get_weather", ['{"city": "Paris"}'])])
    server.reply = StreamReply(
        parts=[first.replace(b"r1", b"r0"), last.replace(b"{", b'{"responseId": "r2", ', 1)]
    )
    heard = line.hear(tools=(WEATHER,))
    assert [call[0] for call in heard.calls()] == [c.id for c in heard.completion.tool_calls]


@pytest.mark.parametrize("model", ["gemini-2.5-flash", "gemini-3.8-flash"])
def test_a_signature_goes_back_with_its_call(model: str, server: WireServer, line: Line) -> None:
    """Newer models refuse a first call without one, and take one that stands for any."""
    line.model = model
    server.reply = StreamReply(parts=wire.calls([("", "get_weather", ['{"city": "Paris"}'])]))
    calls = line.hear(ASKED, tools=(WEATHER,)).completion.tool_calls
    server.reply = Reply(GEMINI.answer("x", "STOP"))
    signed = Message(role="assistant", tool_calls=calls)
    foreign = Message(role="assistant", tool_calls=(PARIS, ROME))
    line.ask(ASKED, signed, ASKED, foreign, tools=(WEATHER,))
    _, first, _, second = words.turns(server.received[1].body)
    told = [base64.b64decode(p.get("thoughtSignature", "")) for p in first["parts"]]
    assert told == [b"sig"]
    told = [p.get("thoughtSignature", "").rstrip("=") for p in second["parts"]]
    unsigned = base64.urlsafe_b64encode(b"skip_thought_signature_validator").decode()
    assert told == ["" if model.startswith("gemini-2") else unsigned.rstrip("="), ""]


def test_a_result_without_its_call(server: WireServer, line: Line) -> None:
    with pytest.raises(InvalidRequest, match="call_b"):
        line.ask(ASKED, TALK[3], tools=(WEATHER,))
    assert server.received == []


def test_gifs_are_not_taken(server: WireServer, line: Line) -> None:
    gif = ImagePart(media_type="image/gif", data=PNG)
    with pytest.raises(InvalidRequest, match="image/gif"):
        line.ask(Message(role="user", content=(gif,)))
    assert server.received == []
