"""Any server that speaks OpenAI's chat.completions at a base URL, by the table of presets."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urljoin, urlsplit

from providers.adapter import Adapter
from providers.errors import IncompleteAnswer
from providers.llm.openai import OpenAIAdapter
from providers.llm.presets import PRESETS
from providers.types import CompletionRequest, ProviderConfig
from providers.wire import count, mapping

if TYPE_CHECKING:
    from openai import AsyncOpenAI


class OpenAICompatibleAdapter(OpenAIAdapter):
    """Says `max_tokens`, the older word that all of them know.

    What an unlisted server makes of a schema is not known, so its dialect is "none": the schema
    goes into the prompt. One that is given all the same is sent, without `strict`.
    """

    dialect: ClassVar[str] = "none"
    limit_parameter: ClassVar[str] = "max_tokens"
    strict: ClassVar[bool] = False

    counts_at: ClassVar[str] = ""

    def __init__(self, config: ProviderConfig) -> None:
        """Raises ValueError when the table has no base_url and its kind no public one."""
        preset = PRESETS[config.kind]
        url = config.base_url or preset.base_url
        if not url:
            raise ValueError(f"provider {config.name!r} of kind {config.kind!r} needs a base_url")
        if not urlsplit(url).path.strip("/"):
            url = url.rstrip("/") + preset.path
        super().__init__(replace(config, base_url=url))

    async def send_count(
        self, client: "AsyncOpenAI", request: CompletionRequest, timeout: float
    ) -> int:
        """Where the preset says; OpenAI's own place belongs to `responses`, which few have."""
        import httpx2

        if not self.counts_at:
            return await Adapter.send_count(self, client, request, timeout)
        raw = await client.post(
            urljoin(f"{client.base_url}".rstrip("/") + "/", self.counts_at),
            body=self._arguments(request),
            cast_to=httpx2.Response,
            options={"timeout": timeout},
        )
        told = mapping(raw.json())
        tokens = count(told.get("input_tokens")) or count(told.get("count"))  # llama.cpp, vLLM
        if not tokens:
            raise IncompleteAnswer("the answer has no count of tokens")
        return tokens


def preset_adapter(
    kind: str, base: type[OpenAICompatibleAdapter] = OpenAICompatibleAdapter
) -> type[OpenAICompatibleAdapter]:
    """The adapter of a row of the table."""
    preset = PRESETS[kind]
    fields: dict[str, Any] = {
        "dialect": preset.dialect,
        "strict": preset.strict,
        "limit_parameter": preset.limit,
        "counts_at": preset.counts_at,
        "__doc__": f"Speaks to a server of kind {kind}.",
        "__module__": base.__module__,
    }
    return type(base.__name__, (base,), fields)
