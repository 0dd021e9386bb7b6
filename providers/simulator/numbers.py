"""Numbers as documents write them, and the nearest one that a schema allows."""

import math
import re
from fractions import Fraction
from typing import Any

NUMBER = re.compile(
    r"(?<![\w.,-])(?P<sign>[-+−]?)\s?(?:[$€£¥]|[A-Z]{3}\s)?\s?"  # noqa: RUF001
    r"(?P<whole>\d{1,3}(?:[,.'\u00a0\u202f ]\d{3})+(?!\d)|\d+)(?P<rest>[.,]\d+)?(?P<exp>[eE]-?\d+)?"
)
BOUNDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
FAR = 10**15


def number_in(text: str) -> float | None:
    """The first number; thousands separators are dropped, brackets mean less than zero."""
    match = NUMBER.search(text)
    if match is None:
        return None
    whole, rest = match["whole"], match["rest"] or ""
    digits = re.sub(r"\D", "", whole)
    if rest == "" and re.fullmatch(r"\d{1,3}\.\d{3}", whole):
        digits, rest = whole[:-4], whole[-4:]  # 0.125 is no thousand
    value = float(digits + rest.replace(",", ".") + (match["exp"] or ""))
    bracketed = text.strip().startswith("(") and text.strip().endswith(")")
    below = bracketed or match["sign"] in ("-", "−")  # noqa: RUF001
    return -value if below else value


def covers(text: str) -> bool:
    """Whether a text is a number and at most a currency or a unit."""
    match = NUMBER.search(text)
    if match is None:
        return False
    rest = text[: match.start()] + text[match.end() :]
    return bool(re.fullmatch(r"[\s%)€$£]*(?:[A-Za-z]{1,5}(?:/[A-Za-z]+)?)?\s*", rest))


def allowed(schema: dict[str, Any], kind: str, value: float, turn: int = 0) -> int | float:
    """The nearest number that the schema allows; the `turn`-th such one."""
    if not turn and math.isfinite(value) and not BOUNDS & schema.keys():
        return round(value) if kind == "integer" or value == int(value) else value
    step = Fraction(str(schema["multipleOf"])) if schema.get("multipleOf") else None
    if kind == "integer":
        step = Fraction(1) if step is None else Fraction(math.lcm(1, step.numerator), 1)
    low, high = _ends(schema, step)
    span = high - low
    stride = step or min(Fraction(1), span / 64 if 0 < span < 64 else Fraction(1))
    exact = Fraction(str(value)) if math.isfinite(value) else Fraction(0)
    exact = min(max(exact, low), high) + turn * stride
    if exact > high:
        exact = low + (turn * stride) % (span + stride) if span > 0 else high
    if step:
        exact = round(exact / step) * step
        if exact < low:
            exact = math.ceil(low / step) * step
        elif exact > high:
            exact = math.floor(high / step) * step
    return int(exact) if exact.denominator == 1 else float(exact)


def _ends(schema: dict[str, Any], step: Fraction | None) -> tuple[Fraction, Fraction]:
    low, high = Fraction(-FAR), Fraction(FAR)
    if "minimum" in schema:
        low = Fraction(str(schema["minimum"]))
    if "maximum" in schema:
        high = Fraction(str(schema["maximum"]))
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if isinstance(above, int | float) and not isinstance(above, bool):
        edge = Fraction(str(above))
        room = min(high, Fraction(str(below)) if below is not None else high) - edge
        low = max(low, edge + (step or min(Fraction(1, 100), room / 4)))
    if isinstance(below, int | float) and not isinstance(below, bool):
        edge = Fraction(str(below))
        room = edge - low
        high = min(high, edge - (step or min(Fraction(1, 100), room / 4)))
    return low, high
