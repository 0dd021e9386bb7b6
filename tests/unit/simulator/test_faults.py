"""Faults on demand: by model, in turn, from a file."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from providers.simulator.faults import BadFault, Faults
from tests.unit.simulator.conftest import Running
from tests.unit.simulator.speaking import CHAT, body, connect, content, raw


def test_every_other_call_fails(simulator: Running) -> None:
    simulator.fault(error_status=503, every=2)
    assert [simulator.send("POST", CHAT, body("Total: 1"))[0] for _ in range(4)] == [
        *(200, 503, 200, 503)
    ]


def test_latency(simulator: Running) -> None:
    simulator.fault(latency_seconds=0.2)
    began = time.monotonic()
    assert simulator.send("POST", CHAT, body())[0] == 200
    assert time.monotonic() - began >= 0.2


def test_faults_are_by_model(simulator: Running) -> None:
    simulator.send("PUT", "/control/faults", {"openai/gpt-5": {"error_status": 503}})
    assert simulator.send("POST", CHAT, body())[0] == 503
    assert simulator.send("POST", CHAT, body(model="gpt-5-mini"))[0] == 200
    simulator.send("PUT", "/control/faults", {"openai/gpt-5": None})
    assert simulator.send("GET", "/control/faults") == (200, {})


def test_bad_answers_run_out(simulator: Running) -> None:
    simulator.fault(invalid_json=1, invalid_data=1)
    broken = simulator.send("POST", CHAT, body())[1]["choices"][0]["message"]["content"]
    with pytest.raises(json.JSONDecodeError):
        json.loads(broken)
    assert "total" not in content(simulator.send("POST", CHAT, body())[1])
    assert content(simulator.send("POST", CHAT, body())[1]) == {"total": 7}


def test_a_fixed_text(simulator: Running) -> None:
    simulator.fault(text='"as told"', times=1)
    assert content(simulator.send("POST", CHAT, body())[1]) == "as told"
    assert content(simulator.send("POST", CHAT, body())[1]) == {"total": 7}


def test_a_cut_body_is_shorter_than_it_says(simulator: Running) -> None:
    simulator.fault(cut=True)
    with connect(simulator) as line:
        line.sendall(raw(body()))
        read = b""
        while data := line.recv(65536):
            read += data
    head, _, rest = read.partition(b"\r\n\r\n")
    told = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    assert 0 < len(rest) < told


@pytest.mark.parametrize(
    "fault",
    [
        {"latncy": 1},
        {"error_status": 200},
        {"error_status": True},
        {"latency_seconds": -1},
        {"latency_seconds": "2"},
        {"rate_limit": {"time": 1}},
        {"times": -1},
        {"every": 0},
        [],
        "x",
    ],
)
def test_faults_that_are_none_are_refused(simulator: Running, fault: Any) -> None:
    status, answer = simulator.send("PUT", "/control/faults", {"*": fault})
    assert status == 400
    assert answer["error"].startswith("*")
    assert simulator.send("GET", "/control/faults")[1] == {}


def test_faults_of_all_and_of_one_add_up() -> None:
    faults = Faults()
    faults.put({"*": {"latency_seconds": 1, "cut": True}, "a/b": {"latency_seconds": 2}})
    effect = faults.next("a/b")
    assert (effect.latency, effect.cut) == (3, True)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("faults.toml", '["openai/gpt-5"]\nerror_status = 503\n'),
        ("faults.json", '{"openai/gpt-5": {"error_status": 503}}'),
    ],
)
def test_faults_from_a_file(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    faults = Faults()
    faults.load(path)
    assert faults.next("openai/gpt-5").status == 503
    path.write_text("{")
    with pytest.raises(BadFault, match=name):
        faults.load(path)
