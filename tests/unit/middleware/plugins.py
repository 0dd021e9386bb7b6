"""A plugin that keeps what it saw, and a vendor to ask through it."""

from typing import Any, ClassVar

from providers.errors import ProviderError
from providers.middleware.base import CallContext, Middleware
from providers.middleware.chain import Chain
from providers.middleware.plugin import Guarded, PluginRules
from providers.types import (
    Completion,
    CompletionRequest,
    Credential,
    Message,
    Usage,
)

ASKED = CompletionRequest(model="m", messages=(Message(role="user", content="secret plans"),))
ALL = frozenset({"prompt:read", "prompt:write", "answer:read", "answer:write", "call:reject"})


def said(text: str) -> Completion:
    return Completion(text=text, model="m", finish="stop", usage=Usage())


class Plugin(Middleware):
    """A stranger's: `hooks` are functions of (call, argument)."""

    name = "strange"
    hooks: ClassVar[dict[str, Any]] = {}

    def before(self, call: CallContext, request: CompletionRequest) -> Any:
        return self.hooks.get("before", lambda *_: None)(call, request)

    def after(self, call: CallContext, completion: Completion) -> Any:
        return self.hooks.get("after", lambda *_: None)(call, completion)

    def on_error(self, call: CallContext, error: ProviderError) -> Any:
        return self.hooks.get("on_error", lambda *_: None)(call, error)

    def delta(self, call: CallContext, delta: Any) -> Any:
        return self.hooks.get("delta", lambda *_: None)(call, delta)


def guarded(may: Any = ALL, *, required: bool = False, timeout: float = 5.0, **hooks: Any) -> Any:
    kind = type("Strange", (Plugin,), {"permissions": frozenset(may), "hooks": hooks})
    rules = PluginRules(grant=ALL, required=required, timeout_seconds=timeout)
    return Guarded(kind(), rules)


class Vendor:
    def __init__(self) -> None:
        self.seen: list[CompletionRequest] = []

    def __call__(self, request: CompletionRequest) -> Completion:
        self.seen.append(request)
        return said("answer")


def ask(plugin: Guarded, vendor: Any = None) -> str:
    call = CallContext(
        provider="p",
        model="m",
        credentials=(Credential(name="k", secret="sk-secret"),),
        state={"privacy": "vault"},
        subject="somebody",
    )
    with Chain([plugin]).enter(call) as exchange:
        return exchange.complete(ASKED, vendor or Vendor()).text


def crash(call: Any, given: Any) -> None:
    raise ZeroDivisionError("bug")
