"""A deployment that delivers webhooks to receivers on loopback, without workers for jobs."""

from typing import Any

from app.repositories.webhook_records import Delivery, Endpoint
from tests.support.deployment import Deployment

QUICK = {
    "PENSTOCK_SECURITY_SECRET_KEY": "a key for the tests only",
    "PENSTOCK_WEBHOOK_ALLOW_CIDRS": "127.0.0.0/8",
    "PENSTOCK_WEBHOOKS_ALLOW_HTTP": "true",
    "PENSTOCK_WEBHOOKS_SCHEDULE": "0, 0.2, 0.4, 0.6",
    "PENSTOCK_WEBHOOKS_TIMEOUT_SECONDS": "3",
    "PENSTOCK_WEBHOOKS_REDISPATCH_AFTER_SECONDS": "1",
    "PENSTOCK_WEBHOOKS_CONCURRENCY": "16",
}
ROLES = ("relay", "worker-webhooks")
ALL_TYPES = [
    "job.queued",
    "job.running",
    "job.succeeded",
    "job.failed",
    "job.canceled",
    "job.expired",
    "endpoint.disabled",
]


class Webhooks:
    """Makes endpoints and deliveries of a deployment."""

    def __init__(self, deployment: Deployment, **settings: str) -> None:
        self.deployment = deployment
        deployment.configure(**QUICK | settings)

    @property
    def service(self) -> Any:
        return self.deployment.services.webhooks

    def endpoint(self, url: str, **more: Any) -> tuple[Endpoint, str]:
        """An endpoint for every event type but job.progress, and its secret."""
        given = {
            "url": url,
            "event_types": ALL_TYPES,
            "description": "",
            "metadata": {},
            "include_result": False,
            "enabled": True,
        }
        made: tuple[Endpoint, str] = self.service.create(self.deployment.principal, given | more)
        return made

    def read(self, endpoint: Endpoint) -> Endpoint:
        found: Endpoint = self.service.get(self.deployment.principal, endpoint.id)
        return found

    def deliveries(self, limit: int = 100, **wanted: Any) -> list[Delivery]:
        found, _ = self.service.deliveries(self.deployment.principal, limit, wanted)
        return list(found)

    def settled(self, seconds: float = 60.0, **wanted: Any) -> list[Delivery]:
        """The deliveries, once none of them is under way."""
        ended = ("succeeded", "failed", "canceled")

        def done() -> bool:
            self.deployment.revive_dead()
            found = self.deliveries(**wanted)
            return bool(found) and all(d.status in ended for d in found)

        self.deployment.until(done, seconds)
        return self.deliveries(**wanted)
