"""OpenAI's embeddings, and of all servers that speak as it does."""

from typing import TYPE_CHECKING, Any

from providers.failures import classify
from providers.llm.openai_faults import fault
from providers.types import EmbeddingRequest, Embeddings, Usage
from providers.vectors import checked, in_order
from providers.wire import count, mapping, sequence, text

if TYPE_CHECKING:
    from openai import AsyncOpenAI


async def embed(client: "AsyncOpenAI", request: EmbeddingRequest, timeout: float) -> Embeddings:
    """One call for all texts. May raise anything."""
    import httpx2

    body: dict[str, Any] = {"model": request.model, "input": list(request.texts)}
    if request.dimensions is not None:
        body["dimensions"] = request.dimensions
    raw = await client.post(
        "/embeddings", body=body, cast_to=httpx2.Response, options={"timeout": timeout}
    )
    return read(raw.json(), request, raw.headers.get("x-request-id"))


def read(found: Any, request: EmbeddingRequest, request_id: str | None) -> Embeddings:
    """Read an answer. Raises ProviderError."""
    body = mapping(found)
    if "data" not in body and body.get("error"):  # some compatible servers fail with a 200
        raise classify(fault(body, request_id), with_schema=False)
    rows = [mapping(row) for row in sequence(body.get("data"))]
    vectors = in_order([(row.get("index"), row.get("embedding")) for row in rows])
    usage = mapping(body.get("usage"))
    return Embeddings(
        vectors=checked(vectors, request),
        model=text(body.get("model")) or request.model,
        usage=Usage(input_tokens=count(usage.get("prompt_tokens"))),
        request_id=request_id,
    )
