"""Reads the JSON value out of a model's answer."""

import json
import re
from typing import Any

FENCE = re.compile(r"```(?:json|JSON)?\s*\n(.*?)```", re.DOTALL)
MAX_ANSWER = 8 * 1024 * 1024  # characters


class AnswerNotJSON(ValueError):
    """The answer holds no JSON value; the text says where reading stopped."""


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def parse_answer(text: str) -> Any:
    """The answer's value: the whole text, a fenced block, or the first object or array in it.

    Raises AnswerNotJSON.
    """
    if len(text) > MAX_ANSWER:
        raise AnswerNotJSON(f"the answer has over {MAX_ANSWER} characters")
    first: ValueError | None = None
    for candidate in _candidates(text):
        try:
            return json.loads(candidate, parse_constant=_no_constant)
        except RecursionError:
            raise AnswerNotJSON("the answer is nested too deep") from None
        except ValueError as error:
            first = first or error
    raise AnswerNotJSON(f"the answer is not JSON: {first or 'it is empty'}")


def _candidates(text: str) -> list[str]:
    stripped = text.strip().removeprefix("\ufeff")
    if not stripped:
        return []
    found = [stripped, *(block.strip() for block in FENCE.findall(text)[:3])]
    starts = [i for i in (stripped.find("{"), stripped.find("[")) if i > 0]
    if starts:
        start = min(starts)
        end = max(stripped.rfind("}"), stripped.rfind("]"))
        found.append(stripped[start : end + 1])
    return found
