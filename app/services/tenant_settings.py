"""Reads and writes what tenants set for themselves, and remembers it for their jobs."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from marshmallow import ValidationError

from app.errors import FieldError, InvalidInput, NotFound, PreconditionFailed
from app.repositories.tenant_settings import StoredSettings, TenantSettingsRepository
from app.repositories.tenants import TenantRepository
from app.services.deployments import Catalog, UnknownModel
from app.services.routing import Routes
from app.services.tenant_policy import TenantPolicy
from providers.pricing import provider_ids
from schemas.kept import Kept
from schemas.tenant_settings import TenantSettingsSchema

REMEMBERED = 5.0  # seconds that a process goes by settings it has read
MOST_BYTES = 32 << 20  # of documents that a process remembers
MOST_DOCUMENT = 64 << 10  # bytes of one
_schema = TenantSettingsSchema()


class TenantSettingsService:
    """For the faces."""

    def __init__(self, *, rows: TenantSettingsRepository, catalog: Catalog, routes: Routes) -> None:
        """`catalog` and `routes`: as the operator's settings have them."""
        self._rows = rows
        self._catalog = catalog
        self._routes = routes
        self._known: Kept[UUID, tuple[float, Routes]] = Kept(MOST_BYTES)

    def get(self, tenant_id: UUID) -> StoredSettings:
        """Every field, also those that were never set."""
        return _whole(self._rows.get(tenant_id))

    def put(
        self, tenant_id: UUID, document: Mapping[str, Any], expected: Sequence[int] | None = None
    ) -> StoredSettings:
        """Replace the settings, when they have one of the `expected` versions (None: any).

        Other processes notice within REMEMBERED seconds. Raises InvalidInput, PreconditionFailed.
        """
        loaded = read_document(document)
        faults = [*_group_faults(loaded, self._catalog), *_model_faults(loaded, self._catalog)]
        faults += _routing_faults(loaded, self._catalog)
        if faults:
            raise InvalidInput("the settings cannot be kept", faults)
        stored = self._rows.put(tenant_id, loaded, expected)
        self._known.drop(tenant_id)
        if stored is None:
            raise PreconditionFailed("the settings were changed meanwhile; read them again")
        return _whole(stored)

    def policy(self, tenant_id: UUID) -> TenantPolicy:
        return self.routes(tenant_id).policy

    def routes(self, tenant_id: UUID) -> Routes:
        """From names to deployments, as this tenant's jobs see them."""
        known = self._known.get(tenant_id)
        at = time.monotonic()
        if known is not None and at - known[0] < REMEMBERED:
            return known[1]
        stored = self._rows.get(tenant_id)
        found = self._routes.under(TenantPolicy.of(stored)) if stored.version else self._routes
        # Its Python objects take some ten times the bytes of its text.
        self._known.put(tenant_id, (at, found), 10 * len(json.dumps(stored.document)))
        return found


class SettingsAdministration:
    """For operators: the same by a tenant's name."""

    def __init__(self, *, settings: TenantSettingsService, tenants: TenantRepository) -> None:
        self._settings = settings
        self._tenants = tenants

    def get(self, name: str) -> StoredSettings:
        """Raises NotFound."""
        return self._settings.get(self._id(name))

    def put(
        self, name: str, document: Mapping[str, Any], version: int | None = None
    ) -> StoredSettings:
        """Raises NotFound, InvalidInput, PreconditionFailed."""
        expected = None if version is None else [version]
        return self._settings.put(self._id(name), document, expected)

    def _id(self, name: str) -> UUID:
        tenant = self._tenants.by_name(name)
        if tenant is None:
            raise NotFound(f"no tenant is named {name!r}")
        return tenant.id


def read_document(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with its defaults. Raises InvalidInput."""
    try:
        loaded: dict[str, Any] = _schema.load(document)
    except ValidationError as error:
        raise InvalidInput("the settings cannot be kept", _flat(error.messages, "")) from None
    if len(json.dumps(loaded)) > MOST_DOCUMENT:
        fault = FieldError("", f"may have {MOST_DOCUMENT} bytes as JSON")
        raise InvalidInput("the settings cannot be kept", [fault])
    if loaded["privacy"]["required"] and not loaded["privacy"]["redact"]:
        fault = FieldError("/privacy/required", "needs kinds in redact")
        raise InvalidInput("the settings cannot be kept", [fault])
    return loaded


def _whole(stored: StoredSettings) -> StoredSettings:
    defaults: dict[str, Any] = _schema.load({})
    return StoredSettings(
        version=stored.version,
        document={**defaults, **stored.document},
        updated_at=stored.updated_at,
    )


def _group_faults(given: Mapping[str, Any], catalog: Catalog) -> list[FieldError]:
    faults = []
    for name, group in given["groups"].items():
        if catalog.has_provider(name):
            faults.append(FieldError(f"/groups/{name}", "is the name of a provider"))
        for index, model in enumerate(group["models"]):
            try:
                catalog.check(model)
            except UnknownModel as error:
                faults.append(FieldError(f"/groups/{name}/models/{index}", error.message))
    return faults


def _model_faults(given: Mapping[str, Any], catalog: Catalog) -> list[FieldError]:
    faults = []
    for part in ("capabilities", "prices"):
        for name in given[part]:
            at = f"/{part}/{_escaped(name)}"
            try:
                if catalog.check(name) != [name]:
                    faults.append(FieldError(at, "must be provider/model"))
            except UnknownModel as error:
                faults.append(FieldError(at, error.message))
    return faults + _price_provider_faults(given["capabilities"])


def _price_provider_faults(given: Mapping[str, Mapping[str, Any]]) -> list[FieldError]:
    """What names a vendor that the price list does not have."""
    named = {name: row["price_provider"] for name, row in given.items() if "price_provider" in row}
    known = provider_ids() if named else frozenset()
    return [
        FieldError(f"/capabilities/{_escaped(name)}/price_provider", "is not in the price list")
        for name, vendor in named.items()
        if vendor not in known
    ]


def _routing_faults(given: Mapping[str, Any], catalog: Catalog) -> list[FieldError]:
    return [
        FieldError(f"/routing/providers/{index}", "there is no such provider")
        for index, name in enumerate(given["routing"].get("providers", ()))
        if not catalog.has_provider(name)
    ]


def _flat(messages: Any, at: str) -> list[FieldError]:
    """marshmallow's nested messages with JSON Pointers."""
    if not isinstance(messages, dict):
        return [FieldError(at, str(text)) for text in messages]
    found = []
    for key, inner in messages.items():
        found += _flat(inner, at if key == "_schema" else f"{at}/{_escaped(str(key))}")
    return found


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")
