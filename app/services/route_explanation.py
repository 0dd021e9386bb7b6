"""What becomes of an extract job's input, told without spending anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.errors import InvalidInput
from app.services.chunk_layout import lay_out
from app.services.extract_shape import check_partly
from app.services.pictures import redaction_faults
from app.services.routing import Routes, needs_of
from providers.routing.candidates import Needs
from providers.routing.router import Decision


@dataclass(frozen=True, kw_only=True)
class Explanation:
    needs: Needs  # of one call
    chunks: int  # 1: the document stays whole
    decisions: list[Decision]


def explained(given: Mapping[str, Any], routes: Routes) -> Explanation:
    """Of an input, whole or in part. Raises InvalidInput."""
    given, faults = routes.policy.obeyed(check_partly(given))
    faults += redaction_faults(given, None, required=routes.policy.redact_required)
    if faults:
        raise InvalidInput("the tenant's settings do not allow this", faults)
    needs, chunks = needs_of(given), 1
    if "chunking" in given and given.get("document"):
        laid = lay_out(given, routes)
        if any(fault.pointer.startswith("/input/chunking") for fault in laid.faults):
            raise InvalidInput("the document cannot be split so", list(laid.faults))
        # Nobody can serve it, however short: why, is told of the input without its document.
        needs = laid.needs or needs_of({**given, "document": ""})
        chunks = max(1, len(laid.spans))
    return Explanation(needs=needs, chunks=chunks, decisions=routes.explain(given, needs))
