"""Answers that were given before, and one call for many who ask the same at once.

A key is what decides an answer: tenant, deployment, prompt, document, digests of the pictures,
schema, limits and effort.
Only valid answers are kept. Who leads, asks; the others wait for the leader's answer, and one of
them takes over when its stage's claim has ended without one: Postgres says so, not a clock.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.infra.answer_store import AnswerStore
from app.repositories.claims import Claim
from app.services.pictures import digests_of, pictures_of
from app.services.prompts import SEEN, SYSTEM
from providers.calls import CancelToken
from providers.middleware.base import CallContext, Deferred, Middleware
from providers.types import Completion, CompletionRequest, Usage

LEAD_SECONDS = 3600.0  # a leader that is dead is found out long before
POLL = 0.05  # seconds between looks for the leader's answer
CHECK = 1.0  # seconds between looks whether the leader lives
PATIENCE = 3.0  # seconds that a stage waits in its slot, before it comes again later
LATER_SECONDS = 1.0
DECIDING = (
    *("prompt", "document", "schema", "max_output_tokens", "effort", "redact", "temperature"),
)

Alive = Callable[[UUID, str, int], bool]  # (tenant, stage, epoch)


@dataclass(frozen=True, kw_only=True)
class Found:
    """An answer that needs no call."""

    output: Any
    how: str  # hit | shared


@dataclass(frozen=True, kw_only=True)
class Lead:
    """This stage asks, and tells the others; an empty key: it asks for itself alone."""

    key: str = ""
    owner: str = ""
    ttl: int = 0


class Later:
    """Another is asking: come again."""


LATER = Later()


class AnswerCache:
    def __init__(self, store: AnswerStore | None, ttl: int, alive: Alive) -> None:
        """`ttl`: seconds that answers are kept when a job does not say; 0: none are."""
        self._store = store
        self._ttl = ttl
        self._alive = alive

    def look(self, claim: Claim, deployment: str, token: CancelToken) -> Found | Lead | Later:
        """An answer, the right to ask for it, or neither for now."""
        given = claim.job.input.get("cache") or {}
        drawn = claim.job.input.get("temperature", 0) > 0  # its answers are meant to differ
        ttl = given.get("ttl", 0 if drawn else self._ttl)
        if self._store is None or not ttl or given.get("bypass"):
            return Lead()
        key = key_of(claim.tenant_id, deployment, claim.job.input, claim.stage.item)
        if not given.get("refresh"):
            found = self._found(key, "hit")
            if found is not None:
                return found
        owner = json.dumps([str(claim.tenant_id), claim.stage.id, claim.epoch])
        lead = Lead(key=key, owner=owner, ttl=ttl)
        won = self._store.lead(key, owner, LEAD_SECONDS)
        if given.get("refresh"):
            return lead
        return self._leads(lead) if won else self._follow(lead, token)

    def keep(self, lead: Lead, output: Any) -> None:
        """Keep a valid answer and let the others have it."""
        if self._store is not None and lead.key:
            self._store.put(lead.key, json.dumps(output), lead.ttl)

    def release(self, lead: Lead) -> None:
        """Whatever came of it, others may ask now."""
        if self._store is not None and lead.key:
            self._store.release(lead.key, lead.owner)

    @property
    def holds(self) -> bool:
        """Whether there is a place that answers may be in."""
        return self._store is not None

    def forget(self, keys: list[str]) -> None:
        """Answers that must not be given any more."""
        if self._store is not None:
            self._store.drop(keys)

    def _follow(self, lead: Lead, token: CancelToken) -> Found | Lead | Later:
        assert self._store is not None
        until = time.monotonic() + PATIENCE
        check_at = time.monotonic()
        while time.monotonic() < until and not token.canceled:
            found = self._found(lead.key, "shared")
            if found is not None:
                return found
            leader = self._store.leader(lead.key)
            if leader is None:
                if self._store.lead(lead.key, lead.owner, LEAD_SECONDS):
                    return self._leads(lead)
            elif time.monotonic() >= check_at:
                check_at = time.monotonic() + CHECK
                dead = leader != lead.owner and not self._lives(leader)
                if leader == lead.owner or (
                    dead and self._store.replace(lead.key, leader, lead.owner, LEAD_SECONDS)
                ):
                    return self._leads(lead)
            time.sleep(POLL)
        return LATER

    def _leads(self, lead: Lead) -> Found | Lead:
        """The lead was won: the one before may have answered since this one looked."""
        found = self._found(lead.key, "shared")
        if found is None:
            return lead
        self.release(lead)
        return found

    def _lives(self, leader: str) -> bool:
        tenant, stage, epoch = json.loads(leader)
        return self._alive(UUID(tenant), stage, epoch)

    def _found(self, key: str, how: str) -> Found | None:
        assert self._store is not None
        text = self._store.get(key)
        return Found(output=json.loads(text), how=how) if text is not None else None


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Whom a call is for, as the cache has to know it."""

    claim: Claim
    token: CancelToken
    again: bool  # an answer of the same question was not valid, so this is nobody else's


class Caching(Middleware):
    """The cache around a provider call; `CallContext.subject` is an Asking."""

    name = "cache"

    def __init__(self, answers: AnswerCache) -> None:
        self._answers = answers

    def before(self, call: CallContext, request: CompletionRequest) -> Completion | None:
        """An answer kept as it was accepted. Raises Deferred while another asks the same."""
        asking = call.subject
        if not isinstance(asking, Asking) or asking.again:
            return None
        found = self._answers.look(asking.claim, call.deployment, asking.token)
        if isinstance(found, Found):
            call.cache = found.how
            text = json.dumps(found.output)
            return Completion(text=text, model=call.model, finish="stop", usage=Usage())
        if isinstance(found, Lead):
            call.state[self.name] = found
            call.cache = "miss" if found.key else None
        elif not asking.token.canceled:
            raise Deferred("", retry_after=LATER_SECONDS)
        return None

    def accepted(self, call: CallContext, value: Any) -> None:
        self._answers.keep(call.state.get(self.name, Lead()), value)

    def close(self, call: CallContext) -> None:
        self._answers.release(call.state.get(self.name, Lead()))


def key_of(
    tenant_id: UUID, deployment: str, given: Mapping[str, Any], item: Mapping[str, Any] | None
) -> str:
    """SHA-256 of what decides an answer; the order of object keys does not matter."""
    own = {name: given.get(name) for name in DECIDING}
    own |= {name: item[name] for name in ("prompt", "document") if item and item.get(name)}
    decides = [str(tenant_id), deployment, SYSTEM, own]
    if pictures := pictures_of(given, item):
        decides += [SEEN, digests_of(pictures)]
    text = json.dumps(decides, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
