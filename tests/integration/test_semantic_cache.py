"""The semantic cache over a real Redis, and jobs that are answered by it."""

import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from app.infra.vector_store import RedisVectors
from app.repositories.records import Job
from app.services.job_submission import JobSubmission
from tests.support.deployment import Deployment
from tests.support.servers import Servers

CHATS = "openai/gpt-5-mini"
EMBEDDINGS = "openai/text-embedding-3-small"
LETTER = "Order of Anna Keller. Number: {}. We thank her for the order and send it soon. Total: {}"


@pytest.fixture
def store(servers: Servers) -> RedisVectors:
    return RedisVectors(servers.valkey.url, entries=3)


def keys(servers: Servers, scope: str) -> set[str]:
    client = redis.Redis.from_url(servers.valkey.url, decode_responses=True)
    return set(client.keys(f"penstock:semantic:*{scope}*"))


def test_the_nearest_within_the_threshold(store: RedisVectors) -> None:
    scope = uuid.uuid4().hex
    for id, value in (("x", [1.0, 0.0]), ("y", [0.0, 2.0]), ("xy", [1.0, 1.0])):
        store.put(scope, "g", id, value, id, 60)
    found = store.near(scope, "g", [3.0, 0.1], 0.9)
    assert found is not None
    assert (found.value, round(found.similarity, 3)) == ("x", 0.999)
    assert store.near(scope, "g", [-1.0, -1.0], 0.1) is None
    assert store.near(scope, "g", [1.0, 0.0, 0.0], 0.1) is None, "of another length"
    assert store.near(scope, "other", [1.0, 0.0], 0.1) is None
    assert store.near("other" + scope, "g", [1.0, 0.0], 0.1) is None


def test_a_scope_is_bounded_over_all_its_groups(store: RedisVectors, servers: Servers) -> None:
    scope = uuid.uuid4().hex
    for number in range(6):
        store.put(scope, f"g{number % 2}", str(number), [1.0, number / 100], str(number), 60)
    left = [k.rpartition(":")[2] for k in keys(servers, scope) if ":value:" in k]
    assert sorted(left) == ["3", "4", "5"]
    client = redis.Redis.from_url(servers.valkey.url)
    assert client.zcard(f"penstock:semantic:index:{scope}") == 3
    assert store.near(scope, "g0", [1.0, 0.0], 0.5).value == "4"  # type: ignore[union-attr]


def test_what_is_kept_goes_by_its_time_and_by_hand(store: RedisVectors, servers: Servers) -> None:
    scope = uuid.uuid4().hex
    store.put(scope, "g", "short", [1.0, 0.0], "short", 1)
    store.put(scope, "g", "long", [0.9, 0.1], "long", 60)
    client = redis.Redis.from_url(servers.valkey.url)
    assert all(0 < client.ttl(key) <= 86_400 for key in keys(servers, scope))  # type: ignore[operator]
    time.sleep(1.1)
    found = store.near(scope, "g", [1.0, 0.0], 0.9)
    assert found is not None
    assert found.value == "long", "the next nearest"
    assert client.hlen(f"penstock:semantic:vectors:{scope}:g") == 1
    store.drop([(scope, "g", "long")])
    assert store.near(scope, "g", [1.0, 0.0], 0.1) is None
    assert not keys(servers, scope)


def test_too_large_a_value_is_not_kept(store: RedisVectors, servers: Servers) -> None:
    scope = uuid.uuid4().hex
    store.put(scope, "g", "a", [1.0], "x" * 100_001, 60)
    assert not keys(servers, scope)


def test_without_redis_nothing_is_found_and_nothing_raised() -> None:
    away = RedisVectors("redis://127.0.0.1:1/0", entries=3)
    away.put("s", "g", "a", [1.0], "x", 60)
    assert away.near("s", "g", [1.0], 0.1) is None
    away.drop([("s", "g", "a")])


