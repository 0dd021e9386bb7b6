import csv
import io
import json
from pathlib import Path

import pytest

from tests.support.fake_api import FakeAPI, Reply
from tests.unit.cli.test_jobs import penstock

LINE = {
    "day": "2026-11-21",
    "model": "gpt-5",
    "calls": 3,
    "failed_calls": 1,
    "unknown_calls": 0,
    "simulated_calls": 0,
    "unpriced_calls": 0,
    "input_tokens": 10,
    "cache_read_tokens": 5,
    "cache_write_tokens": 0,
    "output_tokens": 7,
    "reasoning_tokens": 2,
    "cost_micros": 1500,
}
PLAN = {
    "model": "openai/gpt-5",
    "mode": "native",
    "modes": ["native", "tool", "prompt"],
    "reason": None,
    "relaxed": [],
}
WARNINGS = [{"pointer": "/b", "code": "ignored_keyword", "detail": "says nothing"}]
RELAXED = [{"pointer": "/properties/a/maxLength", "keyword": "maxLength", "detail": "not enforced"}]


def test_usage_by_day_and_model(api: FakeAPI) -> None:
    api.on("GET /v1/usage", Reply({"data": [LINE]}))
    result = penstock(api, "usage", "--by", "day", "--by", "model")
    assert result.stdout == "2026-11-21\tgpt-5\t3\t1\t15\t9\t$0.001500\t0\n"
    assert api.requests[0].query == "group_by=day%2Cmodel"


def test_usage_as_csv(api: FakeAPI) -> None:
    text = "day,model,calls,cost_micros\r\n2026-11-21,\u00fcber,3,1500\r\n"
    api.on("GET /v1/usage", Reply(raw=text.encode(), headers={"Content-Type": "text/csv"}))
    result = penstock(api, "usage", "--csv", "--by", "day", "--by", "model")
    assert api.requests[0].query == "group_by=day%2Cmodel&format=csv"
    (line,) = csv.DictReader(io.StringIO(result.stdout))
    assert (line["model"], line["cost_micros"]) == ("\u00fcber", "1500")


def test_what_nobody_prices_is_not_free(api: FakeAPI) -> None:
    unpriced = LINE | {"unpriced_calls": 3, "cost_micros": None}
    api.on("GET /v1/usage", Reply({"data": [unpriced]}))
    result = penstock(api, "usage")
    assert result.stdout.split("\t")[-2:] == ["unpriced", "3\n"]


@pytest.fixture
def schema_file(tmp_path: Path) -> str:
    path = tmp_path / "schema.json"
    path.write_text(json.dumps({"type": "object"}))
    return str(path)


def test_lint_says_how_each_model_is_asked(api: FakeAPI, schema_file: str) -> None:
    unsure = PLAN | {"model": "local/x", "mode": "prompt", "modes": ["prompt"]}
    unsure["reason"] = "not known"
    plans = [PLAN | {"relaxed": RELAXED}, unsure]
    api.on(
        "POST /v1/schemas/lint",
        Reply({"valid": True, "errors": [], "warnings": WARNINGS, "plans": plans}),
    )
    result = penstock(api, "schemas", "lint", schema_file, "--model", "openai/gpt-5")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "warning: /b: says nothing",
        "openai/gpt-5: native, then tool, prompt",
        "  /properties/a/maxLength: not enforced",
        "local/x: prompt (not known)",
    ]
    assert api.requests[0].body == {"schema": {"type": "object"}, "models": ["openai/gpt-5"]}


def test_lint_exits_with_2_for_faults(api: FakeAPI, schema_file: str) -> None:
    errors = [{"pointer": "/a", "code": "x", "detail": "is wrong"}]
    api.on(
        "POST /v1/schemas/lint",
        Reply({"valid": False, "errors": errors, "warnings": [], "plans": []}),
    )
    result = penstock(api, "schemas", "lint", schema_file)
    assert (result.exit_code, result.stdout) == (2, "/a: is wrong\n")


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_file_that_is_no_schema(api: FakeAPI, tmp_path: Path, text: str) -> None:
    path = tmp_path / "schema.json"
    path.write_text(text)
    result = penstock(api, "schemas", "lint", str(path))
    assert (result.exit_code, api.requests) == (2, [])
