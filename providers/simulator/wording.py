"""Words of labels and of property names, and how alike two of them are."""

import functools
import heapq
import re
from collections import defaultdict
from collections.abc import Iterable

PHRASES = (  # what documents call a role, a number or a date
    (re.compile(r"\b(?:bill(?:ed)?|sold|invoiced?) to\b"), "customer"),
    (re.compile(r"\b(?:ship(?:ped)?|deliver(?:ed)?) to\b"), "delivery"),
    (re.compile(r"\b(?:issued|billed|sold) by\b"), "supplier"),
    (re.compile(r"\bpayable by\b"), "due date"),
    (re.compile(r"\be-mail\b"), "email"),
    (re.compile(r"\bno\.?$"), "number"),
)
SAME = {
    "tel": "phone",
    "telephone": "phone",
    "mobile": "phone",
    "mail": "email",
    "client": "customer",
    "buyer": "customer",
    "purchaser": "customer",
    "seller": "supplier",
    "vendor": "supplier",
    "qty": "quantity",
    "desc": "description",
    "colour": "color",
    "web": "website",
    "homepage": "website",
    "link": "url",
    "started": "start",
    "ended": "end",
    "nr": "number",
    "num": "number",
    "employer": "company",
    "position": "title",
    "role": "title",
}
STOP = frozenset(
    "the a an of and or to in on for is are was at by with no your our its their".split()  # noqa: SIM905
)
MOST_ALIKE = 20  # of an index that are told


@functools.lru_cache(maxsize=20_000)
def words(text: str) -> tuple[str, ...]:
    """Lower-case words of a label or of a snake_case or camelCase name, singular."""
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", text[:200]).replace("_", " ").lower()
    for phrase, meaning in PHRASES:
        text = phrase.sub(meaning, text)
    found = re.findall(r"[a-z0-9]+", text)
    told = [w for w in found if w not in STOP] or found
    return tuple(SAME.get(w, _singular(w)) for w in told)


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def stem(word: str) -> str:
    """What two forms of a word have in common, nearly always."""
    return word[:5] if len(word) > 5 else word


@functools.lru_cache(maxsize=50_000)
def likeness(name: tuple[str, ...], label: tuple[str, ...]) -> float:
    """How much two sets of words share, from 0 to 1; the name's words weigh more."""
    one, other = set(name), set(label)
    if not one or not other:
        return 0.0
    shared = float(len(one & other))
    stems = {stem(w) for w in other - one}
    shared += 0.8 * sum(stem(w) in stems for w in one - other)
    return min(1.0, shared / len(one)) * 0.7 + min(1.0, shared / len(other)) * 0.3


class Index:
    """Many labels, lines or headings, to be found by a name that is like them."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._words = [words(text) for text in texts]
        self._by_stem: dict[str, list[int]] = defaultdict(list)
        for number, told in enumerate(self._words):
            for word in set(map(stem, told)):
                self._by_stem[word].append(number)
        self._known: dict[tuple[str, ...], list[tuple[float, int]]] = {}

    def like(self, name: tuple[str, ...], least: float) -> list[int]:
        """Places of those more alike than `least`: the likest first, then the earliest."""
        if name not in self._known:
            near = {n for word in name for n in self._by_stem.get(stem(word), ())}
            scored = ((-likeness(name, self._words[n]), n) for n in near)
            self._known[name] = heapq.nsmallest(MOST_ALIKE, scored)
        return [n for score, n in self._known[name] if -score > least]
