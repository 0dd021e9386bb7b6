"""Gemini's count of a request's input tokens: countTokens, free of charge."""

from typing import TYPE_CHECKING, Any

from providers.errors import IncompleteAnswer
from providers.llm.gemini_reading import reading
from providers.wire import count

if TYPE_CHECKING:
    from google.genai import Client
    from google.genai.types import GenerateContentConfig


async def count_tokens(
    client: "Client", model: str, contents: Any, config: "GenerateContentConfig"
) -> int:
    """`contents` and `config` are those of generateContent. May raise anything.

    The SDK lets only the contents through, so that instructions, tools and a schema travel
    beside them in `generateContentRequest`, which the API prefers to the contents.
    """
    from google.genai.types import Content

    said = [Content.model_validate(turn) for turn in contents]
    whole = {
        "model": f"models/{model.removeprefix('models/')}",
        "contents": [t.model_dump(mode="json", by_alias=True, exclude_none=True) for t in said],
    }
    beside = {"generateContentRequest": whole | _said(config)}
    with reading():
        answer = await client.aio.models.count_tokens(
            model=model, contents=contents, config={"http_options": {"extra_body": beside}}
        )
    tokens = count(answer.total_tokens)
    if not tokens:
        raise IncompleteAnswer("the answer has no count of tokens")
    return tokens


def _said(config: "GenerateContentConfig") -> dict[str, Any]:
    """What a configuration adds to the input, in the API's words."""
    told = config.model_dump(
        mode="json",
        by_alias=True,
        exclude_none=True,
        include={"tools", "tool_config", "response_mime_type", "response_json_schema"},
    )
    shape = {key: told.pop(key) for key in list(told) if key.startswith("response")}
    if config.system_instruction:
        told["systemInstruction"] = {"parts": [{"text": str(config.system_instruction)}]}
    return told | ({"generationConfig": shape} if shape else {})
