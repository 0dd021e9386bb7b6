"""What a request becomes in the vendors' words, where no call is needed to see it."""

from dataclasses import replace
from typing import Any

import pytest

from providers.errors import InvalidRequest
from providers.llm import anthropic_messages, bedrock_messages, gemini_messages
from providers.llm.anthropic_stream import Events
from providers.llm.gemini_calls import result_part
from providers.types import CompletionRequest, Effort, Message, TextDelta, Tool, ToolCall

ASKED = CompletionRequest(model="gemini-3-pro", messages=(Message(role="user", content="x"),))
CALL = ToolCall(id="call_a", name="f", arguments="{}")
OTHER = replace(CALL, id="call_b")
RESULT = Message(role="tool", tool_call_id="call_a", content="y")
F = Tool(name="f", parameters={"type": "object"})


@pytest.mark.parametrize(
    ("effort", "word", "budget"),
    [
        ("minimal", "low", 512),
        ("low", "low", 1024),
        ("medium", "medium", 8192),
        ("high", "high", 24_576),
    ],
)
def test_every_effort_has_a_word(effort: Effort, word: str, budget: int) -> None:
    """Claude knows no `minimal`; Gemini names levels since its third generation."""
    asked = replace(ASKED, effort=effort)
    assert anthropic_messages.shape(asked) == {"output_config": {"effort": word}}
    assert bedrock_messages.arguments(asked)["outputConfig"] == {"effort": word}
    level = gemini_messages.config(asked).thinking_config
    assert level is not None
    assert level.thinking_level is not None
    assert (level.thinking_level.value.lower(), level.thinking_budget) == (effort, None)
    older = gemini_messages.config(replace(asked, model="gemini-2.5-pro")).thinking_config
    assert older is not None
    assert (older.thinking_level, older.thinking_budget) == (None, budget)


def test_empty_instructions_are_not_sent() -> None:
    """Anthropic refuses an empty text."""
    silent = Message(role="system", content="")
    told = anthropic_messages.conversation(replace(ASKED, messages=(silent, *ASKED.messages)))
    assert told == {"messages": [{"role": "user", "content": "x"}]}


@pytest.mark.parametrize("content", ["[1]", "7", "null", '"x"', "no json", ""])
def test_a_result_for_gemini_is_an_object(content: str) -> None:
    told = result_part("call_a", "f", content)["function_response"]
    assert told["response"] == {"output": content}
    assert result_part("", "f", '{"a": 1}')["function_response"] == {
        "id": None,
        "name": "f",
        "response": {"a": 1},
    }


def test_gemini_signs_the_first_of_parallel_calls() -> None:
    turn = Message(role="assistant", tool_calls=(CALL, OTHER))
    asked = replace(ASKED, messages=(*ASKED.messages, turn))
    parts = gemini_messages.contents(asked)[1]["parts"]
    assert [bool(part["thought_signature"]) for part in parts] == [True, False]
    older = gemini_messages.contents(replace(asked, model="gemini-2.5-pro"))[1]["parts"]
    assert [bool(part["thought_signature"]) for part in older] == [False, False]


def test_geminis_sdk_does_nothing_on_its_own() -> None:
    config = gemini_messages.config(ASKED)
    assert config.automatic_function_calling is not None
    assert config.automatic_function_calling.disable is True
    assert config.automatic_continuation is False


def test_bedrock_says_no_tools_by_leaving_them_out() -> None:
    asked = replace(ASKED, tools=(F,), tool_choice="none")
    assert "toolConfig" not in bedrock_messages.arguments(asked)
    for said in (Message(role="assistant", tool_calls=(CALL,)), RESULT):
        with pytest.raises(InvalidRequest):
            bedrock_messages.arguments(replace(asked, messages=(*ASKED.messages, said)))


@pytest.mark.parametrize(("role", "blocks"), [("user", 1), ("assistant", 1), ("tool", 0)])
def test_bedrock_takes_a_blank_text_only_alone(role: Any, blocks: int) -> None:
    """It refuses one beside something else; a message has to hold something."""
    alone = replace(ASKED, messages=(Message(role=role, tool_call_id="call_a", content=" "),))
    ((told,),) = [m["content"] for m in bedrock_messages.arguments(alone)["messages"]]
    found = told["toolResult"]["content"] if role == "tool" else [told]
    assert len(found) == blocks
    turn = Message(role="assistant", content=" ", tool_calls=(CALL,))
    (with_call,) = bedrock_messages.arguments(replace(ASKED, messages=(turn,)))["messages"]
    assert [list(block) for block in with_call["content"]] == [["toolUse"]]


def test_a_piece_of_a_block_that_never_began_is_nothing() -> None:
    events = Events(ASKED)
    stray = {"type": "content_block_delta", "index": 4, "delta": {"text": "odd"}}
    assert list(events.add(stray)) == []
    begun = {"type": "content_block_start", "index": 4, "content_block": {"type": "text"}}
    assert list(events.add(begun)) == []
    assert list(events.add(stray)) == [TextDelta(text="odd")]
