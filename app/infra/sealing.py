"""Secrets at rest: sealed with AES-256-GCM under the operator's key, bound to where they belong.

The setting `security.secret_key` may name several keys, separated by commas: the first seals, and
each of them opens, so that a key can be changed without a stop.
"""

import hashlib
import os
from typing import TYPE_CHECKING

from app.errors import ConfigError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
SHORTEST_KEY = 16  # characters


class Sealer:
    """Raises ConfigError, at the first use and not before, when no key is set."""

    def __init__(self, keys: str | None) -> None:
        self._keys = [part.strip() for part in (keys or "").split(",") if part.strip()]

    def seal(self, plain: bytes, place: str) -> bytes:
        """Only `open` with the same `place` (a row's tenant and id) gives it back."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._ciphers()[0].encrypt(nonce, plain, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """Raises ConfigError when none of the keys is the one that sealed it."""
        from cryptography.exceptions import InvalidTag

        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        for cipher in self._ciphers():
            try:
                return cipher.decrypt(nonce, rest, place.encode())
            except InvalidTag:
                continue
        raise ConfigError("security.secret_key is not the key that sealed the stored secrets")

    def check(self) -> None:
        """Raises ConfigError when there is no usable key."""
        self._ciphers()

    def _ciphers(self) -> "list[AESGCM]":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if not self._keys:
            raise ConfigError(
                "PENSTOCK_SECURITY_SECRET_KEY must be set: webhook secrets are stored encrypted"
                " (`penstock up` makes one for the embedded stack)"
            )
        if any(len(key) < SHORTEST_KEY for key in self._keys):
            raise ConfigError(
                f"security.secret_key must have at least {SHORTEST_KEY} characters;"
                " `openssl rand -hex 32` makes one"
            )
        return [
            AESGCM(hashlib.sha256(b"penstock seal " + key.encode()).digest()) for key in self._keys
        ]
