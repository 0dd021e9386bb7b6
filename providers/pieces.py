"""A whole answer as a stream, for readers of streams."""

from collections.abc import Iterator

from providers.types import Completion, Delta, Finished, TextDelta, ToolCallDelta


def pieces_of(completion: Completion) -> Iterator[Delta]:
    """Its text, its tool calls, and Finished."""
    if completion.text:
        yield TextDelta(text=completion.text)
    for index, call in enumerate(completion.tool_calls):
        yield ToolCallDelta(index=index, id=call.id, name=call.name, arguments=call.arguments)
    yield Finished(completion=completion)
