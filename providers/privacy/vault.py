"""The originals of one request's placeholders, and how they get back into an answer."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

LITERAL = "text"  # the kind of text that only looks like a placeholder; not counted
KIND = re.compile(r"[a-z]+(?:_[a-z]+)*\Z")
LONGEST = 9  # digits of a placeholder's number


class Vault:
    """Placeholders and their originals, for one request. Its repr tells counts only."""

    def __init__(self) -> None:
        self._tokens: dict[str, str] = {}  # value -> EMAIL_1
        self._values: dict[str, str] = {}  # EMAIL_1 -> value
        self._last: Counter[str] = Counter()  # the last number given, by label
        self._counts: Counter[str] = Counter()
        self._texts: list[str] = []
        self._taken: dict[str, set[str]] = {}

    def __repr__(self) -> str:
        return f"Vault({', '.join(f'{kind}={n}' for kind, n in self.counts.items())})"

    @property
    def counts(self) -> dict[str, int]:
        """How many different values of each kind were put away."""
        return dict(sorted(self._counts.items()))

    def avoid(self, texts: Iterable[str]) -> None:
        """Give no placeholder from now on that stands in one of these texts, in any case."""
        self._texts += texts
        self._taken = {}

    def put(self, kind: str, value: str) -> str:
        """The value's placeholder, such as `[EMAIL_1]`. ValueError: not a kind's name."""
        token = self._tokens.get(value)
        if token is None:
            token = self._tokens[value] = self._next(kind)
            self._values[token] = value
            if kind != LITERAL:
                self._counts[kind] += 1
        return f"[{token}]"

    def lookalikes(self, text: str) -> list[tuple[int, int]]:
        """Where a text holds what restore() might take for a placeholder given before."""
        if not self._values:
            return []
        return [
            match.span()
            for match in re.finditer(rf"(?:{self._labels()})_([0-9]+)", text, re.I | re.A)
            if any(
                match[0][: match.start(1) - match.start() + n].upper() in self._values
                for n in range(1, 1 + min(LONGEST, len(match[1])))
            )
        ]

    def restore(self, value: Any) -> Any:
        """A copy of a JSON value, keys too, with the originals in the placeholders' places.

        Case may have changed and brackets may be gone; a key without them must have its case.
        """
        if not self._values:
            return value
        pattern = self._pattern()
        root: list[Any] = [value]
        todo: list[tuple[Any, Any]] = [(root, 0)]
        while todo:  # no recursion: an answer's depth is the model's choice
            parent, at = todo.pop()
            item = parent[at]
            if isinstance(item, str):
                parent[at] = self._text(pattern, item, key=False)
            elif isinstance(item, dict):
                item = parent[at] = self._keys(pattern, item)
                todo += [(item, key) for key in item]
            elif isinstance(item, list | tuple):
                item = parent[at] = list(item)
                todo += [(item, index) for index in range(len(item))]
        return root[0]

    def restored_text(self, text: str, quoted: Callable[[str], str]) -> str:
        """A text with the originals, `quoted` as the text around them asks for."""
        if not self._values:
            return text

        def original(match: re.Match[str]) -> str:
            value = self._values.get((match[1] or match[2]).upper())
            return match[0] if value is None else quoted(value)

        return self._pattern().sub(original, text)

    def _pattern(self) -> re.Pattern[str]:
        return re.compile(
            rf"\[((?:{self._labels()})_[0-9]+)\]|(?<!\w)((?:{self._labels()})_[0-9]+)(?!\w)",
            re.IGNORECASE | re.ASCII,
        )

    def _text(self, pattern: re.Pattern[str], text: str, *, key: bool) -> str:
        def original(match: re.Match[str]) -> str:
            if key and match[2] and match[2] != match[2].upper():
                return match[0]  # "email_1" is a name that a model may give to a field
            return self._values.get((match[1] or match[2]).upper(), match[0])

        return pattern.sub(original, text)

    def _keys(self, pattern: re.Pattern[str], item: dict[Any, Any]) -> dict[Any, Any]:
        """The object under its restored keys; a key that is there already stays as it came."""
        names = {k: self._text(pattern, k, key=True) if isinstance(k, str) else k for k in item}
        used = {name for key, name in names.items() if key == name}
        restored = {}
        for key, value in item.items():
            name = names[key]
            if name != key and name in used:
                name = key
            used.add(name)
            restored[name] = value
        return restored

    def _next(self, kind: str) -> str:
        if not KIND.match(kind):
            raise ValueError(f"{kind!r} is not a kind's name")
        label = kind.upper()
        taken = self._taken_numbers(label)
        number = self._last[label] + 1
        while str(number) in taken:
            number += 1
        self._last[label] = number
        return f"{label}_{number}"

    def _taken_numbers(self, label: str) -> set[str]:
        """Numbers that follow the label in some text, and all that they begin with."""
        if label not in self._taken:
            pattern = re.compile(rf"{label}_([0-9]{{1,{LONGEST}}})", re.IGNORECASE | re.ASCII)
            seen = {match[1] for text in self._texts for match in pattern.finditer(text)}
            self._taken[label] = {digits[:n] for digits in seen for n in range(1, LONGEST + 1)}
        return self._taken[label]

    def _labels(self) -> str:
        return "|".join(sorted(self._last, key=len, reverse=True))
