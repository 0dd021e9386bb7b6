"""Whether a job's document is split, into what, and which models may be asked then."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.errors import FieldError
from app.services.chunks import LEAST, MOST, OVERLAP, characters, room_of
from app.services.routing import Routes, needs_of
from app.services.splitting import Keep, Span, split
from providers.privacy.detectors import KINDS, find
from providers.routing.candidates import Needs, characters_to_tokens

MAX_CHUNKS = 1_000
LONGEST_FIND = 300  # characters: an address may have 254
AT = "/input/chunking"
DEFAULTS = {"strategy": "auto", "on_error": "fail"}


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A document to be asked about whole (no spans), in chunks, or not at all (faults)."""

    models: tuple[str, ...] = ()
    faults: tuple[FieldError, ...] = ()
    needs: Needs | None = None  # of one call
    chunking: Mapping[str, Any] | None = None  # what was asked for, with its defaults
    spans: tuple[Span, ...] = ()

    @property
    def items(self) -> list[dict[str, int]] | None:
        """{start, end} of each chunk; None: the document stays whole."""
        return [vars(span) for span in self.spans] or None

    @property
    def policy(self) -> str:
        """Of the join: whether all chunks must succeed, or any."""
        return "any" if self.chunking and self.chunking["on_error"] == "skip" else "all"


def lay_out(given: Mapping[str, Any], routes: Routes) -> Layout:
    """Of an extract job's input whose fields are in order."""
    if "chunking" not in given:
        return _whole(given, routes)
    if not given.get("document"):
        return _fault("", "needs a document")
    if given.get("images"):  # of which chunk would a value be that a picture shows?
        return _fault("", "not allowed together with images")
    bare = {name: value for name, value in given.items() if name != "document"}
    models, faults = routes.resolve(bare, needs_of(bare))
    if faults:
        return Layout(faults=tuple(faults))
    asked = {**DEFAULTS, **given["chunking"]}
    tokens = characters_to_tokens(len(given["document"]))
    room = room_of(routes.capabilities(models[0]), given)
    if asked["strategy"] == "auto" and tokens <= room:
        whole = _whole(given, routes, asked)
        if not whole.faults:
            return whole
    asked.setdefault("max_tokens", min(MOST, _smallest_room(given, routes, room)))
    asked.setdefault("overlap_tokens", asked["max_tokens"] // OVERLAP)
    if asked["strategy"] == "always" and tokens <= asked["max_tokens"]:
        return _whole(given, routes, asked)
    return _sizes(asked) or _split(given, routes, asked)


def _whole(
    given: Mapping[str, Any], routes: Routes, asked: Mapping[str, Any] | None = None
) -> Layout:
    needs = needs_of(given)
    models, faults = routes.resolve(given, needs)
    if not models:
        faults = _too_long(given, routes, needs, "/input/document") or faults
    return Layout(models=tuple(models), faults=tuple(faults), needs=needs, chunking=asked)


def _too_long(
    given: Mapping[str, Any], routes: Routes, needs: Needs, pointer: str
) -> list[FieldError]:
    """The fault, when nothing but its length keeps a document from every model."""
    bare = {name: value for name, value in given.items() if name != "document"}
    models, _ = routes.resolve(bare, needs_of(bare))
    largest = max((routes.capabilities(model).context for model in models), default=0)
    total = needs.input_tokens + needs.output_tokens
    if not given.get("document") or not models or total <= largest:
        return []
    own = characters_to_tokens(len(given["document"]))
    hint = "" if "chunking" in given else "; `chunking` has the document split"
    detail = (
        f"about {own} tokens of the document, {total} with the prompt and max_output_tokens, do"
        f" not fit any model that may serve this: the largest context is {largest}{hint}"
    )
    return [FieldError(pointer, detail)]


def _smallest_room(given: Mapping[str, Any], routes: Routes, room: int) -> int:
    """Every model that is named may be asked for any chunk; of a group, its best."""
    rooms = [room]
    for _, name in routes.names(given):
        own = {**given, "model": name} if name else given
        bare = {key: value for key, value in own.items() if key != "document"}
        models, _ = routes.resolve(bare, needs_of(bare))
        rooms += [room_of(routes.capabilities(model), given) for model in models[:1]]
    return min(rooms)


def _sizes(asked: Mapping[str, Any]) -> Layout | None:
    most, overlap = asked["max_tokens"], asked["overlap_tokens"]
    if most < LEAST:
        detail = (
            f"beside the prompt, the schema and the answer a model takes {max(0, most)} tokens of"
            f" the document, and a chunk needs {LEAST}"
        )
        return _fault("", detail)
    if overlap > most // 3:
        return _fault("/overlap_tokens", f"may be a third of a chunk's {most} tokens")
    return None


def _split(given: Mapping[str, Any], routes: Routes, asked: Mapping[str, Any]) -> Layout:
    document, most = given["document"], characters(asked["max_tokens"])
    count, spans = len(document) // most, []
    if count <= MAX_CHUNKS:
        overlap = 4 * asked["overlap_tokens"]
        spans = split(document, most=most, overlap=overlap, keep=_personal(given))
        count = len(spans)
    if count > MAX_CHUNKS:
        detail = f"would make {count} chunks or more of the document, and {MAX_CHUNKS} are allowed"
        return _fault("/max_tokens", detail)
    longest = max(spans, key=lambda span: span.end - span.start)
    one = {**given, "document": document[longest.start : longest.end]}
    needs = needs_of(one, calls=len(spans))
    models, faults = routes.resolve(given, needs)
    if not models:
        faults = _too_long(one, routes, needs, f"{AT}/max_tokens") or faults
    return Layout(
        models=tuple(models),
        faults=tuple(faults),
        needs=needs,
        chunking=asked,
        spans=tuple(spans) if len(spans) > 1 else (),
    )


def _personal(given: Mapping[str, Any]) -> Keep:
    """Personal data that redaction would not know any more when it is cut in two."""
    wanted, document = given.get("redact"), given["document"]
    kinds = frozenset(KINDS if wanted is True else wanted or ())

    def keep(at: int) -> tuple[int, int] | None:
        low = max(0, at - LONGEST_FIND)
        for span in find(document[low : at + LONGEST_FIND], kinds) if kinds else ():
            if low + span.start < at < low + span.end:
                return low + span.start, low + span.end
        return None

    return keep


def _fault(pointer: str, detail: str) -> Layout:
    return Layout(faults=(FieldError(f"{AT}{pointer}", detail),))
