"""Gemini's embeddings, over batchEmbedContents: at most 100 texts a call."""

from typing import TYPE_CHECKING

from providers.llm.gemini_reading import reading
from providers.types import EmbeddingRequest, Embeddings, Usage
from providers.vectors import checked
from providers.wire import count

if TYPE_CHECKING:
    from google.genai import Client
    from google.genai.types import EmbedContentResponse


async def embed(client: "Client", request: EmbeddingRequest) -> Embeddings:
    """One call for all texts. May raise anything. The call's time limit is the adapter's.

    Each text is a content of its own: of plain strings the SDK makes a single content for some
    models, and so a single vector.
    """
    with reading():
        answer = await client.aio.models.embed_content(
            model=request.model,
            contents=[{"role": "user", "parts": [{"text": text}]} for text in request.texts],
            config={"output_dimensionality": request.dimensions},
        )
    headers = answer.sdk_http_response.headers if answer.sdk_http_response else None
    return Embeddings(
        vectors=checked([one.values for one in answer.embeddings or []], request),
        model=request.model,
        usage=Usage(input_tokens=_tokens(answer)),
        request_id=(headers or {}).get("x-request-id"),
    )


def _tokens(answer: "EmbedContentResponse") -> int:
    """What was billed; 0 when the vendor does not say, as for older models."""
    if answer.usage_metadata is not None:
        return count(answer.usage_metadata.prompt_token_count)
    told = [one.statistics.token_count or 0 for one in answer.embeddings or [] if one.statistics]
    return int(sum(told))
