"""`penstock migrate`: roles and schema."""

import click

from app.cli.exits import EPILOG, reporting
from app.cli.output import echo_json
from app.errors import ConfigError, Unavailable
from app.infra.settings import load_settings


@click.command(epilog=EPILOG)
@click.option("--check", is_flag=True, help="Only say what is pending; exit 2 if anything is.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--app-password",
    envvar="PENSTOCK_MIGRATE_APP_PASSWORD",
    help="Let penstock_app log in with this password [PENSTOCK_MIGRATE_APP_PASSWORD].",
)
@click.option(
    "--system-password",
    envvar="PENSTOCK_MIGRATE_SYSTEM_PASSWORD",
    help="Let penstock_system log in with this password [PENSTOCK_MIGRATE_SYSTEM_PASSWORD].",
)
@reporting
def command(
    check: bool, as_json: bool, app_password: str | None, system_password: str | None
) -> None:
    """Bring PENSTOCK_DATABASE_URL's database to the newest schema. Safe to run twice.

    The embedded database is migrated by `penstock up`.
    """
    import psycopg

    from migrations.runner import migrate, pending

    url = load_settings().database.url
    if not url:
        raise ConfigError(
            "PENSTOCK_DATABASE_URL must name the database, as its owner; the embedded one is"
            " migrated by `penstock up`"
        )
    try:
        found = pending(url) if check else migrate(url, app_password, system_password)
    except psycopg.OperationalError as error:
        raise Unavailable(f"the database cannot be reached: {error}") from error
    if as_json:
        echo_json({"pending" if check else "applied": found})
    else:
        word = "pending" if check else "applied"
        click.echo(f"{word}: {', '.join(found)}" if found else f"nothing {word}: up to date")
    if check and found:
        raise SystemExit(2)
