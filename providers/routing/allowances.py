"""What the limits of providers, models and keys leave for a call: asked before, corrected after."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from providers.routing.buckets import Bucket, Buckets, LocalBuckets, Unit
from providers.routing.sharing import SharedOrOwn
from providers.types import Credential, ProviderConfig, RateLimits

FRESH = 0.5  # seconds that the router goes by what it has read
UNITS: tuple[Unit, ...] = ("requests", "tokens")
Levels = Mapping[Bucket, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Headroom:
    """What is left of a model's limits now; None: there is no such limit."""

    requests: int | None = None
    tokens: int | None = None
    seconds: float = 0.0  # until a call may go out


class Allowances:
    """The limits of the configured providers. `shared`: counts of all processes together.

    While the sharing fails each process counts for itself.
    """

    def __init__(
        self,
        providers: Mapping[str, ProviderConfig],
        shared: Buckets | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._providers = {name: p for name, p in providers.items() if _limited(p)}
        self._buckets = frozenset(_all_buckets(self._providers.values()))
        own = LocalBuckets(clock)
        self._counts: Buckets = SharedOrOwn(shared, own) if shared else own
        self._clock = clock
        self._read_at = -FRESH
        self._seen: Levels = {}

    @property
    def providers(self) -> Mapping[str, ProviderConfig]:
        """Those with any limit."""
        return self._providers

    def take(self, provider: str, model: str, key: Credential, tokens: int) -> float:
        """0.0: a call of so many tokens may go out, and is counted; else seconds to wait."""
        wanted = self._wanted(provider, model, key, 1, tokens)
        return self._counts.take(wanted) if wanted else 0.0

    def correct(
        self, provider: str, model: str, key: Credential, *, calls: int = 0, tokens: int = 0
    ) -> None:
        """Count what was spent beyond the estimate; negative: give back."""
        found = self._wanted(provider, model, key, calls, tokens)
        wanted = [(bucket, units) for bucket, units in found if units]
        if wanted:
            self._counts.spend(wanted)

    def waits(
        self, provider: str, model: str, keys: Sequence[Credential], tokens: int
    ) -> list[float]:
        """Seconds until a call may go out, by each key; nothing is counted."""
        if provider not in self._providers:
            return [0.0] * len(keys)
        wanted = [self._wanted(provider, model, key, 1, tokens) for key in keys]
        levels = self.levels({bucket for each in wanted for bucket, _ in each})
        return [max((b.wait(levels[b], n) for b, n in each), default=0.0) for each in wanted]

    def headroom(self, provider: str, model: str, tokens: int = 1) -> Headroom | None:
        """What is left, as it was a moment ago; None when nothing is limited."""
        config = self._providers.get(provider)
        if config is None:
            return None
        levels = self._lately()
        wanted = [self._wanted(provider, model, key, 1, tokens) for key in config.credentials]
        if not any(wanted):
            return None
        left = {unit: _left(wanted, levels, unit) for unit in UNITS}
        seconds = [max((b.wait(levels[b], n) for b, n in each), default=0.0) for each in wanted]
        return Headroom(requests=left["requests"], tokens=left["tokens"], seconds=min(seconds))

    def levels(self, buckets: Iterable[Bucket]) -> Levels:
        """Units left in each, now."""
        asked = list(buckets)
        if not asked:
            return {}
        return dict(zip(asked, self._counts.levels(asked), strict=True))

    def all_levels(self) -> Levels:
        """The same of every limit that is configured."""
        return self.levels(self._buckets)

    def _lately(self) -> Levels:
        now = self._clock()
        if now - self._read_at >= FRESH:
            self._read_at, self._seen = now, self.all_levels()
        return self._seen

    def _wanted(
        self, provider: str, model: str, key: Credential, calls: int, tokens: int
    ) -> list[tuple[Bucket, int]]:
        config = self._providers.get(provider)
        found = buckets_of(config, model, key) if config else ()
        return [(b, calls if b.unit == "requests" else tokens) for b in found]


def buckets_of(config: ProviderConfig, model: str, key: Credential) -> list[Bucket]:
    """What a call of the model with the key counts against."""
    none = RateLimits()
    scopes: tuple[tuple[str, RateLimits], ...] = (
        (config.name, config),
        (f"{config.name}/{model}", config.limits.get(model, none)),
        (f"{config.name}#{key.name}", key),
        (f"{config.name}/{model}#{key.name}", key.limits.get(model, none)),
    )
    return [
        Bucket(name=name, unit=unit, limit=limit)
        for name, limits in scopes
        for unit in UNITS
        if (limit := _limit(limits, unit))
    ]


def _all_buckets(configs: Iterable[ProviderConfig]) -> Iterator[Bucket]:
    for config in configs:
        for key in config.credentials:
            for model in ("", *config.limits, *key.limits):
                yield from buckets_of(config, model, key)


def _limit(limits: RateLimits, unit: Unit) -> int:
    return limits.requests_per_minute if unit == "requests" else limits.tokens_per_minute


def _limited(config: ProviderConfig) -> bool:
    scopes = [config, *config.limits.values(), *config.credentials]
    scopes += [limits for key in config.keys for limits in key.limits.values()]
    return any(_limit(limits, unit) for limits in scopes for unit in UNITS)


def _left(wanted: Sequence[list[tuple[Bucket, int]]], levels: Levels, unit: Unit) -> int | None:
    """Over all keys: the sum of what each has by itself, within what they have in common."""
    common = set.intersection(*({b for b, _ in each} for each in wanted))
    shared = [levels[b] for b in common if b.unit == unit]
    own = [[levels[b] for b, _ in each if b.unit == unit and b not in common] for each in wanted]
    if all(own):
        shared.append(sum(max(0.0, min(each)) for each in own))
    return max(0, int(min(shared) + 0.001)) if shared else None
