"""Who asks differently has another key: all that a provider is sent decides."""

import itertools
import random
from collections import defaultdict
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from app.services.answer_cache import key_of
from app.services.chunks import asked_of
from app.services.ladder import Ask
from app.services.questions import question
from tests.support.pictures import image, png

SOME: dict[str, tuple[Any, ...]] = {
    "prompt": ("p", "p d", "q"),
    "document": ("d", "", None, "p", "d" * 900),
    "schema": ({"type": "object"}, {"type": "object", "title": "t"}, {"type": "array"}),
    "max_output_tokens": (None, 1, 10),
    "temperature": (None, 0, 0.5),
    "effort": (None, "low", "high"),
    "images": (None, [image()], [image(png(5, 5))], [image(), image(png(5, 5))]),
}
ITEMS: tuple[dict[str, Any] | None, ...] = (
    None,
    {"document": "d"},
    {"document": "p", "prompt": "q"},
    {"images": [image()]},
    {"start": 0, "end": 1},
    {"start": 1, "end": 9},
)


def made_up(rng: random.Random) -> tuple[dict[str, Any], dict[str, Any] | None]:
    drawn = {name: rng.choice(values) for name, values in SOME.items()}
    found = list({name: value for name, value in drawn.items() if value is not None}.items())
    rng.shuffle(found)
    return dict(found), rng.choice(ITEMS)


def sent(given: dict[str, Any], item: dict[str, Any] | None) -> tuple[str, str]:
    """The key, and all that the provider is sent."""
    bare: Any = SimpleNamespace(input=given)
    wanted: dict[str, Any] = {"forced_tool": True, "refused": frozenset()}
    stage = SimpleNamespace(item=item)
    if item and "start" in item:
        bare = SimpleNamespace(input=asked_of(given, item))
    claim: Any = SimpleNamespace(job=bare, stage=stage)
    told = question(
        claim,
        Ask(choice=0),
        model="m",
        dialect="openai",
        effort=given.get("effort"),
        **wanted,
    )
    key = key_of(UUID(int=1), "openai/m", claim.job.input, claim.stage.item)
    return key, repr(told.request)


def test_no_two_different_requests_have_one_key() -> None:
    rng = random.Random(7)
    by_key: dict[str, set[str]] = defaultdict(set)
    for _ in range(6_000):
        key, request = sent(*made_up(rng))
        by_key[key].add(request)
    assert len(by_key) > 1_000
    assert [found for found in by_key.values() if len(found) > 1] == []


def test_redaction_tenant_and_deployment_decide_too() -> None:
    given = {"prompt": "p", "document": "d", "schema": {}}
    redacted: tuple[dict[str, Any], ...] = ({}, {"redact": True}, {"redact": ["email"]})
    keys = [
        key_of(UUID(int=tenant), deployment, given | more, None)
        for tenant, deployment, more in itertools.product(
            (1, 2), ("openai/m", "openai/n", "other/m"), redacted
        )
    ]
    assert len(set(keys)) == len(keys)


def test_what_decides_nothing_shares_a_key() -> None:
    given = {"prompt": "p", "document": "d", "schema": {"type": "object", "title": "t"}}
    key = key_of(UUID(int=1), "openai/m", given, None)
    same = {"schema": {"title": "t", "type": "object"}, "document": "d", "prompt": "p"}
    same |= {"cache": {"ttl": 5}, "max_cost": 1, "model": ["x"], "provenance": True}
    assert key_of(UUID(int=1), "openai/m", same, None) == key
    assert key_of(UUID(int=1), "openai/m", {**given, "document": "x"}, {"document": "d"}) == key
