"""Embeddings, counts of tokens and health: the same cases over every kind that has them."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from providers.calls import Caller, CancelToken
from providers.errors import (
    CallCanceled,
    IncompleteAnswer,
    InvalidRequest,
    ProviderError,
    ProviderTimeout,
    RateLimited,
)
from providers.registry import build
from providers.types import Embeddings, Health, ProviderConfig
from tests.contract.conftest import KEY
from tests.contract.extra_calls import (
    ABSENT,
    EXTRAS,
    OPENROUTER_MODELS,
    PICTURE,
    SCHEMA,
    TOOL,
    VECTORS,
    WITH_A_PICTURE,
    Extra,
)
from tests.contract.vendor import COMMON_ERRORS
from tests.contract.vendors import VENDORS
from tests.contract.wire_server import Reply, WireServer

ERROR = {vendor.kind: vendor.error for vendor in VENDORS}
ID_HEADER = {vendor.kind: vendor.request_id_header for vendor in VENDORS}
OWN = [(v.kind, case) for v in VENDORS for case in v.errors if "schema" not in case[3]]
PAID = [extra for extra in EXTRAS if extra.call != "models"]
EMBED = [extra for extra in EXTRAS if extra.call == "embed"]
LISTED = [extra for extra in EXTRAS if extra.call == "models"]
Do = Callable[..., Any]


@pytest.fixture(params=EXTRAS, ids=str)
def extra(request: pytest.FixtureRequest) -> Extra:
    return request.param


@pytest.fixture
def do(extra: Extra, server: WireServer, warm: None) -> Iterator[Do]:
    caller = Caller()
    url = server.url + extra.prefix
    provider = build(ProviderConfig(name="mine", kind=extra.kind, base_url=url, api_key=KEY))

    def do(timeout: float = 10.0, cancel: CancelToken | None = None, **more: Any) -> Any:
        work = extra.work(provider, timeout, **more)
        found = caller.run(provider, work, timeout=timeout, cancel=cancel, model=extra.model)
        if isinstance(found, Health) and not found.ok:  # so that all calls fail alike here
            raise ProviderError(found.detail)
        return found

    yield do
    caller.close(provider)


def fails(extra: Extra, kind: type[ProviderError]) -> type[ProviderError]:
    """Health raises nothing of the tree, and the fixture raises its root for it."""
    return ProviderError if extra.call == "models" else kind


def test_a_good_answer(extra: Extra, server: WireServer, do: Do) -> None:
    server.reply = Reply(extra.good, headers={ID_HEADER[extra.kind]: "req-7"})
    found = do()
    (seen,) = server.received
    assert seen.path == extra.path
    assert KEY in str(seen.headers)
    assert extra.sent(seen.body) == extra.expected
    if isinstance(found, Embeddings):
        assert found.vectors == VECTORS
        assert found.usage == extra.result
        assert found.model == extra.model
        assert found.request_id == "req-7"
    elif isinstance(found, Health):
        assert found.models == extra.result
        assert found.ok
        assert found.detail == "2 models"
    else:
        assert found == extra.result


def test_an_answer_that_makes_no_sense(extra: Extra, server: WireServer, do: Do) -> None:
    for body in [*extra.wrong, [], None, 17, {}]:
        server.reply = Reply(body)
        with pytest.raises(fails(extra, IncompleteAnswer)):
            pytest.fail(f"{body} was read as {do()}")


@pytest.mark.parametrize("body", [b"", b"{", b"<html>", b"\xff"], ids=repr)
def test_what_is_no_json(body: bytes, extra: Extra, server: WireServer, do: Do) -> None:
    server.reply = Reply(body, content_type="text/html")
    with pytest.raises(fails(extra, IncompleteAnswer)):
        do()


@pytest.mark.parametrize("case", COMMON_ERRORS, ids=lambda case: f"{case[0]}")
def test_a_status(
    case: tuple[int, str, str, str], extra: Extra, server: WireServer, do: Do
) -> None:
    status, code, message, ours = case
    server.reply = Reply(ERROR[extra.kind](status, code, message), status=status)
    with pytest.raises(ProviderError) as caught:
        do()
    assert caught.value.message == message
    assert len(server.received) == 1, "the SDK retried"
    if extra.call != "models":
        assert (caught.value.code, caught.value.status) == (ours, status)
        assert (caught.value.provider, caught.value.model) == ("mine", extra.model)


@pytest.mark.parametrize("extra", PAID, indirect=True, ids=str)
def test_a_vendors_own_words(extra: Extra, server: WireServer, do: Do) -> None:
    for kind, (status, code, message, ours) in OWN:
        if kind == extra.kind:
            server.reply = Reply(ERROR[kind](status, code, message), status=status)
            with pytest.raises(ProviderError) as caught:
                do()
            assert caught.value.code == ours, message


@pytest.mark.parametrize("extra", PAID, indirect=True, ids=str)
def test_retry_after(extra: Extra, server: WireServer, do: Do) -> None:
    said = ERROR[extra.kind](429, "", "slow")
    server.reply = Reply(said, status=429, headers={"retry-after": "7"})
    with pytest.raises(RateLimited) as caught:
        do()
    assert caught.value.retry_after == 7.0


@pytest.mark.parametrize("cut", [0, 15])
def test_a_cut_body(cut: int, extra: Extra, server: WireServer, do: Do) -> None:
    server.reply = Reply(extra.good, cut=cut)
    with pytest.raises(fails(extra, IncompleteAnswer)):
        do()


def test_silence_meets_the_wall_clock(extra: Extra, server: WireServer, do: Do) -> None:
    server.reply = Reply(extra.good)
    do()  # so that the time is spent at the vendor
    server.reply = Reply(b"", before=30)
    started = time.monotonic()
    with pytest.raises(fails(extra, ProviderTimeout)) as caught:
        do(timeout=0.4)
    assert time.monotonic() - started < 5
    assert "within 0.4 s" in caught.value.message
    assert server.hung_up.wait(30), "the call went on at the vendor"


def test_a_dripping_body_meets_the_wall_clock(extra: Extra, server: WireServer, do: Do) -> None:
    server.reply = Reply(extra.good)
    do()
    server.reply = Reply({**extra.good, "padding": "x" * 500}, drip=0.05)
    with pytest.raises(fails(extra, ProviderTimeout)):
        do(timeout=0.4)
    assert server.hung_up.wait(30)


def test_cancel_from_another_thread(extra: Extra, server: WireServer, do: Do) -> None:
    server.reply = Reply(b"", before=30)
    token = CancelToken()

    def cancel() -> None:
        until = time.monotonic() + 15
        while not server.received and time.monotonic() < until:
            time.sleep(0.01)
        token.cancel()

    threading.Thread(target=cancel).start()
    with pytest.raises(CallCanceled):
        do(timeout=20, cancel=token)
    assert server.hung_up.wait(30), "the call went on at the vendor"


def test_a_canceled_token_calls_nobody(server: WireServer, extra: Extra, do: Do) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(CallCanceled):
        do(cancel=token)
    assert server.received == []


def test_a_client_outlives_what_befell_it(extra: Extra, server: WireServer, do: Do) -> None:
    for bad in (Reply(b"", before=30), Reply(b"{", status=500), Reply(extra.good, cut=2)):
        server.reply = bad
        with pytest.raises(ProviderError):
            do(timeout=0.2)
        server.reply = Reply(extra.good)
        assert do()


@pytest.mark.parametrize("extra", ABSENT, indirect=True, ids=str)
def test_what_a_vendor_does_not_have(extra: Extra, server: WireServer, do: Do) -> None:
    with pytest.raises(InvalidRequest, match=extra.kind):
        do()
    assert server.received == []


@pytest.mark.parametrize("extra", LISTED, indirect=True, ids=str)
def test_health_tells_no_key(extra: Extra, server: WireServer, do: Do) -> None:
    said = ERROR[extra.kind](401, "", f"Incorrect API key provided: {KEY}.")
    server.reply = Reply(said, status=401)
    with pytest.raises(ProviderError, match=r"provided: \[key\]") as caught:
        do()
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("extra", EMBED, indirect=True, ids=str)
def test_dimensions(extra: Extra, server: WireServer, do: Do) -> None:
    server.reply = Reply(extra.good)
    assert do(dimensions=2).vectors == VECTORS
    said = str(server.received[0].body).count(extra.dimensions)
    assert said == (2 if extra.kind == "gemini" else 1)  # for each text
    with pytest.raises(InvalidRequest, match="gave 2 dimensions, not 3"):
        do(dimensions=3)


@pytest.mark.parametrize("extra", EMBED, indirect=True, ids=str)
def test_strange_counts_are_zero(extra: Extra, server: WireServer, do: Do) -> None:
    body = {k: v for k, v in extra.good.items() if k not in ("usage", "usageMetadata")}
    server.reply = Reply(body)
    assert do().usage.input_tokens == 0


@pytest.mark.parametrize("extra", [e for e in EMBED if "openai" in e.kind], indirect=True, ids=str)
def test_an_error_under_a_200(extra: Extra, server: WireServer, do: Do) -> None:
    server.reply = Reply({"error": {"code": 429, "message": "upstream is busy"}})
    with pytest.raises(RateLimited, match="upstream is busy"):
        do()


@pytest.mark.parametrize("extra", [e for e in EXTRAS if e.call == "count"], indirect=True, ids=str)
def test_schemas_and_tools_are_counted(extra: Extra, server: WireServer, do: Do) -> None:
    server.reply = Reply(extra.good)
    for more in ({"schema": SCHEMA}, {"schema": SCHEMA, "schema_mode": "tool"}):
        do(**more)
        assert "weight" in str(server.received[-1].body), more


@pytest.mark.parametrize("extra", [e for e in EXTRAS if e.call == "count"], indirect=True, ids=str)
def test_tools_and_pictures_are_counted(extra: Extra, server: WireServer, do: Do) -> None:
    server.reply = Reply(extra.good)
    do(tools=(TOOL,), messages=WITH_A_PICTURE)
    told = json.dumps(server.received[-1].body)
    for part in ("look_up", "it is sunny", base64.b64encode(PICTURE).decode()):
        assert part in told, part


@pytest.mark.parametrize("extra", [OPENROUTER_MODELS], indirect=True, ids=str)
def test_where_the_list_is_public_the_key_is_asked_about(
    extra: Extra, server: WireServer, do: Do
) -> None:
    server.reply = Reply(extra.good)
    assert do().models == extra.result
    assert [seen.path for seen in server.received] == ["/api/v1/key", "/api/v1/models"]
    server.reply = Reply({"error": {"code": 401, "message": "no such key"}}, status=401)
    with pytest.raises(ProviderError, match="no such key"):
        do()
