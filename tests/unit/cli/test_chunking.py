"""Long documents on the command line: the options, and what is told of chunks."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_api import FakeAPI, Reply, job
from tests.unit.cli.test_jobs import JOB, files, penstock

__all__ = ["files"]  # a fixture
REPORT = {
    "chunks": [
        {"index": 0, "start": 0, "end": 90, "status": "done", "error": None},
        {"index": 1, "start": 80, "end": 99, "status": "failed",
         "error": {"code": "provider_timeout", "message": "no answer"}},
    ],
    "conflicts": [
        {"pointer": "/n", "values": [{"chunk": 0, "value": 1}, {"chunk": 2, "value": 3}]}
    ],
}  # fmt: skip
JOIN = {"id": "stg_2", "name": "join", "status": "done", "calls": [], "report": REPORT}


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ((), None),
        (("--chunk",), {}),
        (("--chunk-tokens", "900"), {"strategy": "always", "max_tokens": 900}),
        (("--chunk", "--skip-failed-chunks"), {"on_error": "skip"}),
    ],
)
def test_the_options_are_the_inputs_chunking(
    api: FakeAPI, files: Path, options: tuple[str, ...], sent: dict[str, Any] | None
) -> None:
    api.on("POST /v1/jobs", Reply(job(), 202))
    api.on(JOB, Reply(job("succeeded", output={"n": 1}, stages=[JOIN])))
    given = ("--schema", str(files / "schema.json"), *options)
    name = str(files / "a.txt")
    assert penstock(api, "run", "extract", name, *given).exit_code == 0
    submitted = penstock(api, "jobs", "submit", "extract", "--document", name, *given)
    assert submitted.exit_code == 0, submitted.output
    posted = [request for request in api.requests if request.method == "POST"]
    assert len(posted) == 2
    assert [request.body["input"].get("chunking") for request in posted] == [sent, sent]


def test_too_small_chunks_are_refused_before_anything_is_sent(api: FakeAPI, files: Path) -> None:
    result = penstock(api, "run", "extract", str(files / "a.txt"), "--chunk-tokens", "10")
    assert result.exit_code == 2
    assert api.requests == []


def test_what_failed_and_what_differs_is_told_beside_the_output(api: FakeAPI, files: Path) -> None:
    api.on("POST /v1/jobs", Reply(job(), 202))
    api.on(JOB, Reply(job("succeeded", output={"n": 1}, stages=[JOIN])))
    args = ("run", "extract", str(files / "a.txt"), "--schema", str(files / "schema.json"))
    result = penstock(api, *args, "--chunk")
    assert result.stdout == '{\n  "n": 1\n}\n'
    failed = "chunk 1 (characters 80 to 99) failed provider_timeout: no answer"
    for told in (result.stderr, penstock(api, "jobs", "get", "job_1").stdout):
        assert failed in told
        assert "chunks differ at /n: 1 in chunk 0; 3 in chunk 2" in told
