"""National ids: a shape each, and a check that tells them from other numbers."""

import re
from collections.abc import Callable, Iterator

from providers.privacy import checksums
from providers.privacy.spans import overlapping

S = "[ \u00a0-]"  # between groups


def _shape(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE | re.ASCII)


IDS: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
    # Nine digits in one piece are any number, so an SSN needs its hyphens or its name before it.
    (_shape(rf"[0-9]{{3}}({S})[0-9]{{2}}\1[0-9]{{4}}"), checksums.us_ssn),
    (
        re.compile(
            r"(?<!\w)(?:SSN|social security(?: number| no\.?)?)[ :#]{1,3}"
            r"(?P<id>[0-9]{9})(?!\w)",
            re.IGNORECASE | re.ASCII,
        ),
        checksums.us_ssn,
    ),
    (_shape(rf"[A-Z]{{2}}{S}?[0-9]{{2}}{S}?[0-9]{{2}}{S}?[0-9]{{2}}{S}?[A-D]"), checksums.uk_nino),
    (_shape(rf"[0-9]{{2}}{S}?[0-9]{{3}}{S}?[0-9]{{3}}{S}?[0-9]{{3}}"), checksums.german_tax_id),
    (
        _shape(
            rf"[1-478]{S}?[0-9]{{2}}{S}?[0-9]{{2}}{S}?[0-9][0-9AB]{S}?[0-9]{{3}}{S}?"
            rf"[0-9]{{3}}{S}?[0-9]{{2}}"
        ),
        checksums.french_nir,
    ),
    (_shape(rf"[0-9]{{8}}{S}?[A-Z]"), checksums.spanish_dni),
    (_shape(rf"[XYZ]{S}?[0-9]{{7}}{S}?[A-Z]"), checksums.spanish_dni),
    (_shape(r"[0-9]{2}\.[0-9]{3}\.[0-9]{3}[A-Z]"), checksums.spanish_dni),
    (_shape(r"[0-9]{2}\.[0-9]{3}\.[0-9]{3}-[A-Z]"), checksums.spanish_dni),
    (_shape(r"[0-9]{11}|[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}"), checksums.brazilian_cpf),
    (_shape(r"[0-9]{11}"), checksums.polish_pesel),
)


def national_ids(text: str) -> Iterator[tuple[int, int]]:
    """US SSN, UK NINO, German tax id, French NIR, Spanish DNI and NIE, Brazilian CPF, PESEL."""
    for pattern, valid in IDS:
        group = "id" if "id" in pattern.groupindex else 0
        for match in overlapping(pattern, text):
            if valid("".join(filter(str.isalnum, match[group])).upper()):
                yield match.span(group)
