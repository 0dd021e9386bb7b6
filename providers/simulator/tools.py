"""Which tool the simulator calls, and what it makes of results and pictures."""

import base64
import binascii
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from providers.simulator.bad_call import BadCall
from providers.simulator.wording import words

# Words that say that a tool does something, but not what it is about.
VERBS = frozenset(
    {"get", "fetch", "find", "search", "look", "lookup", "call", "run", "make", "list", "show"}
)
DATA_URL = re.compile(r"data:([^;,]*);base64,(.*)", re.DOTALL)
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Offer:
    """A tool that may be called."""

    name: str
    parameters: Any  # a JSON Schema


@dataclass(frozen=True, kw_only=True)
class Extras:
    """What a conversation has besides its texts."""

    offers: Sequence[Offer] = ()
    choice: str = "auto"  # or "none", "required", or the name of the tool to call
    asked: str = ""  # the last turn, in whose words a tool may be asked for
    results: Sequence[str] = ()  # of the calls that were made last, and nothing was said since
    pictures: Sequence[str] = ()  # what is seen of each

    def called(self) -> Offer | None:
        """The tool to call. Raises BadCall when there is none of the forced name."""
        if self.choice == "none" or not self.offers:
            return None
        named = {offer.name: offer for offer in self.offers}
        wanted = None if self.results else self._wanted()
        if self.choice == "auto":
            return wanted
        if self.choice == "required":
            return wanted or self.offers[0]
        if self.choice not in named:
            raise BadCall(f"there is no tool {self.choice!r}")
        return named[self.choice]

    def said(self) -> str | None:
        """What an answer in words says of them; None: nothing."""
        told = [f"I see {picture}." for picture in self.pictures]
        told = list(self.results) or told
        return f"(simulated) {' '.join(told)}" if told else None

    def _wanted(self) -> Offer | None:
        """The first tool that the prompt names, or whose subject it speaks of."""
        told = {word for token in self.asked.split() for word in words(token)}
        for offer in self.offers:
            about = [word for word in words(offer.name) if word not in VERBS and len(word) > 2]
            spelled = len(offer.name) > 2 and offer.name.lower() in self.asked.lower()
            if spelled or (about and told.issuperset(about)):
                return offer
        return None


def listed(value: Any) -> list[Any]:
    """The value when it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def offer(name: Any, parameters: Any) -> list[Offer]:
    """The tool, if it is one."""
    schema = parameters if isinstance(parameters, dict) and parameters else {"type": "object"}
    return [Offer(name, schema)] if isinstance(name, str) and name else []


def result(name: str | None, text: str) -> str:
    """What a call gave, in words."""
    return f"{name or 'The tool'} gave {text[:500]}."


def picture(media_type: Any, data: Any) -> str:
    """What is seen of a picture's base64. Raises BadCall when it is none."""
    try:
        raw = base64.b64decode(str(data).replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadCall(f"the picture is not in base64: {error}") from None
    if not raw or not str(media_type).startswith("image/"):
        raise BadCall(f"{media_type!r} of {len(raw)} bytes is no picture")
    if raw.startswith(PNG) and len(raw) >= 24:
        width, height = struct.unpack(">II", raw[16:24])
        return f"{media_type}, {len(raw)} bytes, {width}x{height} pixels"
    return f"{media_type}, {len(raw)} bytes"


def picture_at(url: Any) -> str:
    """The same of an address, or of a data URL. Raises BadCall."""
    if match := DATA_URL.fullmatch(str(url)):
        return picture(match[1], match[2])
    if not str(url).startswith(("https://", "http://")):
        raise BadCall("a picture needs an http(s) or data URL")
    return f"a picture at {url}"
