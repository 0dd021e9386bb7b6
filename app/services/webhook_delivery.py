"""One attempt at a delivery: claim, sign, post, and what the answer means."""

import json
import logging
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from uuid import UUID

from app.errors import ConfigError
from app.infra.egress import Egress, Reply
from app.infra.egress_errors import EgressFailed, EgressRefused
from app.infra.faults import crash_point
from app.infra.notify import DELIVERIES, Notifier
from app.infra.sealing import Sealer
from app.infra.settings_sections import WebhookSettings
from app.infra.webhook_signing import signed_headers
from app.repositories.webhook_claims import DeliveryClaimRepository
from app.repositories.webhook_records import AttemptEnd, DeliveryClaim
from app.services.webhooks import TEST, place_of

log = logging.getLogger(__name__)
SHOWN_BYTES = 1024  # of the response
LEASE_MARGIN = 2.0  # seconds over twice the attempt's own deadline
SLOW_DOWN = frozenset({429, 502, 504})
SLOWEST = 3600.0  # seconds of a Retry-After that the whole target waits for
FIRST_SLOW_DOWN = 5.0
NO_KEY_DELAY = 60.0


class DeliveryService:
    def __init__(
        self,
        *,
        claims: DeliveryClaimRepository,
        egress: Egress,
        sealer: Sealer,
        notifier: Notifier,
        settings: WebhookSettings,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._claims = claims
        self._egress = egress
        self._sealer = sealer
        self._notifier = notifier
        self._settings = settings
        self._waits = read_schedule(settings.schedule)
        self._draw = draw

    def deliver(self, tenant_id: UUID, delivery_id: str) -> str | None:
        """Make one attempt. The delivery's status after it; None when it was not ours to make."""
        claim = self._claims.claim(
            tenant_id,
            delivery_id,
            lease_seconds=2 * self._settings.timeout_seconds + LEASE_MARGIN,
            max_result_bytes=self._settings.max_result_bytes,
        )
        if claim is None:
            return None
        end = self._attempt(claim)
        crash_point("delivery.posted")
        patience = self._settings.disable_after_days * 86_400
        disabled = self._claims.end(claim, end, patience_seconds=patience)
        if disabled:
            fields = {"endpoint_id": claim.endpoint_id, "reason": disabled}
            log.warning("webhook_endpoint_disabled", extra=fields)
        self._notifier.send(DELIVERIES)
        return end.status

    def _attempt(self, claim: DeliveryClaim) -> AttemptEnd:
        if claim.to_url is None or not (claim.enabled or claim.type == TEST):
            return AttemptEnd(status="canceled", logged=False)
        body = body_of(claim)
        try:
            headers = self._headers(claim, body)
        except ConfigError as error:  # ours to repair, and not the receiver's failure
            log.error("webhook_not_signed", extra={"why": error.detail})
            return AttemptEnd(status="pending", delay=NO_KEY_DELAY, slots=0, logged=False)
        began = time.monotonic()
        try:
            reply = self._egress.post(
                claim.to_url,
                headers=headers,
                body=body,
                seconds=self._settings.timeout_seconds,
                most=SHOWN_BYTES,
            )
        except (EgressRefused, EgressFailed) as error:
            latency = round((time.monotonic() - began) * 1000)
            return self._failed(claim, error=str(error), latency_ms=latency)
        return self._answered(claim, reply)

    def _headers(self, claim: DeliveryClaim, body: bytes) -> dict[str, str]:
        place = place_of(claim.tenant_id, claim.endpoint_id)
        sealed = [s for s in (claim.secret, claim.previous_secret) if s is not None]
        if not sealed:
            raise ConfigError("the tenant has no signing secret")
        keys = [self._sealer.open(bytes(s), place) for s in sealed]
        headers = {"content-type": "application/json", "user-agent": "Penstock-Webhooks/1"}
        return headers | signed_headers(claim.id, int(time.time()), body, keys)

    def _answered(self, claim: DeliveryClaim, reply: Reply) -> AttemptEnd:
        shown = reply.body.decode("utf-8", "replace").replace("\0", "\ufffd")
        if 200 <= reply.status < 300:
            return AttemptEnd(
                status="succeeded",
                ok=True,
                status_code=reply.status,
                response=shown,
                latency_ms=reply.latency_ms,
            )
        asked = retry_after(reply.headers.get("retry-after"))
        return self._failed(
            claim,
            error=_meaning(reply.status),
            status_code=reply.status,
            response=shown,
            latency_ms=reply.latency_ms,
            asked=asked,
        )

    def _failed(
        self,
        claim: DeliveryClaim,
        *,
        error: str,
        latency_ms: int,
        status_code: int | None = None,
        response: str | None = None,
        asked: float | None = None,
    ) -> AttemptEnd:
        delay = None if status_code == 410 else self._next_delay(claim.slot, asked)
        slow_down = None
        if status_code in SLOW_DOWN:
            slow_down = max(FIRST_SLOW_DOWN, min(asked or 0.0, SLOWEST))
        return AttemptEnd(
            status="failed" if delay is None else "pending",
            delay=delay or 0.0,
            slow_down=slow_down,
            gone=status_code == 410,
            status_code=status_code,
            error=error,
            response=response,
            latency_ms=latency_ms,
        )

    def _next_delay(self, slot: int, asked: float | None) -> float | None:
        """Seconds to the next attempt; None when the schedule is over.

        A Retry-After is kept to within the slot: the attempt comes no sooner than its place in
        the schedule, and no later than the place after it.
        """
        after = slot + 1
        if after >= len(self._waits):
            return None
        wait = self._waits[after]
        latest = self._waits[min(after + 1, len(self._waits) - 1)]
        if asked is not None:
            wait = min(max(wait, asked), max(wait, latest))
        return wait * (1 + self._settings.jitter * self._draw())


def body_of(claim: DeliveryClaim) -> bytes:
    """The event as it was written, with the job's output when the endpoint wants it and it fits."""
    if not claim.include_result or claim.result_bytes is None:
        return claim.payload.encode()
    event = json.loads(claim.payload)
    if claim.result is None and claim.result_bytes > len("null"):
        event["data"] |= {"result": None, "result_omitted": "too_large"}
    else:
        event["data"]["result"] = claim.result
    return json.dumps(event, ensure_ascii=False).encode("utf-8", "replace")


def read_schedule(text: str) -> tuple[float, ...]:
    """Seconds before each attempt, counted from the failure before it."""
    return tuple(float(part) for part in text.split(",") if part.strip())


def retry_after(value: str | None) -> float | None:
    """Seconds of a Retry-After header, in either of its forms; None when it has no sense."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return float(value.strip()[:9])
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _meaning(status: int) -> str:
    if 300 <= status < 400:
        return f"answered {status}; redirects are not followed"
    if status == 410:
        return "answered 410: it wants no more"
    return f"answered {status}"
