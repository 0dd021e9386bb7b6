"""Each adapter against the simulator: streams, tools and pictures."""

import base64
import importlib.util
import json
from collections.abc import Iterator
from typing import Any

import pytest

from providers.errors import (
    ContentRefused,
    IncompleteAnswer,
    InvalidRequest,
    ProviderError,
    ProviderTimeout,
    RateLimited,
)
from providers.types import ImagePart, Message, TextDelta, TextPart, Tool, ToolCall
from schemas.json_schema.validate import checker_for
from tests.contract.line import Line
from tests.contract.vendor import Vendor
from tests.contract.vendors import ANTHROPIC, GEMINI, OPENAI
from tests.contract.vendors_bedrock import BEDROCK
from tests.unit.simulator.conftest import Running, process, simulator

__all__ = ["process", "simulator"]  # fixtures
CITY: dict[str, Any] = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "minLength": 3},
        "days": {"type": "integer", "minimum": 1, "maximum": 5},
        "unit": {"enum": ["celsius", "kelvin"]},
    },
    "required": ["city", "days", "unit"],
    "additionalProperties": False,
}
WEATHER = Tool(name="get_weather", parameters=CITY)
CLOCK = Tool(name="get_time", parameters={"type": "object", "properties": {}})
TOOLS = (CLOCK, WEATHER)
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAYAAAC56t6BAAAAEklEQVR4nGP4z8DwHwyBNJQCABMKA/4mD3xsAAAA"
)
PREFIXES = {"openai": "/openai/v1", "anthropic": "/anthropic", "gemini": "/gemini"}
PREFIXES["bedrock"] = "/bedrock"
VENDORS = [OPENAI, ANTHROPIC, GEMINI, *([BEDROCK] if importlib.util.find_spec("boto3") else [])]
LONG = "The quick brown fox jumps over the lazy dog near the river bank. " * 3


@pytest.fixture(params=VENDORS, ids=str)
def vendor(request: pytest.FixtureRequest) -> Vendor:
    return request.param


@pytest.fixture
def line(vendor: Vendor, simulator: Running) -> Iterator[Line]:
    at = Vendor(**{**vendor.__dict__, "prefix": PREFIXES[vendor.kind]})
    line = Line(at, simulator.url, "simulator")
    line.ask()  # the SDK's import must not count against a deadline
    simulator.send("DELETE", "/control/calls")
    yield line
    line.close()


def said(text: str) -> Message:
    return Message(role="user", content=text)


def test_a_stream_says_what_an_answer_says(line: Line) -> None:
    whole = line.ask(said(LONG))
    heard = line.hear(said(LONG))
    assert heard.text == heard.completion.text == whole.text
    assert (heard.completion.finish, heard.completion.usage) == ("stop", whole.usage)
    assert len([d for d in heard.pieces if isinstance(d, TextDelta)]) > 5
    assert (heard.completion.request_id or "").startswith("sim_")


@pytest.mark.parametrize("streamed", [False, True])
def test_a_tool_is_called(streamed: bool, line: Line) -> None:
    def calls(text: str, **extra: Any) -> tuple[ToolCall, ...]:
        if not streamed:
            return line.ask(said(text), tools=TOOLS, **extra).tool_calls
        heard = line.hear(said(text), tools=TOOLS, **extra)
        found = heard.completion.tool_calls
        assert heard.calls() == [(c.id, c.name, c.arguments) for c in found]
        assert heard.completion.finish == ("tool_calls" if found else "stop")
        return found

    (asked,) = calls("What is the weather in Paris?")
    assert asked.name == "get_weather"
    assert not checker_for(CITY).errors(json.loads(asked.arguments))
    assert [c.name for c in calls("Hello.", tool_choice="required")] == ["get_time"]
    assert [c.name for c in calls("Hello.", forced_tool="get_weather")] == ["get_weather"]
    assert calls("Hello.") == ()
    assert calls("What is the weather?", tool_choice="none") == ()


@pytest.mark.parametrize("streamed", [False, True])
def test_a_result_is_used(streamed: bool, line: Line) -> None:
    question = said("What is the weather in Paris?")
    (call,) = line.ask(question, tools=TOOLS).tool_calls
    talk = (
        question,
        Message(role="assistant", tool_calls=(call,)),
        Message(role="tool", tool_call_id=call.id, content='{"weather": "cloudless"}'),
    )
    ask = (lambda *m, **e: line.hear(*m, **e).completion) if streamed else line.ask
    answer = ask(*talk, tools=TOOLS)
    assert (answer.finish, answer.tool_calls) == ("stop", ())
    assert "get_weather" in answer.text
    assert "cloudless" in answer.text


def test_a_picture_is_seen(line: Line) -> None:
    parts = (TextPart(text="What is this?"), ImagePart(data=PNG))
    seen = line.ask(Message(role="user", content=parts)).text
    assert f"image/png, {len(PNG)} bytes, 2x3 pixels" in seen
    if line.provider.config.kind == "bedrock":  # type: ignore[attr-defined]
        return  # it fetches none
    at = ImagePart(media_type="image/jpeg", url="https://example.com/a.jpg")
    assert "https://example.com/a.jpg" in line.hear(Message(role="user", content=(at,))).text


def test_a_broken_picture_is_refused(line: Line, simulator: Running) -> None:
    at = ImagePart(media_type="image/jpeg", url="file:///etc/passwd")
    with pytest.raises(InvalidRequest):
        line.ask(Message(role="user", content=(at,)))


def test_faults_before_a_stream(line: Line, simulator: Running) -> None:
    simulator.fault(rate_limit={"times": 1, "retry_after": 3})
    with pytest.raises(RateLimited) as caught:
        line.hear()
    assert caught.value.retry_after == 3.0
    simulator.fault(refuse=True)
    with pytest.raises(ContentRefused):
        line.hear()


@pytest.mark.parametrize("between", [0, 0.01])
def test_a_stream_is_cut(between: float, line: Line, simulator: Running) -> None:
    simulator.fault(cut=True, chunk_seconds=between)
    with pytest.raises(IncompleteAnswer):
        line.hear(said(LONG))
    assert simulator.calls()["by_outcome"] == {"cut": 1}


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (429, "provider_rate_limited"),
        (503, "provider_unavailable"),
        (400, "provider_invalid_request"),
    ],
)
def test_an_error_comes_in_the_middle(
    status: int, code: str, line: Line, simulator: Running
) -> None:
    simulator.fault(stream_error=status, times=1)
    stream = line.stream(said(LONG))
    assert isinstance(next(stream), TextDelta)
    with pytest.raises(ProviderError) as caught:
        list(stream)
    assert caught.value.code == code
    assert simulator.calls()["by_outcome"] == {"error": 1}
    assert line.hear(said(LONG)).completion.finish == "stop"


def test_time_passes_between_the_pieces(line: Line, simulator: Running) -> None:
    simulator.fault(chunk_seconds=30)
    with pytest.raises(ProviderTimeout):
        line.hear(said(LONG), timeout=0.7)
    simulator.fault(chunk_seconds=0.001)
    assert line.hear(said(LONG)).completion.finish == "stop"
    assert simulator.calls()["by_outcome"] == {"hung_up": 1, "completed": 1}
