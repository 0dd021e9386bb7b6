"""Jobs on a real stack: re-ask, retry, fallback, cancel, deadlines, batches."""

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest

from app.errors import Conflict
from app.infra.clock import utcnow
from app.repositories.records import Call, Job
from tests.support.deployment import Deployment
from tests.support.servers import Servers

OPENAI = "openai/gpt-5-mini"


@pytest.fixture(scope="module")
def running(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with Deployment(servers, tmp_path_factory.mktemp("running")) as made:
        made.start("relay", "reconciler", "worker-core", "worker-openai", "worker-gemini")
        made.wait(made.submit("warm"))
        yield made


def fault(stack: Deployment, **what: object) -> None:
    stack.servers.simulate("PUT", "/control/faults", {OPENAI: what})


def calls_of(stack: Deployment, job: Job) -> list[Call]:
    return stack.services.jobs.get(stack.principal, job.id).calls


def test_an_invalid_answer_is_asked_again_with_what_was_wrong(stack: Deployment) -> None:
    fault(stack, invalid_data=1)
    job = stack.wait(stack.submit("again"))[0]
    assert job.status == "succeeded"
    calls = calls_of(stack, job)
    assert [c.verdict for c in calls] == ["invalid", "valid"]
    assert calls[0].error is not None
    assert {e["pointer"] for e in calls[0].error["errors"]} == {""}


def test_what_never_gets_valid_fails_with_pointers(stack: Deployment) -> None:
    fault(stack, text='{"number": "1", "total": "many"}')
    job = stack.wait(stack.submit("never", input={"max_attempts": 2}))[0]
    assert job.status == "failed"
    assert job.error is not None
    assert job.error["code"] == "answer_invalid"
    assert [e["pointer"] for e in job.error["errors"]] == ["/total"]
    assert job.error["tried"][0]["calls"] == 2


def test_transient_failures_are_retried_and_each_call_is_on_record(stack: Deployment) -> None:
    fault(stack, error_status=503, times=2)
    job = stack.wait(stack.submit("busy"))[0]
    assert job.status == "succeeded"
    assert [c.outcome for c in calls_of(stack, job)] == ["failed", "failed", "succeeded"]


def test_a_long_retry_after_waits_in_the_outbox(stack: Deployment) -> None:
    fault(stack, rate_limit={"times": 1, "retry_after": 2})
    job = stack.wait(stack.submit("limited"))[0]
    assert job.status == "succeeded"
    events = stack.services.events.list(stack.principal, job.id)
    retrying = [e for e in events if e.type == "stage.retrying"]
    assert len(retrying) == 1
    assert retrying[0].data["delay_seconds"] >= 2


def test_the_next_model_is_tried_on_its_own_providers_queue(stack: Deployment) -> None:
    fault(stack, error_status=400)
    job = stack.submit("fallback", input={"model": [OPENAI, "gemini/gemini-2.5-flash"]})
    job = stack.wait(job)[0]
    assert job.status == "succeeded"
    detail = stack.services.jobs.get(stack.principal, job.id)
    assert [c.provider for c in detail.calls] == ["openai", "gemini"]
    assert detail.stages[0].lane == "gemini"


def test_a_failed_job_runs_again_from_its_first_undone_stage(stack: Deployment) -> None:
    fault(stack, error_status=400)
    job = stack.wait(stack.submit("retry"))[0]
    assert job.status == "failed"
    stack.servers.simulate("DELETE", "/control/faults")
    again = stack.services.jobs.retry(stack.principal, job.id)
    assert (again.status, again.run) == ("queued", 2)
    ended = stack.wait(again)[0]
    assert ended.status == "succeeded"
    with pytest.raises(Conflict):
        stack.services.jobs.retry(stack.principal, job.id)


def test_cancel_interrupts_a_call_in_flight(stack: Deployment) -> None:
    fault(stack, timeout=True)
    job = stack.submit("cancel")
    stack.until(lambda: bool(calls_of(stack, job)))
    stack.services.jobs.cancel(stack.principal, job.id)
    ended = stack.wait(job, seconds=30)[0]
    assert ended.status == "canceled"
    assert [c.outcome for c in calls_of(stack, job)] == ["canceled"]
    assert stack.services.jobs.cancel(stack.principal, job.id).status == "canceled"


def test_cancel_after_cancels_and_a_deadline_expires(stack: Deployment) -> None:
    fault(stack, timeout=True)
    first = stack.submit("after", cancel_after=1.0)
    second = stack.submit("deadline", deadline=utcnow() + timedelta(seconds=1))
    ended = stack.wait(first, second, seconds=30)
    assert [job.status for job in ended] == ["canceled", "expired"]


def test_a_bad_item_does_not_sink_the_batch(stack: Deployment) -> None:
    fault(stack, error_status=400, times=1)
    job = stack.wait(stack.submit_batch("any", 6))[0]
    assert job.status == "succeeded"
    assert job.progress == {"total": 6, "succeeded": 5, "failed": 1, "remaining": 0}
    results = stack.services.jobs.results(stack.principal, job.id)
    assert [r.item_index for r in results] == list(range(6))
    bad = [r for r in results if r.status == "failed"]
    assert len(bad) == 1
    assert bad[0].error is not None
    assert bad[0].error["code"] == "provider_invalid_request"


def test_policy_all_fails_a_batch_with_a_bad_item_and_a_retry_runs_only_that(
    stack: Deployment,
) -> None:
    fault(stack, error_status=400, times=1)
    job = stack.wait(stack.submit_batch("all", 6, join="all"))[0]
    assert job.status == "failed"
    assert job.error is not None
    assert job.error["code"] == "batch_failed"
    ended = stack.wait(stack.services.jobs.retry(stack.principal, job.id))[0]
    assert ended.status == "succeeded"
    assert ended.progress == {"total": 6, "succeeded": 6, "failed": 0, "remaining": 0}
    counted = [n["completed"] for k, n in stack.calls().items() if k.startswith("all-")]
    assert counted == [1] * 6


def test_a_stage_that_is_recovered_too_often_is_dead_and_says_so(stack: Deployment) -> None:
    fault(stack, timeout=True)
    job = stack.submit("poison")
    stack.until(lambda: bool(calls_of(stack, job)))
    with_recoveries = "UPDATE stages SET recoveries = 99, epoch = epoch + 1, lease_until = now()"
    with psycopg.connect(stack.database_url) as connection:
        connection.execute(f"{with_recoveries} WHERE job_id = %s AND status = 'running'", [job.id])
    ended = stack.wait(job, seconds=30)[0]
    assert ended.status == "failed"
    assert ended.error is not None
    assert ended.error["code"] == "stage_dead"


def test_a_retry_begins_with_the_first_model_again(deployment: Deployment) -> None:
    refusal = {"*": {"error_status": 400, "error_code": "invalid_request"}}
    deployment.servers.simulate("PUT", "/control/faults", refusal)
    deployment.start_all()
    deployment.start("worker-anthropic")
    models = ["openai/gpt-5-mini", "anthropic/claude-haiku-4-5"]
    (job,) = deployment.wait(deployment.submit("again", input={"model": models}))
    assert job.status == "failed"
    where = "SELECT lane, deployment FROM stages WHERE job_id = %s AND name = 'complete'"
    assert deployment.rows(where, job.id)[0]["lane"] == "anthropic"
    deployment.servers.simulate("DELETE", "/control/faults")
    deployment.kill("relay")  # so that nobody has moved it when we look
    deployment.services.jobs.retry(deployment.principal, job.id)
    (row,) = deployment.rows(where, job.id)
    assert (row["lane"], row["deployment"].split()[0]) == ("openai", models[0])
    (again,) = deployment.wait(job)
    assert again.status == "succeeded"


@pytest.mark.parametrize("batch", [False, True], ids=["one", "batch"])
def test_a_job_canceled_when_all_was_done_can_be_retried(
    deployment: Deployment, batch: bool
) -> None:
    deployment.start_all()
    submitted = deployment.submit_batch("late", 2) if batch else deployment.submit("late")
    (job,) = deployment.wait(submitted)
    assert job.status == "succeeded"
    asked = deployment.calls()
    deployment.rows(  # as a cancellation leaves it that comes just before the job's end
        "UPDATE jobs SET status = 'canceled', output = NULL, cancel_requested_at = now()"
        " WHERE id = %s RETURNING id",
        job.id,
    )
    deployment.services.jobs.retry(deployment.principal, job.id)
    (again,) = deployment.wait(job)
    assert (again.status, again.output) == ("succeeded", job.output)
    assert deployment.calls() == asked
