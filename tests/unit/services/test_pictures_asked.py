"""What is asked and kept of a job with pictures, once it is accepted."""

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from app.services.answer_cache import key_of
from app.services.ladder import Ask
from app.services.prompts import SEEN, SYSTEM
from app.services.questions import question
from app.services.reports import places_of
from providers.types import ImagePart, TextPart
from tests.support.pictures import HEADS, image, png
from tests.unit.services.picture_jobs import given
from tests.unit.services.semantic.parts import GIVEN as SEMANTIC
from tests.unit.services.semantic.parts import TENANT, Parts
from tests.unit.services.test_ladder import call
from tests.unit.services.test_questions import ERRORS
from tests.unit.services.test_questions import asked as text_question


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
