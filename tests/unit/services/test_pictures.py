"""Jobs with pictures: what is accepted, and which models may be asked."""

import base64
from typing import Any

import pytest

from app.errors import InvalidInput
from app.repositories.tenant_settings import StoredSettings
from app.services import pictures
from app.services.estimates import call_tokens
from app.services.pictures import MOST_BYTES, MOST_TOGETHER, TOKENS
from app.services.route_explanation import explained
from app.services.routing import Routes, needs_of
from app.services.tenant_policy import NOTHING_SET, TenantPolicy
from app.services.tenant_settings import read_document
from tests.support.pictures import HEADS, image, png
from tests.unit.services.configured import routes_of
from tests.unit.services.picture_jobs import accept, faults, given

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


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> Routes:
    return routes_of(tmp_path_factory.mktemp("pictures"), TOML)


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
