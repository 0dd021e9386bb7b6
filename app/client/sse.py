"""Server-sent events: lines in, (id, event, data) out. Comments are passed over."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Message:
    """One dispatched message; an unfinished one at the end of the stream is dropped."""

    id: str | None
    event: str
    data: str


def parse(lines: Iterable[str]) -> Iterator[Message]:
    """Messages of a text/event-stream, given its lines without their ends."""
    event_id: str | None = None
    event, data = "message", list[str]()
    for line in lines:
        if not line:
            if data:
                yield Message(id=event_id, event=event, data="\n".join(data))
            event, data = "message", []
            continue
        if line.startswith(":"):
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            data.append(value)
        elif name == "event":
            event = value
        elif name == "id" and "\0" not in value:
            event_id = value
