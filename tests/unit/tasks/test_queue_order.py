"""The core's queues on Redis: by priority, and in turn where they are of one rank."""

from tasks import names
from tasks.queue_order import PriorityThenTurns


def order(*served: str) -> list[str]:
    turns = PriorityThenTurns()
    turns.update(names.served_by("core", ["a", "b"]))
    for queue in served:
        turns.rotate(queue)
    return turns.consume(99)


def test_they_begin_as_they_are_given() -> None:
    assert order() == ["core.high", "validate.a", "validate.b", "core.normal", "core.low"]


def test_one_that_was_served_goes_behind_its_equals() -> None:
    assert order("validate.a") == [
        *("core.high", "validate.b", "core.normal", "validate.a", "core.low")
    ]
    assert order("validate.a", "validate.b", "core.normal") == order()


def test_priorities_stay_where_they_are() -> None:
    assert order("core.high") == order() == order("core.low") == order("gone")


def test_a_providers_worker_goes_by_priority_alone() -> None:
    turns = PriorityThenTurns()
    turns.update(names.queues_for("openai"))
    turns.rotate("provider.openai.high")
    assert turns.consume(2) == ["provider.openai.high", "provider.openai.normal"]
