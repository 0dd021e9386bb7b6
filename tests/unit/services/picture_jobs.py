"""Inputs with pictures, and what is said to them."""

from typing import Any

import pytest

from app.errors import InvalidInput
from app.services.extract_input import Accepted, check_extract
from app.services.routing import Routes

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}


def given(*images: Any, **more: Any) -> dict[str, Any]:
    told = {"prompt": "Extract.", "schema": SCHEMA, "model": "all", "images": list(images)} | more
    return {name: value for name, value in told.items() if value is not None}


def accept(routes: Routes, told: dict[str, Any], items: Any = None) -> Accepted:
    return check_extract(told, items, "any", routes, max_items=10, max_attempts=3)


def faults(routes: Routes, told: dict[str, Any], items: Any = None) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as caught:
        accept(routes, told, items)
    return [(fault.pointer, fault.detail) for fault in caught.value.errors]
