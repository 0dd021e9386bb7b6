"""Webhook endpoints and deliveries as JSON. No sealed secret leaves here."""

import json
from typing import Any

from app.api.blueprint import api_settings
from app.api.job_json import stamp
from app.errors import FieldError, InvalidInput
from app.repositories.webhook_records import Attempt, Delivery, Endpoint, SigningSecret

ENDPOINT = ("url", "event_types", "description", "metadata", "include_result", "enabled")
TIMES = ("failing_since", "disabled_at", "previous_until", "created_at", "updated_at")
DELIVERY = ("endpoint_id", "url", "job_id", "event_id", "type")


def endpoint_value(endpoint: Endpoint, secret: str | None = None) -> dict[str, Any]:
    value: dict[str, Any] = {"id": endpoint.id, "object": "webhook_endpoint"}
    value |= {name: getattr(endpoint, name) for name in ENDPOINT}
    value |= {name: stamp(getattr(endpoint, name)) for name in TIMES}
    value["disabled_reason"] = endpoint.disabled_reason
    return value if secret is None else value | {"secret": secret}


def secret_value(record: SigningSecret, secret: str | None = None) -> dict[str, Any]:
    times = ("created_at", "previous_until")
    value: dict[str, Any] = {name: stamp(getattr(record, name)) for name in times}
    return value if secret is None else value | {"secret": secret}


def delivery_value(delivery: Delivery) -> dict[str, Any]:
    """With every attempt. That a message is out is no state of its own to an owner."""
    waits = delivery.status in ("pending", "dispatched")
    value: dict[str, Any] = {"id": delivery.id, "object": "webhook_delivery"}
    value |= {name: getattr(delivery, name) for name in DELIVERY}
    value |= {
        "status": "pending" if waits else delivery.status,
        "payload": json.loads(delivery.payload),
        "attempts": [_attempt(a) for a in delivery.log],
        "next_attempt_at": stamp(delivery.available_at) if waits else None,
        "created_at": stamp(delivery.created_at),
        "ended_at": stamp(delivery.ended_at),
    }
    return value


def _attempt(attempt: Attempt) -> dict[str, Any]:
    names = ("number", "status_code", "error", "response", "latency_ms")
    value = {name: getattr(attempt, name) for name in names}
    return value | {"created_at": stamp(attempt.created_at)}


def check_metadata(body: dict[str, Any]) -> None:
    """Raises InvalidInput past the size that jobs have, too."""
    limit = api_settings().max_metadata_bytes
    if len(json.dumps(body.get("metadata", {})).encode()) > limit:
        fault = FieldError("/metadata", f"may have {limit} bytes as JSON")
        raise InvalidInput("the webhook endpoint cannot be kept", [fault])
