import json
import traceback
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from providers.middleware.base import CallContext
from providers.middleware.chain import Chain
from providers.middleware.privacy import Privacy, RedactionFailed
from providers.privacy.detectors import DETECTORS, KINDS
from providers.privacy.spans import Span
from providers.privacy.streams import Restorer
from providers.privacy.vault import Vault
from providers.types import (
    Completion,
    CompletionRequest,
    Delta,
    Finished,
    ImagePart,
    Message,
    ReasoningDelta,
    TextDelta,
    TextPart,
    Tool,
    ToolCall,
    ToolCallDelta,
    Usage,
)

TEXT = "Write to ann@example.org or call +49 30 1234567."
ASKED = CompletionRequest(
    model="m",
    messages=(Message(role="system", content="Be exact."), Message(role="user", content=TEXT)),
    schema={"type": "object", "properties": {"email_1": {"type": "string"}}},
)


def said(text: str, **extra: Any) -> Completion:
    return Completion(text=text, model="m", finish="stop", usage=Usage(), **extra)


class Vendor:
    """Sees what leaves, and answers with `text`, in which {mark} is the first placeholder."""

    def __init__(self, text: str = "{mark}", size: int = 3) -> None:
        self.text = text
        self.size = size  # characters of one streamed piece
        self.seen: CompletionRequest | None = None

    @property
    def prompt(self) -> str:
        assert self.seen is not None
        return self.seen.messages[-1].text

    def complete(self, request: CompletionRequest) -> Completion:
        self.seen = request
        return said(self.answer())

    def answer(self) -> str:
        marks = [word.strip(".") for word in self.prompt.split() if word.startswith("[")]
        return self.text.replace("{mark}", marks[0] if marks else "?")

    def stream(self, request: CompletionRequest) -> Any:
        self.seen = request
        text = self.answer()
        for at in range(0, len(text), self.size):
            yield TextDelta(text=text[at : at + self.size])
        yield Finished(completion=said(text))


def call(redact: Sequence[str]) -> CallContext:
    return CallContext(provider="p", model="m", redact=redact)


def complete(vendor: Vendor, redact: Sequence[str], asked: CompletionRequest = ASKED) -> Completion:
    with Chain([Privacy()]).enter(call(redact)) as exchange:
        return exchange.complete(asked, vendor.complete)


@pytest.mark.parametrize(
    ("redact", "hidden", "kept"),
    [
        (KINDS, ["ann@example.org", "1234567"], []),
        (["email"], ["ann@example.org"], ["1234567"]),
        ([], [], ["ann@example.org", "1234567"]),
    ],
)
def test_what_leaves(redact: Sequence[str], hidden: list[str], kept: list[str]) -> None:
    vendor = Vendor()
    complete(vendor, redact)
    assert all(value not in vendor.prompt for value in hidden)
    assert all(value in vendor.prompt for value in kept)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ('{"mail": "{mark}"}', '{"mail": "ann@example.org"}'),
        ("no JSON, but {mark}", "no JSON, but ann@example.org"),
        ("[{mark}] is free text", "[ann@example.org] is free text"),
    ],
)
def test_what_comes_back(answer: str, expected: str) -> None:
    context = call(["email"])
    asked = ASKED if answer.startswith("{") else replace(ASKED, schema=None)
    with Chain([Privacy()]).enter(context) as exchange:
        assert exchange.complete(asked, Vendor(answer).complete).text == expected
    assert context.redacted == {"email": 1}


def test_without_anything_found_the_answer_is_left_alone() -> None:
    assert complete(Vendor('{ "as": "it came" }'), ["card"]).text == '{ "as": "it came" }'


def test_pictures_pass_and_calls_of_tools_are_redacted_too() -> None:
    picture = ImagePart(data=b"x")
    asked = CompletionRequest(
        model="m",
        messages=(
            Message(
                role="assistant",
                tool_calls=(ToolCall(id="1", name="f", arguments='{"to": "bob@example.org"}'),),
            ),
            Message(role="user", content=(TextPart(text=TEXT), picture)),
        ),
        tools=(Tool(name="f", parameters={"type": "object"}),),
    )
    vendor = Vendor()
    assert complete(vendor, ["email"], asked).text == "ann@example.org"
    assert vendor.seen is not None
    assert "bob@" not in vendor.seen.messages[0].tool_calls[0].arguments
    assert vendor.seen.messages[1].content[1] == picture


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize(
    ("answer", "schema", "expected"),
    [
        ("To {mark}, then {mark}", None, "To ann@example.org, then ann@example.org"),
        ('{"a": "{mark}"}', {"type": "object"}, '{"a": "ann@example.org"}'),
        ("[EMAIL_ and [EMAIL_x] stay", None, "[EMAIL_ and [EMAIL_x] stay"),
        ("a" * 200 + " {mark}", None, "a" * 200 + " ann@example.org"),
    ],
)
def test_a_stream_is_restored_wherever_it_is_cut(
    size: int, answer: str, schema: Any, expected: str
) -> None:
    asked = CompletionRequest(model="m", messages=ASKED.messages, schema=schema)
    with Chain([Privacy()]).enter(call(["email"])) as exchange:
        pieces = list(exchange.stream(asked, Vendor(answer, size).stream))
    assert "".join(p.text for p in pieces if isinstance(p, TextDelta)) == expected
    assert isinstance(pieces[-1], Finished)
    assert pieces[-1].completion.text == expected


