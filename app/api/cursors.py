"""Opaque page cursors: the place of the last row, checked when it comes back."""

import base64
import binascii
import re
from datetime import UTC, datetime

from app.errors import FieldError, InvalidInput
from app.repositories.records import Job

PLAIN = re.compile(r"(\d{1,17})~(job_[0-9a-z]{26})")


def cursor_of(job: Job) -> str:
    """The cursor of the page that follows this job."""
    micros = round(job.created_at.timestamp() * 1_000_000)
    return base64.urlsafe_b64encode(f"{micros}~{job.id}".encode()).decode().rstrip("=")


def read_cursor(cursor: str | None) -> tuple[datetime, str] | None:
    """Raises InvalidInput for anything that `cursor_of` did not make."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        plain = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
        match = PLAIN.fullmatch(plain)
        if match is None:
            raise ValueError
        moment = datetime.fromtimestamp(int(match[1]) // 1_000_000, UTC)
        return moment.replace(microsecond=int(match[1]) % 1_000_000), match[2]
    except (ValueError, OverflowError, OSError, binascii.Error, UnicodeError):
        fault = FieldError("/query/after", "is no cursor of this list")
        raise InvalidInput("the cursor is not valid", [fault]) from None
