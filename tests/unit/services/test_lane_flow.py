"""As much waits for a lane as it takes in a moment, whatever its size and speed."""

import heapq

import pytest

from app.services.lane_flow import LEAST, WAIT, LaneFlow

MOST = 32
STEP = 0.01  # seconds between two rounds of the relay


def simulated(slots: int, seconds: float) -> tuple[float, float]:
    """Work without end for so many slots: the share of them at work, and how long each waited.

    The second half of the time counts.
    """
    flow, queue, ends = LaneFlow(), list[float](), list[float]()
    rounds = int(20 * max(1.0, seconds) / STEP)
    handed, busy, waits = 0, 0.0, list[float]()
    for n in range(rounds):
        now = n * STEP
        while ends and ends[0] <= now:
            heapq.heappop(ends)
        while queue and len(ends) < slots:
            waits.append(now - queue.pop(0))
            heapq.heappush(ends, now + seconds * (0.5 + (n * 7919 % 101) / 101))
        if n == rounds // 2:
            busy, waits = 0.0, []
        busy += len(ends) / slots
        cap = flow.cap("openai", MOST, len(queue), handed, now)
        handed = max(0, cap - len(queue))
        queue += [now] * handed
    return busy / (rounds / 2), sum(waits) / len(waits)


@pytest.mark.parametrize(
    ("slots", "seconds"), [(64, 1.0), (640, 1.0), (64, 0.2), (64, 5.0), (4, 0.1), (500, 4.0)]
)
def test_the_workers_are_busy_and_what_waits_waits_little(slots: int, seconds: float) -> None:
    share, waited = simulated(slots, seconds)
    assert share > 0.93
    assert waited < max(2 * WAIT, 3 * LEAST * seconds / slots)


def test_it_settles_at_what_is_taken_in_the_wait() -> None:
    flow = LaneFlow()
    for n in range(100):  # of 20 that wait 100 are taken in a tenth of a second, and as many come
        cap = flow.cap("openai", MOST, 20, 100, n / 10)
    assert cap == pytest.approx(1000 * WAIT, abs=1)


def test_a_burst_finds_room() -> None:
    flow = LaneFlow()
    assert flow.cap("openai", MOST, 0, 0, 0.0) == MOST
    assert flow.cap("openai", MOST, 0, 30, 0.1) == MOST  # all was taken


def test_a_lane_that_takes_nothing_is_handed_the_least_until_it_does() -> None:
    flow = LaneFlow()
    for n in range(20):
        cap = flow.cap("openai", MOST, MOST, 0, n / 10)
    assert cap == LEAST
    assert [flow.cap("openai", MOST, 0, 0, 2 + n / 100) for n in range(3)] == [16, 32, 32]


def test_lanes_are_apart() -> None:
    flow = LaneFlow()
    for n in range(20):
        flow.cap("openai", MOST, MOST, 0, n / 10)
    assert flow.cap("gemini", MOST, 0, 0, 2.0) == MOST


def of_relays(relays: int, slots: int, seconds: float, stopped: tuple[float, float]) -> list[float]:
    """Work without end, handed by several relays in turn: the share of slots at work, by second.

    The workers take nothing from the first moment of `stopped` to the second.
    """
    flows, handed = [LaneFlow() for _ in range(relays)], [0] * relays
    waiting, ends, busy = 0, list[float](), [0.0] * 20
    for n in range(20 * 100):
        now = n * STEP
        while ends and ends[0] <= now:
            heapq.heappop(ends)
        while waiting and len(ends) < slots and not stopped[0] <= now < stopped[1]:
            waiting -= 1
            heapq.heappush(ends, now + seconds * (0.5 + (n * 7919 % 101) / 101))
        busy[n // 100] += len(ends) / slots / 100
        flow = n % relays
        cap = flows[flow].cap("openai", MOST, waiting, handed[flow], now)
        handed[flow] = max(0, cap - waiting)
        waiting += handed[flow]
        if stopped[0] + 5 < now < stopped[1]:
            assert waiting <= 2 * MOST, "what stands still is not heaped up"
    return busy


@pytest.mark.parametrize("relays", [1, 2, 3])
@pytest.mark.parametrize(("slots", "seconds"), [(64, 0.5), (400, 1.0), (1, 0.1)])
def test_a_lane_that_stops_and_starts_is_as_busy_as_before(
    relays: int, slots: int, seconds: float
) -> None:
    busy = of_relays(relays, slots, seconds, stopped=(6.0, 13.0))
    assert min(busy[3:6]) > 0.9
    assert max(busy[9:13]) == 0
    assert min(busy[16:]) > 0.9


def test_a_clock_that_stands_still_or_jumps_breaks_nothing() -> None:
    flow = LaneFlow()
    for now in (5.0, 5.0, 4.0, 1e9, 1e9, 0.0):
        assert LEAST <= flow.cap("openai", MOST, 20, 100, now) <= MOST
    assert [flow.cap("openai", MOST, 0, 0, float(n)) for n in range(3)][-1] == MOST
