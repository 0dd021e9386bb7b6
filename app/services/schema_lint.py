"""What becomes of a schema, before any job is submitted with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app.errors import FieldError, InvalidInput
from app.services.deployments import Catalog, UnknownModel
from providers.registry import dialect_of
from schemas.json_schema.dialects import plan
from schemas.json_schema.lint import Finding, lint_schema
from schemas.json_schema.relaxed import Relaxation, relaxations


@dataclass(frozen=True, kw_only=True)
class ModelPlan:
    """How one model would be asked."""

    model: str  # provider/model
    mode: Literal["native", "prompt"]
    reason: str | None  # why not natively
    relaxed: Sequence[Relaxation]


@dataclass(frozen=True, kw_only=True)
class SchemaReport:
    """With errors, jobs that bring this schema are refused."""

    errors: Sequence[Finding]
    plans: Sequence[ModelPlan]


class SchemaLintService:
    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def lint(self, schema: dict[str, Any], models: Sequence[str] | None) -> SchemaReport:
        """The schema's faults, or how each model would be asked for it.

        Without `models` every configured one. Raises InvalidInput for an unknown model.
        """
        wanted = self._expand(models)
        errors = lint_schema(schema)
        plans = [] if errors else [self._plan(schema, model) for model in wanted]
        return SchemaReport(errors=errors, plans=plans)

    def _expand(self, models: Sequence[str] | None) -> list[str]:
        if models is None:
            return self._catalog.models()
        found: list[str] = []
        faults = []
        for index, name in enumerate(models):
            try:
                found += self._catalog.expand(name)
            except UnknownModel as error:
                faults.append(FieldError(f"/models/{index}", error.message))
        if faults:
            raise InvalidInput("there is no such model", faults)
        return list(dict.fromkeys(found))

    def _plan(self, schema: dict[str, Any], model: str) -> ModelPlan:
        dialect = dialect_of(self._catalog.target(model).provider)
        chosen = plan(schema, dialect)
        return ModelPlan(
            model=model,
            mode=chosen.mode,
            reason=chosen.reason,
            relaxed=relaxations(schema, dialect),
        )
