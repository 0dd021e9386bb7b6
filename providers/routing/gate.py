"""Which of a provider's keys the next call of a model goes out with, and when."""

import random
from collections.abc import Sequence

from providers.errors import (
    AuthenticationFailed,
    CallCanceled,
    ProviderError,
    QuotaExhausted,
)
from providers.routing.allowances import Allowances
from providers.routing.circuit import REFUSED, CircuitBreaker, Standing
from providers.routing.load import LoadBook
from providers.types import Credential

KEY_TROUBLE = (AuthenticationFailed, QuotaExhausted)


def key_name(provider: str, credential: str) -> str:
    """The circuit of a key, whatever the model: a quota is spent for all of them."""
    return f"{provider}#{credential}"


def deployment_name(provider: str, model: str, credential: str) -> str:
    """The circuit of one model with one key."""
    return f"{provider}/{model}#{credential}" if credential else f"{provider}/{model}"


class Gate:
    """Lets calls out to deployments whose circuits and limits allow it, keys by weight."""

    def __init__(
        self,
        breaker: CircuitBreaker,
        rng: random.Random | None = None,
        loads: LoadBook | None = None,
        allowances: Allowances | None = None,
    ) -> None:
        self._breaker = breaker
        self.allowances = allowances or Allowances({})
        self.loads = loads or LoadBook("alone")
        self._rng = rng or random.Random()

    def standing(self, provider: str, model: str, credential: str) -> Standing:
        """The worse of the key's circuit and the model's."""
        names = (key_name(provider, credential), deployment_name(provider, model, credential))
        return max((self._breaker.standing(name) for name in names), key=_badness)

    def blocked(
        self, provider: str, model: str, credentials: Sequence[Credential]
    ) -> Standing | None:
        """The circuit that opens first, when no key may be used; None when one may."""
        found = [self.standing(provider, model, c.name) for c in credentials]
        if any(standing.state != "open" for standing in found):
            return None
        return min(found, key=lambda standing: standing.seconds)

    def waits(
        self, provider: str, model: str, credentials: Sequence[Credential], tokens: int = 0
    ) -> Standing | None:
        """What keeps a call of so many tokens from going out with any key; None: nothing does.

        Its `seconds` are those until the first key is free.
        """
        found: list[Standing] = []
        rates = self.allowances.waits(provider, model, credentials, tokens)
        for credential, seconds in zip(credentials, rates, strict=True):
            standing = self.standing(provider, model, credential.name)
            if standing.state != "open" and not seconds:
                return None
            if standing.state != "open" or seconds > standing.seconds:
                reason = f"the limits of {provider}/{model} leave no room for {seconds:.1f} s"
                standing = Standing(
                    state="open", reason=reason, seconds=seconds, code="rate_awaited"
                )
            found.append(standing)
        return min(found, key=lambda standing: standing.seconds)

    def enter(
        self, provider: str, model: str, credentials: Sequence[Credential], tokens: int = 0
    ) -> Credential | None:
        """The key to call with now, by weight; None when there is none any more.

        `tokens`: the estimate that is counted against the limits until the answer corrects it.
        One whose circuit is half open takes its turn with the others: how else would it close?
        """
        ranked = sorted(
            credentials,
            key=lambda c: (
                self.standing(provider, model, c.name).state == "open",
                -(self._rng.random() ** (1.0 / c.weight)) if c.weight else 1.0,
            ),
        )
        for credential in ranked:
            names = (
                key_name(provider, credential.name),
                deployment_name(provider, model, credential.name),
            )
            if self.standing(provider, model, credential.name).state == "open":
                continue
            if self.allowances.take(provider, model, credential, tokens):
                continue
            if self._enter(names):
                self.loads.begin(f"{provider}/{model}")
                return credential
            self.allowances.correct(provider, model, credential, calls=-1, tokens=-tokens)
        return None

    def _enter(self, names: Sequence[str]) -> bool:
        """Into all of these circuits, or none."""
        for count, name in enumerate(names):
            if not self._breaker.enter(name):
                for entered in names[:count]:
                    self._breaker.left(entered)
                return False
        return True

    def unused(self, provider: str, model: str, credential: Credential, tokens: int = 0) -> None:
        """No call went out after all."""
        self.allowances.correct(provider, model, credential, calls=-1, tokens=-tokens)
        self.failed(provider, model, credential.name, CallCanceled("no call was made"))

    def answered(self, provider: str, model: str, credential: str, seconds: float) -> None:
        """The call was answered, after so long."""
        self.loads.end(f"{provider}/{model}", seconds)
        self._breaker.succeeded(key_name(provider, credential))
        self._breaker.succeeded(deployment_name(provider, model, credential))

    def failed(self, provider: str, model: str, credential: str, error: ProviderError) -> None:
        """The call failed; what is wrong with the key is not held against the model."""
        self.loads.end(f"{provider}/{model}", None)
        key, deployment = (
            key_name(provider, credential),
            deployment_name(provider, model, credential),
        )
        if isinstance(error, KEY_TROUBLE):
            self._breaker.failed(key, error)
            self._breaker.left(deployment)
            return
        self._breaker.failed(deployment, error)
        if isinstance(error, REFUSED):  # by somebody who knew the key
            self._breaker.succeeded(key)
        else:
            self._breaker.left(key)


def _badness(standing: Standing) -> tuple[int, float]:
    return ("closed", "half_open", "open").index(standing.state), standing.seconds
