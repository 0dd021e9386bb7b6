"""What a conversation asks for: the document it is about, and the schema it names in words."""

import json
import re
from dataclasses import dataclass
from typing import Any

from providers.simulator.bad_call import BadCall
from providers.simulator.tools import Extras

DOCUMENT, SCHEMA = "document", "schema"  # tags
SCHEMA_WORD = re.compile(r"schema", re.IGNORECASE)
SCHEMA_KEYS = frozenset({"type", "properties", "$ref", "anyOf", "oneOf", "allOf", "enum", "const"})
MAX_TRIES = 200  # braces looked at for a schema
ANY_OBJECT = {
    "type": "object",
    "properties": {"answer": {"type": "string"}},
    "required": ["answer"],
}
NOTHING = Extras()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a call asks, whoever the vendor is."""

    model: str
    prompt: str  # all texts of the conversation
    document: str  # what the answer is drawn from
    schema: Any  # a JSON Schema; None: an answer in words
    stream: bool = False
    limit: int | None = None  # output tokens
    tool: str | None = None  # the answer is a call of this tool, whose parameters are the schema
    counted: bool = True  # a stream tells its usage
    said: str | None = None  # what an answer in words says, instead of what the document does


@dataclass(frozen=True)
class Turn:
    role: str  # "system", "user", "assistant" or the vendor's own word
    text: str


def asked(
    model: Any,
    turns: list[Turn],
    schema: Any,
    *,
    json_mode: bool = False,
    stream: Any = False,
    limit: Any = None,
    tool: Any = None,
    extras: Extras = NOTHING,
) -> Asked:
    """Read a conversation; `tool` is called, or one of the extras', or none.

    Raises BadCall when it has no model or no turns.
    """
    if not isinstance(model, str) or not model:
        raise BadCall("model is missing")
    if not turns:
        raise BadCall("the conversation is empty")
    prompt = "\n".join(turn.text for turn in turns)
    if (called := extras.called()) is not None:
        tool, schema = called.name, called.parameters
    if schema is None:
        written = schema_in(prompt)
        schema = written if written is not None else (ANY_OBJECT if json_mode else None)
    return Asked(
        model=model,
        prompt=prompt,
        document="\n".join([*extras.results, *extras.pictures, document_in(turns)]),
        schema=schema,
        stream=bool(stream),
        limit=limit if type(limit) is int and limit > 0 else None,
        tool=tool if isinstance(tool, str) else None,
        said=extras.said(),
    )


def document_in(turns: list[Turn]) -> str:
    """The tagged document, or else the user's longest turn without its schema."""
    inner, _ = split("\n".join(turn.text for turn in turns), DOCUMENT)
    if inner is not None:
        return inner
    told = [turn.text for turn in turns if turn.role == "user"] or [turn.text for turn in turns]
    return split(max(told, key=len), SCHEMA)[1]


def split(text: str, tag: str) -> tuple[str | None, str]:
    """What the last pair of tags holds, or None; and the text without it."""
    end = text.rfind(f"</{tag}>")
    start = text.rfind(f"<{tag}>", 0, end) if end >= 0 else -1
    if start < 0:
        return None, text
    inner = text[start + len(tag) + 2 : end]
    return inner.strip("\n"), text[:start] + text[end + len(tag) + 3 :]


def schema_in(prompt: str) -> dict[str, Any] | None:
    """The schema that a prompt spells out: the last one in tags, or after the word."""
    _, plain = split(prompt, DOCUMENT)
    inner, _ = split(plain, SCHEMA)
    if inner is not None and (found := _object_at(inner, max(0, inner.find("{")))) is not None:
        return found
    word = SCHEMA_WORD.search(plain)
    last = None
    place = plain.find("{", word.start()) if word else -1
    for _ in range(MAX_TRIES):
        if place < 0:
            break
        value, end = _parsed(plain, place)
        if isinstance(value, dict) and value.keys() & SCHEMA_KEYS:
            last = value
        place = plain.find("{", end)
    return last


def _object_at(text: str, place: int) -> dict[str, Any] | None:
    found, _ = _parsed(text, place)
    return found if isinstance(found, dict) else None


def _parsed(text: str, place: int) -> tuple[Any, int]:
    try:
        return json.JSONDecoder().raw_decode(text, place)
    except (ValueError, RecursionError):
        return None, place + 1


def text_of(content: Any) -> str:
    """The text of a message's content: a string, or a list of parts with `text`."""
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        return text_of(content.get("text") or content.get("content") or "")
    if isinstance(content, list):
        return "\n".join(filter(None, map(text_of, content)))
    return ""


def turns_of(messages: Any, content: str = "content") -> list[Turn]:
    """The turns in a vendor's list of messages. Raises BadCall when it is no list."""
    if isinstance(messages, str):
        return [Turn("user", messages)]
    if not isinstance(messages, list):
        raise BadCall("the messages are missing")
    return [
        Turn(str(message.get("role", "user")), text_of(message.get(content)))
        for message in messages
        if isinstance(message, dict)
    ]


def after_system(body: dict[str, Any]) -> tuple[list[Turn], str]:
    """The turns of `messages` after that of `system`, if there is one; the last message's text."""
    turns = turns_of(body.get("messages"))
    last = turns[-1].text if turns else ""
    if system := text_of(body.get("system")):
        turns.insert(0, Turn("system", system))
    return turns, last


def first(value: Any) -> Any:
    """The first of a list, or None."""
    return value[0] if isinstance(value, list) and value else None


def part(value: Any, *names: str) -> Any:
    """What lies under nested names, or None."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
