"""Whether a normal form allows null."""

from typing import Any

from schemas.json_schema.limits import MAX_DEPTH

MAX_HOPS = 4 * MAX_DEPTH  # references and alternatives inside one another


def allows_null(node: Any, defs: dict[str, Any], hops: int = MAX_HOPS) -> bool:
    if not isinstance(node, dict) or hops < 0:
        return True
    if "$ref" in node:
        return allows_null(defs[node["$ref"].removeprefix("#/$defs/")], defs, hops - 1)
    if "anyOf" in node:
        return any(allows_null(branch, defs, hops - 1) for branch in node["anyOf"])
    if "enum" in node:
        return None in node["enum"]
    kinds = node.get("type", "null")
    return "null" in ([kinds] if isinstance(kinds, str) else kinds)
