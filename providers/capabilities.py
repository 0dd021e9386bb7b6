"""What each model can do: one table, dated and with its source, that a deployment may override."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Any, Literal, get_args

from providers.capability_table import TABLE, price_provider, row_of
from providers.pricing import listed

__all__ = ["TABLE", "Capabilities", "capabilities", "overridden"]
Tier = Literal["fast", "smart"]
Task = Literal["extraction", "reasoning", "code", "vision"]
TASKS: tuple[Task, ...] = get_args(Task)
DEFAULT_TASK: Task = "extraction"


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """Of one model; the defaults are what may be hoped for of a model that nobody listed."""

    context: int = 8_192  # tokens of input and output together
    output: int = 4_096  # tokens of one answer
    vision: bool = False
    tools: bool = False
    forced_tool: bool = False  # a tool may be named that it has to call
    structured: bool = False  # the vendor enforces a schema
    streaming: bool = True  # an answer may come piece by piece
    reasoning: bool = False  # takes a reasoning effort
    tier: Tier | None = None  # the group that it belongs to by default
    quality: int = 50  # of 100, for `highest_quality`; ours, by the vendors' own rankings
    tasks: Mapping[str, int] = field(default_factory=dict, hash=False)  # by Task, where it differs
    price_provider: str | None = None  # the vendor's id in the price list; None: it is not there
    known: bool = False  # the table names it; a row for all that a server runs knows no sizes

    def quality_at(self, task: str) -> int:
        """Of 100: the task's own score, or the general one."""
        return self.tasks.get(task, self.quality)


UNKNOWN = Capabilities()
FIELDS = tuple(f.name for f in fields(Capabilities) if f.name != "known")


@lru_cache(maxsize=4096)  # names are a few hundred bytes at most
def capabilities(kind: str, model: str) -> Capabilities:
    """The first row that matches, or defaults; the context that the price list knows goes first."""
    window, row = _window(kind, model), row_of(kind, model)
    told: dict[str, Any] = {name: row[name] for name in FIELDS if name in row} if row else {}
    told |= {"context": window} if window else {}
    known = row.get("known", True) if row else False
    return Capabilities(**{**told, "price_provider": price_provider(kind, model)}, known=known)


def overridden(found: Capabilities, changes: Mapping[str, Any]) -> Capabilities:
    """The same with somebody's own fields; `changes` has names of FIELDS only.

    Of `tasks` those that are not named stay, unless `quality` is set: then the table's, which were
    set beside another quality, do not count any more.
    A model that nobody listed is known when its context is: what else is set makes no limit firm.
    """
    tasks = {} if "quality" in changes else found.tasks
    told = {**changes, "tasks": {**tasks, **changes.get("tasks", {})}}
    return replace(found, **told, known=found.known or "context" in changes)


def _window(kind: str, model: str) -> int | None:
    found = listed(kind, model)
    window = getattr(found, "context_window", None)
    return window if isinstance(window, int) else None
