"""The vendors' lists of models: a call that costs nothing and needs the key."""

from typing import TYPE_CHECKING, Any

from providers.errors import IncompleteAnswer
from providers.llm.gemini_reading import reading
from providers.wire import mapping, text

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic
    from google.genai import Client
    from openai import AsyncOpenAI

PAGE = 1000  # the most that Anthropic and Gemini give at once; OpenAI has no pages


async def openai_models(client: "AsyncOpenAI", timeout: float) -> list[str]:
    """May raise anything."""
    import httpx2

    raw = await client.get("/models", cast_to=httpx2.Response, options={"timeout": timeout})
    return names(raw.json())


async def anthropic_models(client: "AsyncAnthropic", timeout: float) -> list[str]:
    """May raise anything."""
    raw = await client.models.with_raw_response.list(limit=PAGE, timeout=timeout)
    return names(raw.http_response.json())


async def gemini_models(client: "Client", timeout: float) -> list[str]:
    """May raise anything. The wall-clock limit of the call is the adapter's."""
    with reading():
        pages = await client.aio.models.list(config={"page_size": PAGE})
    if not pages.page:
        raise IncompleteAnswer("the list of models is missing")
    return [(model.name or "").removeprefix("models/") for model in pages.page]


def names(body: Any) -> list[str]:
    """The ids of `{"data": [{"id": ...}]}`. Raises IncompleteAnswer when it is not that."""
    listed = mapping(body)
    rows = listed.get("data")
    if rows is None and "data" in listed and listed.get("object") == "list":
        return []  # an Ollama that has no model yet
    if not isinstance(rows, list):
        raise IncompleteAnswer("the list of models is missing")
    return [name for row in rows if (name := text(mapping(row).get("id")))]
