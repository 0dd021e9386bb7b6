"""Requests a minute of a provider, kept by relay and workers before the vendor says 429."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.repositories.records import Job
from app.services import extract_input
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


@contextmanager
def limited(servers: Servers, folder: Path, openai: str, vendor: bool) -> Iterator[Deployment]:
    with Deployment(servers, folder) as made:
        made.providers(TABLES.format(url=servers.simulator_url, openai=openai))
        if vendor:
            servers.simulate("PUT", "/control/faults", {"openai/gpt-5-mini": VENDOR})
        try:
            yield made
        finally:
            servers.simulate("DELETE", "/control/faults")


@pytest.fixture(scope="module")
def tight(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A provider of whose models one has a call a minute, and it is gone."""
    limits = 'limits."gpt-5-mini" = {requests_per_minute = 1}'
    with limited(servers, tmp_path_factory.mktemp("tight"), limits, vendor=False) as made:
        key = made.settings.providers["openai"].credentials[0]
        assert made.services.allowances.take("openai", "gpt-5-mini", key, 1) == 0.0
        made.start(*ROLES)
        yield made


@pytest.fixture
def keen(servers: Servers, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Deployment]:
    """One whose vendor has a limit, and which knows of it or not."""
    with limited(servers, tmp_path, request.param, vendor=True) as made:
        yield made


def refused(deployment: Deployment) -> int:
    """Calls that the vendor answered with 429."""
    counts = deployment.servers.simulate("GET", "/control/calls")
    return int(counts["by_outcome"].get("error", 0))


def submit_many(deployment: Deployment) -> list[Job]:
    jobs = [deployment.submit(f"one-{n}") for n in range(40)]
    return [*jobs, deployment.submit_batch("many", 30)]


@pytest.mark.parametrize("keen", [LIMIT], indirect=True)
def test_with_the_vendors_limit_as_ours_it_never_says_429(keen: Deployment) -> None:
    jobs = submit_many(keen)
    keen.start(*ROLES[:-1])
    assert {job.status for job in keen.wait(*jobs)} == {"succeeded"}
    assert keen.servers.simulate("GET", "/control/calls")["completed"] == 70
    assert refused(keen) == 0


@pytest.mark.parametrize("keen", [""], indirect=True)
def test_without_it_the_vendor_says_429(keen: Deployment) -> None:
    """So the test before this one can fail."""
    submit_many(keen)
    keen.start(*ROLES[:-1])
    keen.until(lambda: refused(keen) > 5)


def retried(deployment: Deployment, job: Job) -> dict[str, Any]:
    """The data of the job's only retry event."""
    text = "SELECT data FROM events WHERE type = 'stage.retrying' AND job_id = %s"
    deployment.until(lambda: bool(deployment.rows(text, job.id)))
    (event,) = deployment.rows(text, job.id)
    data: dict[str, Any] = event["data"]
    return data


def test_a_tight_model_slows_neither_another_model_nor_another_provider(
    tight: Deployment,
) -> None:
    held = [tight.submit(f"held-{n}") for n in range(40)]
    free = [tight.submit(f"m-{n}", input={"model": "openai/gpt-5"}) for n in range(10)]
    free += [tight.submit(f"g-{n}", input={"model": "gemini/gemini-2.5-flash"}) for n in range(10)]
    assert {job.status for job in tight.wait(*free)} == {"succeeded"}
    waiting = tight.rows("SELECT count(*) AS n FROM outbox WHERE deployment = 'openai/gpt-5-mini'")
    assert waiting[0]["n"] >= 39, "they wait in Postgres, not at the broker"
    states = tight.rows("SELECT status FROM jobs WHERE id = ANY(%s)", [job.id for job in held])
    assert Counter(row["status"] for row in states)["queued"] >= 39


def test_a_job_takes_its_next_model_when_the_first_has_no_room(tight: Deployment) -> None:
    both = {"model": ["openai/gpt-5-mini", "gemini/gemini-2.5-flash"]}
    (job,) = tight.wait(tight.submit("next", input=both))
    assert job.status == "succeeded"
    (call,) = tight.rows("SELECT provider FROM usage WHERE job_id = %s", job.id)
    assert call["provider"] == "gemini"
    why = retried(tight, job)["error"]
    assert "limits of openai/gpt-5-mini leave no room" in why["message"]


def test_a_batch_leaves_what_there_is_room_for(tight: Deployment) -> None:
    """The rest waits for the relay, and no worker looks at it in vain."""
    job = tight.submit_batch("items", 20)
    text = "SELECT count(*) AS n FROM outbox WHERE job_id = %s AND deployment <> ''"
    tight.until(lambda: tight.rows(text, job.id)[0]["n"] > 0)
    assert tight.rows(text, job.id)[0]["n"] >= 19
    items = "SELECT attempts FROM stages WHERE job_id = %s AND name = 'item'"
    assert sum(row["attempts"] for row in tight.rows(items, job.id)) <= 1


def test_a_stage_that_finds_no_room_waits_in_the_outbox_and_says_why(
    tight: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that an older release wrote: the relay knows nothing of it."""
    with monkeypatch.context() as older:
        older.setattr(extract_input, "any_of", lambda models: "")
        job = tight.submit("older")
    event = retried(tight, job)
    assert event["error"]["code"] == "rate_awaited"
    assert event["delay_seconds"] > 0
    (row,) = tight.rows("SELECT deployment FROM outbox WHERE job_id = %s", job.id)
    assert row["deployment"] == "openai/gpt-5-mini"
    assert tight.calls().get("older") is None
