"""Values back in their places in a text that comes in pieces."""

import json
import re

from providers.privacy.vault import Vault

LONGEST = 48  # characters of a placeholder, with its bracket
# What may be the beginning of a placeholder: the next piece tells.
OPEN = re.compile(rf"\[?\w{{0,{LONGEST}}}\Z", re.ASCII)


class Restorer:
    """Of one stream of text; what a piece ends with is held back while it may be cut."""

    def __init__(self, vault: Vault, *, as_json: bool) -> None:
        """`as_json`: the text is JSON, in whose strings the values stand escaped."""
        self._vault = vault
        self._as_json = as_json
        self._held = ""

    def feed(self, text: str) -> str:
        """What can be passed on now."""
        text = self._held + text
        found = OPEN.search(text)
        at = found.start() if found else len(text)
        self._held = text[at:]
        return self._restored(text[:at])

    def end(self) -> str:
        """The rest."""
        text, self._held = self._held, ""
        return self._restored(text)

    def _restored(self, text: str) -> str:
        return self._vault.restored_text(text, _escaped if self._as_json else str)


def _escaped(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]
