"""A plugin's hooks under guard: held to its permissions, its time and its own mistakes."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from providers.errors import ProviderError
from providers.middleware.base import (
    PERMISSIONS,
    CallContext,
    Middleware,
    PluginFailed,
    Rejected,
)
from providers.middleware.hook_threads import HookHung, HookThreads
from providers.types import Completion, CompletionRequest, Delta, Finished

log = logging.getLogger(__name__)
HIDDEN = "(hidden)"
TOLD = ("accepted", "close")  # hooks that only hear of something: the answer is paid for


class PermissionMissing(Exception):
    """A plugin did what it may not."""


@dataclass(frozen=True, kw_only=True)
class PluginRules:
    """What an operator lets a plugin do."""

    grant: frozenset[str] = frozenset()
    required: bool = False  # a call fails when the plugin does
    timeout_seconds: float = 1.0  # of one hook


class Guarded(Middleware):
    """Runs a plugin's hooks in threads of their own. One that fails or hangs is passed by."""

    def __init__(self, plugin: Middleware, rules: PluginRules) -> None:
        """Raises ValueError when the plugin asks for more than it is granted."""
        unknown = sorted(plugin.permissions - PERMISSIONS.keys())
        if unknown:
            raise ValueError(f"asks for unknown permissions: {', '.join(unknown)}")
        missing = sorted(plugin.permissions - rules.grant)
        if missing:
            raise ValueError(f"asks for permissions that are not granted: {', '.join(missing)}")
        for write in ("prompt:write", "answer:write"):
            if (
                write in plugin.permissions
                and write.replace("write", "read") not in plugin.permissions
            ):
                raise ValueError(f"asks for {write} without {write.replace('write', 'read')}")
        self.name = plugin.name  # type: ignore[misc]
        self.permissions = plugin.permissions  # type: ignore[misc]
        self.rules = rules
        self._plugin = plugin
        self._threads = HookThreads(plugin.name)

    def before(
        self, call: CallContext, request: CompletionRequest
    ) -> CompletionRequest | Completion | None:
        shown = request if self._may("prompt:read") else _without_prompt(request)
        given = self._run("before", (CompletionRequest, Completion), call, shown)
        if isinstance(given, Completion):
            return given if self._allowed("before", "answer:write") else None
        if given is None or given == shown:
            return None
        return given if self._allowed("before", "prompt:write") else None

    def after(self, call: CallContext, completion: Completion) -> Completion | None:
        shown = completion if self._may("answer:read") else _without_answer(completion)
        given = self._run("after", (Completion,), call, shown)
        if given is None or given == shown:
            return None
        return given if self._allowed("after", "answer:write") else None

    def on_error(
        self, call: CallContext, error: ProviderError
    ) -> ProviderError | Completion | None:
        given: ProviderError | Completion | None = self._run(
            "on_error", (ProviderError, Completion), call, error
        )
        if isinstance(given, Completion):
            return given if self._allowed("on_error", "answer:write") else None
        return given

    def delta(self, call: CallContext, delta: Delta) -> Sequence[Delta] | None:
        """Without `answer:read` a plugin sees nothing of a stream but its end, in `after`."""
        if not self._may("answer:read") or type(self._plugin).delta is Middleware.delta:
            return None
        given = self._run("delta", (list, tuple), call, delta)
        if given is None or list(given) == [delta] or not self._allowed("delta", "answer:write"):
            return None
        ended = isinstance(delta, Finished) and not any(isinstance(d, Finished) for d in given)
        return [*given, delta] if ended else given

    def accepted(self, call: CallContext, value: Any) -> None:
        shown = value if self._may("answer:read") else None
        self._run("accepted", (), call, shown)

    def close(self, call: CallContext) -> None:
        self._run("close", (), call)

    def _may(self, permission: str) -> bool:
        return permission in self.permissions

    def _allowed(self, hook: str, permission: str) -> bool:
        if not self._may(permission):
            self._failed(hook, PermissionMissing(f"what it gave needs {permission}"))
        return self._may(permission)

    def _run(self, hook: str, kinds: tuple[type, ...], call: CallContext, *given: Any) -> Any:
        """What the hook gives, when it is one of `kinds`; None too when it failed."""
        if getattr(type(self._plugin), hook) is getattr(Middleware, hook):
            return None  # not a hook of its own
        work = partial(getattr(self._plugin, hook), self._shown(call), *given)
        try:
            result = self._threads.run(work, self.rules.timeout_seconds)
            if result is None or isinstance(result, kinds):
                return result
            raise TypeError(f"it gave {type(result).__name__}")
        except Rejected:
            if self._may("call:reject"):
                raise
            self._failed(hook, PermissionMissing("rejecting needs call:reject"))
        except Exception as error:
            self._failed(hook, error)
        return None

    def _shown(self, call: CallContext) -> CallContext:
        """The call without keys, whom it is for, and what other middleware remembers of it."""
        own = call.state.setdefault(f"plugin {self.name}", {})
        return replace(call, credentials=(), subject=None, state=own)

    def _failed(self, hook: str, error: Exception) -> None:
        kind = "hung" if isinstance(error, HookHung) else type(error).__name__
        fields = {"plugin": self.name, "hook": hook, "kind": kind, "error": str(error)[:500]}
        log.warning("plugin_failed", extra=fields)
        if self.rules.required and hook not in TOLD:
            raise PluginFailed(f"the required plugin {self.name!r} failed in {hook}: {kind}")


def _without_prompt(request: CompletionRequest) -> CompletionRequest:
    messages = tuple(
        replace(message, content=HIDDEN, tool_calls=()) for message in request.messages
    )
    return replace(request, messages=messages, schema=None, tools=())


def _without_answer(completion: Completion) -> Completion:
    return replace(completion, text=HIDDEN, tool_calls=())
