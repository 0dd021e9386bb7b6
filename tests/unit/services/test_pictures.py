"""Jobs with pictures: what is accepted, who is asked, with what, and what is kept."""

import base64
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from app.errors import InvalidInput
from app.infra.settings import load_settings
from app.repositories.tenant_settings import StoredSettings
from app.services import pictures
from app.services.answer_cache import key_of
from app.services.deployments import Catalog
from app.services.estimates import call_tokens
from app.services.extract_input import Accepted, check_extract
from app.services.ladder import Ask
from app.services.pictures import MOST_BYTES, MOST_TOGETHER, TOKENS
from app.services.prompts import SEEN, SYSTEM
from app.services.questions import question
from app.services.reports import places_of
from app.services.route_explanation import explained
from app.services.routing import Routes, needs_of
from app.services.tenant_policy import NOTHING_SET, TenantPolicy
from app.services.tenant_settings import read_document
from providers.types import ImagePart, TextPart
from tests.support.pictures import HEADS, image, png
from tests.unit.services.semantic.parts import GIVEN as SEMANTIC
from tests.unit.services.semantic.parts import TENANT, Parts
from tests.unit.services.test_ladder import call
from tests.unit.services.test_questions import ERRORS
from tests.unit.services.test_questions import asked as text_question

TOML = """
[providers.openai]
kind = "openai"
key = "simulator"
models = ["gpt-5-mini"]
[providers.local]
kind = "openai_compatible"
base_url = "http://127.0.0.1:9/v1"
models = ["blind"]
[models.all]
deployments = ["local/blind", "openai/gpt-5-mini"]
"""
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> Routes:
    path: Path = tmp_path_factory.mktemp("pictures") / "penstock.toml"
    path.write_text(TOML)
    made = load_settings({"PENSTOCK_CONFIG": str(path)})
    return Routes(Catalog(made.providers, None, made.routing), made.routing.modes)


def given(*images: Any, **more: Any) -> dict[str, Any]:
    told = {"prompt": "Extract.", "schema": SCHEMA, "model": "all", "images": list(images)} | more
    return {name: value for name, value in told.items() if value is not None}


def accept(routes: Routes, told: dict[str, Any], items: Any = None) -> Accepted:
    return check_extract(told, items, "any", routes, max_items=10, max_attempts=3)


def faults(routes: Routes, told: dict[str, Any], items: Any = None) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as caught:
        accept(routes, told, items)
    return [(fault.pointer, fault.detail) for fault in caught.value.errors]


def under(routes: Routes, privacy: dict[str, Any]) -> Routes:
    document = read_document({"privacy": privacy})
    stored = StoredSettings(version=1, document=document, updated_at=None)
    return routes.under(TenantPolicy.of(stored))


@pytest.mark.parametrize("media_type", HEADS)
def test_every_media_type_is_known_by_its_first_bytes(routes: Routes, media_type: str) -> None:
    data = HEADS[media_type] + b"\0" * 9
    assert accept(routes, given(image(data, media_type))).input["images"]
    for other in HEADS.keys() - {media_type}:
        told = given(image(), image(data, other))
        detail = f"is {media_type}, not {other}"
        assert faults(routes, told) == [("/input/images/1/data", detail)]


