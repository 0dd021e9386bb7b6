"""Of a set shaped like public ones every schema is run or refused with a reason; none crashes."""

import json
from typing import Any

import pytest

from providers.simulator.answers import answer
from schemas.json_schema.dialects import DIALECTS, WRAP, modes, plan
from schemas.json_schema.fields import failing_fields
from schemas.json_schema.lint import lint_schema
from schemas.json_schema.pointers import resolve, walk
from schemas.json_schema.validate import checker_for
from schemas.json_schema.warnings import schema_warnings
from tests.unit.json_schema.bench_set import bench_set, rows

SCHEMAS = list(bench_set())
RUN = [schema for schema in SCHEMAS if not lint_schema(schema)]
DOCUMENT = "Name: Ada\nTotal: 12.5\nDate: 3 May 2026\nKind: k0\n- one\n- two"


def test_it_is_the_same_each_time_and_has_it_all() -> None:
    assert list(bench_set()) == SCHEMAS
    used = {key for schema in SCHEMAS for _, node in walk(schema) for key in node}
    assert used >= {
        *("$ref", "oneOf", "anyOf", "allOf", "if", "then", "const", "enum", "pattern", "format"),
        *("prefixItems", "dependentRequired", "dependentSchemas", "unevaluatedProperties"),
        *("unevaluatedItems", "patternProperties", "additionalProperties", "contains", "not"),
        *("minimum", "multipleOf", "uniqueItems", "propertyNames", "minProperties"),
    }


def test_it_is_run_or_refused_with_a_reason() -> None:
    refused = 0
    for schema in SCHEMAS:
        for finding in lint_schema(schema):
            refused += 1
            assert finding.detail
            assert finding.code
    assert refused
    assert len(RUN) > len(SCHEMAS) * 0.8


@pytest.mark.parametrize("dialect", [*DIALECTS, "none"])
def test_each_has_a_plan(dialect: str) -> None:
    for schema in RUN:
        found = modes(schema, dialect)
        assert found[-1] == "prompt"
        for mode in found:
            shaped = plan(schema, dialect, mode)
            assert shaped.mode == mode
            assert (shaped.schema is None) is (mode == "prompt")
            if shaped.schema is not None:
                assert lint_schema(shaped.schema) == []
            assert shaped.reason or "native" in found
            for relaxation in shaped.relaxed:
                resolve(schema, "#" + relaxation.pointer.replace("%", "%25"))


def sample(schema: dict[str, Any]) -> Any:
    """An answer as the simulator gives it; None when it makes none that satisfies the schema."""
    try:
        value = json.loads(answer(schema, DOCUMENT))
    except RecursionError:  # of the simulator; some of these have no end that it sees
        return None
    return None if checker_for(schema).errors(value) else value


def test_sample_answers_come_back() -> None:
    made = 0
    for schema in RUN:
        value = sample(schema)
        if value is None:
            continue
        made += 1
        for dialect in DIALECTS:
            for mode in {"tool", "prompt"} & set(modes(schema, dialect)):
                shaped = plan(schema, dialect, mode)
                if dialect == "gemini" and mode == "tool":
                    continue
                asked = {WRAP: value} if shaped.wrapped else value
                assert checker_for(shaped.schema or {}).errors(asked) == []
                assert shaped.restore(asked) == value
    assert made > len(RUN) * 0.7


@pytest.mark.parametrize("dialect", DIALECTS)
def test_answers_to_the_vendor_s_schema_come_back(dialect: str) -> None:
    tried = good = 0
    for schema in RUN:
        if "native" not in modes(schema, dialect):
            continue
        shaped = plan(schema, dialect)
        value = sample(shaped.schema or {})
        if value is None:
            continue
        restored = shaped.restore(value)
        errors = checker_for(schema).errors(restored)
        tried, good = tried + 1, good + (not errors)
        fields = failing_fields(schema, restored, errors)
        assert fields is None or lint_schema(fields.schema) == []
    assert tried > 50
    assert good > tried * 0.6


def test_warnings_and_counts() -> None:
    for schema in RUN:
        for warning in schema_warnings(schema):
            assert warning.detail
    for row in rows(60):
        assert sum(v for key, v in row.items() if key not in ("dialect", "schemas")) == 60
