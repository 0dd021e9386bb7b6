"""How many messages may wait for a provider's workers: as many as they take in a moment.

A queue that is left `rate` times a second makes each newcomer wait for length / rate seconds
(Little's law, 1961). So its length is kept to the rate times the wait that is allowed, whatever
the time of a call and the number of workers.
"""

import math
from dataclasses import dataclass

WAIT = 0.15  # seconds that a message may wait at the broker
SMOOTHING = 1.0  # seconds until a change of the rate counts by two thirds
LEAST = 8  # messages that may wait, however slow the calls


@dataclass
class _Flow:
    cap: int
    read: float
    waiting: int = 0  # when it was read
    rate: float = 0.0  # taken, a second

    def take(self, taken: int, seconds: float) -> None:
        old = math.exp(-seconds / SMOOTHING)
        self.rate = old * self.rate + (1 - old) * max(0, taken) / seconds


class LaneFlow:
    """By lane, from what was seen there from time to time."""

    def __init__(self) -> None:
        self._flows: dict[str, _Flow] = {}

    def cap(self, lane: str, most: int, waiting: int, handed: int, now: float) -> int:
        """Messages that may wait there.

        `most`: when all that comes is taken at once; `waiting`: those that do now, at `now`
        seconds; `handed`: how many were sent there since it was asked last.
        """
        flow = self._flows.setdefault(lane, _Flow(cap=most, read=now))
        if flow.waiting and waiting and now > flow.read:
            flow.take(flow.waiting + handed - waiting, now - flow.read)
        flow.waiting, flow.read = waiting, now
        enough = max(LEAST, math.ceil(flow.rate * WAIT))
        if not waiting:
            flow.cap = min(2 * flow.cap, max(most, enough))
        elif waiting >= LEAST:
            flow.cap = enough
        return flow.cap
