"""What becomes of a schema, before any job is submitted with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.errors import FieldError, InvalidInput
from app.services.deployments import Catalog, UnknownModel
from providers.registry import dialect_of
from schemas.json_schema.dialects import Mode, modes, plan
from schemas.json_schema.lint import Finding, lint_schema
from schemas.json_schema.relaxed import Relaxation
from schemas.json_schema.warnings import schema_warnings


@dataclass(frozen=True, kw_only=True)
class ModelPlan:
    """How one model would be asked."""

    model: str  # provider/model
    dialect: str  # of JSON Schema, as the provider has it
    mode: Mode
    modes: Sequence[Mode]  # that the schema can be asked for in, best first
    reason: str | None  # why not natively
    relaxed: Sequence[Relaxation]


@dataclass(frozen=True, kw_only=True)
class SchemaReport:
    """With errors, jobs that bring this schema are refused."""

    errors: Sequence[Finding]
    warnings: Sequence[Finding]  # none beside errors
    plans: Sequence[ModelPlan]


class SchemaLintService:
    def lint(
        self, schema: dict[str, Any], models: Sequence[str] | None, catalog: Catalog
    ) -> SchemaReport:
        """The schema's faults, or how each model would be asked for it.

        Without `models` every configured one. Raises InvalidInput for an unknown model.
        """
        wanted = _expand(models, catalog)
        errors = lint_schema(schema)
        if errors:
            return SchemaReport(errors=errors, warnings=(), plans=())
        plans = [_plan(schema, model, catalog) for model in wanted]
        return SchemaReport(errors=(), warnings=schema_warnings(schema), plans=plans)


def _expand(models: Sequence[str] | None, catalog: Catalog) -> list[str]:
    if models is None:
        return catalog.models()
    found: list[str] = []
    faults = []
    for index, name in enumerate(models):
        try:
            found += catalog.expand(name)
        except UnknownModel as error:
            faults.append(FieldError(f"/models/{index}", error.message))
    if faults:
        raise InvalidInput("there is no such model", faults)
    return list(dict.fromkeys(found))


def _plan(schema: dict[str, Any], model: str, catalog: Catalog) -> ModelPlan:
    dialect = dialect_of(catalog.target(model).provider)
    chosen = plan(schema, dialect)
    return ModelPlan(
        model=model,
        dialect=dialect,
        mode=chosen.mode,
        modes=modes(schema, dialect),
        reason=chosen.reason,
        relaxed=chosen.relaxed,
    )
