"""Whether a document is split, how large its chunks are, and which faults a client reads."""

from typing import Any

import pytest
from hypothesis import given as cases
from hypothesis import settings as runs
from hypothesis import strategies as st

from app.services.chunk_layout import Layout, lay_out
from app.services.chunks import asked_of, characters, room_of
from app.services.extract_input import check_extract
from app.services.routing import Routes
from providers.capabilities import Capabilities
from providers.routing.candidates import characters_to_tokens
from tests.unit.services.configured import routes_of

TOML = """
[providers.openai]
kind = "openai"
key = "simulator"
models = ["gpt-5-mini", "gpt-4o"]
base_url = "http://127.0.0.1:9/v1"

[providers.local]
kind = "openai_compatible"
base_url = "http://127.0.0.1:9/v1"
models = ["small", "unlisted"]

[capabilities."local/small"]
context = 8000
output = 2000
"""
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
WORDS = "word " * 400_000


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> Routes:
    return routes_of(tmp_path_factory.mktemp("layout"), TOML)


def asked(document: str | None, **more: Any) -> dict[str, Any]:
    given = {"prompt": "Extract.", "document": document, "schema": SCHEMA, "model": "openai/gpt-4o"}
    return {name: value for name, value in (given | more).items() if value is not None}


def fault(laid: Layout) -> tuple[str, str]:
    assert laid.faults, laid.spans
    return laid.faults[0].pointer, laid.faults[0].detail


def test_auto_splits_only_what_the_first_model_cannot_take(routes: Routes) -> None:
    fits = lay_out(asked(WORDS[:400_000], chunking={}), routes)
    assert (fits.items, fits.faults, fits.models) == (None, (), ("openai/gpt-4o",))
    split = lay_out(asked(WORDS[:600_000], chunking={}), routes)
    assert len(split.spans) == 2
    assert split.chunking is not None
    assert split.chunking["max_tokens"] <= 128_000
    assert split.chunking["overlap_tokens"] == split.chunking["max_tokens"] // 20
    large = lay_out(asked(WORDS[:600_000], chunking={}, model="openai/gpt-5-mini"), routes)
    assert large.items is None


def test_always_splits_what_is_longer_than_a_chunk(routes: Routes) -> None:
    chunking = {"strategy": "always", "max_tokens": 1000}
    assert lay_out(asked(WORDS[:3_900], chunking=chunking), routes).items is None
    split = lay_out(asked(WORDS[:8_100], chunking=chunking), routes)
    assert split.items is not None
    assert [set(item) for item in split.items] == [{"start", "end"}] * 3
    auto = lay_out(asked(WORDS[:8_100], chunking={"max_tokens": 1000}), routes)
    assert auto.items is None, "it fits the model"


def test_a_chunk_fits_every_model_that_is_named(routes: Routes) -> None:
    models = ["openai/gpt-4o", "local/small"]
    laid = lay_out(asked(WORDS[:600_000], chunking={}, model=models), routes)
    assert laid.models == tuple(models)
    assert laid.needs is not None
    assert laid.needs.input_tokens < 8_000
    unlisted = lay_out(asked(WORDS[:100_000], chunking={}, model="local/unlisted"), routes)
    assert len(unlisted.spans) > 3, "a model that nobody knows is reckoned with 8,192 tokens"


@pytest.mark.parametrize("model", ["openai/gpt-4o", "local/small", ["local/small"]])
def test_without_chunking_what_is_too_long_says_so(routes: Routes, model: Any) -> None:
    pointer, detail = fault(lay_out(asked(WORDS, model=model), routes))
    assert pointer == "/input/document"
    for part in ("500001 tokens", "128000" if "gpt" in str(model) else "8000", "`chunking`"):
        assert part in detail
    assert not lay_out(asked("short", model=model), routes).faults


def test_of_several_models_the_one_that_is_too_small_is_named(routes: Routes) -> None:
    models = ["openai/gpt-5-mini", "local/small"]
    assert fault(lay_out(asked(WORDS[:100_000], model=models), routes))[0] == "/input/model/1"


