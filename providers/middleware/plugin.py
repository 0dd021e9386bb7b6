"""A plugin's hooks under guard: held to its permissions, its time and its own mistakes."""

import logging
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from providers.errors import ProviderError
from providers.middleware.base import (
    PERMISSIONS,
    CallContext,
    Middleware,
    PluginFailed,
    Rejected,
)
from providers.middleware.hook_threads import HookHung, HookLeft, HookThreads
from providers.middleware.shapes import checked
from providers.middleware.shown import bare, without_answer, without_prompt, without_words
from providers.types import Completion, CompletionRequest, Delta, Finished

log = logging.getLogger(__name__)
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
    """Runs a plugin's hooks in threads of their own. One that fails or hangs is passed by.

    A hook is lent copies: what it changes in place changes nothing.
    """

    def __init__(self, plugin: Middleware, rules: PluginRules) -> None:
        """Raises ValueError when the plugin asks for more than it is granted."""
        asked = frozenset(plugin.permissions)
        unknown = sorted(asked - PERMISSIONS.keys())
        if unknown:
            raise ValueError(f"asks for unknown permissions: {', '.join(unknown)}")
        missing = sorted(asked - rules.grant)
        if missing:
            raise ValueError(f"asks for permissions that are not granted: {', '.join(missing)}")
        for write in ("prompt:write", "answer:write"):
            if write in asked and write.replace("write", "read") not in asked:
                raise ValueError(f"asks for {write} without {write.replace('write', 'read')}")
        self.name = plugin.name  # type: ignore[misc]
        self.permissions = asked  # type: ignore[misc]
        self.rules = rules
        self._plugin = plugin
        self._threads = HookThreads(plugin.name)

    def before(
        self, call: CallContext, request: CompletionRequest
    ) -> CompletionRequest | Completion | None:
        shown = request if self._may("prompt:read") else without_prompt(request)
        given = self._run("before", (CompletionRequest, Completion), call, shown)
        if isinstance(given, Completion):
            return given if self._allowed("before", call, "answer:write") else None
        if given is None or given == shown:
            return None
        return given if self._allowed("before", call, "prompt:write") else None

    def after(self, call: CallContext, completion: Completion) -> Completion | None:
        shown = completion if self._may("answer:read") else without_answer(completion)
        given = self._run("after", (Completion,), call, shown)
        if given is None or given == shown:
            return None
        return given if self._allowed("after", call, "answer:write") else None

    def on_error(
        self, call: CallContext, error: ProviderError
    ) -> ProviderError | Completion | None:
        shown = error if self._may("answer:read") else without_words(error)
        given = self._run("on_error", (ProviderError, Completion), call, shown)
        if given is None or (type(given) is type(shown) and vars(given) == vars(shown)):
            return None
        needed = "call:reject" if isinstance(given, Rejected) else "answer:write"
        return given if self._allowed("on_error", call, needed) else None

    def delta(self, call: CallContext, delta: Delta) -> Sequence[Delta] | None:
        """Without `answer:read` a plugin sees nothing of a stream but its end, in `after`."""
        if not self._may("answer:read") or type(self._plugin).delta is Middleware.delta:
            return None
        if call.state.get(self._hung):  # a stream has many pieces, and each would wait for it
            return None
        given = self._run("delta", (list, tuple), call, delta)
        if given is None or list(given) == [delta]:
            return None
        if not self._allowed("delta", call, "answer:write"):
            return None
        ended = isinstance(delta, Finished) and not any(isinstance(d, Finished) for d in given)
        return [*given, delta] if ended else given

    def accepted(self, call: CallContext, value: Any) -> None:
        shown = value if self._may("answer:read") else None
        self._run("accepted", (), call, shown)

    def close(self, call: CallContext) -> None:
        self._run("close", (), call)

    @property
    def _hung(self) -> str:
        return f"plugin {self.name} hung"

    def _may(self, permission: str) -> bool:
        return permission in self.permissions

    def _allowed(self, hook: str, call: CallContext, permission: str) -> bool:
        if not self._may(permission):
            self._failed(hook, call, PermissionMissing(f"what it gave needs {permission}"))
        return self._may(permission)

    def _run(self, hook: str, kinds: tuple[type, ...], call: CallContext, *given: Any) -> Any:
        """What the hook gives, when it is one of `kinds`, and whole; None too when it failed."""
        if getattr(type(self._plugin), hook) is getattr(Middleware, hook):
            return None  # not a hook of its own
        own = call.state.setdefault(f"plugin {self.name}", {})
        try:
            lent, shown = deepcopy(given), bare(call, own)
            run = getattr(self._plugin, hook)
            result = self._threads.run(lambda: run(shown, *lent), self.rules.timeout_seconds)
            return checked(result, kinds, given[0] if given else None)
        except Rejected as error:
            if self._may("call:reject"):
                raise Rejected(_text(error)) from error
            self._failed(hook, call, PermissionMissing("rejecting needs call:reject"))
        except Exception as error:
            self._failed(hook, call, error)
        return None

    def _failed(self, hook: str, call: CallContext, error: Exception) -> None:
        if isinstance(error, HookHung):
            call.state[self._hung] = True
        kind = str(error) if isinstance(error, HookLeft) else type(error).__name__
        kind = "hung" if isinstance(error, HookHung) else kind
        # What it says may quote the prompt, which holds what a job wants redacted.
        told = {} if call.redact else {"error": _text(error)[:500]}
        log.warning("plugin_failed", extra={"plugin": self.name, "hook": hook, "kind": kind} | told)
        if self.rules.required and hook not in TOLD:
            raise PluginFailed(f"the required plugin {self.name!r} failed in {hook}: {kind}")


def _text(error: Exception) -> str:
    try:
        return str(error)
    except BaseException:
        return ""
