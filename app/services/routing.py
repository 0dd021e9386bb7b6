"""What a request needs of a deployment, and the decision for it, explained."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.errors import FieldError, InvalidInput
from app.infra.settings_routing import Mode
from app.services.deployments import Catalog, NoDeployment, UnknownModel, kept_of
from app.services.pictures import tokens_of
from app.services.tenant_policy import NOTHING_SET, TenantPolicy
from providers.capabilities import DEFAULT_TASK, Capabilities
from providers.routing.candidates import Needs, characters_to_tokens
from providers.routing.router import Decision

LONG = 100_000  # tokens: shorter requests fit every listed model, or fail at the vendor


def needs_of(
    given: Mapping[str, Any], items: Sequence[Mapping[str, Any]] | None = None, calls: int = 1
) -> Needs:
    """Of an extract job's checked input; tokens by a rule of thumb. `calls`: without items."""
    asked = given.get("routing", {})
    providers = asked.get("providers")
    sees = bool(given.get("images")) or any("images" in item for item in items or ())
    longest = max(map(_tokens, items or ()), default=0)
    cost = given.get("max_cost")
    return Needs(
        input_tokens=_tokens(given) + longest,
        output_tokens=given.get("max_output_tokens", 0),
        providers=frozenset(providers) if providers is not None else None,
        vision=sees,
        task=asked.get("task") or ("vision" if sees else DEFAULT_TASK),
        region=asked.get("region"),
        no_training=asked.get("no_training", False),
        structured=asked.get("structured", False),
        max_cost_micros=None if cost is None else round(cost * 1_000_000),
        calls=len(items) if items else calls,
    )


def _tokens(told: Mapping[str, Any]) -> int:
    """Of an input or an item."""
    count = sum(len(told.get(name) or "") for name in ("prompt", "document"))
    return characters_to_tokens(count) + tokens_of(told.get("images") or ())


class Routes:
    """From names to deployments, as one request needs them."""

    def __init__(
        self, catalog: Catalog, modes: Mapping[str, Mode], policy: TenantPolicy = NOTHING_SET
    ) -> None:
        self._catalog = catalog
        self.policy = policy
        self._modes = modes

    @property
    def catalog(self) -> Catalog:
        return self._catalog

    def under(self, policy: TenantPolicy) -> "Routes":
        """The same as one tenant's jobs see it."""
        return Routes(self._catalog.under(policy.groups, policy.own), self._modes, policy)

    def effort(self, given: Mapping[str, Any]) -> str | None:
        """The input's own, or its mode's."""
        mode = self._modes.get(given.get("mode", ""))
        return given.get("effort") or (mode.effort if mode else None)

    def names(self, given: Mapping[str, Any]) -> list[tuple[str, str | None]]:
        """The models that an input names, each with its pointer; a mode stands for one.

        Raises InvalidInput for an unknown mode.
        """
        model = given.get("model")
        if isinstance(model, list):
            return [(f"/input/model/{index}", name) for index, name in enumerate(model)]
        if model is not None or "mode" not in given:
            return [("/input/model", model)]
        mode = self._modes.get(given["mode"])
        if mode is None:
            detail = f"no such mode; known are {', '.join(self._modes)}"
            raise InvalidInput("there is no such mode", [FieldError("/input/mode", detail)])
        return [("/input/mode", mode.model)]

    def resolve(self, given: Mapping[str, Any], needs: Needs) -> tuple[list[str], list[FieldError]]:
        """provider/model in the order to try, and what is wrong with the names."""
        models: list[str] = []
        faults: list[FieldError] = []
        try:
            names = self.names(given)
        except InvalidInput as error:
            return [], list(error.errors)
        for pointer, name in names:
            try:
                models += self._one(name, given, needs)
            except (UnknownModel, NoDeployment) as error:
                faults.append(FieldError(pointer, str(error)))
        return list(dict.fromkeys(models)), faults

    def explain(self, given: Mapping[str, Any], needs: Needs) -> list[Decision]:
        """The decision on each name. Raises InvalidInput."""
        strategy = given.get("routing", {}).get("strategy")
        found = []
        for pointer, name in self.names(given):
            try:
                found.append(self._catalog.decide(name, needs, strategy))
            except UnknownModel as error:
                fault = FieldError(pointer, error.message)
                raise InvalidInput("there is no such model", [fault]) from None
        return found

    def capabilities(self, model: str) -> Capabilities:
        """Of an expanded name. Raises UnknownModel."""
        return self._catalog.capabilities(self._catalog.target(model))

    def _one(self, name: str | None, given: Mapping[str, Any], needs: Needs) -> list[str]:
        strategy = given.get("routing", {}).get("strategy")
        if (
            needs.plain
            and strategy is None
            and needs.input_tokens < min(LONG, self._catalog.shortest)
        ):
            return self._catalog.expand(name, needs)
        return kept_of(self._catalog.decide(name, needs, strategy))
