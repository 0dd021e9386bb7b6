"""Documents in chunks on a real stack: merged, with what failed, canceled, retried, erased."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from app.repositories.records import Job
from tests.support import long_documents as long
from tests.support.deployment import Deployment
from tests.support.servers import Servers

OPENAI = "openai/gpt-5-mini"


@pytest.fixture(scope="module")
def running(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with Deployment(servers, tmp_path_factory.mktemp("long")) as made:
        made.start_all()
        made.wait(made.submit("warm"))
        yield made


def fault(stack: Deployment, **what: object) -> None:
    stack.servers.simulate("PUT", "/control/faults", {OPENAI: what})


def submit(stack: Deployment, key: str, more: dict[str, Any] | None = None, **chunking: Any) -> Job:
    return stack.submit(key, input=long.given(key, **chunking) | (more or {}))


def report(stack: Deployment, job: Job) -> dict[str, Any]:
    stages = stack.services.jobs.get(stack.principal, job.id).stages
    assert [stage.name for stage in stages] == ["fan_out", "join"]
    assert stages[-1].report is not None
    return stages[-1].report


def assert_each_asked_once(stack: Deployment, key: str, job: Job) -> None:
    calls = stack.calls().items()
    counted = [n["completed"] for name, n in calls if name.startswith(f"{key}-")]
    assert job.progress is not None
    assert counted == [1] * job.progress["total"]


def test_chunks_are_asked_one_by_one_and_put_together(stack: Deployment) -> None:
    job = submit(stack, "whole", {"provenance": True})
    assert job.progress is not None
    count = job.progress["total"]
    assert count > 3
    assert job.progress == {"total": count, "succeeded": 0, "failed": 0, "remaining": count}
    stored = stack.rows("SELECT item FROM stages WHERE job_id = %s AND item IS NOT NULL", job.id)
    assert all(set(row["item"]) == {"start", "end"} for row in stored), "offsets and no text"
    ended = stack.wait(job)[0]
    assert ended.status == "succeeded", ended.error
    assert ended.output == long.output("whole", 60)
    assert ended.progress == {"total": count, "succeeded": count, "failed": 0, "remaining": 0}
    told = report(stack, ended)
    assert [(c["index"], c["status"], c["error"]) for c in told["chunks"]] == [
        (n, "done", None) for n in range(count)
    ]
    document = long.document("whole", 60)
    assert (told["chunks"][0]["start"], told["chunks"][-1]["end"]) == (0, len(document))
    assert all(a["start"] < b["start"] < a["end"] for a, b in pairwise(told["chunks"]))
    assert told["conflicts"] == []
    assert "missing" not in told
    lines = {line["pointer"]: line for line in told["provenance"]}
    assert len(lines) == 2 + 2 * 60
    for n in (0, 20, 59):
        line = lines[f"/rows/{n}/name"]
        assert document[line["start"] : line["end"]] == f"Item {n} of whole"
    assert_each_asked_once(stack, "whole", ended)
    lines_of = stack.services.jobs.results(stack.principal, job.id)
    assert [stage.item_index for stage in lines_of] == list(range(count))


def test_a_failed_chunk_fails_the_job_and_a_retry_repeats_only_that(stack: Deployment) -> None:
    fault(stack, error_status=400, times=1)
    ended = stack.wait(submit(stack, "again"))[0]
    assert ended.status == "failed"
    assert ended.error is not None
    assert ended.error["code"] == "chunks_failed"
    assert [e["pointer"] for e in ended.error["errors"]] == ["/input/document"]
    told = report(stack, ended)["chunks"]
    bad = [chunk for chunk in told if chunk["status"] == "failed"]
    assert [chunk["error"]["code"] for chunk in bad] == ["provider_invalid_request"]
    assert f"characters {bad[0]['start']} to {bad[0]['end']}" in ended.error["errors"][0]["detail"]
    ended = stack.wait(stack.services.jobs.retry(stack.principal, ended.id))[0]
    assert (ended.status, ended.output) == ("succeeded", long.output("again", 60))
    assert_each_asked_once(stack, "again", ended)


def test_skip_puts_the_rest_together_and_says_what_is_missing(stack: Deployment) -> None:
    optional = long.SCHEMA | {"required": ["rows"]}
    fault(stack, error_status=400, times=1)
    ended = stack.wait(submit(stack, "skip", {"schema": optional}, on_error="skip"))[0]
    assert ended.status == "succeeded", ended.error
    told = report(stack, ended)
    (bad,) = [chunk for chunk in told["chunks"] if chunk["status"] == "failed"]
    (gap,) = told["missing"]
    assert bad["start"] <= gap["start"] < gap["end"] <= bad["end"]
    missing = long.document("skip", 60)[gap["start"] : gap["end"]]
    names = {row["name"] for row in ended.output["rows"]}
    for n in range(60):
        name = f"Item {n} of skip"
        assert (name in names) != (f"Name: {name}\nPrice: {n}.50" in missing)


def test_an_answer_that_is_invalid_as_a_whole_fails_with_pointers(stack: Deployment) -> None:
    """Each chunk's rows are allowed, all together are too many; a retry asks nobody again."""
    rows = {"type": "array", "items": long.ROW, "maxItems": 30}
    schema = {**long.SCHEMA, "properties": {**long.SCHEMA["properties"], "rows": rows}}
    ended = stack.wait(submit(stack, "many", {"schema": schema}))[0]
    assert ended.status == "failed"
    assert ended.error is not None
    assert ended.error["code"] == "answer_invalid"
    assert [e["pointer"] for e in ended.error["errors"]] == ["/rows"]
    assert {chunk["status"] for chunk in report(stack, ended)["chunks"]} == {"done"}
    ended = stack.wait(stack.services.jobs.retry(stack.principal, ended.id), seconds=30)[0]
    assert (ended.status, ended.run) == ("failed", 2)
    assert_each_asked_once(stack, "many", ended)