@pytest.mark.parametrize("size", [1, 2, 5, 50])
def test_a_value_with_quotes_stays_json(size: int) -> None:
    vault = Vault()
    mark = vault.put("email", '"ann"@example.org')
    text = f'{{"to": "{mark}"}}'
    restorer = Restorer(vault, as_json=True)
    pieces = [restorer.feed(text[at : at + size]) for at in range(0, len(text), size)]
    assert json.loads("".join([*pieces, restorer.end()])) == {"to": '"ann"@example.org'}


def test_streamed_arguments_of_tools_are_restored() -> None:
    def stream(request: CompletionRequest) -> Any:
        mark = request.messages[-1].text.split()[2]
        for piece in ('{"to": "', mark[:4], mark[4:], '"}'):
            yield ToolCallDelta(index=0, arguments=piece)
        whole = ToolCall(id="1", name="f", arguments=f'{{"to": "{mark}"}}')
        yield Finished(completion=said("", tool_calls=(whole,)))

    with Chain([Privacy()]).enter(call(["email"])) as exchange:
        pieces: list[Delta] = list(exchange.stream(ASKED, stream))
    assert isinstance(pieces[-1], Finished)
    streamed = "".join(p.arguments for p in pieces if isinstance(p, ToolCallDelta))
    whole = pieces[-1].completion.tool_calls[0].arguments
    assert json.loads(streamed) == json.loads(whole) == {"to": "ann@example.org"}


CRASHES = {
    "crash": OSError("no language model"),
    "crash-quoting": ValueError("what is ada@b.de?"),
    "crash-leaving": SystemExit(1),
}


class Names:
    """Stands for Presidio's engine: takes every "Ada" for a person."""

    kinds = frozenset({"person"})

    def find(self, text: str, kinds: Any) -> Any:
        if "person" in kinds and "crash" in text:
            raise CRASHES[text.split()[0]]
        at = text.find("Ada")
        return [Span(start=at, end=at + 3, kind="person")] if "person" in kinds and at >= 0 else []


def asked_of_names(text: str, vendor: Vendor) -> Completion:
    asked = CompletionRequest(model="m", messages=(Message(role="user", content=text),))
    order = Chain([Privacy((*DETECTORS, Names()))])
    with order.enter(call(["person", "email"])) as exchange:
        return exchange.complete(asked, vendor.complete)


def test_names_by_another_detector() -> None:
    vendor = Vendor("Dear {mark}")
    assert asked_of_names("[x] Ada ada@b.de", vendor).text.startswith("Dear ")
    assert "Ada" not in vendor.prompt
    assert "[PERSON_1]" in vendor.prompt


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("crash ada@b.de", "OSError: no language model"),
        ("crash-quoting ada@b.de", "ValueError"),
        ("crash-leaving ada@b.de", "SystemExit"),
    ],
)
def test_what_a_detector_cannot_look_through_is_not_sent(text: str, says: str) -> None:
    vendor = Vendor()
    with pytest.raises(RedactionFailed, match=f"{says}$") as failed:
        asked_of_names(text, vendor)
    assert vendor.seen is None
    shown = traceback.format_exception(failed.value)
    assert not any("what is ada@b.de?" in line for line in shown)


def test_what_a_model_shows_of_its_reasoning_is_restored_too() -> None:
    def stream(request: CompletionRequest) -> Any:
        mark = request.messages[-1].text.split()[2]
        for piece in ("I see ", mark[:4], mark[4:], " and ", mark):
            yield ReasoningDelta(text=piece)
        yield TextDelta(text="{}")
        yield Finished(completion=said("{}"))

    with Chain([Privacy()]).enter(call(["email"])) as exchange:
        pieces: list[Delta] = list(exchange.stream(ASKED, stream))
    thought = "".join(p.text for p in pieces if isinstance(p, ReasoningDelta))
    assert thought == "I see ann@example.org and ann@example.org"


def test_an_answer_that_is_to_be_json_stays_json_without_a_schema() -> None:
    """In prompt mode the vendor knows of no schema, and a value may hold a quotation mark."""

    class Quoted:
        kinds = frozenset({"person"})

        def find(self, text: str, kinds: Any) -> Any:
            at = text.find('Ada "Al" L')
            return [Span(start=at, end=at + 10, kind="person")] if at >= 0 else []

    context = replace(call(["person"]), wants_json=True)
    asked = CompletionRequest(model="m", messages=(Message(role="user", content='Ada "Al" L'),))
    with Chain([Privacy((*DETECTORS, Quoted()))]).enter(context) as exchange:
        found = exchange.complete(asked, Vendor('{"name": "{mark}"}').complete)
    assert json.loads(found.text) == {"name": 'Ada "Al" L'}
