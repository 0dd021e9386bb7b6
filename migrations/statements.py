"""Runs a revision's SQL file."""

from pathlib import Path

from alembic import op


def run_file(name: str) -> None:
    """Execute `versions/<name>` on the driver's own connection.

    SQLAlchemy would read the `%` of format() as a placeholder.
    """
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute((Path(__file__).parent / "versions" / name).read_text())
