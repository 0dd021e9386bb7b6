"""Standard Webhooks signatures: HMAC-SHA256 over `id.timestamp.body`, one per secret."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def shown(secret: bytes) -> str:
    """As the receiver's library takes it: `whsec_` and base64."""
    return PREFIX + base64.b64encode(secret).decode()


def signed_headers(
    webhook_id: str, timestamp: int, body: bytes, keys: Sequence[bytes]
) -> dict[str, str]:
    """The three headers; `timestamp` is in Unix seconds. Each secret gives one `v1,` value."""
    content = f"{webhook_id}.{timestamp}.".encode() + body
    digests = [hmac.new(key, content, hashlib.sha256).digest() for key in keys]
    values = [f"v1,{base64.b64encode(digest).decode()}" for digest in digests]
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(values),
    }
