"""/docs: the OpenAPI document as a page. Self-contained: no script or style from elsewhere."""

import re
from typing import Any

from flask import Blueprint, Response, current_app, render_template
from markupsafe import Markup, escape

blueprint = Blueprint("docs", __name__, template_folder="templates")
QUOTED = re.compile("`([^`]+)`")
METHODS = ("get", "post", "put", "patch", "delete")


@blueprint.get("/docs")
def docs() -> Response:
    """The operations, rendered from the document itself."""
    spec: dict[str, Any] = current_app.extensions["penstock_openapi"]
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, item in spec["paths"].items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                tag = (operation.get("tags") or ["Operations"])[0]
                entry = {"path": path, "method": method, **operation}
                groups.setdefault(tag, []).append(entry)
    page = render_template("docs.html", spec=spec, groups=groups, told=told)
    return Response(page, content_type="text/html; charset=utf-8")


def told(text: str) -> Markup:
    """What stands in backticks, as code."""
    return Markup(QUOTED.sub(r"<code>\1</code>", str(escape(text))))
