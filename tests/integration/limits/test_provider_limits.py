"""Requests a minute of a provider, kept by relay and workers before the vendor says 429."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.container import Container
from app.infra.settings import load_settings
from tests.support.deployment import Deployment
from tests.support.servers import Servers

TABLES = """
[providers.openai]
kind = "openai"
base_url = "{url}/openai/v1"
models = ["gpt-5-mini", "gpt-5"]
key = "simulator"
{openai}
[providers.gemini]
kind = "gemini"
key = "simulator"
base_url = "{url}/gemini"
models = ["gemini-2.5-flash"]
"""
ROLES = ("relay", "reconciler", "worker-core", "worker-openai", "worker-gemini")
VENDOR = {"per_minute": {"requests": 600, "at_once": 0.075}}  # 45 at once, then 10 a second
LIMIT = "requests_per_minute = 600"


def limited(servers: Servers, folder: Path, openai: str) -> Deployment:
    made = Deployment(servers, folder)
    path = made.folder / "penstock.toml"
    path.write_text(TABLES.format(url=servers.simulator_url, openai=openai))
    made.env["PENSTOCK_CONFIG"] = str(path)
    made.services.close()
    made.settings = load_settings(made.env)
    made.services = Container(made.settings)
    return made


@pytest.fixture
def tight(servers: Servers, tmp_path: Path) -> Iterator[Deployment]:
    """One model of a provider with six calls a minute, which has used its first."""
    made = limited(servers, tmp_path, 'limits."gpt-5-mini" = {requests_per_minute = 6}')
    key = made.settings.providers["openai"].credentials[0]
    assert made.services.allowances.take("openai", "gpt-5-mini", key, 1) == 0.0
    try:
        yield made
    finally:
        made.stop()


def refused(deployment: Deployment) -> int:
    """Calls that the vendor answered with 429."""
    counts = deployment.servers.simulate("GET", "/control/calls")
    return int(counts["by_outcome"].get("error", 0))


@pytest.mark.parametrize("limit", [LIMIT, ""])
def test_with_the_vendors_limit_as_ours_it_never_says_429(
    servers: Servers, tmp_path: Path, limit: str
) -> None:
    """And without it does: single jobs and a batch, 70 calls at once."""
    deployment = limited(servers, tmp_path, limit)
    servers.simulate("PUT", "/control/faults", {"openai/gpt-5-mini": VENDOR})
    try:
        jobs = [deployment.submit(f"one-{n}") for n in range(40)]
        jobs.append(deployment.submit_batch("many", 30))
        deployment.start(*ROLES[:-1])
        ended = deployment.wait(*jobs)
        assert {job.status for job in ended} == {"succeeded"}
        counts = servers.simulate("GET", "/control/calls")
        assert counts["completed"] == 70
        assert (refused(deployment) == 0) == bool(limit), counts
    finally:
        servers.simulate("DELETE", "/control/faults")
        deployment.stop()


def test_a_tight_model_slows_neither_another_model_nor_another_provider(
    tight: Deployment,
) -> None:
    held = [tight.submit(f"held-{n}") for n in range(40)]
    tight.start(*ROLES)
    free = [tight.submit(f"m-{n}", input={"model": "openai/gpt-5"}) for n in range(10)]
    free += [tight.submit(f"g-{n}", input={"model": "gemini/gemini-2.5-flash"}) for n in range(10)]
    assert {job.status for job in tight.wait(*free)} == {"succeeded"}
    states = tight.rows("SELECT status FROM jobs WHERE id = ANY(%s)", [job.id for job in held])
    assert Counter(row["status"] for row in states)["queued"] >= 36
    waiting = tight.rows("SELECT count(*) AS n FROM outbox WHERE deployment = 'openai/gpt-5-mini'")
    assert waiting[0]["n"] >= 36, "they wait in Postgres, not at the broker"


def test_a_job_takes_its_next_model_when_the_first_has_no_room(tight: Deployment) -> None:
    tight.start(*ROLES)
    both = {"model": ["openai/gpt-5-mini", "gemini/gemini-2.5-flash"]}
    (job,) = tight.wait(tight.submit("a", input=both))
    assert job.status == "succeeded"
    (call,) = tight.rows("SELECT provider FROM usage")
    assert call["provider"] == "gemini"
    (event,) = tight.rows("SELECT data FROM events WHERE type = 'stage.retrying'")
    assert "limits of openai/gpt-5-mini leave no room" in event["data"]["error"]["message"]


def test_a_stage_that_finds_no_room_waits_in_the_outbox_and_says_why(tight: Deployment) -> None:
    """As one that another relay handed over: this one's worker is asked directly."""
    job = tight.submit("a")
    tight.services.system_db.system("UPDATE outbox SET deployment = '' RETURNING id")
    tight.start("relay", "worker-openai")
    tight.until(lambda: bool(tight.rows("SELECT 1 FROM events WHERE type = 'stage.retrying'")))
    (event,) = tight.rows("SELECT data FROM events WHERE type = 'stage.retrying'")
    assert event["data"]["error"]["code"] == "rate_awaited"
    assert event["data"]["delay_seconds"] > 5
    (row,) = tight.rows("SELECT job_id, deployment, available_at > now() AS later FROM outbox")
    assert row == {"job_id": job.id, "deployment": "openai/gpt-5-mini", "later": True}
    assert tight.calls() == {}
