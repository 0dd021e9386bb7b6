"""/docs: the OpenAPI document as a page. Self-contained: no script or style from elsewhere."""

from typing import Any

from flask import Blueprint, Response, current_app, render_template

blueprint = Blueprint("docs", __name__, template_folder="templates")
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
    page = render_template("docs.html", spec=spec, groups=groups)
    return Response(page, content_type="text/html; charset=utf-8")
