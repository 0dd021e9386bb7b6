"""Which deployments a job's `model` means: groups, filters, strategies."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from app.infra.clock import utcnow
from app.infra.settings_routing import TIERS, Group, RoutingSettings
from providers.capabilities import Capabilities, capabilities, overridden
from providers.errors import UnknownModel
from providers.own_prices import OwnPrices
from providers.pricing import price, rates, source
from providers.routing import deployments
from providers.routing.candidates import ANSWER, Candidate, Needs
from providers.routing.circuit import Standing
from providers.routing.gate import Gate
from providers.routing.regions import region_of
from providers.routing.router import Decision, Judged, decide
from providers.types import Price, ProviderConfig, Usage

__all__ = ["Catalog", "NoDeployment", "Target", "UnknownModel"]
NO_LIMIT = 1 << 30
NOTHING_ASKED = Needs()
Own = Mapping[str, Mapping[str, Any]]  # by provider/model: a tenant's {capabilities, prices}


class NoDeployment(ValueError):
    """Every deployment was dropped; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A model with the settings of its provider."""

    provider: ProviderConfig
    model: str  # the vendor's own name
    changes: Mapping[str, Any] = field(default_factory=dict)  # of its capabilities, a tenant's
    prices: OwnPrices | None = None  # a tenant's or the operator's; None: the list's
    price_provider: str | None = None  # the list's id of the vendor, the same; None: the table's

    @property
    def name(self) -> str:
        return f"{self.provider.name}/{self.model}"

    def cost(self, usage: Usage, model: str) -> Price:
        """What a call came to; `model`: as the vendor named it in its answer.

        A name that no list has is no reason not to know the price of the model that was asked.
        """
        if self.prices is not None:
            return self.prices.cost(usage)
        given: dict[str, Any] = {
            "base_url": self.provider.base_url,
            "provider_id": self.price_provider,
        }
        found = price(self.provider.kind, model, usage, utcnow(), **given)
        if found.cost_micros is None and model != self.model:
            found = price(self.provider.kind, self.model, usage, utcnow(), **given)
        return found


MOST_NAMES = 1000  # that a catalog remembers


class Catalog:
    """The configured providers, their models and groups."""

    def __init__(
        self,
        providers: Mapping[str, ProviderConfig],
        default_model: str | None = None,
        routing: RoutingSettings | None = None,
        gate: Gate | None = None,
        *,
        groups: Mapping[str, Group] | None = None,
        own: Own | None = None,
    ) -> None:
        """`groups` and `own`: a tenant's, ahead of the operator's."""
        self._providers = providers
        self._routing = routing or RoutingSettings()
        self._gate = gate
        self._groups = groups or {}
        self._own = own or {}
        self._checked: dict[str, list[str]] = {}
        self._default = default_model or next(iter(self.models()), None)

    def under(self, groups: Mapping[str, Group], own: Own) -> "Catalog":
        """The same as one tenant sees it."""
        return Catalog(
            self._providers, self._default, self._routing, self._gate, groups=groups, own=own
        )

    def own(self, names: Iterable[str]) -> Own:
        """What a tenant has set of these models; a job keeps it."""
        return {name: self._own[name] for name in names if name in self._own}

    @cached_property
    def shortest(self) -> int:
        """Tokens of the shortest context that somebody gave a deployment; many if none."""
        rows = [*self._routing.capabilities.values()]
        rows += [row.get("capabilities", {}) for row in self._own.values()]
        return min((row["context"] for row in rows if "context" in row), default=NO_LIMIT)

    def check(self, name: str) -> list[str]:
        """The deployments that a name stands for when no group has it. Raises UnknownModel."""
        known = self._checked.get(name)
        if known is None:
            found = deployments.resolve(name, self._providers.values())
            known = [f"{d.provider}/{d.model}" for d in found]
            if len(self._checked) >= MOST_NAMES:
                self._checked.clear()
            self._checked[name] = known
        return list(known)

    def has_provider(self, name: str) -> bool:
        return name in self._providers

    def models(self) -> list[str]:
        """Every configured model, as provider/model."""
        return [f"{p.name}/{model}" for p in self._providers.values() for model in p.models]

    def expand(self, name: str | None, needs: Needs = NOTHING_ASKED) -> list[str]:
        """The deployments that a name stands for, as provider/model, in the order to try.

        None stands for the default; a group's come best first by its strategy, for what is
        needed. Raises UnknownModel, NoDeployment.
        """
        name = self._named(name)
        if self._group(name) is None:
            return self._members(name)
        return kept_of(self.decide(name, needs))

    def decide(self, name: str | None, needs: Needs, strategy: str | None = None) -> Decision:
        """Who can serve a request, and why the others cannot; a list keeps its own order.

        Raises UnknownModel.
        """
        name = self._named(name)
        group = self._group(name)
        tokens = needs.input_tokens + (needs.output_tokens or ANSWER)
        candidates = [self._candidate(member, tokens) for member in self._members(name)]
        if group is None and strategy is None:
            decision = decide(candidates, needs)
            ranks = {candidate.name: rank for rank, candidate in enumerate(candidates)}
            kept = sorted(decision.kept, key=lambda judged: ranks[judged.candidate.name])
            return Decision(strategy="in_order", kept=kept, dropped=decision.dropped)
        return decide(candidates, needs, strategy or (group.strategy if group else "least_busy"))

    def target(self, spec: str, own: Own | None = None) -> Target:
        """The deployment of an expanded name; `own`: what its job keeps of the tenant's settings.

        Raises UnknownModel when it is gone.
        """
        found = deployments.resolve(spec, self._providers.values())[0]
        name = f"{found.provider}/{found.model}"
        kept = (self._own if own is None else own).get(name, {})
        prices = OwnPrices.of(kept["prices"], "tenant") if "prices" in kept else None
        changes = kept.get("capabilities", {})
        return Target(
            provider=self._providers[found.provider],
            model=found.model,
            changes=changes,
            prices=prices or self._routing.prices.get(name),
            price_provider=(self._routing.capabilities.get(name, {}) | changes).get(
                "price_provider"
            ),
        )

    def capabilities(self, target: Target) -> Capabilities:
        """What a model can do, by the table, the operator and the tenant."""
        found = capabilities(target.provider.kind, target.model)
        found = overridden(found, self._routing.capabilities.get(target.name, {}))
        return overridden(found, target.changes)

    def _named(self, name: str | None) -> str:
        name = name or self._default
        if name is None:
            raise UnknownModel("no provider is configured, so a model must be named")
        return name

    def _group(self, name: str) -> Group | None:
        found = self._groups.get(name) or self._routing.groups.get(name)
        if found is not None or name not in TIERS or name in self._providers:
            return found
        members = [m for m in self.models() if self.capabilities(self.target(m)).tier == name]
        return Group(deployments=tuple(members)) if members else None

    def _members(self, name: str) -> list[str]:
        group = self._group(name)
        names = group.deployments if group else (name,)
        return list(dict.fromkeys(found for each in names for found in self.check(each)))

    def _candidate(self, name: str, tokens: int) -> Candidate:
        target = self.target(name)
        config = target.provider
        load = self._gate.loads.loads().get(name) if self._gate else None
        return Candidate(
            name=name,
            provider=config.name,
            model=target.model,
            weight=config.weight,
            capabilities=self.capabilities(target),
            **_rates(target),
            region=region_of(config, target.model),
            no_training=config.no_training,
            circuit=self._circuit(target),
            in_flight=load.in_flight if load else 0,
            slots=config.concurrency,
            p95_ms=load.p95_ms if load else None,
            headroom=self._gate.allowances.headroom(config.name, target.model, tokens)
            if self._gate
            else None,
        )

    def _circuit(self, target: Target) -> Standing:
        config = target.provider
        blocked = (
            self._gate.blocked(config.name, target.model, config.credentials)
            if self._gate
            else None
        )
        return blocked or Standing()


def _rates(target: Target) -> dict[str, Any]:
    """What a token costs, and who says so."""
    if target.prices is not None:
        return {"rates": target.prices.rates, "price_source": target.prices.source}
    config = target.provider
    day, given = utcnow().date(), target.price_provider
    found = rates(config.kind, target.model, config.base_url, day, given)
    return {"rates": found, "price_source": "unpriced" if found is None else source()}


def kept_of(decision: Decision) -> list[str]:
    """The names to try, best first; last those that only have to be waited for: a job can.

    Raises NoDeployment, with each one's reasons.
    """
    waiting = [judged for judged in decision.dropped if _only_waits(judged)]
    kept = [judged.candidate.name for judged in (*decision.kept, *waiting)]
    if not kept:
        told = [f"{j.candidate.name}: {', '.join(j.reasons)}" for j in decision.dropped]
        raise NoDeployment("no deployment can serve this: " + "; ".join(told[:8]))
    return kept


def _only_waits(judged: Judged) -> bool:
    """Nothing speaks against it but an open circuit and used up limits."""
    found = judged.candidate
    full = found.headroom is not None and found.headroom.seconds > 0
    return len(judged.reasons) == (found.circuit.state == "open") + full
