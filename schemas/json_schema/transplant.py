"""Parts of a schema as schemas of their own: what they refer to is carried along."""

from typing import Any

from schemas.json_schema.pointers import LISTS, MAPS, SINGLES, definition_name, resolve

Schema = dict[str, Any]
ROOT_ONLY = ("$defs", "definitions", "$id", "$schema")


class Transplant:
    """Copies subschemas of one root; `definitions` is what the copies refer to, as `$defs`."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._names: dict[int, str] = {}
        self.definitions: Schema = {}

    def copy(self, node: Any) -> Any:
        """A subschema with its references into `#/$defs`. Raises LookupError for a bad one."""
        if not isinstance(node, dict):
            return node
        out = {key: value for key, value in node.items() if key not in ROOT_ONLY}
        for key in out.keys() & set(MAPS):
            out[key] = {name: self.copy(child) for name, child in out[key].items()}
        for key in out.keys() & set(LISTS):
            out[key] = [self.copy(child) for child in out[key]]
        for key in out.keys() & set(SINGLES):
            out[key] = self.copy(out[key])
        if "$ref" in out:
            out["$ref"] = f"#/$defs/{self._named(out['$ref'])}"
        return out

    def _named(self, reference: str) -> str:
        target = resolve(self._root, reference)
        if id(target) not in self._names:
            name = definition_name(reference, self.definitions)
            self._names[id(target)] = name
            self.definitions[name] = {}
            self.definitions[name] = self.copy(target)
        return self._names[id(target)]
