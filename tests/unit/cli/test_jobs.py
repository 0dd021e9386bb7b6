import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli.main import main
from tests.support.fake_api import FakeAPI, Reply, job, problem, sse, stream

EVENTS = "GET /v1/jobs/job_1/events"
JOB = "GET /v1/jobs/job_1"
STAGE = {
    "id": "stg_1",
    "name": "complete",
    "lane": "openai",
    "status": "done",
    "attempts": 1,
    "queued_at": "2026-11-20T12:00:00.000000+00:00",
    "started_at": "2026-11-20T12:00:00.012000+00:00",
    "ended_at": "2026-11-20T12:00:02.000000+00:00",
    "calls": [
        {
            "provider": "openai",
            "model": "gpt-5-mini",
            "outcome": "succeeded",
            "input_tokens": 100,
            "cache_read_tokens": 20,
            "output_tokens": 7,
            "cost_micros": 1500,
            "simulated": True,
        }
    ],
}


def penstock(api: FakeAPI | str, *args: str, key: str = "pk_1", given: str | None = None) -> Result:
    url = api if isinstance(api, str) else api.url
    env = {"PENSTOCK_URL": url, "PENSTOCK_API_KEY": key}
    return CliRunner().invoke(main, args, env=env, input=given)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_text("document a")
    (tmp_path / "b.txt").write_text("document b")
    (tmp_path / "schema.json").write_text('{"type": "object"}')
    return tmp_path


def test_run_prints_the_output_alone(api: FakeAPI, files: Path) -> None:
    api.on("POST /v1/jobs", Reply(job(), 202))
    api.on(JOB, Reply(job("running")), Reply(job("succeeded", output={"total": 3})))
    schema = str(files / "schema.json")
    result = penstock(
        api, "run", "extract", str(files / "a.txt"), "--schema", schema, "--model", "openai/x"
    )
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {"total": 3}
    given = api.requests[0].body["input"]
    assert given["document"] == "document a"
    assert given["schema"] == {"type": "object"}
    assert given["model"] == "openai/x"
    assert given["prompt"]


def test_run_makes_a_job_a_file_and_fails_when_one_did(api: FakeAPI, files: Path) -> None:
    api.on("POST /v1/jobs", Reply(job(), 202), Reply(job(id="job_2"), 202))
    api.on(JOB, Reply(job("succeeded", output={"n": 1})))
    error = {
        "code": "no_valid_answer",
        "message": "no",
        "errors": [{"pointer": "/n", "detail": "x"}],
    }
    api.on("GET /v1/jobs/job_2", Reply(job("failed", id="job_2", error=error)))
    names = [str(files / "a.txt"), str(files / "b.txt")]
    result = penstock(api, "run", "extract", *names, "--schema", str(files / "schema.json"))
    assert result.exit_code == 1
    assert "a.txt: succeeded" in result.stdout
    assert "b.txt: failed\n  no_valid_answer: no\n    /n: x" in result.stdout


def test_run_batch_sends_items_and_prints_results(api: FakeAPI, files: Path) -> None:
    api.on("POST /v1/jobs", Reply(job(), 202))
    api.on(EVENTS, stream(sse((1, "job.queued"), (2, "job.succeeded"))))
    api.on(JOB, Reply(job("succeeded", progress={"total": 1, "remaining": 0, "failed": 0})))
    line = json.dumps({"index": 0, "id": "a.txt", "status": "done", "output": {"n": 1}})
    api.on("GET /v1/jobs/job_1/results", Reply(raw=line.encode()))
    schema = str(files / "schema.json")
    args = ("run", "extract", str(files / "a.txt"), "--schema", schema, "--batch")
    result = penstock(api, *args)
    assert result.exit_code == 0, result.output
    assert api.requests[0].body["items"] == [{"id": str(files / "a.txt"), "document": "document a"}]
    assert "a.txt: done" in result.stdout
    assert penstock(api, *args, "--json").stdout.strip() == line


def test_submit_reads_the_document_from_stdin(api: FakeAPI, files: Path) -> None:
    api.on("POST /v1/jobs", Reply(job(), 202))
    schema = str(files / "schema.json")
    args = ("jobs", "submit", "extract", "--document", "-", "--schema", schema, "--prompt", "p")
    result = penstock(api, *args, "--metadata", "a=b=c", given="from stdin")
    assert (result.exit_code, result.stdout) == (0, "job_1 queued\n")
    assert api.requests[0].body["input"]["document"] == "from stdin"
    assert api.requests[0].body["metadata"] == {"a": "b=c"}


def test_submit_has_a_prompt_of_its_own_as_run_has(api: FakeAPI, files: Path) -> None:
    api.on("POST /v1/jobs", Reply(job(), 202))
    args = ("jobs", "submit", "extract", "--document", str(files / "a.txt"))
    assert penstock(api, *args, "--schema", str(files / "schema.json")).exit_code == 0
    assert "schema describes" in api.requests[0].body["input"]["prompt"]


def test_get_shows_stages_and_output(api: FakeAPI) -> None:
    usage = {"calls": 1, "input_tokens": 120, "output_tokens": 7, "cost_micros": 1500}
    api.on(JOB, Reply(job("succeeded", output={"n": 1}, stages=[STAGE], usage=usage)))
    shown = penstock(api, "jobs", "get", "job_1").stdout
    assert "status:    succeeded" in shown
    row = "complete\tdone\t12 ms\t1.99 s\topenai/gpt-5-mini\t1\t120/7\t$0.001500"
    assert row in shown
    assert '"n": 1' in shown
    assert json.loads(penstock(api, "jobs", "get", "job_1", "--json").stdout)["id"] == "job_1"


def test_list_is_tab_separated_in_a_pipe(api: FakeAPI) -> None:
    page = {"data": [job("failed")], "has_more": True, "next_cursor": "c1"}
    api.on("GET /v1/jobs", Reply(page))
    result = penstock(api, "jobs", "list")
    assert result.stdout.split("\t")[:3] == ["job_1", "failed", "extract"]
    assert "--after c1" in result.stderr
    assert json.loads(penstock(api, "jobs", "list", "--json").stdout)["next_cursor"] == "c1"


@pytest.mark.parametrize(("status", "code"), [("succeeded", 0), ("failed", 1), ("canceled", 1)])
def test_watch_exits_by_the_jobs_state(api: FakeAPI, status: str, code: int) -> None:
    api.on(EVENTS, stream(sse((1, "job.queued"), (2, f"job.{status}"), data={"n": 1})))
    api.on(JOB, Reply(job(status)))
    result = penstock(api, "jobs", "watch", "job_1")
    assert result.exit_code == code
    lines = ["12:00:00 job.queued n=1", f"12:00:00 job.{status} n=1", f"job_1 {status}"]
    assert result.stdout.splitlines() == lines
    lines = penstock(api, "jobs", "watch", "job_1", "--json").stdout.splitlines()
    assert [json.loads(line)["sequence"] for line in lines] == [1, 2]


def test_cancel_and_retry(api: FakeAPI) -> None:
    api.on("POST /v1/jobs/job_1/cancel", Reply(job("canceling")))
    api.on("POST /v1/jobs/job_1/retry", problem(409, "conflict", "the job succeeded"))
    assert penstock(api, "jobs", "cancel", "job_1").stdout == "job_1 canceling\n"
    result = penstock(api, "jobs", "retry", "job_1")
    assert result.exit_code == 2
    assert "Error: the job succeeded" in result.stderr
