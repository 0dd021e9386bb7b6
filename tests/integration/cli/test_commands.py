"""The command against a real stack, answers from the simulator."""

import json
import subprocess
from pathlib import Path

from app.client.penstock import Penstock
from app.stack.session import Stack
from tests.integration.cli.conftest import Command

Done = subprocess.CompletedProcess


def of(done: "Done[str]", code: int = 0) -> str:
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def test_run_prints_data_that_satisfies_the_schema(penstock: Command, files: Path) -> None:
    schema = str(files / "schema.json")
    done = penstock("run", "extract", str(files / "a.txt"), "--schema", schema)
    assert isinstance(json.loads(of(done))["total"], int | float)


def test_run_a_batch(penstock: Command, files: Path) -> None:
    names = [str(files / "a.txt"), str(files / "b.txt")]
    done = penstock("run", "extract", *names, "--schema", str(files / "schema.json"), "--batch")
    assert of(done).count(".txt: done") == 2
    assert "2/2 items, 0 failed" in done.stdout


def test_a_job_from_submit_to_get(penstock: Command, files: Path) -> None:
    args = ("--document", "-", "--schema", str(files / "schema.json"), "--prompt", "The total.")
    done = penstock("jobs", "submit", "extract", *args, "--json", given="Total: 3")
    job = json.loads(of(done))["id"]
    watched = of(penstock("jobs", "watch", job))
    assert "job.queued" in watched
    assert watched.splitlines()[-1] == f"{job} succeeded"
    shown = of(penstock("jobs", "get", job))
    assert "complete\tdone" in shown
    assert job in of(penstock("jobs", "list", "--status", "succeeded"))
    assert penstock("jobs", "retry", job).returncode == 2
    assert of(penstock("jobs", "cancel", job)) == f"{job} succeeded\n"


def test_a_refused_schema_is_shown_by_its_pointer(penstock: Command, files: Path) -> None:
    (files / "bad.json").write_text('{"type": "object", "properties": {"a": {"type": "text"}}}')
    done = penstock("run", "extract", str(files / "a.txt"), "--schema", str(files / "bad.json"))
    assert done.returncode == 2
    assert "/input/schema/properties/a/type" in done.stderr


def test_keys_and_tenants(penstock: Command, stack: Stack) -> None:
    made = json.loads(of(penstock("tenants", "create", "acme", "--json")))
    assert penstock("tenants", "create", "acme").returncode == 2
    with Penstock(stack.api_url, made["key"]["token"]) as acme:
        assert list(acme.list()) == []  # the other tenant's jobs are not there
    fresh = json.loads(of(penstock("keys", "create", "ci", "--scope", "jobs:read", "--json")))
    denied = penstock("keys", "list", "--key", fresh["token"])
    assert denied.returncode == 4
    next_key = json.loads(of(penstock("keys", "rotate", fresh["id"], "--json")))
    of(penstock("jobs", "list", "--key", next_key["token"]))
    of(penstock("keys", "revoke", next_key["id"]))
    assert made["key"]["id"] in of(penstock("keys", "list", "--tenant", "acme"))


def test_the_client_runs_a_job(stack: Stack) -> None:
    schema = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
    given = {"prompt": "The number.", "document": "n is 4", "schema": schema}
    with Penstock(stack.api_url, stack.api_key) as api:
        job = api.run("extract", given, timeout=30, idempotency_key="once")
        again = api.submit("extract", given, idempotency_key="once")
        types = [event.type for event in api.events(job.id)]
    assert isinstance(job.output["n"], int)
    assert again.replayed
    assert again.id == job.id
    assert types[0] == "job.queued"
    assert types[-1] == "job.succeeded"
