from typing import Any

import pytest

from providers.llm.assembling import Shown
from providers.types import (
    Completion,
    CompletionRequest,
    Finished,
    TextDelta,
    ToolCallDelta,
    Usage,
)


def shown(mode: Any) -> Shown:
    return Shown(CompletionRequest(model="m", messages=(), schema={}, schema_mode=mode))


def whole(text: str) -> Completion:
    return Completion(text=text, model="m", finish="stop", usage=Usage())


def call(index: int, arguments: str) -> ToolCallDelta:
    return ToolCallDelta(index=index, arguments=arguments)


def test_text_and_calls_pass_as_they_are() -> None:
    plain = shown("native")
    assert list(plain.said("a")) == [TextDelta(text="a")]
    assert list(plain.said("")) == []
    assert list(plain.argued(call(1, "{}"))) == [call(1, "{}")]
    assert list(plain.ending(whole("a"))) == [Finished(completion=whole("a"))]


@pytest.mark.parametrize("mode", ["tool", "strict_tool"])
def test_a_schemas_tool_is_text_and_only_the_first_call_of_it(mode: Any) -> None:
    tool = shown(mode)
    assert list(tool.said("I shall call it.")) == []
    assert list(tool.argued(call(0, '{"a"'))) == [TextDelta(text='{"a"')]
    assert list(tool.argued(call(1, '{"b": 2}'))) == [], "a second call is not the answer"
    assert list(tool.argued(call(0, ""))) == []
    text = '{"a": 1}'
    ending = [TextDelta(text=": 1}"), Finished(completion=whole(text))]
    assert list(tool.ending(whole(text))) == ending
