"""The usage report against jobs that really ran."""

import csv
import io

from app.factory import create_app
from app.services.principals import Principal
from tests.support.deployment import Deployment


def test_every_call_is_counted_by_every_group(deployment: Deployment) -> None:
    deployment.start_all()
    deployment.servers.simulate("PUT", "/control/faults", {"*": {"error_status": 503, "times": 1}})
    jobs = [deployment.submit("a"), deployment.submit("b", input={"model": "openai/gpt-5"})]
    deployment.wait(*jobs)
    report, principal = deployment.services.usage.report, deployment.principal
    (line,) = report(principal, ["day"])
    assert (line.calls, line.failed_calls, line.simulated_calls) == (3, 1, 3)
    (paid,) = deployment.rows("SELECT sum(cost_micros)::bigint AS micros FROM usage")
    assert line.cost_micros == paid["micros"] > 0
    by_model = report(principal, ["provider", "model"])
    assert [m.model for m in by_model] == ["gpt-5", "gpt-5-mini"]
    assert sum(m.calls for m in by_model) == 3
    (mine,) = report(principal, ["key", "pipeline"])
    assert (mine.key, mine.pipeline) == ("test", "extract")
    other = deployment.services.tenants.create("other")
    stranger = Principal(tenant_id=other.id, key_id="x", scopes=frozenset({"admin"}))
    assert report(stranger, ["day"]) == []
    deployment.services.jobs.erase(principal, jobs[0].id)
    assert report(principal, ["day"])[0].cost_micros == line.cost_micros


PRICELESS = """UPDATE usage SET model = %s, cost_micros = NULL, price_source = 'unpriced'
    WHERE job_id = %s RETURNING id"""


def test_as_csv(deployment: Deployment) -> None:
    deployment.start_all()
    job, priceless = deployment.submit("a"), deployment.submit("b")
    deployment.wait(job, priceless)
    deployment.rows(PRICELESS, "=1+1,\u00fc", priceless.id)
    _, token = deployment.services.keys.create(deployment.tenant_id, "r", ["usage:read"])
    client = create_app(container=deployment.services).test_client()
    answer = client.get(
        "/v1/usage?group_by=model,model&format=csv", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.mimetype == "text/csv"
    strange, line = csv.DictReader(io.StringIO(answer.text))
    assert (line["model"], line["calls"]) == ("gpt-5-mini", "1")
    assert int(line["cost_micros"]) > 0
    assert strange["model"] == "'=1+1,\u00fc", "a spreadsheet would run it"
    assert (strange["unpriced_calls"], strange["cost_micros"]) == ("1", "")
    report, principal = deployment.services.usage.report, deployment.principal
    assert [m.cost_micros for m in report(principal, ["model"])] == [None, int(line["cost_micros"])]
    (both,) = report(principal, ["day"])
    assert (both.unpriced_calls, both.cost_micros) == (1, int(line["cost_micros"]))
