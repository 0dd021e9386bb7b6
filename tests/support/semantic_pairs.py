"""Pairs of texts for the semantic cache: the same meaning in other words, or another meaning.

Each base text is paired with paraphrases and with small edits that change what it says; every
pair comes short, and set into a longer letter, where a single word weighs less.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Pair:
    first: str
    second: str
    same: bool  # whether one answer serves both
    how: str  # layout | words | number | name | negation | date | unit | order | opposite
    long: bool = False


TEXTS = Path(__file__).with_suffix(".txt")
LETTER = (
    "Dear colleagues, thank you for the quick answer to my message and for the documents, which"
    " arrived safely and are now filed with the others of this case. I have gone through them with"
    " care and find them in good order. As agreed on the telephone, I sum up here what matters for"
    " the record, so that everybody involved works from the same text and nobody has to search"
    " through the older letters again. {} Should any of this be unclear, please let me know by"
    " return, and I will gladly explain it in a call or send the papers that it rests on. The"
    " usual contact in our office knows the case as well and can be asked in my absence. With kind"
    " regards and best wishes to the whole team."
)
SAME = ("layout", "words")


def pairs() -> list[Pair]:
    """All pairs, short ones first."""
    found, base = [], ""
    for line in TEXTS.read_text().splitlines():
        how, _, text = line.partition(" ")
        if how == "=":
            base = text
        elif how.endswith(":"):
            how = how[:-1]
            found.append(Pair(first=base, second=text, same=how in SAME, how=how))
    return found + [
        Pair(
            first=LETTER.format(pair.first),
            second=LETTER.format(pair.second),
            same=pair.same,
            how=pair.how,
            long=True,
        )
        for pair in found
    ]
