"""Filters, strategies, weights; and how long a decision takes."""

import json
import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from providers.capabilities import TABLE, TASKS, Capabilities, capabilities, overridden
from providers.pricing import Rates
from providers.routing.candidates import Candidate, Needs, reasons_against
from providers.routing.circuit import Standing
from providers.routing.regions import region_of
from providers.routing.router import STRATEGIES, decide, order
from providers.types import ProviderConfig

ABLE = Capabilities(
    context=100_000, output=10_000, vision=True, tools=True, structured=True, known=True
)
BASE = Candidate(
    name="p/a",
    provider="p",
    model="a",
    capabilities=ABLE,
    rates=Rates(input=1.0, output=2.0),
    region="eu",
    no_training=True,
    slots=10,
)


def other(name: str, **changes: Any) -> Candidate:
    return replace(BASE, name=name, **changes)


@pytest.mark.parametrize(
    ("changes", "needs", "says"),
    [
        ({}, {"providers": frozenset({"q"})}, "not allowed"),
        ({"region": None}, {"region": "eu"}, "region is not known"),
        ({"region": "us"}, {"region": "eu"}, "region is us"),
        ({"region": "europe-west1"}, {"region": "eu"}, "region is europe-west1, not eu"),
        ({"no_training": False}, {"no_training": True}, "may learn"),
        ({"capabilities": Capabilities()}, {"vision": True}, "no images"),
        ({"capabilities": Capabilities()}, {"tools": True}, "no tools"),
        ({"capabilities": Capabilities()}, {"structured": True}, "no schema"),
        ({}, {"input_tokens": 99_000, "output_tokens": 2_000}, "do not fit"),
        ({}, {"output_tokens": 20_000}, "at most 10000"),
        ({}, {"input_tokens": 1000, "output_tokens": 1, "max_cost_micros": 999}, "over the limit"),
        ({"rates": None}, {"max_cost_micros": 10**9}, "price is not known"),
        ({"circuit": Standing(state="open", reason="503", seconds=5)}, {}, "open: 503"),
    ],
)
def test_filters(changes: dict[str, Any], needs: dict[str, Any], says: str) -> None:
    bad, good = other("p/bad", **changes), other("p/good")
    wanted = Needs(**needs)
    decision = decide([bad, good], wanted)
    told = {j.candidate.name: " ".join(j.reasons) for j in decision.dropped}
    assert says in told["p/bad"]
    # The same need is met by one that differs in nothing else, where one can.
    if changes:
        assert [j.candidate.name for j in decision.kept] == ["p/good"]


@pytest.mark.parametrize(
    ("region", "wanted", "good"),
    [
        ("eu-central-1", "eu", True),
        ("eu-central-1", "eu-central", True),
        ("eu-central-1", "eu-central-1", True),
        ("eu", "eu-central-1", False),
        ("eu-central-1", "eu-central-2", False),
        ("eu-central-1", "eu-cent", False),
        ("eu-central-1", "", False),
        (None, "eu", False),
    ],
)
def test_a_region_is_met_by_its_parts(region: str | None, wanted: str, good: bool) -> None:
    against = reasons_against(other("p/b", region=region), Needs(region=wanted))
    assert (against == []) is good


@pytest.mark.parametrize(
    ("kind", "model", "region"),
    [
        ("bedrock", "eu.anthropic.claude-haiku-4-5", "eu"),
        ("bedrock", "us-gov.anthropic.claude-haiku-4-5", "us-gov"),
        ("bedrock", "global.anthropic.claude-opus-5", None),
        ("bedrock", "anthropic.claude-haiku-4-5", "eu-central-1"),
        ("vllm", "global.model", "eu-central-1"),
    ],
)
def test_a_profile_of_bedrock_is_where_it_may_go(kind: str, model: str, region: str | None) -> None:
    config = ProviderConfig(name="p", kind=kind, region="eu-central-1")
    assert region_of(config, model) == region


def test_a_half_open_circuit_is_tried() -> None:
    assert order([other("x", circuit=Standing(state="half_open"))], Needs())


