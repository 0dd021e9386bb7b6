"""The OpenAPI document builds without a warning: a schema's name is its own."""

import warnings

from app.factory import create_app
from app.infra.settings import load_settings


def test_no_two_schemas_have_one_name() -> None:
    """apispec gives the second one another name and warns; clients' classes are named so."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        app = create_app(load_settings({}))
    schemas = app.extensions["penstock_openapi"]["components"]["schemas"]
    assert {"Capabilities", "OwnCapabilities"} <= schemas.keys()
    assert not [name for name in schemas if name[-1].isdigit()]
