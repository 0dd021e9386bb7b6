"""The data file of what models can do: its rows as they are written."""

import fnmatch
import json
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent / "capabilities.json"


def row_of(kind: str, model: str) -> Mapping[str, Any] | None:
    """The first row that matches a provider's kind and a model's name."""
    for row in _document()["models"]:
        if row["kind"] == kind and fnmatch.fnmatchcase(model, row["match"]):
            found: Mapping[str, Any] = row
            return found
    return None


@lru_cache(maxsize=4096)  # names are a few hundred bytes at most
def price_provider(kind: str, model: str) -> str | None:
    """The vendor's id in the price list, by the model's row or else by its kind; None: neither.

    Hugging Face's router has the vendor in the model's name.
    """
    if kind == "huggingface" and ":" in model:
        return "huggingface_" + model.rpartition(":")[2]
    row = row_of(kind, model) or {}
    found: str | None = row.get("price_provider") or _document()["price_providers"].get(kind)
    return found


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(TABLE.read_text())
    return document
