"""The checker: right, bounded in time, fetching nothing."""

import socket
import threading
import time
from typing import Any

import pytest

from schemas.json_schema import validate
from schemas.json_schema.limits import MAX_REPORTED
from schemas.json_schema.validate import Checker, checker_for
from schemas.kept import Kept


def ok(schema: Any, instance: Any) -> bool:
    return not Checker(schema).errors(instance)


RIGHT: list[tuple[Any, Any, bool]] = [
    ({"multipleOf": 0.01}, 19.99, True),
    ({"multipleOf": 0.01}, 19.999, False),
    ({"multipleOf": 0.1}, 0.3, True),
    ({"multipleOf": 1e-300}, 1e308, True),
    ({"multipleOf": 7}, 10**400, False),
    ({"type": "integer"}, 1.0, True),
    ({"type": "integer"}, True, False),
    ({"const": 1}, True, False),
    ({"const": 1}, 1.0, True),
    ({"enum": [1]}, True, False),
    ({"enum": [True, 1.0]}, 1, True),
    ({"enum": [[1], [True]]}, [True], True),
    ({"enum": [[1], {"a": 0}]}, {"a": False}, False),
    ({"enum": []}, None, False),
    ({"uniqueItems": True}, [1, True], True),
    ({"uniqueItems": True}, [1, 1.0], False),
    ({"uniqueItems": True}, [{"a": 1, "b": 2}, {"b": 2, "a": 1.0}], False),
    ({"uniqueItems": True}, [[1], [True]], True),
    ({"pattern": r"^\d+$"}, "12", True),
    ({"pattern": r"^\d+$"}, "١٢", False),
    ({"pattern": r"^[\u00e9]$"}, "é", True),
    ({"pattern": "a"}, 5, True),
    ({"pattern": "a"}, "\ud800", False),
    ({"patternProperties": {"^x": {"type": "integer"}}}, {"x1": "a"}, False),
    (
        {"patternProperties": {"^x": {}}, "additionalProperties": False},
        {"x1": 1, "y": 1},
        False,
    ),
    ({"properties": {"a": {}}, "additionalProperties": {"type": "null"}}, {"b": 1}, False),
    ({"format": "date"}, "2026-02-29", False),
    ({"format": "date"}, "20260228", False),
    ({"format": "date-time"}, "2026-02-28T10:00:00Z", True),
    ({"format": "date-time"}, "2026-02-28 10:00", False),
    ({"format": "time"}, "25:00:00Z", False),
    ({"format": "email"}, "nobody", False),
    ({"format": "uri"}, "not a uri", False),
    ({"format": "uri"}, "https://a.example/x?y#z", True),
    ({"format": "iri"}, "https://é.example/ü", True),
    ({"format": "iri"}, "é", False),
    ({"format": "uuid"}, "123", False),
    ({"format": "ipv4"}, "1.2.3.400", False),
    ({"format": "duration"}, "P1D", True),
    ({"format": "hostname"}, "-bad-", False),
    ({"format": "no-such-format"}, "x", True),
    ({"format": "date"}, 5, True),
    (True, 1, True),
    (False, 1, False),
    ({"unevaluatedProperties": False, "properties": {"a": {}}}, {"b": 1}, False),
    ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, False),
    ({"$schema": "http://json-schema.org/draft-04/schema#", "const": 1}, 2, False),
]


@pytest.mark.parametrize(("schema", "instance", "valid"), RIGHT)
def test_it_is_right(schema: Any, instance: Any, valid: bool) -> None:
    assert ok(schema, instance) is valid


