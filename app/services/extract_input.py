"""Checks what a client sent to `extract`, and lays out its stages."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.errors import FieldError, InvalidInput
from app.infra.ids import new_id
from app.infra.lanes import CORE, validation
from app.repositories.submission import NewJoin, NewStage, Plan
from app.services.budget import shares
from app.services.chunk_layout import Layout, lay_out
from app.services.estimates import any_of, call_tokens, shared_characters
from app.services.extract_fields import EXTRACT_INPUT, EXTRACT_ITEM
from app.services.extract_shape import MAX_REPORTED, check_input, check_shape, whole
from app.services.pictures import picture_faults, redaction_faults
from app.services.routing import Routes, needs_of
from providers.privacy.presidio import NAMED
from schemas.json_schema.lint import Finding, lint_schema

# With any of these at fault the input says too little to choose deployments by.
ROUTED = (
    *("/items", "/input/model", "/input/mode", "/input/routing", "/input/max_"),
    *("/input/prompt", "/input/document", "/input/chunking", "/input/redact", "/input/images"),
)
OBEYING = ("/input/redact", "/input/routing")  # what a tenant may have set
MAX_REMEMBERED = 10_000  # digests of schemas that the linter passed
_good: set[bytes] = set()


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """What runs: the input, and the items of a batch or of a document in chunks, if it has any."""

    input: dict[str, Any]  # `model` is a list of provider/model, best first
    items: Sequence[Mapping[str, Any]] | None
    join: str  # all | any


def check_extract(
    given: Mapping[str, Any],
    items: Sequence[Mapping[str, Any]] | None,
    join: str,
    routes: Routes,
    *,
    max_items: int,
    max_attempts: int,
    finds_names: bool = False,
) -> Accepted:
    """The input with its defaults filled in; `finds_names`: they may be redacted too.

    Raises InvalidInput with a pointer into the request body for each fault.
    """
    faults = check_input(given, EXTRACT_INPUT) + _items(items, max_items)
    given = whole(given, EXTRACT_INPUT)
    for name in ("document", "images", "chunking") if items is not None else ():
        if name in given:
            faults.append(FieldError(f"/input/{name}", "not allowed together with items"))
    if isinstance(given.get("schema"), dict):
        faults += [
            FieldError(f"/input/schema{f.pointer}", f.detail) for f in _lint(given["schema"])
        ]
    if not finds_names:
        faults += _names(given.get("redact"))
    laid = Layout()
    if not any(f.pointer.startswith(OBEYING) for f in faults):
        given, wrong = routes.policy.obeyed(given)
        faults += wrong
    if not any(f.pointer.startswith(("/items", "/input/images", "/input/redact")) for f in faults):
        faults += redaction_faults(given, items, required=routes.policy.redact_required)
    if not any(f.pointer.startswith(ROUTED) for f in faults):
        laid = _laid_out(given, items, routes)
        faults += laid.faults
    if faults:
        raise InvalidInput("the job cannot be accepted", faults[:MAX_REPORTED])
    given = {"max_attempts": max_attempts, **given}
    if laid.spans:
        items, join = laid.items, laid.policy
    return Accepted(input=_completed(given, items, routes, laid), items=items, join=join)


def _completed(
    given: Mapping[str, Any],
    items: Sequence[Mapping[str, Any]] | None,
    routes: Routes,
    laid: Layout,
) -> dict[str, Any]:
    """The input with what was decided for it."""
    effort = routes.effort(given)
    checked = {**given, "model": list(laid.models)}
    if laid.chunking:
        checked["chunking"] = dict(laid.chunking)
    if items:
        checked |= shares(given, len(items))
    if effort:
        checked["effort"] = effort
    own = routes.catalog.own(laid.models)
    if own:  # kept, so that whoever works on the job goes by what was set when it was accepted
        checked["own"] = own
    return checked


def _laid_out(
    given: Mapping[str, Any], items: Sequence[Mapping[str, Any]] | None, routes: Routes
) -> Layout:
    if items is None:
        return lay_out(given, routes)
    models, faults = routes.resolve(given, needs_of(given, items))
    return Layout(models=tuple(models), faults=tuple(faults))


def _names(redact: Any) -> list[FieldError]:
    """Kinds that only a language model finds, where the server has none."""
    detail = "this server finds no names or places (privacy.presidio is off)"
    kinds = redact if isinstance(redact, list) else []
    return [
        FieldError(f"/input/redact/{index}", detail)
        for index, kind in enumerate(kinds)
        if kind in NAMED
    ]


def _lint(schema: dict[str, Any]) -> list[Finding]:
    """What is wrong with a schema; most jobs bring one that was found good before."""
    digest = hashlib.sha256(json.dumps(schema).encode()).digest()
    if digest in _good:
        return []
    found = lint_schema(schema)
    if not found:
        if len(_good) >= MAX_REMEMBERED:
            _good.clear()
        _good.add(digest)
    return found


def _items(items: Sequence[Mapping[str, Any]] | None, max_items: int) -> list[FieldError]:
    if items is None:
        return []
    if not 1 <= len(items) <= max_items:
        return [FieldError("/items", f"must have 1 to {max_items} items, has {len(items)}")]
    faults: list[FieldError] = []
    seen: dict[str, int] = {}
    for index, item in enumerate(items):
        wrong = check_shape(item, EXTRACT_ITEM, f"/items/{index}")
        if not wrong and not ("document" in item or "images" in item):
            wrong = [FieldError(f"/items/{index}/document", "is required, unless there are images")]
        if not wrong:
            wrong += picture_faults(item.get("images", ()), f"/items/{index}/images")
        faults += wrong
        name = item.get("id") if isinstance(item, dict) else None
        if isinstance(name, str) and seen.setdefault(name, index) != index:
            faults.append(FieldError(f"/items/{index}/id", f"is item {seen[name]}'s id too"))
        if len(faults) >= MAX_REPORTED:
            break
    return faults


def plan_extract(accepted: Accepted) -> Plan:
    """complete -> validate; with items or chunks fan_out -> an item stage each -> join."""
    given, items = accepted.input, accepted.items
    deployment, shared = any_of(given["model"]), shared_characters(given)
    lane = given["model"][0].split("/", 1)[0]
    if items is None:
        last = NewStage(id=new_id("stg"), name="validate", position=1, lane=validation(lane))
        first = NewStage(
            id=new_id("stg"),
            name="complete",
            position=0,
            lane=lane,
            next_id=last.id,
            ready=True,
            deployment=deployment,
            tokens=call_tokens(given, None, shared),
        )
        return Plan(stages=(first, last), first=first)
    body = NewStage(id=new_id("stg"), name="join", position=2, lane=CORE)
    new_join = NewJoin(id=new_id("joi"), stage_id=body.id, policy=accepted.join, total=len(items))
    fan_out = NewStage(id=new_id("stg"), name="fan_out", position=0, lane=CORE, ready=True)
    item_stages = tuple(
        NewStage(
            id=new_id("stg"),
            name="item",
            position=1,
            lane=lane,
            item_index=index,
            item=dict(item),
            join_id=new_join.id,
            ready=True,
            deployment=deployment,
            tokens=call_tokens(given, item, shared),
        )
        for index, item in enumerate(items)
    )
    return Plan(stages=(fan_out, *item_stages, body), first=fan_out, join=new_join)
