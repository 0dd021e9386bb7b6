"""/v1/usage: provider calls, tokens and cost, by day, model, provider, key or pipeline."""

import csv
import io
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from flask import Response

from app.api.blueprint import Blueprint, needs, principal, services
from app.api.job_json import answer
from app.repositories.usage import UsageLine
from schemas.usage import GROUPS, UsageQuerySchema, UsageReportSchema

blueprint = Blueprint("usage", __name__, url_prefix="/v1/usage", description="What calls cost")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet runs a cell that begins so
FIGURES = tuple(f.name for f in fields(UsageLine) if f.name not in GROUPS)


@blueprint.route("", methods=["GET"])
@needs("usage:read")
@blueprint.arguments(UsageQuerySchema, location="query")
@blueprint.response(200, UsageReportSchema)
@blueprint.problems()
@blueprint.doc(summary="Report usage, as JSON or CSV")
def report(query: dict[str, Any]) -> Response:
    """Every provider call is counted, also those of jobs that were erased since."""
    groups = list(dict.fromkeys(query["group_by"].split(",")))
    found = services().usage.report(principal(), groups, query.get("since"), query.get("until"))
    lines = [_line(line, groups) for line in found]
    return _csv(lines, groups) if query["format"] == "csv" else answer({"data": lines})


def _line(line: UsageLine, groups: Sequence[str]) -> dict[str, Any]:
    value = {name: getattr(line, name) for name in (*groups, *FIGURES)}
    if "day" in value:
        value["day"] = value["day"].isoformat()
    return value


def _csv(lines: Sequence[dict[str, Any]], groups: Sequence[str]) -> Response:
    text = io.StringIO()
    writer = csv.DictWriter(text, [*groups, *FIGURES])
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in line.items()} for line in lines)
    disposition = {"Content-Disposition": "attachment; filename=usage.csv"}
    return Response(text.getvalue(), mimetype="text/csv", headers=disposition)


def _cell(value: Any) -> Any:
    """Text that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
