"""Every endpoint, and what another tenant gets of it."""

from dataclasses import dataclass
from typing import Any

from tests.integration.api.payloads import GOOD

SCHEDULE = {"name": "nightly", "cron": "0 2 * * *", "job": GOOD}
HOOK = {"url": "https://127.0.0.1/hook", "event_types": ["job.queued"]}


@dataclass(frozen=True)
class Case:
    path: str  # with fields of Theirs in braces, as {job_id}
    kind: str  # "hidden": 404; "list": shows nothing of theirs; "own": makes or shows the caller's
    body: Any = None


ONE_SCHEDULE = "/v1/schedules/<string:schedule_id>"
ENDPOINT = "/v1/webhook-endpoints/<string:endpoint_id>"
DELIVERY = "/v1/webhook-deliveries/<string:delivery_id>"
MATRIX: dict[tuple[str, str], list[Case]] = {
    ("POST", "/v1/jobs"): [Case("/v1/jobs", "own", GOOD)],
    ("GET", "/v1/jobs"): [Case("/v1/jobs?limit=200", "list")],
    ("GET", "/v1/jobs/<string:job_id>"): [
        Case("/v1/jobs/{job_id}", "hidden"),
        Case("/v1/jobs/{batch_id}", "hidden"),
    ],
    ("DELETE", "/v1/jobs/<string:job_id>"): [Case("/v1/jobs/{job_id}", "hidden")],
    ("POST", "/v1/jobs/<string:job_id>/cancel"): [Case("/v1/jobs/{job_id}/cancel", "hidden")],
    ("POST", "/v1/jobs/<string:job_id>/retry"): [Case("/v1/jobs/{job_id}/retry", "hidden")],
    ("GET", "/v1/jobs/<string:job_id>/results"): [Case("/v1/jobs/{batch_id}/results", "hidden")],
    ("GET", "/v1/jobs/<string:job_id>/events"): [Case("/v1/jobs/{job_id}/events", "hidden")],
    ("POST", "/v1/keys"): [Case("/v1/keys", "own", {"name": "mine", "scopes": ["jobs:read"]})],
    ("GET", "/v1/keys"): [Case("/v1/keys", "list")],
    ("DELETE", "/v1/keys/<string:key_id>"): [Case("/v1/keys/{key_id}", "hidden")],
    ("POST", "/v1/keys/<string:key_id>/rotate"): [Case("/v1/keys/{key_id}/rotate", "hidden", {})],
    ("POST", "/v1/schedules"): [Case("/v1/schedules", "own", SCHEDULE)],
    ("GET", "/v1/schedules"): [Case("/v1/schedules?limit=200", "list")],
    ("GET", ONE_SCHEDULE): [Case("/v1/schedules/{schedule_id}", "hidden")],
    ("PATCH", ONE_SCHEDULE): [Case("/v1/schedules/{schedule_id}", "hidden", {"enabled": False})],
    ("DELETE", ONE_SCHEDULE): [Case("/v1/schedules/{schedule_id}", "hidden")],
    ("POST", f"{ONE_SCHEDULE}/trigger"): [Case("/v1/schedules/{schedule_id}/trigger", "hidden")],
    ("GET", f"{ONE_SCHEDULE}/fires"): [Case("/v1/schedules/{schedule_id}/fires", "hidden")],
    ("POST", "/v1/webhook-endpoints"): [Case("/v1/webhook-endpoints", "own", HOOK)],
    ("GET", "/v1/webhook-endpoints"): [Case("/v1/webhook-endpoints", "list")],
    ("GET", f"{ENDPOINT}"): [Case("/v1/webhook-endpoints/{endpoint_id}", "hidden")],
    ("PATCH", f"{ENDPOINT}"): [
        Case("/v1/webhook-endpoints/{endpoint_id}", "hidden", {"enabled": False})
    ],
    ("DELETE", f"{ENDPOINT}"): [Case("/v1/webhook-endpoints/{endpoint_id}", "hidden")],
    ("POST", f"{ENDPOINT}/rotate"): [
        Case("/v1/webhook-endpoints/{endpoint_id}/rotate", "hidden", {})
    ],
    ("POST", f"{ENDPOINT}/test"): [Case("/v1/webhook-endpoints/{endpoint_id}/test", "hidden")],
    ("POST", f"{ENDPOINT}/recover"): [
        Case("/v1/webhook-endpoints/{endpoint_id}/recover?since=2026-01-01T00:00:00Z", "hidden")
    ],
    ("GET", "/v1/webhook-deliveries"): [
        Case("/v1/webhook-deliveries?limit=100", "list"),
        Case("/v1/webhook-deliveries?endpoint_id={endpoint_id}", "list"),
        Case("/v1/webhook-deliveries?job_id={job_id}", "list"),
    ],
    ("GET", DELIVERY): [Case("/v1/webhook-deliveries/{delivery_id}", "hidden")],
    ("POST", f"{DELIVERY}/replay"): [Case("/v1/webhook-deliveries/{delivery_id}/replay", "hidden")],
    ("POST", "/v1/webhook-secret/rotate"): [Case("/v1/webhook-secret/rotate", "own", {})],
    ("GET", "/v1/webhook-secret"): [Case("/v1/webhook-secret", "list")],
    ("GET", "/v1/pipelines"): [Case("/v1/pipelines", "list")],
    ("GET", "/v1/providers"): [Case("/v1/providers", "list")],
    ("GET", "/v1/settings"): [Case("/v1/settings", "list")],
    ("PUT", "/v1/settings"): [Case("/v1/settings", "own", {"policy": "default"})],
    ("POST", "/v1/route"): [Case("/v1/route", "list", {"input": {"mode": "flash"}})],
    ("POST", "/v1/schemas/lint"): [Case("/v1/schemas/lint", "list", {"schema": {}})],
    ("GET", "/v1/usage"): [
        Case("/v1/usage?group_by=day,provider,model,key,pipeline", "list"),
        Case("/v1/usage?format=csv", "list"),
    ],
}
ROWS = [(method, case) for (method, _), cases in MATRIX.items() for case in cases]
