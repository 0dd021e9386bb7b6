"""Faults on demand, per model: what the control endpoint or the config file asks for."""

import copy
import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from providers.simulator.minutes import seconds_over

Fault = dict[str, Any]


class BadFault(ValueError):
    """The fault's description is wrong; the text says where."""


def _number(low: float, high: float) -> Callable[[Any], bool]:
    return lambda v: isinstance(v, int | float) and not isinstance(v, bool) and low <= v <= high


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda v: type(v) is int and low <= v <= high


def _limit(value: Any) -> bool:
    known = {"times": _whole(0, 10**9), "retry_after": _number(0, 10**6)}
    return isinstance(value, dict) and all(k in known and known[k](v) for k, v in value.items())


def _per_minute(value: Any) -> bool:
    whole = _whole(1, 10**9)
    known = {"requests": whole, "tokens": whole, "at_once": _number(0, 1)}
    return isinstance(value, dict) and all(k in known and known[k](v) for k, v in value.items())


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _counted(value: Any) -> bool:
    return isinstance(value, bool) or _whole(0, 10**9)(value)


def _text(value: Any) -> bool:
    return isinstance(value, str)


KNOWN: dict[str, Callable[[Any], bool]] = {
    "latency_seconds": _number(0, 3600),
    "chunk_seconds": _number(0, 3600),  # between the pieces of a stream
    "rate_limit": _limit,  # {times (1), retry_after (1)}: 429 so many times
    "per_minute": _per_minute,  # {requests, tokens, at_once (1)}: 429 over the vendor's limits
    "error_status": _whole(400, 599),
    "error_code": _text,  # the vendor's code, as "insufficient_quota"
    "timeout": _flag,  # take the call, never answer
    "cut": _flag,  # hang up in the middle of the body
    "stream_error": _whole(400, 599),  # of a stream's middle; a whole answer takes no notice
    "refuse": _flag,
    "text": _text,  # the answer's exact text
    "every": _whole(1, 10**6),  # only every so many calls, by turns
    "times": _whole(0, 10**9),  # how often the six above happen; always without it
    "invalid_json": _counted,  # True, or so many times
    "invalid_data": _counted,  # data that violates the schema: True, or so many times
}
UNTIL = ("error_status", "timeout", "cut", "stream_error", "refuse", "text")


@dataclass
class Effect:
    """What happens to one call."""

    latency: float = 0.0  # seconds
    between: float = 0.0  # seconds, of a stream's pieces
    status: int = 200
    code: str | None = None
    retry_after: float | None = None  # seconds
    hang: bool = False
    cut: bool = False
    stream_error: int | None = None  # status
    invalid_json: bool = False
    invalid_data: bool = False
    refuse: bool = False
    text: str | None = None


@dataclass
class Faults:
    """Faults by `vendor/model`, `key:` and an API key, or `*` for all; counted ones run out."""

    by_model: dict[str, Fault] = field(default_factory=dict)

    def put(self, faults: Any) -> None:
        """Replace the faults of the named models; null removes them. Raises BadFault."""
        if not isinstance(faults, dict):
            raise BadFault('faults must be an object: {"vendor/model" or "*": {...}}')
        for model, fault in faults.items():
            check(model, fault)
        merged = self.by_model | {
            model: copy.deepcopy(fault or {}) for model, fault in faults.items()
        }
        self.by_model = {model: fault for model, fault in merged.items() if fault}

    def load(self, path: Path) -> None:
        """Read a JSON or TOML file with a table a model. Raises BadFault."""
        try:
            text = path.read_text()
            self.put(json.loads(text) if path.suffix == ".json" else tomllib.loads(text))
        except (OSError, ValueError) as error:  # both formats' errors are ValueErrors
            raise BadFault(f"{path}: {error}") from error

    def next(self, model: str, api_key: str = "", tokens: int = 1) -> Effect:
        """The effect of the next call to a model; counted faults are used up."""
        effect = Effect()
        for key in ("*", model, f"key:{api_key}"):
            if key in self.by_model:
                _apply(self.by_model[key], effect, tokens)
        return effect


def check(model: str, fault: Any) -> None:
    """Raise BadFault for a fault that is not one."""
    if fault is None:
        return
    if not isinstance(fault, dict):
        raise BadFault(f"{model}: a fault must be an object")
    for name, value in fault.items():
        if name not in KNOWN:
            raise BadFault(f"{model}: unknown fault {name!r}; known are {', '.join(KNOWN)}")
        if not KNOWN[name](value):
            raise BadFault(f"{model}.{name}: {json.dumps(value)} is not a value of this fault")


def _apply(fault: Fault, effect: Effect, tokens: int) -> None:
    effect.latency += float(fault.get("latency_seconds", 0))
    effect.between += float(fault.get("chunk_seconds", 0))
    limit = fault.get("rate_limit")
    if limit is not None and _take(limit, "times", 1):
        effect.status, effect.retry_after = 429, float(limit.get("retry_after", 1))
        return
    over = seconds_over(fault["per_minute"], tokens) if fault.get("per_minute") else None
    if over is not None:
        effect.status, effect.retry_after = 429, over
        return
    if _is_due(fault) and _take(fault, "times", True):
        effect.status = fault.get("error_status", effect.status)
        effect.code = fault.get("error_code", effect.code)
        effect.hang |= fault.get("timeout", False)
        effect.cut |= fault.get("cut", False)
        effect.stream_error = fault.get("stream_error", effect.stream_error)
        effect.refuse |= fault.get("refuse", False)
        effect.text = fault.get("text", effect.text)
    if effect.status == 200 and not effect.hang:  # a call that failed used no bad answer up
        effect.invalid_json |= _take(fault, "invalid_json", False)
        effect.invalid_data |= not effect.invalid_json and _take(fault, "invalid_data", False)


def _is_due(fault: Fault) -> bool:
    """Whether one of the faults that `times` counts down happens to this call."""
    if all(fault.get(name) is None for name in UNTIL):
        return False
    fault["_calls"] = fault.get("_calls", 0) + 1
    return bool(fault["_calls"] % fault.get("every", 1) == 0)


def _take(counts: dict[str, Any], name: str, default: int | bool) -> bool:
    """Use one up; True when there was one. A True never runs out."""
    left = counts.get(name, default)
    if left is True or not left:
        return bool(left)
    counts[name] = left - 1
    return True
