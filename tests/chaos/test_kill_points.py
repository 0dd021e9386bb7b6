"""SIGKILL at each crash point: every job still ends once, and no completed call is repeated."""

import json
import urllib.request
from pathlib import Path

import pytest

from app.stack.process import free_port
from tests.support import long_documents
from tests.support.deployment import SCHEMA, Deployment
from tests.support.promises import assert_promises, unknown_calls

# crash point -> jobs at work when it strikes. A killed threads worker takes the calls of its
# other jobs with it, so where nothing at all may be repeated there is one job.
POINTS = {
    "relay.published": 5,
    "claim.committed": 1,
    "provider.answered": 5,
    "stage.committed": 1,
}


@pytest.mark.parametrize("point", POINTS)
def test_sigkill_at_the_point_loses_and_repeats_nothing(
    deployment: Deployment, tmp_path: Path, point: str
) -> None:
    once = tmp_path / "once"
    deployment.start_all(fault=f"{point}={once}")
    jobs = [deployment.submit(f"{point}-{n}") for n in range(POINTS[point])]
    ended = deployment.wait(*jobs)
    assert once.exists(), "the fault never fired"
    assert_promises(deployment, ended)
    if point != "provider.answered":
        assert unknown_calls(deployment) == 0


@pytest.mark.parametrize("point", ["claim.committed", "stage.committed"])
def test_sigkill_of_the_core_worker(deployment: Deployment, tmp_path: Path, point: str) -> None:
    once = tmp_path / "once"
    deployment.start("relay", "reconciler", "worker-openai")
    deployment.start("worker-core", fault=f"{point}={once}")
    ended = deployment.wait(*[deployment.submit(f"core-{point}-{n}") for n in range(3)])
    assert once.exists(), "the fault never fired"
    assert_promises(deployment, ended)


def test_sigkill_between_a_joins_last_count_and_the_chords_body(
    deployment: Deployment, tmp_path: Path
) -> None:
    once = tmp_path / "once"
    deployment.start_all(fault=f"join.decremented={once}")
    batch = deployment.submit_batch("join", 12)
    deployment.until(once.exists)
    ended = deployment.wait(batch)
    assert ended[0].progress == {"total": 12, "succeeded": 12, "failed": 0, "remaining": 0}
    assert_promises(deployment, ended)


def test_sigkill_in_the_middle_of_a_long_documents_chunks(
    deployment: Deployment, tmp_path: Path
) -> None:
    """No completed call is repeated, and the parts are put together once."""
    once = tmp_path / "once"
    deployment.start("relay", "reconciler", "worker-core")
    deployment.start("worker-openai", fault=f"provider.answered={once}")
    job = deployment.submit("long", input=long_documents.given("long", 120))
    (ended,) = deployment.wait(job)
    assert once.exists(), "the fault never fired"
    assert ended.output == long_documents.output("long", 120)
    assert ended.progress is not None
    total = ended.progress["total"]
    assert total > 5
    assert ended.progress == {"total": total, "succeeded": total, "failed": 0, "remaining": 0}
    assert_promises(deployment, [ended])


def test_sigkill_of_the_api_after_submits_commit(deployment: Deployment, tmp_path: Path) -> None:
    once = tmp_path / "once"
    port = free_port()
    deployment.env["PENSTOCK_API_PORT"] = str(port)
    deployment.settings = type(deployment.settings)(
        **{**vars(deployment.settings), "api": type(deployment.settings.api)(port=port)}
    )
    deployment.start("api", fault=f"submit.committed={once}")
    deployment.start("relay", "reconciler", "worker-core", "worker-openai")
    _, token = deployment.services.keys.create(deployment.tenant_id, "chaos", ["jobs:write"])
    given = {
        "prompt": "Extract.",
        "schema": SCHEMA,
        "model": "openai/gpt-5-mini",
        "document": "[call-key:api]\nNumber: 1\nTotal: 1",
    }
    body = json.dumps({"pipeline": "extract", "input": given}).encode()
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": "api-kill",
    }
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/jobs", data=body, headers=headers)
    answers: list[dict[str, object]] = []

    def accepted() -> bool:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                answers.append(json.loads(answer.read()))
                return True
        except OSError:  # not up yet, or killed before it could answer: the client asks again
            return False

    deployment.until(accepted)
    assert once.exists(), "the fault never fired"
    rows = deployment.rows("SELECT id FROM jobs")
    assert [row["id"] for row in rows] == [answers[0]["id"]], "one key, one job"
    detail = deployment.services.jobs.get(deployment.principal, rows[0]["id"])
    assert_promises(deployment, deployment.wait(detail.job))
