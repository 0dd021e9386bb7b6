"""Formats as JSON Schema 2020-12 means them."""

import pytest

from schemas.json_schema.validate import checker_for

GOOD = [
    ("time", "00:00:01Z"),
    ("time", "23:59:59.5+02:00"),
    ("date", "2026-02-28"),
    ("date-time", "2026-02-28T10:00:00Z"),
    ("email", "ada@example.com"),
    ("hostname", "example.com"),
    ("ipv4", "192.0.2.1"),
    ("ipv6", "2001:db8::1"),
    ("uri", "https://example.com/a?b#c"),
    ("uri-reference", "/a/b"),
    ("uuid", "123e4567-e89b-12d3-a456-426614174000"),
    ("duration", "P1DT2H"),
    ("json-pointer", "/a/0"),
    ("color", "no colour at all"),  # no format of 2020-12: not checked
]
BAD = [
    ("time", "00:00:01"),
    ("time", "25:00:00Z"),
    ("date", "2026-02-30"),
    ("date-time", "2026-02-28 10:00"),
    ("email", "ada"),
    ("hostname", "-example-.com"),
    ("ipv4", "192.0.2.256"),
    ("ipv6", "2001:db8::zz"),
    ("uri", "/a/b"),
    ("uuid", "123e4567"),
    ("duration", "1 day"),
    ("json-pointer", "a/0"),
]


@pytest.mark.parametrize(("name", "value"), GOOD)
def test_good(name: str, value: str) -> None:
    assert checker_for({"type": "string", "format": name}).errors(value) == []


@pytest.mark.parametrize(("name", "value"), BAD)
def test_bad(name: str, value: str) -> None:
    assert len(checker_for({"type": "string", "format": name}).errors(value)) == 1
