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
    detail = deployment.services.jobs.get(deployment.principal, job.id)
    report = detail.stages[0].report
    assert report is not None
    assert (report["mode"], report["attempts"], report["repaired"]) == ("fields", 2, False)
    assert [fault["pointer"] for fault in report["fixed"]] == ["/number"]
    assert "provenance" not in report


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


def test_values_are_found_in_their_document(deployment: Deployment) -> None:
    deployment.start_all()
    document = "[call-key:p]\nNumber: INV-77\nTotal: 1,250.50"
    given = {"document": document, "provenance": True}
    (job,) = deployment.wait(deployment.submit("p", input=given))
    report = deployment.services.jobs.get(deployment.principal, job.id).stages[0].report
    assert report is not None
    places = {place["pointer"]: place for place in report["provenance"]}
    assert set(places) == {"/number", "/total"}
    number = places["/number"]
    assert number["found"] == "exact"
    assert document[number["start"] : number["end"]] == job.output["number"]


def test_a_hit_says_where_too_and_an_item_has_its_own(deployment: Deployment) -> None:
    deployment.env["PENSTOCK_CACHE_TTL_SECONDS"] = "60"
    deployment.start_all()
    given = {"provenance": True}
    deployment.wait(deployment.submit("h", input=given))
    (job,) = deployment.wait(deployment.submit("h", input=given))
    stage = deployment.services.jobs.get(deployment.principal, job.id).stages[0]
    assert stage.cache == "hit"
    assert stage.report is not None
    assert stage.report["provenance"]
    batch = deployment.submit_batch("b", 2)
    deployment.wait(batch)
    items = deployment.services.jobs.results(deployment.principal, batch.id)
    assert [item.report["attempts"] for item in items if item.report] == [1, 1]


DOCUMENT = "[call-key:pii]\nNumber: DE89370400440532013000\nTotal: 7\nMail: ann@example.org"


def test_the_provider_sees_no_personal_data_and_the_answer_has_it(deployment: Deployment) -> None:
    """The simulator answers with the document's own words, so it gives back what it was sent."""
    deployment.start_all()
    asked = {"document": DOCUMENT, "redact": True}
    (job,) = deployment.wait(deployment.submit("pii", input=asked))
    assert job.output["number"] == "DE89370400440532013000"
    detail = deployment.services.jobs.get(deployment.principal, job.id)
    assert detail.stages[0].report is not None
    assert detail.stages[0].report["redacted"] == {"iban": 1, "email": 1}
    assert "ann@example.org" not in deployment.logs("worker-openai")
    (seen,) = deployment.rows("SELECT answer FROM usage")
    assert "[IBAN" not in seen["answer"]


def test_an_answer_that_names_placeholders_is_restored_in_every_attempt(
    deployment: Deployment,
) -> None:
    fault(deployment, text='{"number": "[IBAN_1]", "total": "wrong"}', times=1)
    deployment.start_all()
    asked = {"document": DOCUMENT, "redact": ["iban"]}
    (job,) = deployment.wait(deployment.submit("pii", input=asked))
    assert job.status == "succeeded"
    assert job.output["number"] == "DE89370400440532013000"
    assert modes(deployment, job.id) == [("native", "invalid"), ("fields", "valid")]
