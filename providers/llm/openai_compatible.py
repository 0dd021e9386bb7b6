"""Any server that speaks OpenAI's chat.completions at a base URL of its own."""

from typing import ClassVar

from providers.llm.openai import OpenAIAdapter
from providers.types import ProviderConfig


class OpenAICompatibleAdapter(OpenAIAdapter):
    """Says `max_tokens`, the older word that all of them know.

    What such a server makes of a schema is not known, so its dialect is "none": the schema goes
    into the prompt. One that is given all the same is sent, without `strict`.
    """

    dialect: ClassVar[str] = "none"
    limit_parameter: ClassVar[str] = "max_tokens"
    strict: ClassVar[bool] = False

    def __init__(self, config: ProviderConfig) -> None:
        """Raises ValueError when the table has no base_url."""
        if not config.base_url:
            raise ValueError(f"provider {config.name!r} of kind {config.kind!r} needs a base_url")
        super().__init__(config)
