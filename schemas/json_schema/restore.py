"""Takes back what a vendor's dialect had to add: nulls that stand for absent properties."""

from typing import Any

from schemas.json_schema.pointers import resolve

Schema = dict[str, Any]


def restore(value: Any, schema: Any, root: Schema) -> Any:
    """`value` without the nulls of optional properties that may not be null."""
    schema = _target(schema, root)
    if not isinstance(schema, dict):
        return value
    if isinstance(value, dict):
        return _object(value, _branch(value, schema, root), root)
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        return [restore(item, schema["items"], root) for item in value]
    if isinstance(value, list):
        for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
            target = _target(branch, root)
            if isinstance(target, dict) and isinstance(target.get("items"), dict):
                return restore(value, target, root)
    return value


def _object(value: dict[str, Any], schema: Schema, root: Schema) -> dict[str, Any]:
    known, required = schema.get("properties", {}), schema.get("required", ())
    out = {}
    for name, inner in value.items():
        child = known.get(name)
        optional = name not in required and child is not None
        if inner is None and optional and not _allows_null(child, root):
            continue
        out[name] = restore(inner, child, root) if child is not None else inner
    return out


def _branch(value: dict[str, Any], schema: Schema, root: Schema) -> Schema:
    """The object schema that the value was made for, among a schema's alternatives."""
    if "properties" in schema:
        return schema
    best, score = schema, -1
    for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        target = _target(branch, root)
        if not isinstance(target, dict):
            continue
        target = _branch(value, target, root)
        known = target.get("properties", {})
        if value.keys() - known.keys() or not _tags_fit(value, known):
            continue
        fit = sum(name in value for name in target.get("required", ())) + 1
        if fit > score:
            best, score = target, fit
    return best


def _tags_fit(value: dict[str, Any], known: Schema) -> bool:
    for name, child in known.items():
        if not isinstance(child, dict) or name not in value or value[name] is None:
            continue
        if "const" in child and value[name] != child["const"]:
            return False
        if "enum" in child and value[name] not in child["enum"]:
            return False
    return True


def _target(schema: Any, root: Schema) -> Any:
    for _ in range(32):
        if not (isinstance(schema, dict) and isinstance(schema.get("$ref"), str)):
            return schema
        schema = resolve(root, schema["$ref"])
    return schema


def _allows_null(schema: Any, root: Schema, depth: int = 0) -> bool:
    schema = _target(schema, root)
    if not isinstance(schema, dict) or depth > 16:
        return True
    kinds = schema.get("type")
    if kinds is not None and "null" not in ([kinds] if isinstance(kinds, str) else kinds):
        return False
    if "const" in schema and schema["const"] is not None:
        return False
    if "enum" in schema and None not in schema["enum"]:
        return False
    branches = (*schema.get("anyOf", ()), *schema.get("oneOf", ()))
    return not branches or any(_allows_null(b, root, depth + 1) for b in branches)
