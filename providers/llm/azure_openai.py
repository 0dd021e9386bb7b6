"""OpenAI's models on Azure: the key in a header of its own, a deployment's name as the model."""

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from providers.llm.openai_compatible import OpenAICompatibleAdapter
from providers.wire import http_client

if TYPE_CHECKING:
    from httpx2 import Request
    from openai import AsyncOpenAI

V1 = "/openai/v1"
LEGACY = re.compile(r"/openai(/deployments/.*)?$")  # the SDK puts it there, with the deployment


class AzureOpenAIAdapter(OpenAICompatibleAdapter):
    """Speaks to a base URL in one of two forms.

    `https://RESOURCE.openai.azure.com`, with or without `/openai/v1`: the API that has no
    versions. `https://RESOURCE.openai.azure.com?api-version=2024-10-21`: the one before it, which
    has the deployment in its path. Behind `/openai/v1`, a version is sent along as it is.
    """

    def open_client(self) -> "AsyncOpenAI":
        root, version = address(self.config.base_url or "")
        if root.endswith(V1):
            return self._current(root, version)
        return self._versioned(root, version or "")

    def _current(self, root: str, version: str | None) -> "AsyncOpenAI":
        from openai import AsyncOpenAI

        http = http_client(root, self.config.timeout_seconds)
        http.event_hooks = {"request": [self._present_key]}
        client = AsyncOpenAI(**self._common(), base_url=root, http_client=http)
        client.organization = client.project = None
        client._custom_headers = {}
        client._custom_query = {"api-version": version} if version else {}
        return client

    async def _present_key(self, request: "Request") -> None:
        """Azure's header instead of the SDK's."""
        request.headers.pop("authorization", None)
        request.headers["api-key"] = self._key

    def _versioned(self, root: str, version: str) -> "AsyncOpenAI":
        from openai import AsyncAzureOpenAI

        client = AsyncAzureOpenAI(
            **self._common(),
            azure_endpoint=root,
            api_version=version,
            http_client=http_client(root, self.config.timeout_seconds),
        )
        client.organization = client.project = None
        client._custom_headers = {}
        return client

    @property
    def _key(self) -> str:
        return self.config.api_key or "none"

    def _common(self) -> dict[str, Any]:
        return {
            "api_key": self._key,
            "admin_api_key": "",
            "webhook_secret": "",
            "max_retries": 0,
            "timeout": self.config.timeout_seconds,
        }


def address(base_url: str) -> tuple[str, str | None]:
    """The base URL without its query, and the `api-version` that the query names."""
    parts = urlsplit(base_url)
    version = next(iter(parse_qs(parts.query).get("api-version", [])), None)
    path = LEGACY.sub("", parts.path.rstrip("/"))
    if not path.endswith(V1) and version is None:
        path += V1
    return f"{parts.scheme}://{parts.netloc}{path}", version
