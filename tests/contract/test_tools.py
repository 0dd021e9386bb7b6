"""Tools, pictures and the rest of a request in each vendor's words, through the real SDK."""

import base64
import json
from typing import Any

import pytest

from providers.errors import InvalidRequest
from providers.types import ImagePart, Message, TextPart, Tool, ToolCall
from tests.contract.conftest import SCHEMA
from tests.contract.line import Line
from tests.contract.streams import STREAMS, Streamed
from tests.contract.tools import WORDS, Words
from tests.contract.vendor import Vendor
from tests.contract.vendors import VENDORS
from tests.contract.wire_server import Reply, StreamReply, WireServer

pytestmark = pytest.mark.parametrize(
    "vendor", [v for v in VENDORS if v.kind in WORDS], indirect=True, ids=str
)
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = Tool(name="get_weather", parameters=CITY, description="Tells the weather.")
CLOCK = Tool(name="get_time", parameters={"type": "object", "properties": {}}, strict=True)
ASKED = Message(role="user", content="Weather in Paris and Rome?")
PARIS = ToolCall(id="call_a", name="get_weather", arguments='{"city": "Paris"}')
ROME = ToolCall(id="call_b", name="get_weather", arguments='{"city": "R\u00f4me"}')
TALK = (
    ASKED,
    Message(role="assistant", content="Let me see.", tool_calls=(PARIS, ROME)),
    Message(role="tool", tool_call_id="call_a", content='{"celsius": 21}'),
    Message(role="tool", tool_call_id="call_b", content="no data"),
    Message(role="user", content="And?"),
)
PNG = b"\x89PNG..."


@pytest.fixture
def words(vendor: Vendor) -> Words:
    return WORDS[vendor.kind]


@pytest.fixture
def wire(vendor: Vendor) -> Streamed:
    return STREAMS[vendor.kind]


@pytest.fixture
def plain(vendor: Vendor, server: WireServer) -> Reply:
    server.reply = Reply(vendor.answer("x", next(iter(vendor.finishes))))
    return server.reply


def test_tools_are_offered(words: Words, plain: Reply, server: WireServer, line: Line) -> None:
    line.ask(tools=(WEATHER, CLOCK))
    body = server.received[0].body
    assert words.tools(body) == [
        ("get_weather", "Tells the weather.", WEATHER.parameters),
        ("get_time", None, CLOCK.parameters),
    ]
    assert words.strict(body) == words.holds
    line.ask()
    assert "tool" not in json.dumps(server.received[1].body).lower()


def test_a_choice_is_said(words: Words, plain: Reply, server: WireServer, line: Line) -> None:
    for choice in ("auto", "none", "required"):
        line.ask(tools=(WEATHER,), tool_choice=choice)
    line.ask(tools=(WEATHER, CLOCK), forced_tool="get_time")
    assert [words.choice(seen.body) for seen in server.received] == words.choices


def test_calls_and_results_are_sent_back(
    words: Words, plain: Reply, server: WireServer, line: Line
) -> None:
    line.ask(*TALK, tools=(WEATHER,))
    assert words.turns(server.received[0].body) == words.talk


def test_arguments_that_are_no_json(
    words: Words, plain: Reply, server: WireServer, line: Line
) -> None:
    broken = ToolCall(id="call_a", name="get_weather", arguments='{"city": ')
    talk = (ASKED, Message(role="assistant", tool_calls=(broken,)))
    if words.parses:
        with pytest.raises(InvalidRequest, match="call_a"):
            line.ask(*talk, tools=(WEATHER,))
    else:
        line.ask(*talk, tools=(WEATHER,))
    assert len(server.received) == (0 if words.parses else 1)


def test_calls_are_read(words: Words, server: WireServer, line: Line) -> None:
    server.reply = Reply(words.answer("Let me see.", [PARIS, ROME]))
    answer = line.ask(ASKED, tools=(WEATHER,))
    assert (answer.text, answer.finish) == ("Let me see.", "tool_calls")
    assert read(answer.tool_calls) == read((PARIS, ROME))
    assert words.made_ids or answer.tool_calls == (PARIS, ROME)


def test_a_forced_call_is_read(words: Words, server: WireServer, line: Line) -> None:
    """Some vendors say that they stopped when they called what they were told to."""
    server.reply = Reply(words.stopped(words.answer("", [PARIS])))
    answer = line.ask(ASKED, tools=(WEATHER,), forced_tool="get_weather")
    assert (answer.finish, len(answer.tool_calls)) == ("tool_calls", 1)


