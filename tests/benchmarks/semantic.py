"""How often the semantic cache is right and wrong: python -m tests.benchmarks.semantic

Without --model the vectors are the simulator's. With --model provider/model they come from that
provider of the settings (it is asked, and paid, for 148 texts): run this before the
semantic cache is turned on, and look for the threshold whose false hits you can live with.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.infra.vector_store import unit
from app.services.semantic_guard import fingerprint
from tests.support.semantic_pairs import Pair, pairs

THRESHOLDS = (0.80, 0.85, 0.90, 0.93, 0.95, 0.97, 0.99)
Embed = Callable[[Sequence[str]], list[Sequence[float]]]


@dataclass(frozen=True, kw_only=True)
class Scored:
    pair: Pair
    cosine: float
    guarded: bool  # the facts agree

    def hit(self, threshold: float, *, guard: bool = True) -> bool:
        return self.cosine >= threshold and (self.guarded or not guard)


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Hits among pairs of the same meaning, and false ones among the others."""

    threshold: float
    hits: int
    of_same: int
    false_hits: int
    of_other: int
    false_hits_unguarded: int


def score(embed: Embed) -> list[Scored]:
    """Every pair with its likeness; each text is embedded once."""
    found = pairs()
    texts = list(dict.fromkeys(text for p in found for text in (p.first, p.second)))
    vectors = dict(zip(texts, map(unit, embed(texts)), strict=True))
    return [
        Scored(
            pair=p,
            cosine=sum(a * b for a, b in zip(vectors[p.first], vectors[p.second], strict=True)),
            guarded=fingerprint(p.first) == fingerprint(p.second),
        )
        for p in found
    ]


def rates(scored: Sequence[Scored], threshold: float) -> Rates:
    same = [s for s in scored if s.pair.same]
    other = [s for s in scored if not s.pair.same]
    return Rates(
        threshold=threshold,
        hits=sum(s.hit(threshold) for s in same),
        of_same=len(same),
        false_hits=sum(s.hit(threshold) for s in other),
        of_other=len(other),
        false_hits_unguarded=sum(s.hit(threshold, guard=False) for s in other),
    )


def table(scored: Sequence[Scored]) -> str:
    lines = ["threshold  same meaning: hits   other meaning: false hits (without the guard)"]
    for threshold in THRESHOLDS:
        found = rates(scored, threshold)
        hits = _share(found.hits, found.of_same)
        false = _share(found.false_hits, found.of_other)
        unguarded = _share(found.false_hits_unguarded, found.of_other)
        lines.append(f"{threshold:9.2f}  {hits:>18s}   {false:>26s} ({unguarded})")
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} = {100 * part / whole:.1f}%"


def simulated(texts: Sequence[str]) -> list[Sequence[float]]:
    from providers.simulator.vectors import vector

    return [vector(text, 1536) for text in texts]


def real(name: str) -> Embed:
    """The vectors of a configured provider's model."""
    from app.container import Container
    from app.infra.settings import load_settings
    from providers.types import EmbeddingRequest

    services = Container(load_settings())
    provider, _, model = name.partition("/")
    config = services.settings.providers[provider]
    adapter = services.provider(provider, config.credentials[0].name)

    def embed(texts: Sequence[str]) -> list[Sequence[float]]:
        found: list[Sequence[float]] = []
        for start in range(0, len(texts), 50):
            request = EmbeddingRequest(model=model, texts=tuple(texts[start : start + 50]))
            found += services.caller.run(adapter, adapter.embed(request, 60.0), timeout=60).vectors
        return found

    return embed


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.semantic")
    parser.add_argument("--model", help="provider/model of the settings; default: the simulator's")
    parser.add_argument("--json", action="store_true", help="every pair with its likeness")
    options = parser.parse_args()
    scored = score(real(options.model) if options.model else simulated)
    if options.json:
        rows = [{**vars(s.pair), "cosine": s.cosine, "facts_agree": s.guarded} for s in scored]
        print(json.dumps(rows, indent=1))
        return
    print(table(scored))
    for one in sorted(scored, key=lambda s: -s.cosine):
        if not one.pair.same and one.guarded:
            kind = f"{one.pair.how}, {'long' if one.pair.long else 'short'}"
            words = set(one.pair.first.split()) ^ set(one.pair.second.split())
            told = ", ".join(sorted(words)) or "the words in another order"
            print(f"the guard lets pass ({kind}), {one.cosine:.3f}: {told}")


if __name__ == "__main__":
    main()
