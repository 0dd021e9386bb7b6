"""Which answers are taken out of the caches with a job, and in how many exchanges."""

from typing import Any
from uuid import uuid4

import pytest

from app.services import forgetting
from app.services.answer_cache import key_of
from app.services.forgetting import Asking, Forgetting

TENANT = uuid4()
GIVEN = {"prompt": "p", "schema": {"type": "object"}, "model": ["openai/a", "gemini/b"]}


class Caches:
    """Both caches; a question is (model, document)."""

    holds = True

    def __init__(self) -> None:
        self.keys: list[list[str]] = []
        self.questions: list[list[Any]] = []

    def forget(self, keys: list[str]) -> None:
        self.keys.append(list(keys))

    def question(self, _tenant: Any, model: str, given: Any, item: Any) -> Any:
        document = (item or given).get("document")
        return (model, document) if document else None

    def forget_all(self, questions: list[Any]) -> None:
        self.questions.append(list(questions))


@pytest.fixture
def caches() -> Caches:
    return Caches()


def asking(items: Any = (None,), **given: Any) -> Asking:
    return Asking(tenant_id=TENANT, input={**GIVEN, **given}, items=items)


def test_every_model_and_item_of_every_job_in_one_exchange(caches: Caches) -> None:
    items = [{"id": str(n), "document": f"d{n}"} for n in range(3)]
    jobs = [asking(items), asking(document="x"), asking()]
    Forgetting(caches, caches).forget(jobs)  # type: ignore[arg-type]
    wanted = [
        key_of(TENANT, model, job.input, item)
        for job in jobs
        for item in job.items
        for model in GIVEN["model"]
    ]
    assert caches.keys == [wanted]
    documents = ["d0", "d1", "d2", "x"]
    assert caches.questions == [[(m, d) for d in documents for m in GIVEN["model"]]]


def test_an_input_that_went_before_asks_nothing(caches: Caches) -> None:
    def items() -> Any:
        raise AssertionError("items were read for nothing")
        yield

    gone = Asking(tenant_id=TENANT, input={}, items=items())
    Forgetting(caches, None).forget([gone])  # type: ignore[arg-type]
    assert caches.keys == [[]]


def test_very_many_go_in_parts(caches: Caches, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "AT_ONCE", 4)
    Forgetting(caches, caches).forget([asking(document=str(n)) for n in range(5)])  # type: ignore[arg-type]
    assert [len(keys) for keys in caches.keys] == [4, 4, 2]
    assert [len(questions) for questions in caches.questions] == [4, 4, 2]


def test_a_chunk_is_found_by_its_own_text(caches: Caches) -> None:
    job = asking([{"start": 0, "end": 3}, {"start": 2, "end": 6}], document="abcdef")
    Forgetting(caches, None).forget([job])  # type: ignore[arg-type]
    whole = {key_of(TENANT, model, job.input, None) for model in GIVEN["model"]}
    (keys,) = caches.keys
    assert len(set(keys)) == 4
    assert not whole & set(keys)
