"""In which order a worker looks at its queues on Redis.

RabbitMQ serves a consumer's queues in turn by itself; kombu knows either turns or priorities.
"""

from collections.abc import Iterable

from app.infra.lanes import CORE, provider_of
from tasks import names

TURNS = names.queue(CORE, "normal")


class PriorityThenTurns:
    """As they are given, best first; those of equal rank in turn.

    Answers to be validated are of one rank, whoever gave them, and so are the core's usual tasks.
    """

    def __init__(self) -> None:
        self._queues: list[str] = []

    def update(self, queues: Iterable[str]) -> None:
        self._queues = list(queues)

    def consume(self, count: int) -> list[str]:
        return self._queues[:count]

    def rotate(self, served: str) -> None:
        """It goes behind the last one of its rank."""
        if served not in self._queues or not _takes_turns(served):
            return
        last = max(place for place, queue in enumerate(self._queues) if _takes_turns(queue))
        self._queues.remove(served)
        self._queues.insert(last, served)


def _takes_turns(queue: str) -> bool:
    return queue == TURNS or provider_of(queue) is not None