def test_streamed_calls(
    vendor: Vendor, words: Words, wire: Streamed, server: WireServer, line: Line
) -> None:
    both = [
        ("call_a", "get_weather", ['{"ci', 'ty": "Paris"}']),
        ("call_b", "get_weather", ['{"city": "R\u00f4', 'me"}']),
    ]
    for calls in (both[:1], both):
        server.reply = StreamReply(parts=wire.calls(calls))
        heard = line.hear(ASKED, tools=(WEATHER,))
        whole = heard.completion
        assert (whole.text, heard.text, whole.finish) == ("", "", "tool_calls")
        assert read(whole.tool_calls) == read((PARIS, ROME)[: len(calls)])
        assert heard.calls() == [(c.id, c.name, c.arguments) for c in whole.tool_calls]
        assert whole.usage == vendor.usage


def test_a_schemas_tool_gives_text(
    words: Words, wire: Streamed, server: WireServer, line: Line
) -> None:
    call = ToolCall(id="call_a", name="answer", arguments='{"total": 1}')
    shaped: dict[str, Any] = {"schema": SCHEMA, "schema_mode": "tool"}
    server.reply = Reply(words.answer("", [call]))
    whole = line.ask(**shaped)
    server.reply = StreamReply(parts=wire.calls([("call_a", "answer", ['{"tot', 'al": 1}'])]))
    heard = line.hear(**shaped)
    assert heard.calls() == []
    assert json.loads(heard.text) == json.loads(whole.text) == {"total": 1}
    for answer in (whole, heard.completion):
        assert (answer.finish, answer.tool_calls) == ("stop", ())
    assert heard.text == heard.completion.text


def test_a_schemas_tool_that_was_not_called_gives_text_too(
    vendor: Vendor, wire: Streamed, server: WireServer, line: Line
) -> None:
    server.reply = StreamReply(parts=wire.text(["{}", " "], None))
    heard = line.hear(schema=SCHEMA, schema_mode="tool")
    assert heard.text == heard.completion.text == "{} "


def test_pictures_are_sent(words: Words, plain: Reply, server: WireServer, line: Line) -> None:
    far = ImagePart(media_type="image/jpeg", url="https://example.com/a.jpg")
    parts = (TextPart(text="What is this?"), ImagePart(data=PNG))
    if words.fetches:
        parts = (*parts, far)
    else:
        with pytest.raises(InvalidRequest, match="image"):
            line.ask(Message(role="user", content=(far,)))
    line.ask(Message(role="user", content=parts))
    told = json.dumps(words.turns(server.received[0].body))
    assert json.loads(told) == words.pictures(base64.b64encode(PNG).decode())


@pytest.mark.parametrize(
    "image",
    [ImagePart(media_type="image/tiff", data=PNG), ImagePart(media_type="image/png")],
    ids=["tiff", "empty"],
)
@pytest.mark.parametrize("streamed", [False, True])
def test_a_picture_that_cannot_be_sent(
    streamed: bool, image: ImagePart, server: WireServer, line: Line
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        (line.hear if streamed else line.ask)(Message(role="user", content=(image,)))
    assert "image" in caught.value.message
    assert server.received == []


def test_no_pictures_but_in_the_users_turns(words: Words, server: WireServer, line: Line) -> None:
    for role in words.blind:
        picture = Message(role=role, content=(ImagePart(data=PNG),), tool_call_id="call_a")  # type: ignore[arg-type]
        with pytest.raises(InvalidRequest, match=role):
            line.ask(*TALK[:2], picture)
    assert server.received == []


def test_stop_and_temperature(words: Words, plain: Reply, server: WireServer, line: Line) -> None:
    line.model = words.warm_model or line.model
    line.ask(stop=("END", "###"), temperature=0.2)
    body = server.received[0].body
    assert words.stop(body) == ["END", "###"]
    assert words.temperature(body) == (0.2 if words.warm_model else None)
    line.ask()
    assert words.stop(server.received[1].body) is None
    assert words.temperature(server.received[1].body) is None
    if words.fixed_model:
        line.model = words.fixed_model
        line.ask(temperature=0.2)
        assert words.temperature(server.received[2].body) is None


def read(calls: tuple[ToolCall, ...]) -> list[tuple[str, Any]]:
    return [(call.name, json.loads(call.arguments)) for call in calls]
