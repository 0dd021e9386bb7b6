"""Shapes a schema for a vendor's structured output, with the way back.

A vendor enforces a subset of JSON Schema. The relaxed schema says less than the original (the
answer is always checked against the original); what had to be wrapped, made nullable or written
as pairs is undone by `Plan.restore`. A schema that the subset cannot express is given to a tool
that does not enforce it, or asked for in the prompt.
"""

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from schemas.json_schema.merging import Inexpressible
from schemas.json_schema.normal import normalize
from schemas.json_schema.pairs import paired
from schemas.json_schema.relaxed import ROOT, Relaxation, dropped
from schemas.json_schema.restore import Restorer
from schemas.json_schema.shaping import NOTED, Dialect, Shaper
from schemas.json_schema.validate import checker_for
from schemas.json_schema.vendors import DIALECTS
from schemas.json_schema.wrapping import WRAP, needs_wrapping, parameters, wrapped
from schemas.kept import Kept

__all__ = ["DIALECTS", "NOTED", "WRAP", "Mode", "Plan", "UnknownMode", "modes", "plan"]

Mode = Literal["native", "strict_tool", "tool", "prompt"]
Schema = dict[str, Any]
MOST_KEPT = 64 << 20  # bytes of plans that a process keeps
REST, TIMES = 16 << 10, 10  # bytes: plans take about so many times their schema's text (measured)


class UnknownMode(ValueError):
    """The schema cannot be asked for in this mode."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How to ask a vendor for a schema, and how to read the answer back."""

    mode: Mode
    schema: Schema | None  # for the vendor, or a tool's parameters; None in prompt mode
    restore: Callable[[Any], Any]  # of an answer that may be anything; raises nothing
    reason: str | None = None  # why the vendor cannot enforce the schema, in tool and prompt mode
    wrapped: bool = False  # the root is asked for inside an object
    relaxed: tuple[Relaxation, ...] = ()  # at most 100


_kept: Kept[tuple[str, str], dict[Mode, Plan]] = Kept(MOST_KEPT)


def modes(schema: Mapping[str, Any], dialect: str) -> tuple[Mode, ...]:
    """The modes that a schema can be asked for in, best first; the last is always `prompt`."""
    return tuple(_plans(json.dumps(schema), dialect))


def plan(schema: Mapping[str, Any], dialect: str, mode: Mode | None = None) -> Plan:
    """The plan for a vendor's dialect in a mode, or the best one.

    An unknown dialect ("none") has prompt mode only. Raises UnknownMode for one not of `modes`.
    """
    plans = _plans(json.dumps(schema), dialect)
    if mode is None:
        return next(iter(plans.values()))
    if mode not in plans:
        raise UnknownMode(f"this schema cannot be asked for in mode {mode!r} of {dialect!r}")
    return plans[mode]


def _plans(text: str, name: str) -> dict[Mode, Plan]:
    """The plans of a schema, kept for the next time."""
    found = _kept.get((text, name))
    if found is None:
        found = _made(text, name)
        _kept.put((text, name), found, REST + TIMES * len(text))
    return found


def _made(text: str, name: str) -> dict[Mode, Plan]:
    if name not in DIALECTS:
        return {"prompt": _prompt("what this server makes of a schema is not known")}
    schema: Schema = json.loads(text)
    dialect = DIALECTS[name]
    plans: dict[Mode, Plan] = {}
    reason: str | None = None
    try:
        shaped = _Shaped(schema, dialect)
    except (Inexpressible, LookupError, RecursionError) as error:
        reason = str(error) if isinstance(error, Inexpressible) else "too involved"
    else:
        plans["native"] = shaped.plan("native", dialect.object_root)
        if dialect.strict_tool:
            plans["strict_tool"] = shaped.plan("strict_tool", True)
        elif not dialect.open_tool:
            plans["tool"] = shaped.plan("tool", True)
    if dialect.open_tool:
        plans["tool"] = replace(_open_tool(text), reason=reason)
    plans["prompt"] = _prompt(reason)
    return plans


class _Shaped:
    """A schema in a dialect. Raises Inexpressible, LookupError, RecursionError when made."""

    def __init__(self, schema: Schema, dialect: Dialect) -> None:
        self._schema = schema
        normal = normalize(schema)
        if dialect.closes:
            normal = paired(normal)
        shaper = Shaper(normal, dialect)
        self._relaxed = shaper.run()
        self._restorer = Restorer(
            normal,
            shaper.alternatives,
            self._relaxed.get("$defs", {}),
            nullable=dialect.nullable,
        )
        self._changes = dialect.nullable or dialect.closes
        self._dropped = tuple(dropped(schema, dialect))

    def plan(self, mode: Mode, object_root: bool) -> Plan:
        wrap = object_root and needs_wrapping(self._relaxed)
        back = functools.partial(_back, self._schema, self._restorer, wrap)
        return Plan(
            mode=mode,
            schema=wrapped(self._relaxed) if wrap else self._relaxed,
            restore=back if wrap or self._changes else _same,
            wrapped=wrap,
            relaxed=(ROOT, *self._dropped) if wrap else self._dropped,
        )


def _prompt(reason: str | None) -> Plan:
    return Plan(mode="prompt", schema=None, restore=_same, reason=reason)


def _open_tool(text: str) -> Plan:
    """The schema as it is; nothing of it is enforced."""
    schema: Schema = json.loads(text)
    if not needs_wrapping(schema):
        return Plan(mode="tool", schema=parameters(json.loads(text)), restore=_same)
    return Plan(
        mode="tool",
        schema=parameters(json.loads(text)),
        restore=functools.partial(_back, schema, None, True),
        wrapped=True,
        relaxed=(ROOT,),
    )


def _back(schema: Schema, restorer: Restorer | None, wrap: bool, value: Any) -> Any:
    """The answer in the client's shape; as good as can be when it does not satisfy the schema."""
    try:
        if not wrap or not isinstance(value, dict) or value.keys() != {WRAP}:
            return _unshaped(schema, restorer, value)
        inner = _unshaped(schema, restorer, value[WRAP])
        checker = checker_for(schema)
        # A model that nothing is enforced on may have left the wrapping out.
        return value if checker.errors(inner) and not checker.errors(value) else inner
    except RecursionError:
        return value


def _unshaped(schema: Schema, restorer: Restorer | None, value: Any) -> Any:
    if restorer is None:
        return value
    kept = restorer.restore(value)
    checker = checker_for(schema)
    if not restorer.nullable or not checker.errors(kept):
        return kept
    # A null that the schema allows may still have stood for an absent property.
    without = restorer.restore(value, drop=True)
    return kept if checker.errors(without) else without


def _same(value: Any) -> Any:
    return value
