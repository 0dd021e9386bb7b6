"""A schedule's job: the body of POST /v1/jobs with `{{ fire_at }}` and friends in its texts."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import ValidationError

from app.errors import FieldError, InvalidInput
from app.repositories.schedule_records import Schedule
from app.services.job_submission import JobSubmission
from schemas.jobs import JobRequestSchema

PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")  # linear: what may repeat cannot overlap
NAMES = (
    *("fire_at", "scheduled_date", "scheduled_time", "previous_fire_at"),
    *("schedule_id", "schedule_name"),
)
# Moments do not fit a template: a job's own deadline would lie in the past from some fire on.
_schema = JobRequestSchema(exclude=("deadline",))


def values_of(schedule: Schedule, fire_at: datetime) -> dict[str, str]:
    """What the placeholders stand for; times in the schedule's zone."""
    zone = ZoneInfo(schedule.timezone)
    local, last = fire_at.astimezone(zone), schedule.last_fire_at
    return {
        "fire_at": local.isoformat(),
        "scheduled_date": local.date().isoformat(),
        "scheduled_time": local.strftime("%H:%M:%S"),
        "previous_fire_at": last.astimezone(zone).isoformat() if last else "",
        "schedule_id": schedule.id,
        "schedule_name": schedule.name,
    }


def submission_of(template: Mapping[str, Any], values: Mapping[str, str]) -> JobSubmission:
    """The job of one fire. Raises InvalidInput with pointers from the template's root."""
    faults: list[FieldError] = []
    filled = _fill(template, values, "", faults)
    if faults:
        raise InvalidInput("the job cannot be accepted", faults)
    try:
        loaded = _schema.load(filled)
    except ValidationError as error:
        flat = list(_flat(error.messages, ""))
        raise InvalidInput("the job cannot be accepted", flat) from None
    names = ("pipeline", "input", "items", "join", "priority", "metadata", "webhook_url")
    return JobSubmission(**{n: loaded[n] for n in names if loaded.get(n) is not None})


def _fill(node: Any, values: Mapping[str, str], at: str, faults: list[FieldError]) -> Any:
    if isinstance(node, dict):
        return {k: _fill(v, values, f"{at}/{_escaped(k)}", faults) for k, v in node.items()}
    if isinstance(node, list):
        return [_fill(v, values, f"{at}/{i}", faults) for i, v in enumerate(node)]
    if not isinstance(node, str):
        return node
    for name in map(str.strip, PLACEHOLDER.findall(node)):
        if name not in NAMES:
            known = ", ".join(NAMES)
            faults.append(FieldError(at, f"unknown placeholder {name!r}; known are {known}"))
    return PLACEHOLDER.sub(lambda match: values.get(match[1].strip(), match[0]), node)


def _flat(messages: Any, at: str) -> list[FieldError]:
    if isinstance(messages, dict):
        steps = [
            (key, at if key == "_schema" else f"{at}/{_escaped(str(key))}") for key in messages
        ]
        return [fault for key, path in steps for fault in _flat(messages[key], path)]
    return [FieldError(at, str(text)) for text in messages]


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")
