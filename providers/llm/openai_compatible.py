"""Any server that speaks OpenAI's chat.completions at a base URL, by the table of presets."""

from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urlsplit

from providers.adapter import Adapter
from providers.llm.openai import OpenAIAdapter
from providers.llm.presets import PRESETS
from providers.types import ProviderConfig


class OpenAICompatibleAdapter(OpenAIAdapter):
    """Says `max_tokens`, the older word that all of them know.

    What an unlisted server makes of a schema is not known, so its dialect is "none": the schema
    goes into the prompt. One that is given all the same is sent, without `strict`.
    """

    dialect: ClassVar[str] = "none"
    limit_parameter: ClassVar[str] = "max_tokens"
    strict: ClassVar[bool] = False

    send_count = Adapter.send_count  # `responses` is OpenAI's own

    def __init__(self, config: ProviderConfig) -> None:
        """Raises ValueError when the table has no base_url and its kind no public one."""
        preset = PRESETS[config.kind]
        url = config.base_url or preset.base_url
        if not url:
            raise ValueError(f"provider {config.name!r} of kind {config.kind!r} needs a base_url")
        if not urlsplit(url).path.strip("/"):
            url = url.rstrip("/") + preset.path
        super().__init__(replace(config, base_url=url))


def preset_adapter(
    kind: str, base: type[OpenAICompatibleAdapter] = OpenAICompatibleAdapter
) -> type[OpenAICompatibleAdapter]:
    """The adapter of a row of the table."""
    preset = PRESETS[kind]
    fields: dict[str, Any] = {
        "dialect": preset.dialect,
        "strict": preset.strict,
        "limit_parameter": preset.limit,
        "__doc__": f"Speaks to a server of kind {kind}.",
        "__module__": base.__module__,
    }
    return type(base.__name__, (base,), fields)
