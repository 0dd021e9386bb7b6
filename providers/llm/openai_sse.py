"""OpenAI's stream as its SDK reads it; import it only where the SDK is loaded."""

from collections.abc import AsyncIterator

from openai import AsyncStream
from openai._streaming import ServerSentEvent


class MarkedStream(AsyncStream[object]):
    """Remembers the end mark, which the SDK swallows: without it a cut looks like the end."""

    ended = False

    async def _iter_events(self) -> AsyncIterator[ServerSentEvent]:
        async for event in super()._iter_events():
            self.ended = self.ended or event.data.startswith("[DONE]")
            if event.data:  # an empty one is no event, and the SDK would read JSON in it
                yield event
