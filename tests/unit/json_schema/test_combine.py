"""Parts of a value put together are the value; what differs is told; nothing is said twice."""

import copy
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.json_schema.combine import Part, combine
from schemas.json_schema.pointers import steps
from tests.unit.json_schema.strategies import obj, pairs

LEAVES = st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["a", "B b", "", "c"])
NAMES = st.sampled_from(["a", "b", "c/d", "e~"])
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner), max_leaves=12
)
TREES = st.recursive(
    st.integers(0, 9) | st.sampled_from(["a", "b b"]) | st.lists(VALUES, min_size=1, max_size=6),
    lambda inner: st.dictionaries(NAMES, inner, min_size=1, max_size=4),
    max_leaves=12,
)
ROW = obj({"name": {"type": "string"}, "price": {"type": "number"}}, "name", "price")
INVOICE = obj({"rows": {"type": "array", "items": ROW}, "total": {"type": "number"}}, "total")


def never(_: int, items: Sequence[Any]) -> list[bool]:
    return [False] * len(items)


def parts(*values: Any) -> list[Part]:
    return [Part(index=index, value=value) for index, value in enumerate(values)]


def at(value: Any, pointer: str) -> Any:
    for step in steps(pointer):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


@st.composite
def torn(draw: st.DrawFn, value: Any, count: int) -> list[Any]:
    """`count` parts of a value, each list cut into runs; a field is in one part or in more."""
    if isinstance(value, list):
        cuts = sorted(
            draw(st.lists(st.integers(0, len(value)), min_size=count - 1, max_size=count - 1))
        )
        return [value[a:b] for a, b in zip([0, *cuts], [*cuts, len(value)], strict=True)]
    if not isinstance(value, dict):
        return [value] * count
    out: list[dict[str, Any]] = [{} for _ in range(count)]
    for name, child in value.items():
        pieces = draw(torn(child, count))
        holders = (
            range(count)
            if isinstance(child, dict | list)
            else draw(st.sets(st.integers(0, count - 1), min_size=1))
        )
        for index in holders:
            out[index][name] = pieces[index]
    return out


@settings(max_examples=150, deadline=None)
@given(TREES, st.integers(1, 4), st.data())
def test_what_was_torn_apart_is_put_together(tree: Any, count: int, data: st.DataObject) -> None:
    pieces = data.draw(torn(tree, count))
    before = copy.deepcopy(pieces)
    made = combine(parts(*pieces), {}, never)
    assert made.value == tree
    assert made.conflicts == ()
    assert pieces == before
    for pointer, (part, origin) in made.origins.items():
        assert at(made.value, pointer) == at(pieces[part], origin)


@settings(max_examples=150, deadline=None)
@given(st.lists(VALUES, max_size=4), pairs() | st.just((INVOICE, None)))
def test_any_values_under_any_schema(values: list[Any], pair: tuple[dict[str, Any], Any]) -> None:
    made = combine(parts(*values), pair[0])
    if len(values) == 1 and "uniqueItems" not in str(pair[0]):
        assert made.value == values[0]
    if all(value is None for value in values):
        assert made.value is None


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.integers(0, 3), max_size=4), min_size=2, max_size=4), st.data())
def test_runs_that_overlap_are_joined_without_doubles(
    runs: list[list[int]], data: st.DataObject
) -> None:
    """Rows are numbered, so that each is itself; the last ones of a run begin the next."""
    number = 0
    whole: list[dict[str, int]] = []
    chunks: list[list[dict[str, int]]] = []
    tail: list[dict[str, int]] = []
    for run in runs:
        rows = [{"n": number + i, "x": x} for i, x in enumerate(run)]
        number += len(rows)
        whole += rows
        chunks.append([*tail, *rows])
        tail = rows[len(rows) - data.draw(st.integers(0, len(rows))) :] if rows else []
    made = combine(parts(*({"rows": rows} for rows in chunks)), {})
    assert made.value == ({"rows": whole} if chunks else None)


def test_alike_is_alike_after_case_width_and_space() -> None:
    made = combine(parts(["ACME  Inc.", "b"], ["\uff22", "acme inc.", "c"]), {})
    assert made.value == ["ACME  Inc.", "b", "c"]


def test_a_double_that_the_shared_text_does_not_say_stays() -> None:
    coffee = {"name": "coffee", "price": 2.5}
    made = combine(parts({"rows": [coffee, coffee]}, {"rows": [coffee]}), INVOICE, never)
    assert made.value["rows"] == [coffee] * 3
    made = combine(parts({"rows": [coffee, coffee]}, {"rows": [coffee]}), INVOICE)
    assert made.value["rows"] == [coffee] * 2


