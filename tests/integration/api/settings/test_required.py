"""What a tenant's settings require of its jobs: redaction, and where they may go."""

from typing import Any

from flask.testing import FlaskClient

from tests.integration.api.conftest import Owner
from tests.integration.api.payloads import with_input
from tests.integration.api.refusals import assert_problem, only_fault
from tests.integration.api.settings.candidates import MINI, route


def test_redaction_by_default(keep: Any, submit: Any, stored: Any) -> None:
    keep(privacy={"redact": ["email"]})
    assert stored(submit(with_input()))["redact"] == ["email"]
    assert stored(submit(with_input(redact=["iban"])))["redact"] == ["iban"]
    assert stored(submit(with_input(redact=False)))["redact"] is False


def test_redaction_that_is_required(
    client: FlaskClient, carol: Owner, keep: Any, submit: Any, stored: Any
) -> None:
    keep(privacy={"redact": ["email", "iban"], "required": True})
    assert stored(submit(with_input()))["redact"] == ["email", "iban"]
    for wide in (True, ["iban", "phone", "email"]):
        assert stored(submit(with_input(redact=wide)))["redact"] == wide
    for narrow, lacks in ((False, "email, iban"), (["iban", "phone"], "email")):
        answer = submit(with_input(redact=narrow))
        assert only_fault(answer) == ("/input/redact", f"the tenant's settings require {lacks} too")
    given = {"input": {"redact": False}}
    assert client.post("/v1/route", json=given, headers=carol.auth).status_code == 422
    keep(privacy={"redact": True, "required": True})
    assert only_fault(submit(with_input(redact=["iban"])))[0] == "/input/redact"


def test_routing_may_be_narrowed_and_not_widened(
    client: FlaskClient, carol: Owner, keep: Any, submit: Any, stored: Any
) -> None:
    keep(routing={"providers": ["openai", "gemini"]})
    dropped = {c["model"] for c in route(client, carol, model="fast") if not c["kept"]}
    assert dropped == {"anthropic/claude-haiku-4-5"}
    kept = stored(submit(with_input(model="fast")))
    assert kept["routing"] == {"providers": ["openai", "gemini"]}
    assert set(kept["model"]) == {MINI, "gemini/gemini-2.5-flash"}
    narrow = {"providers": ["gemini"], "strategy": "lowest_cost"}
    assert stored(submit(with_input(model="fast", routing=narrow)))["routing"] == narrow
    wide = {"providers": ["gemini", "anthropic"]}
    answer = only_fault(submit(with_input(routing=wide)))
    assert answer == (
        "/input/routing/providers/1",
        "the tenant's settings allow openai, gemini only",
    )
    assert "not allowed" in only_fault(submit(with_input(model="anthropic")))[1]
    keep(routing={"region": "eu", "no_training": True})
    answer = submit(with_input(routing={"region": "us", "no_training": False}))
    pointers = [f["pointer"] for f in assert_problem(answer, 422, "invalid_input")["errors"]]
    assert pointers[:2] == ["/input/routing/region", "/input/routing/no_training"]
    assert "its region is not known, not eu" in only_fault(submit(with_input()))[1]


def test_a_schedules_job_obeys_too(client: FlaskClient, carol: Owner, keep: Any) -> None:
    keep(privacy={"redact": ["email"], "required": True})
    job = with_input(redact=False)
    body = {"name": "n", "cron": "0 2 * * *", "job": job}
    answer = client.post("/v1/schedules", json=body, headers=carol.auth)
    assert only_fault(answer)[0] == "/job/input/redact"
