"""Nothing of a prompt or an answer is in what a plugin sees that may not read it."""

from dataclasses import replace

from providers.middleware.shown import without_answer, without_prompt
from providers.types import Message, Tool, ToolCall
from tests.unit.middleware.plugins import ASKED, said

CALL = ToolCall(id="1", name="secret_name", arguments='{"secret": 1}')


def test_a_prompt_is_hidden_with_its_tools_calls_and_schema() -> None:
    shown = without_prompt(
        replace(
            ASKED,
            messages=(*ASKED.messages, Message(role="assistant", tool_calls=(CALL,))),
            schema={"description": "secret"},
            tools=(Tool(name="f", parameters={}, description="secret"),),
        )
    )
    assert "secret" not in repr(shown)
    assert [message.role for message in shown.messages] == ["user", "assistant"]


def test_an_answer_is_hidden_with_its_calls() -> None:
    shown = without_answer(replace(said("secret"), tool_calls=(CALL,), latency_ms=7))
    assert "secret" not in repr(shown)
    assert shown.latency_ms == 7
