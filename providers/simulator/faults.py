"""Faults on demand, per model: what the control endpoint or the config file asks for."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KNOWN = {
    "latency_seconds": (int, float),
    "rate_limit": (dict,),  # {times, retry_after}
    "error_status": (int,),
    "times": (int,),  # how often error_status, timeout, cut and refuse happen; always without it
    "timeout": (bool,),  # accept the call, never answer
    "cut": (bool,),  # close the connection in the middle of the body
    "invalid_json": (bool, int),
    "invalid_data": (bool, int),
    "refuse": (bool,),
    "text": (str,),  # the answer's exact text
}


class BadFault(ValueError):
    """The fault's description is wrong; the text says where."""


@dataclass
class Effect:
    """What happens to one call."""

    latency: float = 0.0
    status: int = 200
    retry_after: float | None = None
    hang: bool = False
    cut: bool = False
    invalid_json: bool = False
    invalid_data: bool = False
    refuse: bool = False
    text: str | None = None


@dataclass
class Faults:
    """Faults by `vendor/model`, or `*` for all; counted ones run out."""

    by_model: dict[str, dict[str, Any]] = field(default_factory=dict)

    def put(self, faults: Any) -> None:
        """Replace the faults of the named models. Raises BadFault."""
        if not isinstance(faults, dict):
            raise BadFault("faults must be an object: model -> fault")
        for model, fault in faults.items():
            check(model, fault)
        self.by_model |= {model: dict(fault) for model, fault in faults.items()}

    def load(self, path: Path) -> None:
        """Read a TOML file with a table a model. Raises BadFault."""
        try:
            self.put(tomllib.loads(path.read_text()))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise BadFault(f"{path}: {error}") from error

    def next(self, model: str) -> Effect:
        """The effect of the next call to a model; counted faults are used up."""
        effect = Effect()
        for key in ("*", model):
            fault = self.by_model.get(key)
            if fault:
                _apply(fault, effect)
        return effect


def check(model: str, fault: Any) -> None:
    if not isinstance(fault, dict):
        raise BadFault(f"{model}: a fault must be an object")
    for name, value in fault.items():
        if name not in KNOWN:
            raise BadFault(f"{model}: unknown fault {name!r}; known are {', '.join(KNOWN)}")
        if not isinstance(value, KNOWN[name]):
            raise BadFault(f"{model}.{name} has the wrong type")


def _apply(fault: dict[str, Any], effect: Effect) -> None:
    effect.latency += float(fault.get("latency_seconds", 0))
    effect.text = fault.get("text", effect.text)
    limit = fault.get("rate_limit")
    if limit and limit.get("times", 1) > 0:
        fault["rate_limit"] = {**limit, "times": limit.get("times", 1) - 1}
        effect.status, effect.retry_after = 429, float(limit.get("retry_after", 1))
        return
    for name in ("invalid_json", "invalid_data"):
        left = fault.get(name)
        if left:
            setattr(effect, name, True)
            if left is not True:
                fault[name] = left - 1
    if not {"error_status", "timeout", "cut", "refuse"} & fault.keys():
        return
    if fault.get("times", 1) <= 0:
        return
    if "times" in fault:
        fault["times"] -= 1
    effect.status = fault.get("error_status", effect.status)
    effect.hang = bool(fault.get("timeout"))
    effect.cut = bool(fault.get("cut"))
    effect.refuse = bool(fault.get("refuse"))
