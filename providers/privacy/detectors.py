"""The detectors that come with Penstock: pure Python, linear in the text's length."""

from collections.abc import Iterable, Sequence, Set

from providers.privacy.addresses import addresses, emails
from providers.privacy.cards import cards
from providers.privacy.folding import folded
from providers.privacy.iban import ibans
from providers.privacy.national_ids import national_ids
from providers.privacy.phones import phones
from providers.privacy.spans import Detector, Rule, Span

DETECTORS: tuple[Detector, ...] = (
    Rule(kind="email", search=emails),
    Rule(kind="iban", search=ibans),
    Rule(kind="card", search=cards),
    Rule(kind="national_id", search=national_ids),
    Rule(kind="phone", search=phones),
    Rule(kind="ip", search=addresses),
)
KINDS: tuple[str, ...] = ("email", "iban", "card", "national_id", "phone", "ip")
ROUNDS = 6  # after which what is left around a find goes with it
MASK = "]"  # stands for what was found, as the placeholder's bracket will


def find(text: str, kinds: Set[str], detectors: Sequence[Detector] = DETECTORS) -> list[Span]:
    """Values of these kinds in the text: in order, disjoint, and nothing is found around them.

    A value taken out may uncover another beside it, so the rest is looked at again. Digits count in
    every script.
    """
    found: list[Span] = []
    text = folded(text)
    for left in range(ROUNDS, -1, -1):
        spans = _merge(_outside(text, detectors, kinds))
        if not spans:
            break
        if not left:
            spans = _merge([_whole(text, span) for span in spans])
        found += spans
        text = _masked(text, spans)
    return sorted(found)


def _outside(text: str, detectors: Sequence[Detector], kinds: Set[str]) -> Iterable[Span]:
    """What the detectors find, without what reaches into a bracket."""
    for detector in detectors:
        for span in detector.find(text, kinds):
            if span.start < span.end and MASK not in text[span.start : span.end]:
                yield span


def _merge(spans: Iterable[Span]) -> list[Span]:
    """Overlapping spans become one, of the longest one's kind, so that no rest is left over."""
    merged: list[Span] = []
    longest = 0
    for span in sorted(spans):
        if not merged or span.start >= merged[-1].end:
            merged.append(span)
            longest = span.end - span.start
            continue
        last = merged[-1]
        kind = span.kind if span.end - span.start > longest else last.kind
        longest = max(longest, span.end - span.start)
        merged[-1] = Span(start=last.start, end=max(last.end, span.end), kind=kind)
    return merged


def _whole(text: str, span: Span) -> Span:
    """All text around a span up to what was found before."""
    end = text.find(MASK, span.end)
    return Span(
        start=text.rfind(MASK, 0, span.start) + 1,
        end=len(text) if end < 0 else end,
        kind=span.kind,
    )


def _masked(text: str, spans: Sequence[Span]) -> str:
    parts, at = [], 0
    for span in spans:
        parts += [text[at : span.start], MASK * (span.end - span.start)]
        at = span.end
    return "".join([*parts, text[at:]])