def test_only_neighbours_share_text() -> None:
    assert combine(parts(["a"], [], ["a"]), {}).value == ["a", "a"]
    gap = [Part(index=0, value=["a"]), Part(index=2, value=["a"])]
    assert combine(gap, {}).value == ["a", "a"]


def test_a_row_that_the_cut_went_through_is_whole_again() -> None:
    whole = {"name": "Bolt", "price": 3}
    cut = combine(parts({"rows": [{"name": "Nut", "price": 1}, {"name": "bolt"}]},
                        {"rows": [whole, {"name": "Pin", "price": 2}]}), INVOICE)  # fmt: skip
    assert [row["name"] for row in cut.value["rows"]] == ["Nut", "Bolt", "Pin"]
    assert cut.value["rows"][1] == whole
    assert cut.origins["/rows/1/price"] == (1, "/rows/0/price")
    assert list(cut.origins)[:3] == ["/rows/0/name", "/rows/0/price", "/rows/1/name"]
    late = combine(parts([whole], [{"price": 3.0}, {"name": "Pin", "price": 2}]), {})
    assert late.value == [whole, {"name": "Pin", "price": 2}]


def test_a_list_of_different_values_has_each_once() -> None:
    schema = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
    assert combine(parts(["a", "b"], ["c"], ["A", "d"]), schema, never).value == [
        "a",
        "b",
        "c",
        "d",
    ]


def test_a_tuple_is_not_a_list() -> None:
    schema = obj({"at": {"$ref": "#/$defs/p"}})
    schema["$defs"] = {"p": {"type": "array", "prefixItems": [{"type": "number"}] * 2}}
    assert combine(parts({"at": [1]}, {"at": [1, 2]}), schema).value == {"at": [1, 2]}
    made = combine(parts({"at": [1, 2]}, {"at": [1, 3]}), schema)
    assert (made.value, [c.pointer for c in made.conflicts]) == ({"at": [1, 2]}, ["/at/1"])


def test_the_first_that_says_something_wins_and_the_others_are_told() -> None:
    made = combine(
        parts(
            {"total": None}, {"total": 7}, {"total": 7.0}, {"total": 9, "note": ""}, {"note": "n"}
        ),
        INVOICE,
    )
    assert made.value == {"total": 7, "note": "n"}
    (conflict,) = made.conflicts
    assert conflict.to_json() == {
        "pointer": "/total",
        "values": [{"chunk": 1, "value": 7}, {"chunk": 3, "value": 9}],
    }


def test_values_of_different_kinds_are_a_conflict() -> None:
    made = combine(parts({"a": {"b": 1}}, {"a": "text"}, {"a": {"c": 2}}), {})
    assert made.value == {"a": {"b": 1, "c": 2}}
    assert [c.pointer for c in made.conflicts] == ["/a"]
    assert combine(parts({"a": False}, {"a": 0}), {}).conflicts


@pytest.mark.parametrize("key", ["anyOf", "oneOf"])
def test_alternatives_are_not_mixed(key: str) -> None:
    card = obj({"kind": {"const": "card"}, "number": {"type": "string"}}, "kind", "number")
    bank = obj({"kind": {"const": "bank"}, "iban": {"type": "string"}}, "kind", "iban")
    schema = obj({"pay": {key: [card, {"$ref": "#/$defs/bank"}]}})
    schema["$defs"] = {"bank": bank}
    made = combine(
        parts(
            {"pay": {"kind": "card"}},
            {"pay": {"kind": "bank", "iban": "DE1"}},
            {"pay": {"kind": "card", "number": "4"}},
        ),
        schema,
    )
    assert made.value == {"pay": {"kind": "card", "number": "4"}}
    assert [c.pointer for c in made.conflicts] == ["/pay/kind"]


def test_no_part_says_anything() -> None:
    assert combine([], INVOICE).value is None
    assert combine(parts(None, None), INVOICE).value is None
    assert combine(parts({}, {}), INVOICE).value == {}


def test_many_items_take_no_long_time() -> None:
    rows = [{"name": f"row {n}", "price": n} for n in range(5_000)]
    made = combine(parts({"rows": rows}, {"rows": rows}), INVOICE)
    assert made.value == {"rows": rows}
