"""Run by the supervisor before the first process: migrations, the default tenant, its key.

python -m app.stack.bootstrap FOLDER
"""

import os
import sys
from pathlib import Path

import psycopg

from app.container import Container
from app.errors import PenstockError
from app.infra.settings import load_settings
from app.stack.state import KEY, write_private
from migrations.runner import migrate
from schemas.scopes import SCOPES

TENANT = "default"


def main() -> None:
    folder = Path(sys.argv[1])
    settings = load_settings()
    assert settings.database.url, "the supervisor names the owner's URL"
    migrate(
        settings.database.url,
        os.environ.pop("BOOTSTRAP_APP_PASSWORD", None),
        os.environ.pop("BOOTSTRAP_SYSTEM_PASSWORD", None),
    )
    services = Container(settings)
    tenant = services.tenants.get_by_name(TENANT) or services.tenants.create(TENANT)
    key = folder / KEY
    known = {k.id for k in services.keys.list(tenant.id) if k.revoked_at is None}
    kept = key.read_text().split("_") if key.exists() else []
    if len(kept) < 3 or kept[2] not in known:
        _, token = services.keys.create(tenant.id, "made by penstock up", list(SCOPES))
        write_private(key, token)
    services.close()


def _line(text: object) -> str:
    return " ".join(str(text).split())


if __name__ == "__main__":
    try:
        main()
    except psycopg.OperationalError as error:
        sys.exit(f"no connection; is PENSTOCK_DATABASE_URL right? {_line(error)}")
    except psycopg.Error as error:
        sys.exit(f"PENSTOCK_DATABASE_URL must name a database as its owner: {_line(error)}")
    except PenstockError as error:
        sys.exit(_line(error.detail))
