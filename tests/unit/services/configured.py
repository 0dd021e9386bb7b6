"""Routes by a configuration of a test's own."""

from pathlib import Path

from app.infra.settings import load_settings
from app.services.deployments import Catalog
from app.services.routing import Routes


def routes_of(folder: Path, toml: str) -> Routes:
    path = folder / "penstock.toml"
    path.write_text(toml)
    made = load_settings({"PENSTOCK_CONFIG": str(path)})
    return Routes(Catalog(made.providers, None, made.routing), made.routing.modes)
