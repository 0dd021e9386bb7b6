"""Single values: found in the document, bent to the schema's bounds."""

import math
import re
from typing import Any

from providers.simulator.evidence import EMAIL, URL, Evidence, date_in, moment_in, number_in, words
from providers.simulator.patterns import example

DEFAULTS = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "duration": "PT1H",
    "email": "someone@example.com",
    "idn-email": "someone@example.com",
    "uri": "https://example.com/",
    "uri-reference": "/",
    "iri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "regex": "a",
    "json-pointer": "/a",
}
TITLES = frozenset({"title", "name", "subject", "headline", "product", "vendor", "company"})
PROSE = frozenset({"summary", "description", "overview", "abstract", "text", "note", "body"})
YES = re.compile(r"\b(yes|true|required|enabled|included|confirmed)\b", re.I)


def leaf(schema: dict[str, Any], kind: str, name: str, found: Evidence, required: bool) -> Any:
    """A value, or None when the document has none and none is needed."""
    said = found.labelled(words(name)) if name else None
    if "enum" in schema:
        return _enum(schema["enum"], said, found, required)
    if kind == "null":
        return None
    if kind == "boolean":
        return bool(YES.search(said)) if said else (False if required else None)
    if kind in ("number", "integer"):
        return _number(schema, kind, said, found, required)
    return _string(schema, name, said, found, required)


def _enum(values: list[Any], said: str | None, found: Evidence, required: bool) -> Any:
    for text in (said, found.text):
        if not text:
            continue
        low = " ".join(words(text))
        hits = [v for v in values if isinstance(v, str) and v and " ".join(words(v)) in low]
        if hits:
            return (
                max(hits, key=len)
                if text is said
                else min(hits, key=lambda v: low.find(" ".join(words(v))))
            )
    return values[0] if required else None


def _number(
    schema: dict[str, Any], kind: str, said: str | None, found: Evidence, required: bool
) -> Any:
    value = number_in(said) if said else None
    if value is None and not found.labels and len(found.lines) == 1:
        value = number_in(found.text)
    if value is None:
        if not required:
            return None
        value = 0.0
    return bounded(schema, kind, value)


def bounded(schema: dict[str, Any], kind: str, value: float) -> int | float:
    """The nearest number that the schema allows."""
    step = schema.get("multipleOf") or (1 if kind == "integer" else None)
    low = schema.get("minimum", -math.inf)
    high = schema.get("maximum", math.inf)
    tiny = step or 0.5
    if "exclusiveMinimum" in schema:
        low = max(low, schema["exclusiveMinimum"] + tiny)
    if "exclusiveMaximum" in schema:
        high = min(high, schema["exclusiveMaximum"] - tiny)
    if low > high:
        low = high = (
            schema.get("exclusiveMinimum", low) + schema.get("exclusiveMaximum", high)
        ) / 2
    value = min(max(value, low), high)
    if step:
        value = round(value / step) * step
        if value < low:
            value = math.ceil(low / step) * step
        elif value > high:
            value = math.floor(high / step) * step
    return int(value) if kind == "integer" or value == int(value) else round(value, 6)


def _string(
    schema: dict[str, Any], name: str, said: str | None, found: Evidence, required: bool
) -> str | None:
    kind = schema.get("format")
    text = _formatted(kind, said, found) if kind else said
    if text is None and kind is None:
        text = _by_name(name, found, required)
    if pattern := schema.get("pattern"):
        text = _matching(pattern, text, found) or (example(pattern) if required else None)
    if text is None:
        if not required:
            return None
        text = DEFAULTS.get(kind or "", "") or found.sentence() or found.heading() or name or "text"
    return _sized(schema, text) if kind not in DEFAULTS else text


def _formatted(kind: str, said: str | None, found: Evidence) -> str | None:
    for text in (said, found.text):
        if not text:
            continue
        if kind == "date":
            value = date_in(text)
        elif kind == "date-time":
            value = moment_in(text)
        elif kind in ("email", "idn-email"):
            value = match[0] if (match := EMAIL.search(text)) else None
        elif kind in ("uri", "iri", "url"):
            value = match[0].rstrip(".,;") if (match := URL.search(text)) else None
        else:
            value = said if kind not in DEFAULTS else None
        if value:
            return value
    return None


def _by_name(name: str, found: Evidence, required: bool) -> str | None:
    kinds = set(words(name))
    if "email" in kinds and (match := EMAIL.search(found.text)):
        return match[0]
    if kinds & {"url", "link", "website"} and (match := URL.search(found.text)):
        return match[0].rstrip(".,;")
    if kinds & TITLES:
        return found.heading()
    if kinds & PROSE:
        return found.sentence()
    if required and len(found.lines) == 1:
        return found.text.strip() or None
    return None


def _matching(pattern: str, text: str | None, found: Evidence) -> str | None:
    try:
        wanted = re.compile(pattern)
        inner = re.compile(pattern.removeprefix("^").removesuffix("$"))
    except re.error:
        return None
    if text and wanted.search(text):
        return text
    for candidate in (text, found.text):
        if candidate and (match := inner.search(candidate)) and wanted.search(match[0]):
            return match[0]
    return None


def _sized(schema: dict[str, Any], text: str) -> str:
    least, most = schema.get("minLength", 0), schema.get("maxLength", 2_000)
    if len(text) < least:
        text = (text + " ") * (least // (len(text) + 1) + 1)
        text = text[:least]
    return text[:most]
