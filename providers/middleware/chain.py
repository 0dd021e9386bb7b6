"""Runs a provider call through its middleware: outermost first going in, last coming out."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Self

from providers.errors import IncompleteAnswer, ProviderError
from providers.middleware.base import CallContext, Middleware
from providers.pieces import pieces_of
from providers.types import Completion, CompletionRequest, Delta, Finished

log = logging.getLogger(__name__)
Send = Callable[[CompletionRequest], Completion]
SendStream = Callable[[CompletionRequest], Iterator[Delta]]


class Exchange:
    """One call. A context manager: leaving it closes what the middleware began."""

    def __init__(self, order: Sequence[Middleware], call: CallContext) -> None:
        self.call = call
        self._order = order
        self._begun: list[Middleware] = []  # `close` is owed to these
        self._inside: list[Middleware] = []  # `after` or `on_error` is owed to these

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        while self._begun:
            middleware = self._begun.pop()
            try:
                middleware.close(self.call)
            except Exception:
                log.exception("middleware_close_failed", extra={"middleware": middleware.name})

    def complete(self, request: CompletionRequest, send: Send) -> Completion:
        """The answer, from the provider or instead of it. Raises ProviderError."""
        try:
            given = self._going_in(request)
            completion = given if isinstance(given, Completion) else send(given)
        except ProviderError as error:
            return self._failed(error)
        return self._coming_out(completion)

    def stream(self, request: CompletionRequest, send: SendStream) -> Iterator[Delta]:
        """The answer piece by piece; the last is Finished. Raises ProviderError.

        An error after the first piece cannot be answered away: the reader has seen a part.
        """
        try:
            given = self._going_in(request)
        except ProviderError as error:
            yield from pieces_of(self._failed(error))
            return
        if isinstance(given, Completion):
            yield from pieces_of(self._coming_out(given))
            return
        told = False
        whole: Completion | None = None
        try:
            for delta in send(given):
                for piece in self._through(delta):
                    if isinstance(piece, Finished):
                        whole = piece.completion
                    else:
                        told = True
                        yield piece
            if whole is None:
                raise IncompleteAnswer("the stream ended without its end mark")
        except ProviderError as error:
            instead = self._failed(error)
            if told:
                raise error
            yield from pieces_of(instead)
            return
        yield Finished(completion=self._coming_out(whole))

    def accepted(self, value: Any) -> None:
        """Tell the middleware that the answer was good."""
        for middleware in reversed(self._begun):
            middleware.accepted(self.call, value)

    def _going_in(self, request: CompletionRequest) -> CompletionRequest | Completion:
        for middleware in self._order:
            self._begun.append(middleware)
            given = middleware.before(self.call, request)
            if isinstance(given, Completion):
                return given
            self._inside.append(middleware)
            request = given or request
        return request

    def _coming_out(self, completion: Completion) -> Completion:
        while self._inside:
            middleware = self._inside.pop()
            try:
                completion = middleware.after(self.call, completion) or completion
            except ProviderError as error:
                return self._failed(error)
        return completion

    def _failed(self, error: ProviderError) -> Completion:
        while self._inside:
            given = self._inside.pop().on_error(self.call, error)
            if isinstance(given, Completion):
                return self._coming_out(given)
            error = given or error
        raise error

    def _through(self, delta: Delta) -> Iterable[Delta]:
        pieces: list[Delta] = [delta]
        for middleware in reversed(self._inside):
            passed: list[Delta] = []
            for piece in pieces:
                given = middleware.delta(self.call, piece)
                passed += [piece] if given is None else given
            pieces = passed
        return pieces


class Chain:
    """The middleware of a process, in its order."""

    def __init__(self, order: Sequence[Middleware]) -> None:
        """`order`: outermost first."""
        self.order = tuple(order)

    def enter(self, call: CallContext) -> Exchange:
        """Begin a call; use it in a `with`."""
        return Exchange(self.order, call)
