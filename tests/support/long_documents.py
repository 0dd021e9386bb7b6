"""A document of many rows, which the simulator reads row by row, and its schema."""

from typing import Any

ROW = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "price": {"type": "number"}},
    "required": ["name", "price"],
    "additionalProperties": False,
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "number": {"type": "string"},
        "rows": {"type": "array", "items": ROW},
        "total": {"type": "number"},
    },
    "required": ["number", "rows", "total"],
    "additionalProperties": False,
}
CHUNKING = {"strategy": "always", "max_tokens": 200, "overlap_tokens": 10}  # 799 characters


def document(key: str, rows: int) -> str:
    """Its calls are counted under `KEY-N`, N the first row of their chunk."""
    told = [f"[call-key:{key}-{n}]\nName: Item {n} of {key}\nPrice: {n}.50\n" for n in range(rows)]
    return f"Number: INV-{key}\n\n" + "\n".join(told) + "\nTotal: 77\n"


def output(key: str, rows: int) -> dict[str, Any]:
    """What the whole document says."""
    told = [{"name": f"Item {n} of {key}", "price": n + 0.5} for n in range(rows)]
    return {"number": f"INV-{key}", "rows": told, "total": 77}


def given(key: str, rows: int = 60, **chunking: Any) -> dict[str, Any]:
    """The parts of a job's input; 60 rows are four or five chunks."""
    return {
        "document": document(key, rows),
        "schema": SCHEMA,
        "chunking": CHUNKING | chunking,
    }
