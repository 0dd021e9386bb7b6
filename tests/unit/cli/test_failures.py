"""Exit codes, and what a failure looks like."""

import errno
import json
import os
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from app.cli import connection, exits
from app.cli.main import COMMANDS, main
from app.stack.state import FolderLock
from tests.support.fake_api import FakeAPI, Reply, job, problem
from tests.unit.cli.test_jobs import penstock

JOB = "GET /v1/jobs/job_1"


def test_faults_are_shown_with_their_pointers(api: FakeAPI) -> None:
    fault = {"pointer": "/input/schema/type", "detail": "unknown type"}
    api.on(JOB, problem(422, "invalid_input", "cannot be accepted", [fault]))
    result = penstock(api, "jobs", "get", "job_1")
    assert result.exit_code == exits.USAGE
    want = "Error: cannot be accepted\n  /input/schema/type: unknown type\n  request id: req_1\n"
    assert result.stderr == want
    shown = json.loads(penstock(api, "jobs", "get", "job_1", "--json").stderr)
    assert shown["errors"] == [fault]


@pytest.mark.parametrize(("status", "code"), [(401, 4), (403, 4), (404, 2), (500, 3), (422, 2)])
def test_exit_codes_by_status(api: FakeAPI, status: int, code: int) -> None:
    api.on(JOB, problem(status, "x", "y"))
    assert penstock(api, "jobs", "get", "job_1").exit_code == code


@pytest.mark.usefixtures("no_waiting")
def test_nobody_there() -> None:
    result = penstock("http://127.0.0.1:9", "jobs", "get", "job_1")
    assert result.exit_code == exits.NO_ANSWER
    assert "no answer from http://127.0.0.1:9" in result.stderr


def test_no_key(api: FakeAPI, tmp_path: Path) -> None:
    env = {"PENSTOCK_URL": api.url, "PENSTOCK_DATA_DIR": str(tmp_path), "PENSTOCK_API_KEY": None}
    result = CliRunner().invoke(main, ["jobs", "list"], env=env)
    assert result.exit_code == exits.NOT_ALLOWED
    assert "PENSTOCK_API_KEY" in result.stderr


def test_no_stack_says_how_to_start_one(tmp_path: Path) -> None:
    env = {"PENSTOCK_URL": None, "PENSTOCK_DATA_DIR": str(tmp_path)}
    result = CliRunner().invoke(main, ["jobs", "list"], env=env)
    assert result.exit_code == exits.NO_ANSWER
    assert "penstock up" in result.stderr


def test_the_running_stack_is_found_by_its_folder(api: FakeAPI, tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text(json.dumps({"urls": {"api": api.url}}))
    (tmp_path / "key").write_text("pk_file\n")
    api.on(JOB, Reply(job()))
    env = {"PENSTOCK_URL": None, "PENSTOCK_API_KEY": None, "PENSTOCK_DATA_DIR": str(tmp_path)}
    lock = FolderLock(tmp_path)
    lock.acquire()
    result = CliRunner().invoke(main, ["jobs", "get", "job_1"], env=env)
    lock.release()
    assert result.exit_code == 0, result.output
    assert api.requests[0].headers["authorization"] == "Bearer pk_file"
    assert connection.stack_urls(tmp_path) == {}  # its supervisor is gone


@pytest.mark.parametrize(
    "args",
    [
        ("run", "extract"),
        ("run", "extract", "missing.txt"),
        ("jobs", "submit", "extract", "--metadata", "novalue"),
        ("jobs", "submit", "extract", "--input", "pyproject.toml"),
        ("jobs", "list", "--limit", "0"),
        ("jobs", "nonsense"),
    ],
)
def test_wrong_usage(api: FakeAPI, args: tuple[str, ...]) -> None:
    result = penstock(api, *args)
    assert result.exit_code == exits.USAGE
    assert "Error:" in result.stderr
    assert not api.requests


def test_ctrl_c(api: FakeAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("app.client.penstock.Penstock.get", interrupted)
    assert penstock(api, "jobs", "get", "job_1").exit_code == exits.INTERRUPTED


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_exit_codes(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert "Exit codes:" in result.output


@pytest.mark.parametrize("name", ["submit", "get", "list", "watch", "cancel", "retry", "results"])
def test_every_jobs_command_has_json(name: str) -> None:
    assert "--json" in CliRunner().invoke(main, ["jobs", name, "--help"]).output


@pytest.mark.parametrize(
    ("role", "variable"),
    [
        (("api",), "PENSTOCK_DATABASE_URL"),
        (("relay",), "PENSTOCK_DATABASE_URL"),
        (("beat",), "PENSTOCK_DATABASE_URL"),
        (("worker", "core"), "PENSTOCK_DATABASE_URL"),
        (("flower",), "PENSTOCK_BROKER_URL"),
    ],
)
def test_a_role_says_what_it_needs(role: tuple[str, ...], variable: str, tmp_path: Path) -> None:
    env = {"PENSTOCK_DATA_DIR": str(tmp_path)}
    result = CliRunner().invoke(main, ["serve", *role], env=env)
    assert result.exit_code == exits.USAGE
    assert f"{role[0]} needs a" in result.stderr
    assert variable in result.stderr


@pytest.mark.parametrize(
    ("number", "advice"), [(errno.ENOSPC, "make room"), (errno.EROFS, "PENSTOCK_DATA_DIR")]
)
def test_a_full_or_closed_disk_is_a_line(number: int, advice: str) -> None:
    @exits.reporting
    def command() -> None:
        raise OSError(number, os.strerror(number), "/data/lock")

    result = CliRunner().invoke(click.command()(command))
    assert result.exit_code == exits.USAGE
    assert result.stderr.startswith("Error: /data/lock: ")
    assert advice in result.stderr


def test_a_negative_number_of_lines_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "valkey.log").write_text("x\n")
    env = {"PENSTOCK_DATA_DIR": str(tmp_path)}
    assert CliRunner().invoke(main, ["logs", "-n", "-1"], env=env).exit_code == exits.USAGE


@pytest.mark.parametrize("group", [(), *[(name,) for name in COMMANDS]])
def test_no_line_of_a_help_page_is_cut_off(group: tuple[str, ...]) -> None:
    text = CliRunner().invoke(main, [*group, "--help"], terminal_width=80).stdout
    assert "...\n" not in text.partition("Commands:")[2]


def test_what_nobody_foresaw_is_kept_in_a_file(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    @exits.reporting
    def command() -> None:
        raise KeyError("x")

    result = CliRunner().invoke(click.command()(command))
    assert result.exit_code == exits.JOB_FAILED
    assert "KeyError: 'x'" in result.stderr
    assert "Traceback" not in result.stderr
    (kept,) = tmp_path.iterdir()
    assert str(kept) in result.stderr
    assert "Traceback" in kept.read_text()


def test_a_key_that_no_header_can_hold() -> None:
    env = {"PENSTOCK_URL": "http://127.0.0.1:9", "PENSTOCK_API_KEY": "pk_\u00e9"}
    result = CliRunner().invoke(main, ["jobs", "list"], env=env)
    assert result.exit_code == exits.NOT_ALLOWED
    assert "copy it anew" in result.stderr
