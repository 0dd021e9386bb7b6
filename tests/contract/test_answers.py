"""What every adapter makes of an answer, through the real SDK, over HTTP."""

import json

import pytest

from providers.errors import ContentRefused, IncompleteAnswer
from tests.contract.conftest import KEY, SCHEMA, Ask
from tests.contract.vendor import Vendor
from tests.contract.wire_server import Reply, WireServer


def test_a_plain_answer(vendor: Vendor, server: WireServer, ask: Ask) -> None:
    server.reply = Reply(vendor.answer("héllo", next(iter(vendor.finishes))))
    server.reply.headers = {vendor.request_id_header: "req-7"}
    answer = ask(max_output_tokens=77)
    assert answer.text == "héllo"
    assert answer.finish == "stop"
    assert answer.request_id == "req-7"
    assert answer.model.startswith(vendor.model)
    assert answer.latency_ms >= 0
    (seen,) = server.received
    assert seen.path == vendor.path
    assert KEY in seen.headers[vendor.key_header]
    assert vendor.limit_of(seen.body) == 77


def test_the_conversation_arrives(vendor: Vendor, server: WireServer, ask: Ask) -> None:
    server.reply = Reply(vendor.answer("x", next(iter(vendor.finishes))))
    ask("Find the total.")
    body = server.received[0].body
    assert vendor.system_of(body) == "Be exact."
    said = str(body)
    assert said.index("Find the total.") < said.index("{}") < said.index("Again.")


def test_a_schema_is_sent_natively(vendor: Vendor, server: WireServer, ask: Ask) -> None:
    server.reply = Reply(vendor.answer('{"total": 1}', next(iter(vendor.finishes))))
    assert ask(schema=SCHEMA).text == '{"total": 1}'
    assert vendor.schema_of(server.received[0].body) == SCHEMA


def test_no_schema_asks_for_no_json(vendor: Vendor, server: WireServer, ask: Ask) -> None:
    server.reply = Reply(vendor.answer("x", next(iter(vendor.finishes))))
    ask()
    assert "json" not in str(server.received[0].body).lower()


def test_usage_parts_do_not_overlap(vendor: Vendor, server: WireServer, ask: Ask) -> None:
    server.reply = Reply(vendor.answer("x", next(iter(vendor.finishes))))
    assert ask().usage == vendor.usage


def test_finish_reasons(vendor: Vendor, server: WireServer, ask: Ask) -> None:
    for theirs, ours in vendor.finishes.items():
        server.reply = Reply(vendor.answer("x", theirs))
        assert ask().finish == ours, theirs


def test_refusals(vendor: Vendor, server: WireServer, ask: Ask) -> None:
    for body in vendor.refusals:
        server.reply = Reply(body)
        with pytest.raises(ContentRefused) as caught:
            ask()
        assert caught.value.usage is not None


def test_an_answer_without_its_end_is_incomplete(
    vendor: Vendor, server: WireServer, ask: Ask
) -> None:
    for body in vendor.unfinished:
        server.reply = Reply(body)
        with pytest.raises(IncompleteAnswer):
            ask()


NONSENSE = [b"", b"{", b"null", b"[]", b'"text"', b"17", b'{"choices": 3, "usage": [1]}', b"\xff"]


@pytest.mark.parametrize("body", NONSENSE, ids=repr)
@pytest.mark.parametrize("content_type", ["application/json", "text/html"])
def test_nonsense_is_incomplete(
    body: bytes, content_type: str, server: WireServer, ask: Ask
) -> None:
    server.reply = Reply(body, content_type=content_type)
    with pytest.raises(IncompleteAnswer):
        ask()


@pytest.mark.parametrize("cut", [0, 1, 40])
def test_a_cut_body_is_incomplete(cut: int, vendor: Vendor, server: WireServer, ask: Ask) -> None:
    server.reply = Reply(vendor.answer("long " * 50, next(iter(vendor.finishes))), cut=cut)
    with pytest.raises(IncompleteAnswer):
        ask()


def test_strange_counts_are_zero(vendor: Vendor, server: WireServer, ask: Ask) -> None:
    body = vendor.answer("x", next(iter(vendor.finishes)))
    for name in ("usage", "usageMetadata"):
        if name in body:
            body[name] = dict.fromkeys(body[name], "many")
    server.reply = Reply(body)
    assert ask().usage.input_tokens == 0


def test_an_effort_is_said_in_the_vendors_words(
    vendor: Vendor, server: WireServer, ask: Ask
) -> None:
    server.reply = Reply(vendor.answer("x", next(iter(vendor.finishes))))
    ask(effort="low")
    words = json.dumps(server.received[0].body)
    expected = {
        "anthropic": '"output_config": {"effort": "low"}',
        "bedrock": '"outputConfig": {"effort": "low"}',
        "gemini": '"thinking_budget": 1024',
    }
    assert expected.get(vendor.kind, '"reasoning_effort": "low"') in words
    ask()
    assert "effort" not in json.dumps(server.received[1].body)
    assert "thinking" not in json.dumps(server.received[1].body)