def test_what_no_chunk_says_is_null_or_empty_where_the_schema_wants_it(stack: Deployment) -> None:
    names = ("discounts", "remark")
    properties = {
        **long.SCHEMA["properties"],
        "discounts": {"type": "array", "items": {"type": "object", "maxProperties": 0}},
        "remark": {"type": ["integer", "null"]},
    }
    schema = {**long.SCHEMA, "properties": properties}
    schema["required"] = [*long.SCHEMA["required"], *names]
    ended = stack.wait(submit(stack, "nothing", {"schema": schema}))[0]
    assert ended.status == "succeeded", ended.error
    assert ended.output["remark"] is None
    assert ended.output["discounts"] == []


def test_what_parts_say_differently_is_reported(stack: Deployment) -> None:
    document = long.document("differ", 30) + long.document("differ", 30).replace("INV-", "BILL-")
    ended = stack.wait(submit(stack, "differ", {"document": document}))[0]
    assert ended.status == "succeeded", ended.error
    assert ended.output["number"] == "INV-differ"
    (conflict,) = report(stack, ended)["conflicts"]
    assert conflict["pointer"] == "/number"
    assert [v["value"] for v in conflict["values"]] == ["INV-differ", "BILL-differ"]


def test_a_canceled_job_ends_and_a_retry_finishes_it(stack: Deployment) -> None:
    fault(stack, timeout=True)
    job = submit(stack, "cancel")
    stack.until(lambda: bool(stack.services.jobs.get(stack.principal, job.id).calls))
    stack.services.jobs.cancel(stack.principal, job.id)
    ended = stack.wait(job, seconds=30)[0]
    assert ended.status == "canceled"
    stack.servers.simulate("DELETE", "/control/faults")
    ended = stack.wait(stack.services.jobs.retry(stack.principal, job.id))[0]
    assert (ended.status, ended.output) == ("succeeded", long.output("cancel", 60))


def test_a_chord_that_is_lost_is_found_by_the_reconciler(stack: Deployment) -> None:
    fault(stack, latency_seconds=0.7)
    job = submit(stack, "lost")
    stack.until(lambda: bool(stack.services.jobs.get(stack.principal, job.id).calls))
    stack.servers.flush()
    ended = stack.wait(job)[0]
    assert (ended.status, ended.output) == ("succeeded", long.output("lost", 60))


def test_personal_data_is_kept_back_and_given_back(stack: Deployment) -> None:
    document = long.document("pii", 60).replace("Item 7 of pii", "someone@example.com")
    given = {"document": document, "redact": ["email"]}
    ended = stack.wait(submit(stack, "pii", given))[0]
    assert ended.status == "succeeded", ended.error
    assert ended.output["rows"][7]["name"] == "someone@example.com"
    assert report(stack, ended)["redacted"] == {"email": 1}


def test_what_it_may_cost_is_shared_by_its_chunks(stack: Deployment) -> None:
    fault(stack, invalid_data=True)
    given = {"max_cost": 0.005, "max_output_tokens": 50, "max_attempts": 10}
    ended = stack.wait(submit(stack, "cost", given))[0]
    assert ended.status == "failed"
    told = report(stack, ended)["chunks"]
    assert {chunk["error"]["code"] for chunk in told} <= {"over_budget", "answer_invalid"}
    (cost,) = stack.rows(
        "SELECT sum(cost_micros)::bigint AS n, count(*) AS calls FROM usage WHERE job_id = %s",
        ended.id,
    )
    assert cost["n"] < 5_000 * 2, "each chunk is stopped after the call that spends its share"


def test_nothing_of_it_is_left_when_it_is_erased(stack: Deployment) -> None:
    ended = stack.wait(submit(stack, "gone", {"cache": {"ttl": 600}}))[0]
    assert ended.status == "succeeded"
    again = stack.wait(submit(stack, "gone", {"cache": {"ttl": 600}}))[0]
    hits = stack.rows("SELECT cache FROM stages WHERE job_id = %s AND name = 'item'", again.id)
    assert {row["cache"] for row in hits} == {"hit"}
    for job in (ended, again):
        stack.services.jobs.erase(stack.principal, job.id)
        for table in ("stages", "joins", "events", "outbox"):
            assert stack.rows(f"SELECT 1 FROM {table} WHERE job_id = %s", job.id) == []
    asked = stack.wait(submit(stack, "gone", {"cache": {"ttl": 600}}))[0]
    misses = stack.rows("SELECT cache FROM stages WHERE job_id = %s AND name = 'item'", asked.id)
    assert {row["cache"] for row in misses} == {"miss"}


def test_a_chunk_that_is_recovered_too_often_is_told(stack: Deployment) -> None:
    fault(stack, timeout=True, times=1)
    job = submit(stack, "poison")
    running = "SELECT 1 FROM usage WHERE job_id = %s AND outcome = 'in_flight'"
    stack.until(lambda: bool(stack.rows(running, job.id)))
    with psycopg.connect(stack.database_url) as connection:
        connection.execute(
            "UPDATE stages SET recoveries = 99, epoch = epoch + 1, lease_until = now()"
            " WHERE job_id = %s AND status = 'running' AND name = 'item'",
            [job.id],
        )
    ended = stack.wait(job, seconds=30)[0]
    assert ended.status == "failed"
    assert "dead" in {chunk["status"] for chunk in report(stack, ended)["chunks"]}
