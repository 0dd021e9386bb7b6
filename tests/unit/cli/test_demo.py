"""The demo's parts: samples, spreading, timeline, and the line about the simulator."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from app.cli.demo_progress import Row, follow_all
from app.cli.demo_samples import read_samples, spread
from app.cli.demo_timeline import print_job, print_totals, simulated_line
from app.client.penstock import Job, Penstock
from app.errors import ConfigError
from providers.types import ProviderConfig
from tests.support.fake_api import FakeAPI, Reply, job
from tests.unit.cli.test_jobs import STAGE


def done(*, simulated: bool = True) -> Job:
    call = STAGE["calls"][0] | {"simulated": simulated}  # type: ignore[index,operator]
    usage = {"calls": 1, "input_tokens": 120, "output_tokens": 7, "cost_micros": 1500}
    stage = STAGE | {"calls": [call]}
    return Job.of(job("succeeded", output={"total": "9.50"}, stages=[stage], usage=usage))


def paper() -> Console:
    return Console(file=io.StringIO(), width=150, highlight=False)


def text(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_samples_are_read_in_pairs(tmp_path: Path) -> None:
    (tmp_path / "bill.txt").write_text("Total 9.50")
    about = {"title": "A bill", "prompt": "p", "schema": {"type": "object"}}
    (tmp_path / "bill.json").write_text(json.dumps(about))
    (sample,) = read_samples(tmp_path)
    assert (sample.title, sample.document) == ("A bill", "Total 9.50")
    with pytest.raises(ConfigError):
        read_samples(tmp_path / "nothing")


def test_models_take_turns_between_providers() -> None:
    providers = {
        "a": ProviderConfig(name="a", kind="openai", models=("1", "2")),
        "b": ProviderConfig(name="b", kind="gemini", models=("3",)),
    }
    assert spread(providers) == ["a/1", "b/3", "a/2"]


def test_a_job_is_printed_with_its_timeline() -> None:
    console = paper()
    print_job(console, "A bill", done())
    print_totals(console, [done()], 2.5)
    shown = text(console)
    for part in ("A bill", '"total": "9.50"', "12 ms", "1.99 s", "openai/gpt-5-mini", "120/7"):
        assert part in shown
    assert "$0.001500" in shown
    assert "===" in shown
    assert "1 of 1 jobs succeeded in 2.5 s" in shown


def test_it_says_what_was_simulated() -> None:
    assert simulated_line([done()]).startswith("All 1 answers came from the simulator")
    assert simulated_line([done(simulated=False)]).startswith("No answer was simulated")
    both = [done(), done(simulated=False)]
    assert simulated_line(both) == "1 of 2 answers came from the simulator."


def test_a_failed_job_shows_why() -> None:
    console = paper()
    error = {"code": "no_answer", "message": "m", "errors": [{"pointer": "/a", "detail": "d"}]}
    print_job(console, "A bill", Job.of(job("failed", error=error)))
    assert "no_answer: m\n    /a: d" in text(console)


def test_progress_in_a_pipe_is_a_line_a_change(api: FakeAPI) -> None:
    def page(status: str) -> Reply:
        return Reply({"data": [job(status)], "has_more": False})

    api.on("GET /v1/jobs", page("running"), page("running"), page("succeeded"))
    console, row = paper(), Row(title="A bill", model="a/1", job=Job.of(job()))
    with Penstock(api.url, "k") as penstock:
        follow_all(console, penstock, [row], timeout=5)
    lines = text(console).splitlines()
    assert [line.split()[2] for line in lines] == ["running", "succeeded"]
