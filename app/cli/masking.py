"""Hides passwords and keys in what is shown to people."""

import dataclasses
import re
from collections.abc import Iterable, Mapping
from typing import Any

from app.infra.settings import Settings
from providers.types import Credential

RATES = ("requests_per_minute", "tokens_per_minute", "limits")
SECRET_WORDS = ("password", "api_key", "secret")
HIDDEN = "***"
NO_KEY = "none"  # stands for the key of a server that wants none
USERINFO = re.compile(r"(?P<head>://[^/?#@]*:)(?P<secret>[^/?#]*)(?=@)")
QUERY = re.compile(r"(?P<head>[?&](?:password|sslpassword|passfile|token)=)(?P<secret>[^&#]*)")


def masked(name: str, value: Any) -> Any:
    """The value of a setting, with its secrets hidden."""
    if value and any(word in name for word in SECRET_WORDS):
        return HIDDEN
    if isinstance(value, str) and "://" in value:
        for pattern in (USERINFO, QUERY):
            value = pattern.sub(rf"\g<head>{HIDDEN}", value)
    if isinstance(value, Mapping):
        return {key: _shown(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_shown(item) for item in value]
    return value


def _shown(item: Any) -> Any:
    """A key without its secret; what else has fields by these."""
    if isinstance(item, Credential):
        limits = dataclasses.asdict(item)
        told = {key: limits[key] for key in ("weight", *RATES) if key == "weight" or limits[key]}
        return f"{item.name} ({', '.join(f'{key} {value}' for key, value in told.items())})"
    return vars(item) if dataclasses.is_dataclass(item) else item


def secrets_of(settings: Settings) -> set[str]:
    """Every secret in the settings: passwords of URLs, keys of providers."""
    providers = settings.providers.values()
    found = {credential.secret for p in providers for credential in p.credentials}
    for section in dataclasses.fields(settings):
        part = getattr(settings, section.name)
        if not dataclasses.is_dataclass(part):
            continue
        for item in dataclasses.fields(part):
            found |= _secrets_in(item.name, getattr(part, item.name))
    return {secret for secret in found if len(secret) > 3 and secret != NO_KEY}


def _secrets_in(name: str, value: Any) -> set[str]:
    if not isinstance(value, str):
        return set()
    if any(word in name for word in SECRET_WORDS):
        return {value}
    matches = [*USERINFO.finditer(value), *QUERY.finditer(value)] if "://" in value else []
    return {match["secret"] for match in matches}


def hidden(text: str, secrets: Iterable[str]) -> str:
    """A text of somebody else's, such as a driver's error, without the secrets."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text
