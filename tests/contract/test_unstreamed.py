"""Servers that speak OpenAI's format and answer a wish for a stream with plain JSON."""

import json

import pytest

from providers.errors import ContentRefused, IncompleteAnswer, RateLimited
from providers.types import ToolCall
from tests.contract.line import Line
from tests.contract.tools import WORDS
from tests.contract.vendor import Vendor
from tests.contract.vendors import COMPATIBLE, OPENAI, OPENROUTER
from tests.contract.vendors_compatible import SERVERS
from tests.contract.wire_server import Reply, WireServer

pytestmark = pytest.mark.parametrize(
    "vendor", [OPENAI, COMPATIBLE, OPENROUTER, *SERVERS], indirect=True, ids=str
)


def test_an_error_under_a_200(server: WireServer, line: Line) -> None:
    server.reply = Reply({"error": {"code": 429, "message": "upstream is busy"}})
    with pytest.raises(RateLimited) as caught:
        line.hear()
    assert caught.value.message == "upstream is busy"


def test_a_whole_answer(vendor: Vendor, server: WireServer, line: Line) -> None:
    server.reply = Reply(vendor.answer("h\u00e9llo", "stop"))
    heard = line.hear()
    assert heard.text == heard.completion.text == "h\u00e9llo"
    assert (heard.completion.finish, heard.completion.usage) == ("stop", vendor.usage)
    line.hear()
    assert len(server.connections) == 1


def test_whole_calls(vendor: Vendor, server: WireServer, line: Line) -> None:
    calls = tuple(ToolCall(id=f"call_{n}", name="f", arguments=f'{{"n": {n}}}') for n in range(2))
    server.reply = Reply(WORDS[vendor.kind].answer("Well.", calls))
    heard = line.hear()
    assert (heard.text, heard.completion.tool_calls) == ("Well.", calls)
    assert heard.calls() == [(c.id, c.name, c.arguments) for c in calls]


def test_what_is_not_whole(vendor: Vendor, server: WireServer, line: Line) -> None:
    whole = json.dumps(vendor.answer("long " * 50, "stop")).encode()
    bad = [Reply(whole, cut=40), Reply(whole[:40]), Reply(b""), Reply(b"[]")]
    for reply in [*bad, *map(Reply, vendor.unfinished)]:
        server.reply = reply
        with pytest.raises(IncompleteAnswer):
            line.hear()
    server.reply = Reply(vendor.refusals[0])
    with pytest.raises(ContentRefused):
        line.hear()
