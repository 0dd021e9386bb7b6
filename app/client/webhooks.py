"""Checks that a webhook came from Penstock (Standard Webhooks), with nothing but Python's own.

    event = verify("whsec_...", request.headers, request.body)

Do it before reading the body, answer 2xx within seconds, and remember `webhook-id`: delivery is
at least once.
"""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

PREFIX = "whsec_"
TOLERANCE = 300.0  # seconds that a timestamp may be off


class WebhookInvalid(Exception):
    """Not signed by this secret, not now, or not for this body."""


def verify(
    secret: str,
    headers: Mapping[str, str],
    body: bytes | str,
    *,
    tolerance: float = TOLERANCE,
    now: float | None = None,
) -> dict[str, Any]:
    """The event of a request that is genuine. Raises WebhookInvalid.

    `now` is in Unix seconds; the timestamp in the request may be `tolerance` seconds off it.
    """
    given = {name.lower(): value for name, value in headers.items()}
    try:
        webhook_id, stamp = given["webhook-id"], given["webhook-timestamp"]
        signatures = given["webhook-signature"]
    except KeyError as error:
        raise WebhookInvalid(f"the header {error.args[0]} is missing") from None
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 16):
        raise WebhookInvalid("the timestamp is not a number")
    moment = time.time() if now is None else now
    if abs(moment - int(stamp)) > tolerance:
        raise WebhookInvalid("the timestamp is too old or too new")
    data = body.encode() if isinstance(body, str) else bytes(body)
    content = f"{webhook_id}.{stamp}.".encode() + data
    wanted = hmac.new(_key(secret), content, hashlib.sha256).digest()
    if not any(hmac.compare_digest(wanted, digest) for digest in _digests(signatures)):
        raise WebhookInvalid("no signature is this secret's")
    try:
        event: dict[str, Any] = json.loads(data)
    except ValueError:
        raise WebhookInvalid("the body is not JSON") from None
    return event


def _key(secret: str) -> bytes:
    text = secret.removeprefix(PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        key = b""
    if not key:
        raise ValueError("the secret must be as it was shown: whsec_ and base64")
    return key


def _digests(header: str) -> list[bytes]:
    """The `v1` values of the header; what else is in it is passed over."""
    found = []
    for part in header.split(" "):
        version, _, value = part.partition(",")
        if version == "v1":
            try:
                found.append(base64.b64decode(value, validate=True))
            except (binascii.Error, ValueError):
                continue
    return found
