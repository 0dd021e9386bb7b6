"""Tenants: the owners of data."""

from app.errors import Conflict, FieldError, InvalidInput
from app.infra.ids import uuid7
from app.repositories.records import Tenant
from app.repositories.tenants import TenantRepository


class TenantService:
    def __init__(self, tenants: TenantRepository) -> None:
        self._tenants = tenants

    def create(self, name: str) -> Tenant:
        """Raises InvalidInput for an empty or long name, Conflict when it is taken."""
        if not 1 <= len(name) <= 200 or "\0" in name:
            raise InvalidInput(
                "the tenant cannot be made", [FieldError("/name", "must have 1 to 200 characters")]
            )
        tenant = self._tenants.insert(uuid7(), name)
        if tenant is None:
            raise Conflict(f"a tenant named {name!r} is there already")
        return tenant

    def get_by_name(self, name: str) -> Tenant | None:
        return self._tenants.by_name(name)