def test_the_limits_are_exact(routes: Routes) -> None:
    largest = png(size=MOST_BYTES)
    assert accept(routes, given(image(largest)))
    ((at, detail),) = faults(routes, given(image(), image(largest + b"\0")))
    assert at == "/input/images/1/data"
    assert str(MOST_BYTES) in detail
    rest = MOST_TOGETHER - 3 * MOST_BYTES
    three = [image(largest)] * 3
    assert accept(routes, given(*three, image(png(size=rest))))
    ((at, detail),) = faults(routes, given(*three, image(png(size=rest + 1))))
    assert (at, str(MOST_TOGETHER + 1) in detail) == ("/input/images", True)
    assert accept(routes, given(*[image()] * 20))
    ((at, _),) = faults(routes, given(*[image()] * 21))
    assert at == "/input/images"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("", "is empty"),
        ("iVBORw0KGgo", "is not base64"),
        ("iVBO\nRw0KGgo=", "is not base64"),
        ("iVBORw0KGgoä", "is not base64"),
        ("iVBORw0KGgo_", "is not base64"),
        ("data:image/png;base64,iVBORw0KGgo=", "without 'data:"),
        (base64.b64encode(b"<svg/>").decode(), "does not begin as image/png does"),
    ],
)
def test_what_is_no_picture(routes: Routes, data: str, says: str) -> None:
    wrong = {"media_type": "image/png", "data": data}
    ((at, detail),) = faults(routes, given(wrong))
    assert at == "/input/images/0/data"
    assert says in detail
    ((at, detail),) = faults(routes, given(images=None), [{"images": [image(), wrong]}])
    assert at == "/items/0/images/1/data"
    assert says in detail
    with pytest.raises(InvalidInput) as caught:
        explained({"images": [wrong]}, routes)
    assert [fault.pointer for fault in caught.value.errors] == ["/input/images/0/data"]


def test_a_batchs_items_have_documents_pictures_or_both(routes: Routes) -> None:
    items = [{"document": "x"}, {"images": [image()]}, {"document": "x", "images": [image()]}]
    accepted = accept(routes, given(images=None), items)
    assert accepted.items == items
    assert accepted.input["model"] == ["openai/gpt-5-mini"], "one item's pictures are enough"
    ((at, _),) = faults(routes, given(images=None), [{"document": "x"}, {"id": "b"}])
    assert at == "/items/1/document"
    ((at, _),) = faults(routes, given(image()), items)
    assert at == "/input/images"


def test_only_models_that_see_are_asked(routes: Routes) -> None:
    assert accept(routes, given(image())).input["model"] == ["openai/gpt-5-mini"]
    assert len(accept(routes, given(images=None, document="x")).input["model"]) == 2
    ((at, detail),) = faults(routes, given(image(), model="local/blind"))
    assert (at, "it sees no images" in detail) == ("/input/model", True)
    found = explained({"images": [image()], "model": "all"}, routes)
    (decision,) = found.decisions
    assert [list(judged.reasons) for judged in decision.dropped] == [["it sees no images"]]
    assert (found.needs.vision, found.needs.task) == (True, "vision")


def test_a_picture_counts_as_a_document_of_6400_characters(routes: Routes) -> None:
    text = given(images=None, document="x" * 400)
    both = text | {"images": [image()] * 3}
    assert needs_of(both).input_tokens - needs_of(text).input_tokens == 3 * TOKENS
    assert call_tokens(both) - call_tokens(text) == 3 * TOKENS
    item = {"document": "x" * 40, "images": [image()]}
    assert call_tokens(text, item) - call_tokens(text, {"document": "x" * 40}) == TOKENS
    items = [{"document": "x" * 6_000}, item]
    assert needs_of(given(images=None), items).input_tokens > TOKENS
    cheap = given(*[image()] * 20, max_cost=0.005)  # 32,000 tokens at $0.25 a million are more
    assert "over the limit" in faults(routes, cheap)[0][1]
    assert accept(routes, given(image(), max_cost=0.005))


def test_models_get_the_pictures_ahead_of_the_text() -> None:
    plain = text_question(Ask(choice=0)).request.messages
    assert plain[0].content == SYSTEM
    assert isinstance(plain[1].content, str)
    claim: Any = SimpleNamespace(
        job=SimpleNamespace(input=given(image(), images=[image(), image(png(5, 5))])),
        stage=SimpleNamespace(item=None),
    )
    wrong = call("succeeded", verdict="invalid", answer="{}", error=ERRORS, mode="native")
    for ask in (Ask(choice=0), Ask(choice=0, invalid=1, last=wrong)):
        told = asked_of(claim, ask)
        assert told[0].content == SYSTEM + SEEN
        first, second, text = told[1].content
        assert (first.data, second.data) == (png(), png(5, 5))
        assert isinstance(first, ImagePart)
        assert isinstance(text, TextPart)
        assert text.text.startswith("Extract.")
    claim.stage.item = {"images": [image(HEADS["image/gif"], "image/gif")]}
    (own, _) = asked_of(claim, Ask(choice=0))[1].content
    assert (own.media_type, own.data) == ("image/gif", HEADS["image/gif"])


