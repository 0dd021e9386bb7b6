"""A bounded HTTP load: threads with keep-alive connections, to loopback only."""

import http.client
import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Load:
    """What came of a load."""

    per_second: float
    p50_ms: float
    p99_ms: float
    failures: int


def run_load(
    port: int,
    path: str,
    body: bytes,
    headers: dict[str, str],
    *,
    threads: int,
    seconds: float,
    per_second: float | None = None,
) -> Load:
    """POST for `seconds`, as fast as it goes or at a fixed rate."""
    times: list[float] = []
    failures = [0]
    lock = threading.Lock()
    end = time.perf_counter() + seconds

    def work(index: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        own: list[float] = []
        gap = threads / per_second if per_second else 0.0
        due = time.perf_counter() + (index / threads) * gap
        while (now := time.perf_counter()) < end:
            if gap:
                if due > now:
                    time.sleep(min(due - now, end - now))
                    if time.perf_counter() >= end:
                        break
                due += gap
            began = time.perf_counter()
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            answer.read()
            own.append(time.perf_counter() - began)
            if answer.status >= 300:
                failures[0] += 1
        with lock:
            times.extend(own)

    workers = [threading.Thread(target=work, args=(i,)) for i in range(threads)]
    began = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    took = time.perf_counter() - began
    times.sort()
    return Load(
        per_second=len(times) / took,
        p50_ms=1000 * times[len(times) // 2],
        p99_ms=1000 * times[int(len(times) * 0.99)],
        failures=failures[0],
    )
