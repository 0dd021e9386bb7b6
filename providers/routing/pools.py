"""What deployments may be asked now, counted down while somebody chooses who goes next."""

from collections.abc import Sequence
from dataclasses import dataclass

from providers.routing.allowances import UNITS, Allowances, Levels, buckets_of
from providers.routing.buckets import Bucket, Unit


@dataclass
class _Pool:
    unit: Unit
    left: float
    burst: int
    interval: float  # seconds a unit
    closed: bool = False

    def wait(self, units: int) -> float:
        return max(0.0, (min(units, self.burst) - self.left) * self.interval)


class Pools:
    """Of all limited deployments, at one moment.

    A deployment is provider/model; several, with spaces between them, are served by any of them.
    Who finds too little in a pool closes it, so that smaller requests do not starve a larger one.
    """

    def __init__(self, allowances: Allowances) -> None:
        self._providers = allowances.providers
        self._levels: Levels = allowances.all_levels()
        self._pools: dict[str, _Pool] = {}
        self._of: dict[str, list[_Pool]] = {}
        self.refused = 0
        self.seconds: float | None = None  # until there is room for the first that was refused

    def fits(self, deployment: str, tokens: int) -> bool:
        """Whether there is room for a call of so many tokens."""
        good = self._first(deployment, tokens) is not None
        self.refused += not good
        return good

    def room(self, deployment: str, tokens: int) -> int | None:
        """For how many such calls; None: there is no limit. They count as asked for."""
        if not all(map(self._pools_of, deployment.split(" "))):
            return None
        count = 0
        while self.fits(deployment, tokens):
            self.use(deployment, tokens)
            count += 1
        return count

    def use(self, deployment: str, tokens: int, calls: int = 1) -> None:
        """These will be asked for."""
        name = self._first(deployment, tokens) or deployment.partition(" ")[0]
        for pool in self._pools_of(name):
            pool.left -= tokens if pool.unit == "tokens" else calls

    def full(self) -> list[str]:
        """The configured deployments that have no room for anything."""
        names = [f"{p.name}/{model}" for p in self._providers.values() for model in p.models]
        found = [name for name in names if not self.fits(name, 1)]
        self.refused = 0
        return found

    def _first(self, deployment: str, tokens: int) -> str | None:
        """Who has room for it."""
        for name in deployment.split(" "):
            # A list: each pool is looked at, so that all that have too little are closed.
            open_ones = [self._open(pool, tokens) for pool in self._pools_of(name)]
            if all(open_ones):
                return name
        return None

    def _open(self, pool: _Pool, tokens: int) -> bool:
        wait = pool.wait(tokens if pool.unit == "tokens" else 1)
        if wait > 0:
            pool.closed = True
            self.seconds = wait if self.seconds is None else min(self.seconds, wait)
        return not pool.closed

    def _pools_of(self, deployment: str) -> list[_Pool]:
        found = self._of.get(deployment)
        if found is None:
            found = self._of[deployment] = self._find(deployment)
        return found

    def _find(self, deployment: str) -> list[_Pool]:
        provider, _, model = deployment.partition("/")
        config = self._providers.get(provider)
        if config is None:
            return []
        each = [buckets_of(config, model, key) for key in config.credentials]
        common = set.intersection(*map(set, each))
        found = {b.name + b.unit: [b] for b in common}
        for unit in UNITS:
            keys = [[b for b in own if b.unit == unit and b not in common] for own in each]
            of_keys = [[b for b in own if "/" not in b.name] for own in keys]
            if all(of_keys):  # for all models together
                found[f"{provider}#{unit}"] = [own[0] for own in of_keys]
            if all(keys):
                found[f"{deployment}#{unit}"] = [min(own, key=self._level) for own in keys]
        return [self._pool(name, buckets) for name, buckets in found.items()]

    def _pool(self, name: str, buckets: Sequence[Bucket]) -> _Pool:
        pool = self._pools.get(name)
        if pool is None:
            levels = [self._level(b) for b in buckets]
            left = levels[0] if len(levels) == 1 else sum(max(0.0, level) for level in levels)
            interval = 1 / sum(1 / b.interval for b in buckets)
            pool = self._pools[name] = _Pool(
                unit=buckets[0].unit,
                left=left,
                burst=max(b.burst for b in buckets),
                interval=interval,
            )
        return pool

    def _level(self, bucket: Bucket) -> float:
        return self._levels[bucket]
