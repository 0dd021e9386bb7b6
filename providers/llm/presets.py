"""Servers that speak OpenAI's chat.completions, and how each differs from the others.

Read in November 2026 from the vendors' API references. A preset is a `kind` of its own in the
settings; a server that is not listed is an `openai_compatible`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Preset:
    """What is known of one kind of server."""

    base_url: str | None = None  # None: the table must say it
    example: str = ""  # of a base_url, for the message that asks for one
    path: str = ""  # put behind a base_url that is a bare host
    key: str | None = None  # the variable that holds its key by custom; None: it needs none
    dialect: str = "none"  # of schemas; "none": into the prompt, for support is not known
    strict: bool = False  # knows `strict` beside a schema
    limit: str = "max_tokens"  # its word for the limit of output tokens
    counts_at: str = ""  # where it counts a chat's tokens, from the base URL on; "": nowhere


PRESETS: dict[str, Preset] = {
    "openai_compatible": Preset(example="https://models.example.com/v1"),
    # Routes to many vendors; `require_parameters` leaves out those that would drop the schema.
    "openrouter": Preset(
        base_url="https://openrouter.ai/api/v1",
        path="/api/v1",
        key="OPENROUTER_API_KEY",
        dialect="openai",
        strict=True,
    ),
    # Which of the vendors behind it enforce a schema it does not say.
    "huggingface": Preset(
        base_url="https://router.huggingface.co/v1",
        path="/v1",
        key="HF_TOKEN",
    ),
    # A model is the name of a deployment. Two forms of base URL: see AzureOpenAIAdapter.
    "azure_openai": Preset(
        example="https://RESOURCE.openai.azure.com",
        key="AZURE_OPENAI_API_KEY",
        dialect="openai",
        strict=True,
        limit="max_completion_tokens",
    ),
    # These three decode along a grammar made of the schema, `strict` or not.
    "vllm": Preset(
        example="http://127.0.0.1:8000/v1",
        path="/v1",
        dialect="openai",
        counts_at="../tokenize",
    ),
    "ollama": Preset(example="http://127.0.0.1:11434/v1", path="/v1", dialect="openai"),
    "llamacpp": Preset(
        example="http://127.0.0.1:8080/v1",
        path="/v1",
        dialect="openai",
        counts_at="chat/completions/input_tokens",
    ),
}
