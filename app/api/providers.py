"""/v1/providers: who serves jobs, with which models; no keys, no addresses."""

from typing import Any

from flask import Response

from app.api.blueprint import Blueprint, needs, principal, services
from app.api.job_json import answer
from app.services.providers import ModelInfo, ProviderInfo
from schemas.jobs import NoQuerySchema
from schemas.providers import CapabilitiesSchema, ProviderListSchema

blueprint = Blueprint("providers", __name__, url_prefix="/v1/providers", description="Providers")
CAPABILITIES = tuple(CapabilitiesSchema().fields)
MILLION = 1_000_000


@blueprint.route("", methods=["GET"])
@needs("jobs:read")
@blueprint.arguments(NoQuerySchema, location="query")
@blueprint.response(200, ProviderListSchema)
@blueprint.problems()
@blueprint.doc(summary="List providers, their models, prices and circuits")
def list_providers(query: dict[str, Any]) -> Response:
    """What models can do and cost is with the tenant's own settings; circuits are those of this
    moment; nobody is asked.
    """
    catalog = services().tenant_settings.routes(principal().tenant_id).catalog
    found = services().providers.describe(catalog)
    return answer({"data": [_provider(one) for one in found]})


def _provider(found: ProviderInfo) -> dict[str, Any]:
    config = found.config
    return {
        "name": config.name,
        "kind": config.kind,
        "simulated": config.simulated,
        "region": config.region,
        "no_training": config.no_training,
        "any_model": not config.models,
        "models": [_model(model) for model in found.models],
    }


def _model(found: ModelInfo) -> dict[str, Any]:
    rates, circuit = found.rates, found.circuit
    price = rates and {
        "input_micros": round(rates.input * MILLION),
        "output_micros": round(rates.output * MILLION),
    }
    return {
        "name": found.name,
        "capabilities": {name: getattr(found.capabilities, name) for name in CAPABILITIES},
        "price": price,
        "circuit": {
            "state": circuit.state,
            "reason": circuit.reason.partition(":")[0],  # the vendor's own words are the operator's
            "seconds": circuit.seconds,
        },
    }
