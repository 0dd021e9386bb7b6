"""A tenant's limits: the operator's defaults, and what differs for it."""

import time
from collections.abc import Mapping
from uuid import UUID

from app.errors import FieldError, InvalidInput, NotFound, RateLimited
from app.infra.rate_limits import Bucket, RateLimiter, Verdict
from app.infra.settings_sections import LimitsSettings
from app.repositories.tenant_limits import TenantLimitRepository, TenantLimits
from app.repositories.tenants import TenantRepository
from app.services.principals import Principal
from app.services.tenant_queues import TenantQueues

REMEMBERED = 5.0  # seconds that a process goes by limits it has read
MOST_TENANTS = 10_000


class LimitService:
    """Rates and queue caps, for the faces."""

    def __init__(
        self, *, rows: TenantLimitRepository, limiter: RateLimiter, defaults: LimitsSettings
    ) -> None:
        self._rows = rows
        self._limiter = limiter
        self._defaults = defaults
        self._known: dict[UUID, tuple[float, TenantLimits]] = {}
        self._buckets: dict[str, tuple[TenantLimits, tuple[Bucket, ...]]] = {}  # by key
        self._queues = TenantQueues(rows.waiting)

    def count_request(self, principal: Principal) -> Verdict | None:
        """One request of this key and tenant; None when it was not counted."""
        own = self._of(principal.tenant_id)
        of, buckets = self._buckets.get(principal.key_id, (None, ()))
        if of is not own:  # read anew meanwhile
            buckets = self._buckets_of(principal, own)
            if len(self._buckets) >= MOST_TENANTS:
                self._buckets.clear()
            self._buckets[principal.key_id] = own, buckets
        return self._limiter.check(buckets)

    def _buckets_of(self, principal: Principal, own: TenantLimits) -> tuple[Bucket, ...]:
        given = self._defaults
        quotas = (
            (
                "tenant",
                str(principal.tenant_id),
                own.requests_per_minute,
                given.requests_per_minute,
            ),
            ("key", principal.key_id, own.key_requests_per_minute, given.key_requests_per_minute),
        )
        return tuple(
            Bucket(policy=policy, key=f"{policy}:{name}", quota=quota)
            for policy, name, special, usual in quotas
            if (quota := usual if special is None else special)
        )

    def enter_queue(self, tenant_id: UUID) -> int | None:
        """Take a place in the tenant's queue; its cap when there is none."""
        own = self._of(tenant_id).max_queued
        cap = self._defaults.max_queued or None if own is None else own
        if cap is None or self._queues.enter(tenant_id, cap):
            return None
        return cap

    def leave_queue(self, tenant_id: UUID) -> None:
        """Give the place back: nothing was written."""
        self._queues.leave(tenant_id)

    def _of(self, tenant_id: UUID) -> TenantLimits:
        read, known = self._known.get(tenant_id, (-REMEMBERED, TenantLimits()))
        if time.monotonic() - read >= REMEMBERED:
            if len(self._known) >= MOST_TENANTS:
                self._known.clear()
            known = self._rows.get(tenant_id)
            self._known[tenant_id] = (time.monotonic(), known)
        return known


def queue_full(cap: int) -> RateLimited:
    return RateLimited(
        f"{cap} jobs of yours wait already, the most that may; try again when some have begun",
        retry_after=5,
        code="queue_full",
        policy="max_queued",
    )


class LimitAdministration:
    """For operators, as the system role."""

    def __init__(self, *, rows: TenantLimitRepository, tenants: TenantRepository) -> None:
        self._rows = rows
        self._tenants = tenants

    def set(self, name: str, changes: Mapping[str, int | None]) -> TenantLimits:
        """Change what is named; None goes back to the default. Raises NotFound, InvalidInput."""
        lowest = {"max_queued": 0, "input_days": 0, "output_days": 0, "event_days": 0}
        faults = [
            FieldError(f"/{key}", f"must be from {lowest.get(key, 1)} to 2147483647")
            for key, value in changes.items()
            if value is not None and not lowest.get(key, 1) <= value < 2**31
        ]
        if (changes.get("weight") or 1) > 1000:
            faults.append(FieldError("/weight", "must be from 1 to 1000"))
        if faults:
            raise InvalidInput("the limits cannot be set", faults)
        if "weight" in changes:
            changes = {**changes, "weight": changes["weight"] or 1}
        return self._rows.set(self._id(name), changes)

    def _id(self, name: str) -> UUID:
        tenant = self._tenants.by_name(name)
        if tenant is None:
            raise NotFound(f"no tenant is named {name!r}")
        return tenant.id