def nest(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    return value


BOTH = {"properties": {"a": {"$ref": "#"}}}
HANGING: list[tuple[str, Any, Any]] = [
    ("a pattern of exponents", {"pattern": "^(a+)+$"}, "a" * 50_000 + "!"),
    ("the same on names", {"patternProperties": {"^(a+)+$": False}}, {"a" * 5_000 + "!": 1}),
    (
        "python's re on what is unevaluated",
        {"patternProperties": {"^(a+)+$": {}}, "unevaluatedProperties": False},
        {"a" * 40 + "!": 1},
    ),
    ("2^90 by depth", {"allOf": [BOTH, dict(BOTH)]}, nest(90)),
    ("many equal objects", {"uniqueItems": True}, [{"a": i} for i in range(20_000)]),
    ("a long iri", {"format": "iri"}, "http://" + "é" * 100_000),
    ("a long iri-reference", {"format": "iri-reference"}, "a:" * 900),
    ("a long hostname", {"format": "idn-hostname"}, "é." * 50_000),
    ("a deep value", {"const": 1}, nest(50_000)),
    (
        "a long text against many patterns",
        {"allOf": [{"pattern": f"(a|b)*c{i}"} for i in range(200)]},
        "ab" * 500_000,
    ),
    (
        "many names required of many objects, twice",
        {"items": {"anyOf": [{"required": [f"n{i}" for i in range(10_000)]}] * 2}},
        [{}] * 5_000,
    ),
    (
        "many names against many patterns, often",
        {"allOf": [{"patternProperties": {f"^a{i}.*z$": {} for i in range(200)}}] * 300},
        {f"b{i}": 1 for i in range(3_000)},
    ),
    (
        "the same on what is left over",
        {
            "allOf": [
                {
                    "patternProperties": {f"^a{i}.*z$": {} for i in range(200)},
                    "additionalProperties": {},
                }
            ]
            * 300
        },
        {f"b{i}": 1 for i in range(3_000)},
    ),
    ("many values of a long enum", {"items": {"enum": [*range(40_000)]}}, [39_999.0] * 20_000),
    ("a huge integer", {"multipleOf": 0.1}, 10**4_000),
    ("itself", {"$ref": "#"}, 1),
    ("references to nothing", {"$ref": "#/nowhere"}, 1),
    ("not a schema", {"properties": 5, "required": 3}, {"a": 1}),
]


@pytest.mark.parametrize(
    ("schema", "instance"), [h[1:] for h in HANGING], ids=[h[0] for h in HANGING]
)
def test_it_ends_in_time_and_raises_nothing(schema: Any, instance: Any) -> None:
    started = time.perf_counter()
    found = Checker(schema).errors(instance)
    assert time.perf_counter() - started < 8
    assert len(found) <= MAX_REPORTED + 1


@pytest.mark.parametrize("ref", ["http://127.0.0.1:9/s.json", "file:///etc/hostname", "urn:x:y"])
def test_it_fetches_nothing(ref: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("it opened a socket")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    (error,) = Checker({"properties": {"a": {"$ref": ref}}}).errors({"a": 1})
    assert "cannot be resolved" in error.detail


def test_a_large_honest_instance_is_checked() -> None:
    line = {
        "type": "object",
        "required": ["sku", "amount"],
        "additionalProperties": False,
        "properties": {
            "sku": {"type": "string", "pattern": "^[A-Z0-9-]+$"},
            "amount": {"type": "number", "minimum": 0},
            "due": {"type": "string", "format": "date"},
        },
    }
    rows = [{"sku": f"A-{i}", "amount": i / 100, "due": "2026-01-31"} for i in range(5_000)]
    assert ok({"type": "array", "items": line, "uniqueItems": True}, rows)


def test_errors_point_and_are_few() -> None:
    schema = {"type": "array", "items": {"type": "object", "required": ["a/b"]}}
    found = Checker(schema).errors([{} for _ in range(500)])
    assert len(found) == MAX_REPORTED
    assert found[0].pointer == "/0"
    assert found[0].detail == "'a/b' is required"
    nested = {"properties": {"a/b": {"minimum": 3}}}
    assert [e.pointer for e in Checker(nested).errors({"a/b": 1})] == ["/a~1b"]


def test_an_alternative_is_explained_by_its_nearest() -> None:
    branch = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"const": "a"}, "at": {"type": "string", "format": "date"}},
    }
    schema = {"oneOf": [branch, {"type": "null"}]}
    (found,) = Checker(schema).errors({"kind": "a", "at": "soon"})
    assert "'soon' is not a 'date'" in found.detail
    assert "/at" in found.detail


def test_a_message_is_short_however_long_the_value() -> None:
    for found in Checker({"type": "integer"}).errors("x" * 1_000_000):
        assert len(found.detail) <= 500


def test_checkers_are_kept_by_content_and_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validate, "_kept", kept := Kept[bytes, Checker](10_000))
    one = checker_for({"type": "string", "minLength": 1})
    assert checker_for({"minLength": 1, "type": "string"}) is one
    for i in range(100):
        checker_for({"const": i, "description": "x" * 100})
    assert 8_000 < kept.bytes <= 10_000
    assert checker_for({"type": "string", "minLength": 1}) is not one


def test_threads_share_a_checker() -> None:
    checker = checker_for({"type": "array", "items": {"type": "integer"}})
    wrong: list[Any] = []

    def work(n: int) -> None:
        for _ in range(30):
            if bool(checker.errors([1, 2, "x" if n % 2 else 3])) is not bool(n % 2):
                wrong.append(n)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
