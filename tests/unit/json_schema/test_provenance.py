"""Where in the document an output's values stand."""

# ruff: noqa: RUF001 - dashes and wide letters are what is tested

import json
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.json_schema.dialects import plan
from schemas.json_schema.provenance import Found, _leaves, provenance
from schemas.json_schema.report import ValidationReport
from schemas.json_schema.validate import SchemaError

SAMPLES = Path(__file__).parents[3] / "ops" / "samples"
DOCUMENT = """INVOICE INV-7
Date: 3rd October 2026, due 10/11/2026
Bill to: ACME  Holdings,
  14 Mill Lane
  Lincoln
Total: €1.234,50 (discount -5.00)  Fee (12.00)  Qty 3  Weight 12kg
Café “Zwölf” – open at 8 October 2026 4:42 pm
住所は東京都です。 ＡＢＣ
"""


def one(value: Any, document: str = DOCUMENT) -> tuple[str, str | None]:
    (found,) = provenance(value, document)
    text = None if found.start is None else document[found.start : found.end]
    return found.found, text


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("INV-7", "exact", "INV-7"),
        ("Café “Zwölf”", "exact", "Café “Zwölf”"),
        (3, "exact", "3"),
        (12, "exact", "12"),
        (-5.0, "normalized", "5.00"),
        (-12, "normalized", "12.00"),
        (1234.5, "normalized", "1.234,50"),
        ("1,234.50 EUR", "normalized", "1.234,50"),
        ("acme holdings", "normalized", "ACME  Holdings"),
        ("14 Mill Lane, Lincoln", "normalized", "14 Mill Lane\n  Lincoln"),
        ('Café "Zwölf" - open', "normalized", "Café “Zwölf” – open"),
        ("abc", "normalized", "ＡＢＣ"),
        ("東京都", "exact", "東京都"),
        ("2026-10-03", "normalized", "3rd October 2026"),
        ("2026-11-10", "normalized", "10/11/2026"),
        ("2026-10-11", "normalized", "10/11/2026"),
        ("2026-10-08T16:42:00Z", "normalized", "8 October 2026 4:42 pm"),
    ],
)
def test_it_is_found(value: Any, kind: str, text: str) -> None:
    assert one(value) == (kind, text)


@pytest.mark.parametrize(
    "value",
    [
        *(True, False, None, "", " ", 99, -3, 12.5, "NV-7", "Lane Mill", "-INV-7", "2 kg"),
        *("2026-10-04", "2026-10-08T16:43:00Z", "Cafe", "Holdings GmbH", 10**5000, float("inf")),
    ],
    ids=lambda v: str(v)[:9] if not isinstance(v, int) or abs(v) < 1000 else "huge",
)
def test_it_is_not_found(value: Any) -> None:
    assert one(value) == ("not_found", None)


def test_every_leaf_has_a_line_in_order() -> None:
    value = {"a/b": [3, {"~": "INV-7"}], "c": [], "d": {}, "e": None}
    assert [f.pointer for f in provenance(value, DOCUMENT)] == ["/a~1b/0", "/a~1b/1/~0", "/e"]
    assert provenance("INV-7", DOCUMENT)[0].pointer == ""
    line = Found(pointer="/x", found="exact", start=0, end=2)
    assert line.to_json() == {"pointer": "/x", "found": "exact", "start": 0, "end": 2}


def test_repeated_values_follow_the_one_before() -> None:
    document = "a 1 pc\nb 1 pc\nc 1 pc"
    value = [{"n": name, "count": 1, "unit": "pc"} for name in "abc"]
    starts = [f.start for f in provenance(value, document)]
    assert starts == sorted(set(starts))  # type: ignore[type-var]


def test_nearly_all_of_an_answer_is_found() -> None:
    for path in SAMPLES.glob("*.json"):
        answer = json.loads((Path(__file__).parent / "answers" / path.name).read_text("utf-8"))
        lines = provenance(answer, path.with_suffix(".txt").read_text("utf-8"))
        missing = [line for line in lines if line.found == "not_found"]
        assert len(missing) <= max(2, len(lines) // 5), (path.stem, missing)


@given(st.text(max_size=60), st.text(min_size=1, max_size=20), st.text(max_size=60))
def test_what_stands_in_the_text_as_it_is(before: str, value: str, after: str) -> None:
    document = f"{before} {value} {after}"
    (found,) = provenance(value, document)
    if found.found == "exact":
        assert document[found.start : found.end] == value
    elif value.strip():
        assert found.found == "normalized" or not value[0].isalnum() or not value[-1].isalnum()


@given(st.recursive(st.none() | st.floats() | st.integers() | st.text(max_size=9), st.lists),
       st.text(max_size=80))  # fmt: skip
def test_nothing_is_raised(value: Any, document: str) -> None:
    for line in provenance(value, document):
        assert (line.start is None) is (line.found == "not_found")


@pytest.mark.parametrize(
    "part", ["1 ", "a b ", "1,", "1.1.", "漢", "3/4/2026 ", "mar 5 ", "e\u0301"]
)
def test_huge_documents_and_many_leaves_end(part: str) -> None:
    document = part * (400_000 // len(part))
    leaves = ["a b c", "a " * 300 + "c", 1, -1, "漢" * 300 + "x", "2026-04-04", "€", "1,1", "(1)"]
    started = time.perf_counter()
    provenance(leaves * 300, document)
    assert time.perf_counter() - started < 60


@pytest.mark.parametrize(
    "text", ["€" + " " * 300 + "x", "- " * 90 + "x", "1" + " " * 100_000 + "x"]
)
def test_an_amount_with_much_space_is_no_amount_at_once(text: str) -> None:
    started = time.perf_counter()
    assert one(text) == ("not_found", None)
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-7", None),
        ("5-7", None),
        ("5 -7", "-7"),
        ("EUR-7", "-7"),
        ("EUR -7", "-7"),
        ("-EUR 7", None),
        ("(7)", "7"),
        ("note 5(7)", None),
    ],
)
def test_a_minus_after_a_digit_joins_two_numbers(text: str, found: str | None) -> None:
    (line,) = provenance(-7, text)
    assert (None if line.start is None else text[line.start : line.end]) == found


def test_an_amount_s_white_space_says_nothing() -> None:
    assert one("EUR \t\n  1,234.50") == ("normalized", "1.234,50")


def test_a_long_gap_is_not_looked_at_for_every_leaf() -> None:
    started = time.perf_counter()
    provenance(["a + b"] * 2_000, "a" + " " * 1_000_000 + "- b")
    assert time.perf_counter() - started < 10


def test_leaves_under_a_long_name_take_no_room_of_it_each() -> None:
    tracemalloc.start()
    try:
        value = {"n" * 20_000: ["x"] * 20_000}
        assert next(_leaves(value))[1] == "x"
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
    finally:
        tracemalloc.stop()


def test_a_report_of_how_an_answer_became_valid() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "maxLength": 3}}}
    report = ValidationReport(
        mode="native",
        attempts=2,
        repaired=True,
        relaxed=plan(schema, "gemini").relaxed,
        fixed=[SchemaError(pointer="/a", detail="is too long")],
    ).to_json()
    assert json.loads(json.dumps(report)) == report
    assert report["relaxed"][0]["pointer"] == "/properties/a/maxLength"
    assert report["fixed"] == [{"pointer": "/a", "detail": "is too long"}]
