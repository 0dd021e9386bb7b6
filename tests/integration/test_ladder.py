"""The rungs of the ladder in a worker: modes, parts, budgets; every attempt on record."""

from typing import Any

from tests.support.deployment import Deployment


def modes(deployment: Deployment, job_id: str) -> list[tuple[str, str]]:
    rows = deployment.rows(
        "SELECT mode, coalesce(verdict, outcome) AS came_to FROM usage WHERE job_id = %s"
        " ORDER BY sequence",
        job_id,
    )
    return [(row["mode"], row["came_to"]) for row in rows]


def fault(deployment: Deployment, **given: Any) -> None:
    deployment.servers.simulate("PUT", "/control/faults", {"*": given})


def test_a_schema_that_the_vendor_refuses_is_asked_for_by_a_tool(deployment: Deployment) -> None:
    fault(deployment, error_status=400, error_code="invalid_json_schema", times=1)
    deployment.start_all()
    (job,) = deployment.wait(deployment.submit("refused"))
    assert job.status == "succeeded"
    assert modes(deployment, job.id) == [("native", "failed"), ("strict_tool", "valid")]
    (next_job,) = deployment.wait(deployment.submit("remembered"))
    assert modes(deployment, next_job.id) == [("strict_tool", "valid")]


def test_only_the_failing_fields_are_asked_for_again(deployment: Deployment) -> None:
    fault(deployment, text='{"number": 5, "total": 7, "extra": "kept"}', times=1)
    deployment.start_all()
    (job,) = deployment.wait(deployment.submit("part"))
    assert job.status == "succeeded"
    assert modes(deployment, job.id) == [("native", "invalid"), ("fields", "valid")]
    assert job.output["total"] == 7
    assert isinstance(job.output["number"], str)


def test_after_two_invalid_answers_the_next_mode(deployment: Deployment) -> None:
    fault(deployment, text='["nothing of it"]', times=2)
    deployment.start_all()
    (job,) = deployment.wait(deployment.submit("third"))
    assert job.status == "succeeded"
    assert modes(deployment, job.id) == [
        ("native", "invalid"),
        ("native", "invalid"),
        ("strict_tool", "valid"),
    ]


def test_a_budget_that_is_spent_stops_the_ladder(deployment: Deployment) -> None:
    fault(deployment, invalid_data=True)
    deployment.start_all()
    document = "[call-key:b]\n" + "word " * 16_000  # about 20,000 tokens: $0.005 a call
    given = {"max_cost": 0.006, "max_output_tokens": 50, "max_attempts": 10}
    job = deployment.submit("b", input=given | {"document": document})
    (ended,) = deployment.wait(job)
    assert ended.status == "failed"
    assert ended.error is not None
    assert ended.error["code"] == "over_budget"
    calls = len(modes(deployment, job.id))
    assert 1 <= calls < 10
    (cost,) = deployment.rows("SELECT sum(cost_micros)::bigint AS n FROM usage")
    assert cost["n"] >= 6000
