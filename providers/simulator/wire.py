"""What the vendors' formats have in common, and the paths that they are spoken at."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from providers.simulator.prompt import Asked

CREATED = 1_790_000_000  # equal input, equal answer
PIECES = re.compile(r"\s*\S{1,24}|\s+$")
Body = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What to answer, before it is put into a vendor's format."""

    text: str
    input_tokens: int
    output_tokens: int
    request_id: str
    finish: str = "stop"  # or "length", "refusal"


def pieces(text: str) -> list[str]:
    """A text as a stream sends it."""
    return PIECES.findall(text) or [text]


def event(data: Body, name: str | None = None) -> bytes:
    """One server-sent event."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def arguments(call: Asked, answer: Answer) -> Body | None:
    """What the tool is called with; None when no tool is, or the answer is no object.

    A spoilt answer may be none, and a refusal is in words.
    """
    if not call.tool or answer.finish == "refusal":
        return None
    try:
        value = json.loads(answer.text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


@dataclass(frozen=True, kw_only=True)
class Wire:
    """One format: how to read a call, and how to write what comes back."""

    vendor: str
    id_header: str
    read: Callable[[Body, str], Asked]  # the body, and the model that the path names
    write: Callable[[Asked, Answer], Body]
    events: Callable[[Asked, Answer], Iterator[bytes]]  # the same, streamed
    error: Callable[[int, str, str | None], Body]  # status, message, code
    fault: Callable[[Body], bytes] = event  # such an error inside a stream
    free: bool = False  # nobody pays for it: not among the counted calls
