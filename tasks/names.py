"""Queue and task names. Nothing else spells one out."""

from collections.abc import Iterable

from app.infra.lanes import CORE, WEBHOOKS, provider_of, validation

PRIORITIES = ("high", "normal", "low")  # by outbox.priority: 0, 1, 2
EXCHANGE = "penstock"
DEAD_EXCHANGE = "penstock.dead"
DEAD_QUEUE = "penstock.dead"

EXTRACT_COMPLETE = "extract.complete"
EXTRACT_VALIDATE = "extract.validate"
EXTRACT_FAN_OUT = "extract.fan_out"
EXTRACT_ITEM = "extract.item"
EXTRACT_JOIN = "extract.join"
DELIVER = "webhooks.deliver"
FIRE_SCHEDULES = "schedules.fire"
ERASE_EXPIRED = "housekeeping.erase_expired"
FORGET_IDEMPOTENCY = "housekeeping.forget_idempotency"
STAGE_TASKS = (
    EXTRACT_COMPLETE,
    EXTRACT_VALIDATE,
    EXTRACT_FAN_OUT,
    EXTRACT_ITEM,
    EXTRACT_JOIN,
)


def task(pipeline: str, stage: str) -> str:
    """The task that does a pipeline's stage. Raises LookupError for one that nobody wrote."""
    name = f"{pipeline}.{stage}"
    if name not in STAGE_TASKS:
        raise LookupError(f"no task does stage {stage!r} of pipeline {pipeline!r}")
    return name


def queue(lane: str, priority: str) -> str:
    """The queue of a lane: `core.normal`, `provider.openai.high`, `validate.openai`, `webhooks`.

    Deliveries, and answers that were paid for, know no priorities.
    """
    if lane == WEBHOOKS or provider_of(lane) is not None:
        return lane
    return f"{CORE}.{priority}" if lane == CORE else f"provider.{lane}.{priority}"


def item_priority(priority: str) -> str:
    """A batch's items leave all at once: they stand behind the single jobs of their priority."""
    return PRIORITIES[min(PRIORITIES.index(priority) + 1, len(PRIORITIES) - 1)]


def queues_for(lane: str) -> list[str]:
    """A lane's queues, highest priority first."""
    return list(dict.fromkeys(queue(lane, priority) for priority in PRIORITIES))


def served_by(lane: str, provider_names: Iterable[str]) -> list[str]:
    """What the lane's worker consumes, first what goes first; the core's validates answers too."""
    if lane != CORE:
        return queues_for(lane)
    first, *others = queues_for(CORE)
    return [first, *map(validation, provider_names), *others]


def all_queues(provider_names: Iterable[str]) -> list[str]:
    """Every queue that a message may be sent to."""
    providers = list(provider_names)
    lanes = (CORE, WEBHOOKS, *providers)
    return [name for lane in lanes for name in served_by(lane, providers)]
