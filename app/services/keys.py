"""API keys: who may call."""

import time
from datetime import datetime
from uuid import UUID

from app.errors import Conflict, FieldError, Forbidden, InvalidInput, NotFound, Unauthenticated
from app.infra.clock import utcnow
from app.infra.security import new_token, same_secret, split_token
from app.repositories.records import ApiKey
from app.repositories.tenants import KeyRepository
from app.services.principals import Principal
from schemas.scopes import SCOPES

CACHE_SECONDS = 5.0  # a revoked key may pass for this long in another process


class KeyService:
    def __init__(self, keys: KeyRepository) -> None:
        self._keys = keys
        self._cache: dict[str, tuple[float, bytes, Principal, datetime | None]] = {}

    def authenticate(self, token: str) -> Principal:
        """Raises Unauthenticated, in the same words whatever part of the token is wrong."""
        parts = split_token(token)
        if parts is None:
            raise Unauthenticated("the API key is not valid")
        key_id, digest = parts
        cached = self._cache.get(key_id)
        if cached is None or cached[0] < time.monotonic():
            cached = self._load(key_id)
        _, stored, principal, expires_at = cached
        if not same_secret(stored, digest) or (expires_at and expires_at <= utcnow()):
            raise Unauthenticated("the API key is not valid")
        return principal

    def _load(self, key_id: str) -> tuple[float, bytes, Principal, datetime | None]:
        row = self._keys.find(key_id)
        if row is None or row["revoked_at"] is not None:
            self._cache.pop(key_id, None)
            raise Unauthenticated("the API key is not valid")
        principal = Principal(
            tenant_id=row["tenant_id"], key_id=key_id, scopes=frozenset(row["scopes"])
        )
        entry = (
            time.monotonic() + CACHE_SECONDS,
            bytes(row["secret_sha256"]),
            principal,
            row["expires_at"],
        )
        if len(self._cache) > 10_000:
            self._cache.clear()
        self._cache[key_id] = entry
        return entry

    def create(
        self,
        tenant_id: UUID,
        name: str,
        scopes: list[str],
        expires_at: datetime | None = None,
        *,
        granter: Principal | None = None,
    ) -> tuple[ApiKey, str]:
        """A key and its token, shown once.

        Raises InvalidInput for an unknown scope or a past expiry, Forbidden when `granter`
        would give away a scope that it does not have.
        """
        _check(scopes, expires_at)
        for scope in scopes if granter else ():
            assert granter is not None
            if scope not in granter.scopes and "admin" not in granter.scopes:
                raise Forbidden(f"this API key cannot grant the scope {scope!r}")
        key_id, digest, token = new_token()
        key = self._keys.insert(
            tenant_id,
            key_id=key_id,
            name=name,
            secret_sha256=digest,
            scopes=scopes,
            expires_at=expires_at,
        )
        return key, token

    def list(self, tenant_id: UUID) -> list[ApiKey]:
        return self._keys.list(tenant_id)

    def revoke(self, tenant_id: UUID, key_id: str) -> ApiKey:
        """End a key now. Raises NotFound."""
        key = self._keys.revoke(tenant_id, key_id)
        self._cache.pop(key_id, None)
        if key is None:
            raise NotFound("no such API key")
        return key

    def rotate(
        self,
        tenant_id: UUID,
        key_id: str,
        overlap_seconds: float = 0,
        *,
        granter: Principal | None = None,
    ) -> tuple[ApiKey, str]:
        """A new key like the old one, which ends now or after the overlap.

        Raises NotFound, Conflict for an expired one, and Forbidden when the old key can do what
        `granter` cannot.
        """
        old = next((k for k in self.list(tenant_id) if k.id == key_id), None)
        if old is None or old.revoked_at is not None:
            raise NotFound("no such API key")
        if old.expires_at is not None and old.expires_at <= utcnow():
            raise Conflict("this API key has expired; make another one", code="key_expired")
        fresh = self.create(tenant_id, old.name, old.scopes, old.expires_at, granter=granter)
        self._keys.revoke(tenant_id, key_id, overlap_seconds)
        self._cache.pop(key_id, None)
        return fresh


def _check(scopes: list[str], expires_at: datetime | None) -> None:
    faults = [
        FieldError(f"/scopes/{i}", f"unknown scope; known are {', '.join(SCOPES)}")
        for i, scope in enumerate(scopes)
        if scope not in SCOPES
    ]
    if not scopes:
        faults.append(FieldError("/scopes", "at least one scope is needed"))
    if expires_at is not None and expires_at <= utcnow():
        faults.append(FieldError("/expires_at", "must lie in the future"))
    if faults:
        raise InvalidInput("the key cannot be made", faults)
