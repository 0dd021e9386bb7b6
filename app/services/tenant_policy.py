"""What a tenant has set, as its jobs obey it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from app.errors import FieldError
from app.infra.settings_routing import Group
from app.repositories.tenant_settings import StoredSettings
from app.services.deployments import Own
from providers.privacy.detectors import KINDS
from providers.routing.regions import within

COOLDOWNS = {"default": 0.0, "strict": 5.0}  # seconds, by policy


@dataclass(frozen=True, kw_only=True)
class TenantPolicy:
    """The defaults are those of a tenant that never set anything."""

    version: int = 0
    groups: Mapping[str, Group] = field(default_factory=dict)
    own: Own = field(default_factory=dict)  # capabilities and prices, by provider/model
    redact: bool | Sequence[str] = False  # kinds; True: all
    redact_required: bool = False
    routing: Mapping[str, Any] = field(default_factory=dict)  # providers, region, no_training
    cooldown_seconds: float = 0.0  # 0: there is none

    @classmethod
    def of(cls, stored: StoredSettings) -> Self:
        """From a document that was checked when it was written."""
        given = stored.document
        privacy = given.get("privacy", {})
        redact = privacy.get("redact", False)
        cooldown = given.get("cooldown_seconds")
        return cls(
            version=stored.version,
            groups={
                name: Group(deployments=tuple(group["models"]), strategy=group["strategy"])
                for name, group in given.get("groups", {}).items()
            },
            own=_own(given),
            redact=redact,
            redact_required=privacy.get("required", False),
            routing=given.get("routing", {}),
            cooldown_seconds=COOLDOWNS[given.get("policy", "default")]
            if cooldown is None
            else float(cooldown),
        )

    def obeyed(self, given: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[FieldError]]:
        """A job's input with what the tenant has set; what of it the tenant does not allow.

        `redact` and `routing` of the input are of the right shape.
        """
        if not self.version:
            return given, []
        faults = [*self._redact_faults(given), *self._routing_faults(given)]
        changed = dict(given)
        if self.redact and "redact" not in given:
            changed["redact"] = self.redact
        if self.routing:
            changed["routing"] = {**self.routing, **given.get("routing", {})}
        return changed, faults

    def _redact_faults(self, given: Mapping[str, Any]) -> list[FieldError]:
        if not self.redact_required or "redact" not in given:
            return []
        missing = _kinds(self.redact) - _kinds(given["redact"])
        if not missing:
            return []
        told = ", ".join(kind for kind in KINDS if kind in missing)
        return [FieldError("/input/redact", f"the tenant's settings require {told} too")]

    def _routing_faults(self, given: Mapping[str, Any]) -> list[FieldError]:
        asked, own = given.get("routing", {}), self.routing
        faults = []
        allowed: Sequence[str] = own.get("providers", ())
        for index, name in enumerate(asked.get("providers", ())):
            if allowed and name not in allowed:
                detail = f"the tenant's settings allow {', '.join(allowed)} only"
                faults.append(FieldError(f"/input/routing/providers/{index}", detail))
        region = own.get("region")
        if region and not within(asked.get("region", region), region):
            detail = f"the tenant's settings allow {region} only"
            faults.append(FieldError("/input/routing/region", detail))
        if own.get("no_training") and not asked.get("no_training", True):
            detail = "the tenant's settings require it"
            faults.append(FieldError("/input/routing/no_training", detail))
        return faults


NOTHING_SET = TenantPolicy()


def _kinds(redact: bool | Sequence[str]) -> set[str]:
    if isinstance(redact, bool):
        return set(KINDS) if redact else set()
    return set(redact)


def _own(given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for part in ("capabilities", "prices"):
        for name, row in given.get(part, {}).items():
            found.setdefault(name, {})[part] = row
    return found
