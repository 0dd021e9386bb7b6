"""boto3's client for Bedrock, with the credentials of a provider table."""

import os
import re
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from providers.errors import PermanentError
from providers.types import ProviderConfig

SERVICE, MODELS = "bedrock-runtime", "bedrock"  # asks models; lists them
REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")
ANY_REGION = "us-east-1"  # for a server that is not AWS's, which has none
# A key of AWS's: its id, its secret and, for a temporary one, its session token.
ACCESS_KEY = re.compile(r"(A[A-Z0-9]{15,127}):([^:\s]+)(?::(\S+))?")
MISSING = (
    "boto3 is not installed; Bedrock needs it: pip install 'penstock[bedrock]', or in a clone"
    " sh ops/dev/add.sh boto3"
)


def boto_client(config: ProviderConfig, service: str = SERVICE) -> Any:
    """A client whose every call is made once. The first takes half a second. Raises PermanentError.

    With a key in the table the environment and AWS's files are not read; without one boto3
    looks for credentials as it always does.
    """
    try:
        import boto3
        from botocore import UNSIGNED
        from botocore.config import Config
        from botocore.session import Session
    except ImportError:
        raise PermanentError(MISSING) from None
    given, signature = credentials(config.api_key)
    nowhere = {"profile": (None, None, None, None), "config_file": (None, None, os.devnull, None)}
    core = Session(session_vars=nowhere if signature else None)
    core.register_component("data_loader", _loader())
    options = Config(
        signature_version=UNSIGNED if signature == "bearer" else signature,
        retries={"total_max_attempts": 1, "mode": "standard"},
        parameter_validation=False,
        ignore_configured_endpoint_urls=True,
        tcp_keepalive=False,
    )
    client = boto3.Session(botocore_session=core).client(
        service,
        region_name=region_of(config),
        endpoint_url=_address(config.base_url, service),
        config=options,
        **given,
    )
    if signature == "bearer":  # botocore's own way refuses http, also to this machine
        bearer = {"Authorization": f"Bearer {config.api_key}"}
        client.meta.events.register(
            f"before-call.{service}", lambda params, **_: params["headers"].update(bearer)
        )
    return client


def _address(base_url: str | None, service: str) -> str | None:
    """AWS has a host for each service; another server has both behind one address."""
    host = urlsplit(base_url or "").hostname or ""
    if base_url and host.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        return base_url.replace(f"{SERVICE}.", f"{service}.", 1)
    return base_url


@cache
def _loader() -> Any:
    """Remembers AWS's description of the service, which is most of a client's cost."""
    from botocore.loaders import create_loader

    return create_loader()


def credentials(key: str) -> tuple[dict[str, str | None], str | None]:
    """A table's key as boto3's arguments, and how to sign: None leaves both to boto3.

    `ID:SECRET` or `ID:SECRET:SESSION_TOKEN` is an access key; anything else is an API key of
    Bedrock's, sent as a bearer token.
    """
    found = ACCESS_KEY.fullmatch(key)
    if found:
        names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
        return dict(zip(names, found.groups(), strict=True)), "v4"
    return {}, "bearer" if key else None


def region_of(config: ProviderConfig) -> str:
    """AWS's name of the region: in the address, or else the table's."""
    host = urlsplit(config.base_url or "").hostname or ""
    named = REGION.search(host) if host.endswith((".amazonaws.com", ".amazonaws.com.cn")) else None
    if named:
        return named.group()
    given = config.region or ""
    return given if REGION.fullmatch(given) else ANY_REGION
