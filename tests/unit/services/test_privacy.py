from typing import Any

import pytest

from app.services.privacy import Redaction
from providers.types import Completion, CompletionRequest, Message, Usage

TEXT = "Write to ann@example.org or call +49 30 1234567."
ASKED = CompletionRequest(
    model="m",
    messages=(Message(role="system", content="Be exact."), Message(role="user", content=TEXT)),
    schema={"type": "object", "properties": {"email_1": {"type": "string"}}},
)


def said(text: str) -> Completion:
    return Completion(text=text, model="m", finish="stop", usage=Usage())


@pytest.mark.parametrize(
    ("redact", "hidden", "kept"),
    [
        (True, ["ann@example.org", "1234567"], []),
        (["email"], ["ann@example.org"], ["1234567"]),
        (False, [], ["ann@example.org", "1234567"]),
        (None, [], ["ann@example.org", "1234567"]),
    ],
)
def test_what_leaves(redact: Any, hidden: list[str], kept: list[str]) -> None:
    sent = Redaction({"redact": redact}).outgoing(ASKED).messages[1].content
    assert all(value not in sent for value in hidden)
    assert all(value in sent for value in kept)


def test_what_comes_back() -> None:
    privacy = Redaction({"redact": True})
    sent = privacy.outgoing(ASKED).messages[1].content
    mark = sent.split()[2]
    assert privacy.incoming(said(f'{{"mail": "{mark}"}}')).text == '{"mail": "ann@example.org"}'
    bare = mark.strip("[]")
    assert privacy.incoming(said(f"no JSON, but {bare}")).text == "no JSON, but ann@example.org"
    assert privacy.counts["email"] == 1
    assert "ann" not in repr(privacy.counts)


def test_without_anything_found_the_answer_is_left_alone() -> None:
    privacy = Redaction({"redact": ["card"]})
    privacy.outgoing(ASKED)
    answer = said('{ "as": "it came" }')
    assert privacy.incoming(answer) is answer
