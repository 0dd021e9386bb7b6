"""The simulator's answers satisfy the schema and say what the document says."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.simulator.answers import answer
from schemas.json_schema.dialects import DIALECTS, plan
from schemas.json_schema.lint import lint_schema
from schemas.json_schema.validate import checker_for
from tests.unit.simulator.schemas import nested, with_definitions

SAMPLES = sorted((Path(__file__).parents[3] / "ops" / "samples").glob("*.json"))


def sample(path: Path) -> tuple[dict[str, Any], str]:
    return json.loads(path.read_text())["schema"], path.with_suffix(".txt").read_text()


def test_there_are_at_least_eight_samples() -> None:
    assert len(SAMPLES) >= 8


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
@pytest.mark.parametrize("dialect", [*DIALECTS, "none"])
def test_every_sample_is_answered_in_every_dialect(path: Path, dialect: str) -> None:
    schema, document = sample(path)
    assert lint_schema(schema) == []
    shaped = plan(schema, dialect)
    value = shaped.restore(json.loads(answer(shaped.schema or schema, document)))
    assert checker_for(schema).errors(value) == []


def test_the_invoice_is_read_not_invented() -> None:
    schema, document = sample(next(p for p in SAMPLES if p.stem == "invoice"))
    value = json.loads(answer(schema, document))
    assert value["invoice_number"] == "NT-2026-04417"
    assert value["invoice_date"] == "2026-09-03"
    assert value["supplier"]["email"] == "accounts@northgate-timber.example"
    assert [line["amount"] for line in value["line_items"]] == [996, 819, 98, 96, 45]
    assert value["payment"]["sort_code"] == "20-44-91"
    assert value["totals"] == {
        "subtotal": 2054,
        "trade_discount": -102.7,
        "net_total": 1951.3,
        "vat_rate": 20,
        "vat": 390.26,
        "total_due": 2341.56,
    }


def test_equal_input_gets_equal_text() -> None:
    schema, document = sample(SAMPLES[0])
    assert answer(schema, document) == answer(schema, document)


TEXTS = st.sampled_from(
    [
        "",
        "Name: Ada\nTotal: 12.5\nDate: 3 May 2026\n- one\n- two",
        "Items\n\nName     Total   Kind\nplug     7       a\nsocket   -3.5    -\n",
        "KIND\n\n1. x\n2. y\n\nCustomer:\n  Ada Ltd\n  1 Mill Lane\n\nkind 1, kind 0, is open: no",
    ]
)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.one_of(nested(), with_definitions()), TEXTS)
def test_any_supported_schema_is_satisfied(schema: dict[str, Any], document: str) -> None:
    value = json.loads(answer(schema, document))
    assert checker_for(schema).errors(value) == []
