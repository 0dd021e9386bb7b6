"""Of Bedrock's streams and words, what no other vendor has."""

import asyncio
import io
from typing import Any

import pytest

from providers.errors import IncompleteAnswer, InvalidRequest
from providers.llm.bedrock_call import Call
from providers.llm.bedrock_frames import events
from providers.llm.bedrock_messages import arguments
from providers.simulator.aws_frames import frame
from providers.simulator.prompt import Asked
from providers.simulator.wire import Answer
from providers.simulator.wire_bedrock import STREAMED
from providers.types import CompletionRequest, ImagePart, Message, TextPart, Tool, ToolCall

pytest.importorskip("boto3")
TOOL = Tool(name="look_up", parameters={"type": "object"})
CALL = ToolCall(id="a", name="look_up", arguments="{}")
ASKED = Message(role="user", content="x")


def said(*messages: Message, **extra: Any) -> dict[str, Any]:
    return arguments(CompletionRequest(model="m", messages=messages or (ASKED,), **extra))


@pytest.mark.parametrize("tool", [None, "look_up"])
def test_botocores_own_parser_reads_the_simulators_frames(tool: str | None) -> None:
    """So that the simulator, the contract suite and our reader are not wrong together."""
    from botocore.eventstream import EventStream
    from botocore.loaders import create_loader
    from botocore.model import ServiceModel
    from botocore.parsers import EventStreamJSONParser

    model = ServiceModel(create_loader().load_service_model("bedrock-runtime", "service-2"))
    shape = model.shape_for("ConverseStreamOutput")
    asked = Asked(model="m", prompt="x", document="x", schema=None, stream=True, tool=tool)
    answer = Answer(text='{"a": "b c"}', input_tokens=3, output_tokens=2, request_id="1")
    raw: Any = io.BytesIO(b"".join(STREAMED.events(asked, answer)))
    raw.stream = lambda: iter([raw.read()])
    found = list(EventStream(raw, shape, EventStreamJSONParser(), "ConverseStream"))
    kinds = [next(iter(event)) for event in found]
    assert kinds[0] == "messageStart"
    assert kinds[-2:] == ["messageStop", "metadata"]
    assert found[-2]["messageStop"]["stopReason"] == ("tool_use" if tool else "end_turn")
    assert found[-1]["metadata"]["usage"]["inputTokens"] == 3
    pieces = [e["contentBlockDelta"]["delta"] for e in found if "contentBlockDelta" in e]
    texts = [p["toolUse"]["input"] if tool else p["text"] for p in pieces]
    assert "".join(texts) == answer.text


def read(*parts: bytes) -> list[Any]:
    async def all_of_them() -> list[Any]:
        async def given() -> Any:
            for part in parts:
                yield part

        return [event async for event in events(given(), "r")]

    return asyncio.run(all_of_them())


def test_a_frame_whose_checksum_is_wrong_is_not_read() -> None:
    whole = frame("messageStop", {"stopReason": "end_turn"})
    assert read(whole)[0].said == {"stopReason": "end_turn"}
    for place in range(len(whole)):
        spoilt = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        try:
            assert read(spoilt) == []  # a longer length: the rest has not come yet
        except IncompleteAnswer:
            continue


def test_a_frame_without_json_is_not_read() -> None:
    with pytest.raises(IncompleteAnswer):
        read(frame("messageStop", {}).replace(b"{}", b"{!"))


def test_an_error_frame_of_the_protocol() -> None:
    from botocore.exceptions import ClientError

    whole = frame("InternalError", {}, "error")
    with pytest.raises(ClientError, match="InternalError"):
        read(whole)


def test_a_stream_that_opens_when_nobody_waits_is_closed() -> None:
    class Opened:
        closed = False

        async def aclose(self) -> None:
            self.closed = True

    async def late() -> Opened:
        opened: Any = Opened()
        call = Call(asyncio.get_running_loop(), 1.0, streams=True)
        call.stop()
        with pytest.raises(asyncio.CancelledError):
            await call.open(opened)
        assert call.opened is None
        return opened

    assert asyncio.run(late()).closed


def test_no_tool_may_be_called() -> None:
    assert "toolConfig" not in said(tools=(TOOL,), tool_choice="none")
    called = Message(role="assistant", tool_calls=(CALL,))
    result = Message(role="tool", tool_call_id="a", content="y")
    with pytest.raises(InvalidRequest, match="kept from its tools"):
        said(ASKED, called, result, tools=(TOOL,), tool_choice="none")
    assert said(ASKED, called, result, tools=(TOOL,))["toolConfig"]["toolChoice"] == {"auto": {}}


def test_blank_texts_are_left_out_beside_others() -> None:
    called = Message(role="assistant", content=" ", tool_calls=(CALL,))
    silent = Message(role="tool", tool_call_id="a", content="")
    parts = (TextPart(text=""), ImagePart(data=b"png"))
    turns = said(ASKED, called, silent, Message(role="user", content=parts))["messages"]
    assert [list(block) for block in turns[1]["content"]] == [["toolUse"]]
    assert turns[2]["content"][0]["toolResult"]["content"] == []
    assert [list(block) for block in turns[2]["content"][1:]] == [["image"]]
    assert said(Message(role="user"))["messages"][0]["content"] == [{"text": ""}]