@pytest.fixture(scope="module")
def running(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with Deployment(servers, tmp_path_factory.mktemp("semantic")) as made:
        made.configure(
            PENSTOCK_CACHE_TTL_SECONDS="600",
            PENSTOCK_CACHE_SEMANTIC="true",
            PENSTOCK_CACHE_EMBEDDING_MODEL=EMBEDDINGS,
        )
        made.start_all()
        yield made


@pytest.fixture
def jobs(running: Deployment) -> Iterator[Deployment]:
    """Each test has its own prompt, and so a scope of its own."""
    running.servers.simulate("DELETE", "/control/calls")
    running.servers.simulate("DELETE", "/control/faults")
    yield running
    running.servers.simulate("DELETE", "/control/faults")


def run(deployment: Deployment, document: str, **given: Any) -> Job:
    (job,) = deployment.wait(deployment.submit("x", input={"document": document, **given}))
    assert job.status == "succeeded", job.error
    return job


def how(deployment: Deployment, job: Job) -> str | None:
    (row,) = deployment.rows(
        "SELECT cache FROM stages WHERE job_id = %s AND name = 'complete'", job.id
    )
    found: str | None = row["cache"]
    return found


def calls(deployment: Deployment) -> dict[str, int]:
    found: dict[str, int] = deployment.servers.simulate("GET", "/control/calls")["by_model"]
    return found


def usage(deployment: Deployment, job: Job) -> list[dict[str, Any]]:
    return deployment.rows(
        "SELECT mode, model, outcome, input_tokens, cost_micros, price_source, simulated"
        " FROM usage WHERE job_id = %s ORDER BY sequence",
        job.id,
    )


def test_a_job_is_answered_by_one_that_was_nearly_the_same(jobs: Deployment) -> None:
    prompt = {"prompt": "Extract the order."}
    first = run(jobs, LETTER.format("A17", 7), **prompt)
    second = run(
        jobs, LETTER.format("A17", 7).replace(" and send", ", and will send") + "!", **prompt
    )
    assert (how(jobs, first), how(jobs, second)) == ("miss", "semantic")
    assert second.output == first.output
    assert calls(jobs) == {CHATS: 1, EMBEDDINGS: 2}
    embedding, chat = usage(jobs, first)
    assert (embedding["mode"], embedding["model"]) == ("embedding", "text-embedding-3-small")
    assert embedding["outcome"] == chat["outcome"] == "succeeded"
    assert embedding["input_tokens"] > 0
    assert embedding["price_source"].startswith("genai-prices")
    assert [row["mode"] for row in usage(jobs, second)] == ["embedding"]
    totals = jobs.services.jobs.get(jobs.principal, second.id).usage
    assert (totals.calls, totals.output_tokens) == (1, 0)


def test_another_number_another_job_and_no_wish_for_it(jobs: Deployment) -> None:
    prompt = {"prompt": "Extract this order."}
    run(jobs, LETTER.format("A17", 7), **prompt)
    for document, more in (
        (LETTER.format("A17", 8), {}),
        (LETTER.format("A17", 7) + " ", {"prompt": "Extract that order."}),
        (LETTER.format("A17", 7) + "  ", {"cache": {"semantic": False}}),
        (LETTER.format("A17", 7) + "   ", {"cache": {"refresh": True}}),
    ):
        assert how(jobs, run(jobs, document, **(prompt | more))) == "miss", document
    exact = run(jobs, LETTER.format("A17", 8), **prompt)
    assert how(jobs, exact) == "hit"
    assert usage(jobs, exact) == [], "an exact hit costs no embedding"


def test_an_erased_jobs_answer_goes(jobs: Deployment) -> None:
    prompt = {"prompt": "Extract our order."}
    job = run(jobs, LETTER.format("B1", 5), **prompt)
    jobs.services.jobs.erase(jobs.principal, job.id)
    again = run(jobs, LETTER.format("B1", 5) + "!", **prompt)
    assert how(jobs, again) == "miss"


def test_trouble_with_the_embeddings_costs_no_job(jobs: Deployment) -> None:
    jobs.servers.simulate("PUT", "/control/faults", {EMBEDDINGS: {"error_status": 500}})
    job = run(jobs, LETTER.format("C1", 5), prompt="Extract your order.")
    assert how(jobs, job) == "miss"
    assert [row["outcome"] for row in usage(jobs, job)] == ["failed", "succeeded"]


def test_a_batch_is_compared_item_by_item(jobs: Deployment) -> None:

    def submit(mark: str) -> Job:
        given = {"prompt": "Extract each order.", "model": CHATS, "schema": {"type": "object"}}
        items = [{"id": str(n), "document": LETTER.format(n, n) + mark} for n in range(2)]
        submission = JobSubmission(pipeline="extract", input=given, items=items)
        (job,) = jobs.wait(jobs._submit(submission))
        return job

    submit("")
    second = submit("!")
    rows = jobs.rows(
        "SELECT cache FROM stages WHERE job_id = %s AND name = 'item' ORDER BY item_index",
        second.id,
    )
    assert [row["cache"] for row in rows] == ["semantic", "semantic"]