@pytest.mark.parametrize(
    ("document", "more", "pointer", "says"),
    [
        (None, {"chunking": {}}, "/input/chunking", "needs a document"),
        ("", {"chunking": {}}, "/input/chunking", "needs a document"),
        (WORDS, {"chunking": {"max_tokens": 900, "overlap_tokens": 301}},
         "/input/chunking/overlap_tokens", "third"),
        (WORDS, {"chunking": {"max_tokens": 200}}, "/input/chunking/max_tokens", "1000 are"),
        (WORDS, {"chunking": {"max_tokens": 200_000}}, "/input/chunking/max_tokens", "128000"),
        (WORDS, {"chunking": {}, "model": "local/small", "prompt": "p" * 30_000},
         "/input/chunking", "a chunk needs 200"),
        (WORDS, {"chunking": {}, "max_cost": 0.00001}, "/input/model", "over the limit"),
        (WORDS, {"chunking": {}, "model": "nobody/x"}, "/input/model", "unknown"),
    ],
)  # fmt: skip
def test_faults(
    routes: Routes, document: str | None, more: dict[str, Any], pointer: str, says: str
) -> None:
    found = fault(lay_out(asked(document, **more), routes))
    assert found[0] == pointer
    assert says in found[1]


def test_the_estimate_is_of_all_chunks_together(routes: Routes) -> None:
    given = asked(WORDS, chunking={"max_tokens": 20_000}, max_cost=100.0)
    laid = lay_out(given, routes)
    assert laid.needs is not None
    assert laid.needs.calls == len(laid.spans) > 20
    accepted = check_extract(given, None, "any", routes, max_items=10, max_attempts=3)
    assert accepted.input["max_cost_each"] == pytest.approx(100.0 / len(laid.spans))
    assert (accepted.join, accepted.items) == ("all", laid.items)


def test_the_policy_and_the_defaults_go_on_record(routes: Routes) -> None:
    chunking = {"max_tokens": 20_000, "on_error": "skip", "strategy": "always"}
    given = asked(WORDS, chunking=chunking)
    accepted = check_extract(given, None, "all", routes, max_items=10, max_attempts=3)
    assert accepted.join == "any"
    assert accepted.input["chunking"] == chunking | {"overlap_tokens": 1000}


def test_personal_data_is_not_cut_where_redaction_would_miss_it(routes: Routes) -> None:
    line = "call +49 30 901820 or +49 30 901821 "
    chunking = {"strategy": "always", "max_tokens": 200, "overlap_tokens": 10}
    given = asked(line * 100, chunking=chunking, redact=["phone"])
    numbers = [at for at in range(len(line * 100)) if (line * 100).startswith("+49", at)]
    for span in lay_out(given, routes).spans:
        for at in (span.start, span.end):
            assert not any(start < at < start + len("+49 30 901820") for start in numbers)


@runs(max_examples=100, deadline=None)
@cases(st.integers(1, 500_000))
def test_a_chunk_is_estimated_at_no_more_than_its_limit(tokens: int) -> None:
    assert characters_to_tokens(characters(tokens)) <= tokens
    assert characters_to_tokens(characters(tokens) + 1) > tokens


def test_room_is_what_prompt_schema_and_answer_leave() -> None:
    can = Capabilities(context=10_000, output=1_000)
    plain = room_of(can, asked("d"))
    assert 8_000 < plain < 9_000
    assert room_of(can, asked("d", prompt="p" * 4_000)) == pytest.approx(plain - 1_000, abs=5)
    assert room_of(can, asked("d", max_output_tokens=3_000)) == plain - 2_000


def test_what_a_chunk_is_asked() -> None:
    given = asked("0123456789", chunking={}, max_cost_each=1.0)
    found = asked_of(given, {"start": 2, "end": 5})
    assert found["document"] == "234"
    assert "required" not in found["schema"]
    assert found["prompt"].startswith("Extract.")
    assert found["prompt"] != given["prompt"]
    assert {name: found[name] for name in ("model", "max_cost_each")} == {
        name: given[name] for name in ("model", "max_cost_each")
    }
    assert asked_of(given, None) is given
    assert asked_of(given, {"id": "a", "document": "x"}) is given
