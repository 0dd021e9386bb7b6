from collections.abc import Callable, Iterator

import pytest

from providers.calls import Caller, CancelToken
from providers.middleware.base import CallContext
from providers.middleware.chain import Chain
from providers.middleware.logging import Logging
from providers.registry import build
from providers.types import Completion, CompletionRequest, Message, ProviderConfig
from tests.contract.line import Line
from tests.contract.vendor import Vendor
from tests.contract.vendors import VENDORS
from tests.contract.wire_server import WireServer

KEY = "sk-very-secret-0123456789"
SCHEMA = {
    "type": "object",
    "properties": {"total": {"type": "number"}},
    "required": ["total"],
    "additionalProperties": False,
}
Ask = Callable[..., Completion]


@pytest.fixture(params=VENDORS, ids=str)
def vendor(request: pytest.FixtureRequest) -> Vendor:
    return request.param


@pytest.fixture
def server() -> Iterator[WireServer]:
    server = WireServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def warm() -> None:
    """The SDKs' import time must not count against a test's deadline."""
    for vendor in VENDORS:
        config = ProviderConfig(
            name="warm", kind=vendor.kind, base_url="http://127.0.0.1:1", api_key=KEY
        )
        build(config).load()  # type: ignore[attr-defined]


@pytest.fixture
def ask(vendor: Vendor, server: WireServer, warm: None) -> Iterator[Ask]:
    caller = Caller()
    provider = build(
        ProviderConfig(
            name="mine", kind=vendor.kind, base_url=server.url + vendor.prefix, api_key=KEY
        )
    )

    def ask(
        text: str = "Read this.",
        *,
        timeout: float = 10.0,
        cancel: CancelToken | None = None,
        **extra: object,
    ) -> Completion:
        messages = (
            Message(role="system", content="Be exact."),
            Message(role="user", content=text),
            Message(role="assistant", content="{}"),
            Message(role="user", content="Again."),
        )
        request = CompletionRequest(model=vendor.model, messages=messages, **extra)  # type: ignore[arg-type]
        with Chain([Logging()]).enter(CallContext(provider="mine", model=vendor.model)) as exchange:
            return exchange.complete(
                request, lambda sent: caller.call(provider, sent, timeout=timeout, cancel=cancel)
            )

    yield ask
    caller.close(provider)


@pytest.fixture
def line(vendor: Vendor, server: WireServer, warm: None) -> Iterator[Line]:
    line = Line(vendor, server.url, KEY)
    yield line
    line.close()