def asked_of(claim: Any, ask: Ask) -> Any:
    wanted: dict[str, Any] = {"forced_tool": True, "refused": frozenset(), "effort": None}
    return question(claim, ask, model="m", dialect="openai", **wanted).request.messages


def test_pictures_are_part_of_the_answers_key() -> None:
    tenant = uuid4()

    def key(item: Any = None, **more: Any) -> str:
        return key_of(tenant, "openai/m", given(images=None) | more, item)

    one, two = image(), image(png(5, 5))
    as_gif = {**one, "media_type": "image/gif"}
    several = [[one], [two], [one, two], [two, one], [one, one], [as_gif]]
    keys = [key(images=images) for images in several]
    assert len({key(), *keys}) == 1 + len(several)
    assert key(images=[image(png())]) == keys[0], "the same question"
    assert key({"images": [one]}) == keys[0]
    assert key({"images": [two]}) == keys[1]


def test_the_semantic_cache_has_no_question_of_a_job_with_pictures() -> None:
    parts = Parts()
    parts.caller.close()
    cache = parts.cache
    assert cache.question(TENANT, "openai/m", SEMANTIC) is not None
    assert cache.question(TENANT, "openai/m", SEMANTIC | {"images": [image()]}) is None
    item = {"document": SEMANTIC["document"], "images": [image()]}
    assert cache.question(TENANT, "openai/m", SEMANTIC, item) is None


@pytest.mark.parametrize("redact", [True, ["email"]])
def test_what_is_redacted_has_no_pictures(routes: Routes, redact: Any) -> None:
    assert faults(routes, given(image(), redact=redact)) == [
        ("/input/images", pictures.UNREDACTABLE)
    ]
    items = [{"document": "x"}, {"images": [image()]}]
    assert faults(routes, given(images=None, redact=redact), items) == [
        ("/items/1/images", pictures.UNREDACTABLE)
    ]
    assert accept(routes, given(image(), redact=False))
    assert accept(routes, given(images=None, document="x", redact=redact))


def test_a_tenant_that_redacts_sends_pictures_only_when_a_job_says_so(routes: Routes) -> None:
    theirs = under(routes, {"redact": ["email"]})
    assert faults(theirs, given(image())) == [("/input/images", pictures.UNREDACTABLE)]
    assert accept(theirs, given(image(), redact=False))
    with pytest.raises(InvalidInput):
        explained({"images": [image()]}, theirs)
    required = under(routes, {"redact": ["email"], "required": True})
    assert faults(required, given(image())) == [("/input/images", pictures.REQUIRED)]
    ((at, _),) = faults(required, given(image(), redact=False))
    assert at == "/input/redact"
    assert accept(required, given(images=None, document="x"))
    assert not NOTHING_SET.redact_required


def test_no_chunks_with_pictures(routes: Routes) -> None:
    told = given(image(), document="x " * 10, chunking={})
    assert faults(routes, told) == [("/input/chunking", "not allowed together with images")]
    with pytest.raises(InvalidInput):
        explained(told, routes)


def test_provenance_looks_into_the_document_only() -> None:
    told = given(image(), document="The order is 17.", provenance=True)
    claim: Any = SimpleNamespace(job=SimpleNamespace(input=told), stage=SimpleNamespace(item=None))
    lines = places_of(claim, {"a": "17", "b": "green"})["provenance"]
    assert [(line["pointer"], line["found"]) for line in lines] == [
        ("/a", "exact"),
        ("/b", "not_found"),
    ]
    claim.job.input = given(image(), provenance=True)
    (line,) = places_of(claim, {"a": "17"})["provenance"]
    assert line["found"] == "not_found"
