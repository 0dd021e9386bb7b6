"""API tokens: `pk_live_<keyid>_<secret><crc>`.

The checksum lets a scanner or a typo be told from a key without a look-up; only the SHA-256 of
the secret is stored (it has 256 bits of entropy, so a slow hash would add nothing).
"""

import hashlib
import hmac
import re
import secrets
import string
import zlib

ALPHABET = string.digits + string.ascii_letters
TOKEN = re.compile(r"pk_live_([a-z0-9]{16})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})")


def _checksum(text: str) -> str:
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range(6):
        number, rest = divmod(number, 62)
        digits = ALPHABET[rest] + digits
    return digits


def new_token() -> tuple[str, bytes, str]:
    """A key id, the SHA-256 of its secret, and the token to show once."""
    key_id = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(16))
    secret = "".join(secrets.choice(ALPHABET) for _ in range(43))
    token = f"pk_live_{key_id}_{secret}{_checksum(key_id + secret)}"
    return key_id, hashlib.sha256(secret.encode()).digest(), token


def split_token(token: str) -> tuple[str, bytes] | None:
    """Key id and secret hash of a well-formed token; None for anything else."""
    match = TOKEN.fullmatch(token)
    if not match or match[3] != _checksum(match[1] + match[2]):
        return None
    return match[1], hashlib.sha256(match[2].encode()).digest()


def same_secret(one: bytes, other: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(one, other)
