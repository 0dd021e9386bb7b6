"""The simulator's own faces: HTTP, counters, start and stop."""

import json
import signal
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from providers.simulator.__main__ import raise_file_limit
from tests.unit.simulator.conftest import Running, start, url_of
from tests.unit.simulator.speaking import CHAT, body, connect, raw, until


def test_pipelined_requests_are_answered_in_order(simulator: Running) -> None:
    with connect(simulator) as line:
        line.sendall(raw(body("Total: 1")) + raw(body("Total: 2")) + raw(body("Total: 3")))
        read = b""
        while read.count(b"HTTP/1.1 200") < 3 or not read.endswith(b"}"):
            read += line.recv(65536)
    places = [read.index(b'{\\"total\\":%d}' % n) for n in (1, 2, 3)]
    assert places == sorted(places)


@pytest.mark.parametrize("size", [1, 7, 50])
def test_a_request_may_come_in_small_pieces(simulator: Running, size: int) -> None:
    data = raw(body())
    with connect(simulator) as line:
        for place in range(0, len(data), size):
            line.sendall(data[place : place + size])
        assert b"total" in line.recv(65536)


def test_a_chunked_body_is_read(simulator: Running) -> None:
    data = json.dumps(body()).encode()
    head = f"POST {CHAT} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(c), c) for c in (data[:20], data[20:]))
    with connect(simulator) as line:
        line.sendall(head + chunks[:30])
        time.sleep(0.05)
        line.sendall(chunks[30:] + b"0\r\n\r\n")
        assert b"200 OK" in line.recv(65536)


@pytest.mark.parametrize(
    "data",
    [
        b"hello\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 20_000,
    ],
)
def test_bytes_that_are_no_request_are_refused(simulator: Running, data: bytes) -> None:
    with connect(simulator) as line:
        line.sendall(data)
        assert line.recv(65536).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "value",
    [[], {}, {"model": "m"}, {"model": "m", "messages": []}, {"model": 3, "messages": [{}]}],
)
def test_a_call_that_is_none_gets_the_vendors_400(simulator: Running, value: Any) -> None:
    status, answer = simulator.send("POST", CHAT, value)
    assert status == 400
    assert answer["error"]["type"] == "invalid_request_error"


def test_unknown_paths_are_404(simulator: Running) -> None:
    assert simulator.send("GET", "/openai/v1/nothing")[0] == 404
    assert simulator.send("GET", CHAT)[0] == 404
    assert simulator.send("GET", "/")[0] == 404
    assert simulator.send("GET", "/health") == (
        200,
        {"status": "ok", "what": "penstock simulator"},
    )


def test_calls_are_counted_by_model_and_key(simulator: Running) -> None:
    for text in ("Total: 1 [call-key:a]", "Total: 2 [call-key:a]", "Total: 3"):
        simulator.send("POST", CHAT, body(text))
    simulator.fault(error_status=500, times=1)
    assert simulator.send("POST", CHAT, body("Total: 4 [call-key:b]"))[0] == 500
    calls = simulator.calls()
    assert (calls["total"], calls["completed"], calls["in_flight"]) == (4, 3, 0)
    assert calls["by_model"] == {"openai/gpt-5": 4}
    assert calls["by_key"] == {
        "a": {"started": 2, "completed": 2},
        "b": {"started": 1, "completed": 0},
    }


@pytest.mark.parametrize("fault", [{"timeout": True}, {"latency_seconds": 30}])
def test_a_caller_that_hangs_up_is_not_answered(simulator: Running, fault: dict[str, Any]) -> None:
    simulator.fault(**fault)
    with connect(simulator) as line:
        line.sendall(raw(body("Total: 1 [call-key:gone]")))
        until(simulator, "in_flight", 1)
    until(simulator, "in_flight", 0)
    calls = simulator.calls()
    assert calls["by_outcome"] == {"hung_up": 1}
    assert calls["by_key"] == {"gone": {"started": 1, "completed": 0}}


def test_a_cleared_count_forgets_calls_under_way(simulator: Running) -> None:
    simulator.fault(latency_seconds=0.3)
    with connect(simulator) as line:
        line.sendall(raw(body("Total: 1 [call-key:old]")))
        until(simulator, "in_flight", 1)
        simulator.send("DELETE", "/control/calls")
        assert b"200 OK" in line.recv(65536)
    calls = simulator.calls()
    assert (calls["total"], calls["completed"], calls["peak_in_flight"]) == (0, 0, 1)
    assert calls["by_key"] == {}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_at_once_with_callers_waiting(number: signal.Signals, tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text('{"*": {"timeout": true}}')
    process = start("--config", str(path))
    running = Running(url_of(process), process.pid)
    try:
        with connect(running) as line:
            line.sendall(raw(body()))
            until(running, "in_flight", 1)
            process.send_signal(number)
            assert process.wait(5) == 0
    finally:
        process.kill()


def test_a_taken_port_is_said_in_a_line(simulator: Running) -> None:
    port = str(urlsplit(simulator.url).port)
    process = start("--port", port)
    assert process.wait(10) == 1


def test_a_thousand_slow_calls_at_once(simulator: Running) -> None:
    raise_file_limit()
    simulator.fault(latency_seconds=1.0)
    lines = [connect(simulator) for _ in range(1000)]
    try:
        data = raw(body())
        for line in lines:
            line.sendall(data)
        for line in lines:
            assert b"200 OK" in line.recv(65536)
    finally:
        for line in lines:
            line.close()
    calls = simulator.calls()
    assert calls["completed"] == 1000
    assert calls["peak_in_flight"] > 500


def test_help_says_what_it_is() -> None:
    process = start("--help")
    assert process.stdout is not None
    assert "simulator" in process.stdout.read()
    assert process.wait(10) == 0
