"""Who is calling, and what they may do."""

from dataclasses import dataclass
from uuid import UUID

from app.errors import Forbidden


@dataclass(frozen=True, kw_only=True)
class Principal:
    tenant_id: UUID
    key_id: str
    scopes: frozenset[str]

    def require(self, scope: str) -> None:
        """Raise Forbidden unless this caller has `scope` (admin has every one)."""
        if scope not in self.scopes and "admin" not in self.scopes:
            raise Forbidden(f"this API key lacks the scope {scope!r}", code="missing_scope")
