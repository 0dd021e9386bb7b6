"""Webhook endpoints and deliveries, as their owners manage them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from app.errors import Conflict, FieldError, InvalidInput, NotFound
from app.infra.clock import utcnow
from app.infra.egress import Egress
from app.infra.egress_errors import EgressFailed, EgressRefused
from app.infra.ids import new_id
from app.infra.notify import DELIVERIES, Notifier
from app.infra.sealing import Sealer
from app.infra.settings_sections import WebhookSettings
from app.infra.webhook_signing import new_secret, shown
from app.repositories.webhook_deliveries import DeliveryRepository
from app.repositories.webhook_endpoints import WebhookEndpointRepository
from app.repositories.webhook_records import Delivery, Endpoint, SigningSecret
from app.services.principals import Principal

T = TypeVar("T")
TEST = "endpoint.test"
RECOVER_BATCH = 5000


def place_of(tenant_id: UUID, endpoint_id: str | None) -> str:
    """What a secret is sealed to: an endpoint, or a tenant's jobs' own URLs."""
    return f"{tenant_id}/{endpoint_id or 'jobs'}"


@dataclass(frozen=True, kw_only=True)
class NewSecret:
    """A signing secret, shown this once."""

    record: SigningSecret
    secret: str


class WebhookService:
    def __init__(
        self,
        *,
        endpoints: WebhookEndpointRepository,
        deliveries: DeliveryRepository,
        egress: Egress,
        sealer: Sealer,
        notifier: Notifier,
        settings: WebhookSettings,
    ) -> None:
        self._endpoints = endpoints
        self._deliveries = deliveries
        self._egress = egress
        self._sealer = sealer
        self._notifier = notifier
        self._settings = settings

    # Endpoints
    def create(self, principal: Principal, given: Mapping[str, Any]) -> tuple[Endpoint, str]:
        """The endpoint and its secret, shown once.

        Raises InvalidInput, Conflict past the tenant's limit, ConfigError without a secret key.
        """
        self.check_url(given["url"], "/url")
        endpoint_id, secret = new_id("whe"), new_secret()
        sealed = self._sealer.seal(secret, place_of(principal.tenant_id, endpoint_id))
        most = self._settings.max_endpoints
        made = self._endpoints.insert(principal.tenant_id, endpoint_id, given, sealed, most)
        if made is None:
            raise Conflict(f"there are {most} webhook endpoints, the most that may be", code="full")
        return made, shown(secret)

    def list(self, principal: Principal) -> list[Endpoint]:
        return self._endpoints.list(principal.tenant_id)

    def get(self, principal: Principal, endpoint_id: str) -> Endpoint:
        """Raises NotFound."""
        return _found(self._endpoints.get(principal.tenant_id, endpoint_id))

    def update(
        self, principal: Principal, endpoint_id: str, changes: Mapping[str, Any]
    ) -> Endpoint:
        """Change what is named. Enabling forgives past failures. Raises NotFound, InvalidInput."""
        self.get(principal, endpoint_id)
        if "url" in changes:
            self.check_url(changes["url"], "/url")
        return _found(self._endpoints.update(principal.tenant_id, endpoint_id, changes))

    def delete(self, principal: Principal, endpoint_id: str) -> Endpoint:
        """Gone, with its deliveries. Raises NotFound."""
        return _found(self._endpoints.delete(principal.tenant_id, endpoint_id))

    def rotate(
        self, principal: Principal, endpoint_id: str, overlap_seconds: float | None
    ) -> tuple[Endpoint, str]:
        """A new secret, shown once; the old one signs too until the overlap ends.

        Raises NotFound.
        """
        secret = new_secret()
        sealed = self._sealer.seal(secret, place_of(principal.tenant_id, endpoint_id))
        overlap = self._overlap(overlap_seconds)
        rotated = self._endpoints.rotate(principal.tenant_id, endpoint_id, sealed, overlap)
        return _found(rotated), shown(secret)

    def test(self, principal: Principal, endpoint_id: str) -> Delivery:
        """Send a test event, to a disabled endpoint too. Raises NotFound."""
        body = {
            "type": TEST,
            "timestamp": utcnow().isoformat().replace("+00:00", "Z"),
            "data": {"id": endpoint_id, "object": "webhook_endpoint"},
        }
        made = self._deliveries.insert(principal.tenant_id, endpoint_id, TEST, json.dumps(body))
        if made is None:
            raise NotFound("no such webhook endpoint")
        self._notifier.send(DELIVERIES)
        return made

    def recover(self, principal: Principal, endpoint_id: str, since: datetime) -> int:
        """Send again all that failed or was canceled since then; how many.

        Raises NotFound; Conflict while the endpoint is disabled.
        """
        self._enabled(principal, endpoint_id)
        total = 0
        while True:
            found = self._deliveries.recover(principal.tenant_id, endpoint_id, since, RECOVER_BATCH)
            total += found
            if found < RECOVER_BATCH:
                self._notifier.send(DELIVERIES)
                return total

    # Deliveries
    def deliveries(
        self, principal: Principal, limit: int, wanted: Mapping[str, Any]
    ) -> tuple[Sequence[Delivery], bool]:
        """A page, newest first, with every attempt; and whether there are more."""
        found = self._deliveries.page(principal.tenant_id, limit + 1, dict(wanted))
        return found[:limit], len(found) > limit

    def delivery(self, principal: Principal, delivery_id: str) -> Delivery:
        """Raises NotFound."""
        return _found(self._deliveries.get(principal.tenant_id, delivery_id), "webhook delivery")

    def replay(self, principal: Principal, delivery_id: str) -> Delivery:
        """Send it again, under its id and from the schedule's start.

        Raises NotFound; Conflict while an attempt is under way or the endpoint is disabled.
        """
        found = self.delivery(principal, delivery_id)
        if found.endpoint_id is not None and found.type != TEST:
            self._enabled(principal, found.endpoint_id)
        again = self._deliveries.replay(principal.tenant_id, delivery_id)
        if again is None:
            raise Conflict("an attempt at this delivery is under way", code="delivery_under_way")
        self._notifier.send(DELIVERIES)
        return again

    def _enabled(self, principal: Principal, endpoint_id: str) -> None:
        if not self.get(principal, endpoint_id).enabled:
            raise Conflict("the endpoint is disabled; enable it first", code="endpoint_disabled")

    # Jobs' own URLs
    def signing_secret(self, principal: Principal) -> SigningSecret:
        """What is known of the secret that signs for jobs' own URLs. Raises NotFound."""
        return _found(self._endpoints.signing_secret(principal.tenant_id), "signing secret")

    def rotate_signing_secret(
        self, principal: Principal, overlap_seconds: float | None
    ) -> NewSecret:
        """Make that secret, or a new one; shown once."""
        secret = new_secret()
        sealed = self._sealer.seal(secret, place_of(principal.tenant_id, None))
        overlap = self._overlap(overlap_seconds)
        record = self._endpoints.rotate_signing_secret(principal.tenant_id, sealed, overlap)
        return NewSecret(record=record, secret=shown(secret))

    def check_job_url(self, principal: Principal, url: str) -> None:
        """Whether a job may name this URL. Raises InvalidInput."""
        if self._endpoints.signing_secret(principal.tenant_id) is None:
            detail = "needs a signing secret first: POST /v1/webhook-secret/rotate makes one"
            raise InvalidInput("the job cannot be accepted", [FieldError("/webhook_url", detail)])
        self.check_url(url, "/webhook_url")

    def check_url(self, url: str, pointer: str) -> None:
        """Raises InvalidInput for a URL that would not be called."""
        try:
            self._egress.check(url)
        except (EgressRefused, EgressFailed) as error:
            fault = FieldError(pointer, str(error))
            raise InvalidInput("the URL cannot be delivered to", [fault]) from None

    def _overlap(self, given: float | None) -> float:
        return self._settings.rotation_hours * 3600 if given is None else given


def _found(value: T | None, what: str = "webhook endpoint") -> T:
    if value is None:
        raise NotFound(f"no such {what}")
    return value
