"""What two texts must have in common before their likeness may count.

Vectors hardly tell "12" from "21", "was" from "was not" or one name from another. So these are
drawn from each text, in order, and must agree exactly; all else is left to the vectors. What is
not held: words of opposite meaning (approved, rejected), names in small letters, synonyms.
"""

import hashlib
import re

TOKEN = re.compile(r"[€$£¥%§]|[^\s€$£¥%§]+")
EDGES = ".,;:!?\"'`*_\u201c\u201d\u2018\u2019\u00ab\u00bb\u2026"
BRACKETS = "()[]{}<>"
PLAIN = re.compile("[^\\W\\d_]+(?:['\u2019-][^\\W\\d_]+)*")

NEGATIONS = """
    not no never none nothing nobody nowhere neither nor without cannot except unless hardly barely
    lacks lacking missing fails failed false void cancelled canceled
    nicht kein keine keinen keiner keines nie niemals ohne nichts weder noch
    ne pas non jamais sans aucun aucune rien
    nunca sin ningún ninguna nada tampoco niet geen nooit zonder
"""
NUMBERS = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
    hundred thousand million billion dozen half quarter third double triple twice once
    first second fourth fifth sixth seventh eighth ninth tenth last next
"""
DATES = """
    january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec monday tuesday wednesday thursday friday
    saturday sunday today tomorrow yesterday now ago morning noon afternoon evening night midnight
    am pm daily weekly monthly quarterly yearly annual annually
"""
ORDER = """
    before after above below over under more less fewer least most minimum maximum until since
    within between up down both either only all every each some any
    higher lower larger smaller longer shorter earlier later
"""
UNITS = """
    kg g mg lb lbs oz km m cm mm mi ft l ml hour hours minute minutes second seconds day days week
    weeks month months year years percent eur usd gbp euro euros dollar dollars pound pounds cent
    cents net gross
"""
# Capitalised at the head of a sentence though they name nobody.
OPENERS = """
    a an the this that these those there here it its he she we you i they our my your his her their
    is are was were be been has have had do does did will would can could should shall must might
    and or but so if when while as because although though however also then thus therefore
    in on at of for from to with by about into through during against per via
    please dear hello hi thanks thank who what which where why how yes
"""
FACTS = frozenset(f"{NEGATIONS} {NUMBERS} {DATES} {ORDER} {UNITS}".split())
NAMELESS = frozenset(OPENERS.split())


def fingerprint(text: str) -> str:
    """SHA-256 of the text's facts: texts that must not be taken for one another differ in it."""
    return hashlib.sha256("\n".join(facts(text)).encode(errors="surrogatepass")).hexdigest()


def facts(text: str) -> list[str]:
    """Numbers, dates, units, names, addresses and negations, in the order of the text."""
    found = []
    for match in TOKEN.finditer(text):
        token = match[0].strip(EDGES)
        if any(mark.isdigit() for mark in token) or "@" in token or "://" in token:
            found.append(token.casefold())  # with its brackets: (5) may be minus five
            continue
        found += [word for part in _words(token) if (word := _fact(part))]
    return found


def _words(token: str) -> list[str]:
    if len(token) == 1 and not token.isalnum() and token not in BRACKETS:
        return [token]  # a currency, a percent sign, a dash or plus of its own
    return PLAIN.findall(token)


def _fact(word: str) -> str:
    """The word as a fact, or ""."""
    plain = word.casefold().replace("\u2019", "'")
    if plain in FACTS or plain.endswith("n't") or not word[0].isalnum():
        return plain
    if word.lower() == word.upper():
        return plain  # a script without capitals, where names cannot be told
    return plain if word[0].isupper() and plain not in NAMELESS else ""
