"""Which part of a schema speaks of a place in an instance."""

from collections.abc import Iterator
from typing import Any

from schemas.json_schema.assertions import matches
from schemas.json_schema.merging import same
from schemas.json_schema.pointers import INDEX, resolve

Schema = dict[str, Any]
MAX_HOPS = 32  # references and alternatives inside one another


def child_schema(root: Schema, node: Any, container: Any, step: str) -> Any:
    """The schema of `container[step]` as far as `node`, that of `container`, tells; None: not.

    May say less than `node` does: conditions are left out. Needs a schema that lint passed.
    """
    parts = list(_parts(root, node, container, step, MAX_HOPS))
    found = [part for index, part in enumerate(parts) if part not in parts[:index]]
    if not found:
        return None
    return found[0] if len(found) == 1 else {"allOf": found}


def required_names(root: Schema, node: Any, hops: int = MAX_HOPS) -> Iterator[str]:
    """The properties that every value of `node` must have."""
    if not isinstance(node, dict) or hops < 0:
        return
    yield from node.get("required", ())
    for part in _together(root, node):
        yield from required_names(root, part, hops - 1)


def _together(root: Schema, node: Schema) -> Iterator[Any]:
    if "$ref" in node:
        yield resolve(root, node["$ref"])
    yield from node.get("allOf", ())


def _parts(root: Schema, node: Any, container: Any, step: str, hops: int) -> Iterator[Any]:
    if not isinstance(node, dict) or hops < 0:
        return
    yield from _own(node, container, step)
    for part in _together(root, node):
        yield from _parts(root, part, container, step, hops - 1)
    for key in ("anyOf", "oneOf"):
        branches = [b for b in node.get(key, ()) if _may_hold(root, b, container, step, hops)]
        found: list[Any] = []
        for branch in branches:
            inner = list(_parts(root, branch, container, step, hops - 1))
            if not inner:  # an alternative that says nothing of the place allows anything
                found = []
                break
            found.append(inner[0] if len(inner) == 1 else {"allOf": inner})
        if found:
            yield found[0] if len(found) == 1 else {"anyOf": found}


def _own(node: Schema, container: Any, step: str) -> Iterator[Any]:
    if isinstance(container, list):
        first = node.get("prefixItems", ())
        index = int(step) if INDEX.fullmatch(step) else 0
        if index < len(first):
            yield first[index]
        elif "items" in node:
            yield node["items"]
        return
    properties = node.get("properties", {})
    named = [properties[step]] if step in properties else []
    named += [s for p, s in node.get("patternProperties", {}).items() if matches(p, step)]
    yield from named
    if not named and "additionalProperties" in node:
        yield node["additionalProperties"]


def _may_hold(root: Schema, branch: Any, container: Any, step: str, hops: int) -> bool:
    """Whether no constant of another property rules an alternative out."""
    if not isinstance(branch, dict) or hops < 0:
        return branch is not False
    if not isinstance(container, dict):
        return True
    for name, child in branch.get("properties", {}).items():
        if name == step or name not in container or not isinstance(child, dict):
            continue
        wanted = [child["const"]] if "const" in child else child.get("enum")
        if wanted is not None and not any(same(container[name], value) for value in wanted):
            return False
    return all(_may_hold(root, p, container, step, hops - 1) for p in _together(root, branch))
