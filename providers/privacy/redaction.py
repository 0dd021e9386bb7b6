"""Personal data out of a request before a provider sees it. `Vault.restore` puts it back."""

from collections.abc import Iterable, Sequence, Set

from providers.privacy.detectors import DETECTORS, find
from providers.privacy.spans import Detector, Span
from providers.privacy.vault import LITERAL, Vault


def redact(
    texts: Sequence[str],
    kinds: Iterable[str],
    vault: Vault,
    *,
    reserved: Sequence[str] = (),
    detectors: Sequence[Detector] = DETECTORS,
) -> list[str]:
    """The texts with a placeholder such as `[EMAIL_1]` for each value of these kinds.

    A value has one placeholder in all texts of a vault, also over several calls. `reserved` are
    texts that stay as they are, such as a schema: no placeholder looks like a part of them.
    Restore an answer after parsing it, not in its JSON text. ValueError: no detector for a kind.
    """
    wanted = frozenset(kinds)
    known: Set[str] = frozenset().union(*(detector.kinds for detector in detectors))
    if unknown := sorted(wanted - known):
        raise ValueError(f"no detector for {', '.join(unknown)}")
    # Placeholders given in an earlier call, where the client wrote the same by chance.
    rules = (_Lookalikes(vault), *detectors)
    vault.avoid([*texts, *reserved])
    found = [find(text, wanted | {LITERAL}, rules) for text in texts]
    return [_replaced(text, spans, vault) for text, spans in zip(texts, found, strict=True)]


class _Lookalikes:
    """Finds what would be restored though it was never redacted."""

    kinds = frozenset({LITERAL})

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def find(self, text: str, kinds: Set[str]) -> Iterable[Span]:
        for start, end in self._vault.lookalikes(text):
            yield Span(start=start, end=end, kind=LITERAL)


def _replaced(text: str, spans: Sequence[Span], vault: Vault) -> str:
    parts, at = [], 0
    for span in spans:
        parts += [text[at : span.start], vault.put(span.kind, text[span.start : span.end])]
        at = span.end
    return "".join([*parts, text[at:]])