@pytest.mark.parametrize(
    ("strategy", "better", "worse"),
    [
        ("least_busy", {"in_flight": 5, "slots": 100}, {"in_flight": 1}),
        ("lowest_cost", {"rates": Rates(input=0.5, output=9.0)}, {}),
        ("lowest_cost", {}, {"rates": None}),
        ("lowest_latency", {"p95_ms": 900.0}, {"p95_ms": 1000.0}),
        ("lowest_latency", {}, {"p95_ms": 1000.0}),
        ("highest_quality", {"capabilities": replace(ABLE, quality=80)}, {}),
    ],
)
def test_strategies(strategy: str, better: dict[str, Any], worse: dict[str, Any]) -> None:
    pair = [other("worse", **worse), other("better", **better)]
    needs = Needs(input_tokens=1000, output_tokens=10)
    for seed in range(20):
        found = order(pair, needs, strategy, random.Random(seed))
        assert [c.name for c in found] == ["better", "worse"]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_equals_take_turns_by_weight(strategy: str) -> None:
    trio = [other("three", weight=3), other("one"), other("never", weight=0)]
    rng = random.Random(1)
    first = Counter(order(trio, Needs(), strategy, rng)[0].name for _ in range(4000))
    assert first.keys() == {"three", "one"}
    assert first["three"] == pytest.approx(3000, rel=0.1)


def test_the_highest_quality_at_a_task() -> None:
    writes = other("writes", capabilities=replace(ABLE, quality=70, tasks={"code": 95}))
    sees = other("sees", capabilities=replace(ABLE, quality=80, tasks={"vision": 99, "code": 20}))
    plain = other("plain", capabilities=replace(ABLE, quality=90))
    for task, names in (
        ("extraction", ["plain", "sees", "writes"]),
        ("reasoning", ["plain", "sees", "writes"]),
        ("code", ["writes", "plain", "sees"]),
        ("vision", ["sees", "plain", "writes"]),
    ):
        found = order([writes, sees, plain], Needs(task=task), "highest_quality")
        assert [c.name for c in found] == names, task
        cheapest = order([writes, sees, plain], Needs(task=task), "lowest_cost")
        assert len(cheapest) == 3


def test_somebodys_own_scores() -> None:
    table = capabilities("anthropic", "claude-sonnet-5-5")
    assert (table.quality_at("code"), table.quality_at("vision")) == (95, table.quality)
    more = overridden(table, {"tasks": {"vision": 10}})
    assert (more.quality_at("code"), more.quality_at("vision")) == (95, 10)
    anew = overridden(table, {"quality": 30})
    assert {anew.quality_at(task) for task in TASKS} == {30}
    both = overridden(table, {"quality": 30, "tasks": {"code": 31}})
    assert (both.quality_at("code"), both.quality_at("extraction")) == (31, 30)
    assert table.tasks == {"code": 95}


def test_the_tables_scores() -> None:
    rows = json.loads(TABLE.read_text())["models"]
    scored = [row for row in rows if "tasks" in row]
    assert scored
    for row in scored:
        assert row["tasks"].keys() <= set(TASKS), row
        assert all(1 <= score <= 100 for score in row["tasks"].values()), row
        assert row["vision"] or "vision" not in row["tasks"], row


def test_the_table_of_capabilities() -> None:
    mini = capabilities("openai", "gpt-5-mini")
    assert (mini.known, mini.tier, mini.context) == (True, "fast", 400_000)
    assert capabilities("anthropic", "claude-sonnet-5-5").tier == "smart"
    for kind, model in (
        ("azure_openai", "gpt-5-mini"),
        ("openrouter", "openai/gpt-5-mini"),
        ("openrouter", "anthropic/claude-haiku-5.5"),
        ("bedrock", "eu.anthropic.claude-haiku-4-5-20251001-v1:0"),
    ):
        sold = capabilities(kind, model)
        assert (sold.known, sold.tier, sold.structured) == (True, "fast", True), model
        assert sold.context >= 200_000
    local = capabilities("vllm", "llama-99")
    assert (local.known, local.structured) == (False, True)  # nobody is held to its sizes
    unknown = capabilities("openai_compatible", "llama-99")
    assert (unknown.known, unknown.structured, unknown.context) == (False, False, 8192)
