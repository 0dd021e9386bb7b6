"""What all vendors' streams have in common once their pieces are being put together."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from providers.adapter import BILLED
from providers.base import Answer
from providers.errors import ProviderError
from providers.llm.tool_calls import by_tool
from providers.types import (
    Completion,
    CompletionRequest,
    Delta,
    Finished,
    TextDelta,
    ToolCallDelta,
    Usage,
)

Read = Callable[[Answer, CompletionRequest], Completion]


@contextmanager
def billing(read: Read, body: Callable[[], Any], request: CompletionRequest) -> Iterator[None]:
    """Hang what the vendor has counted so far on whatever ends a stream early."""
    try:
        yield
    except BaseException as error:
        setattr(error, BILLED, _counted(read, body, request))
        raise


def _counted(read: Read, body: Callable[[], Any], request: CompletionRequest) -> Usage | None:
    try:
        usage: Usage | None = read(Answer(body=body()), request).usage
    except ProviderError as error:
        usage = error.usage
    except Exception:  # a body that makes no sense counts nothing
        return None
    return usage if usage is not None and usage.total else None


class Shown:
    """What of an answer was passed on as text.

    A schema's tool is no call to the reader: the arguments of the first are the answer's text.
    """

    def __init__(self, request: CompletionRequest) -> None:
        self.by_tool = by_tool(request)
        self._pieces: list[str] = []

    def said(self, piece: str) -> Iterator[Delta]:
        """Text, held back where the answer is to come as arguments."""
        if piece and not self.by_tool:
            yield self._text(piece)

    def argued(self, call: ToolCallDelta) -> Iterator[Delta]:
        """A piece of a call, or of the text that it stands for."""
        if not self.by_tool:
            yield call
        elif call.index == 0 and call.arguments:
            yield self._text(call.arguments)

    def ending(self, whole: Completion) -> Iterator[Delta]:
        """The text not shown yet, when there were no arguments after all; and Finished."""
        if held := whole.text.removeprefix("".join(self._pieces)):
            yield TextDelta(text=held)
        yield Finished(completion=whole)

    def _text(self, piece: str) -> TextDelta:
        self._pieces.append(piece)
        return TextDelta(text=piece)
