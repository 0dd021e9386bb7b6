"""Tenants, keys, jobs, stages, joins, outbox, events, usage, idempotency records."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The driver's own connection: SQLAlchemy would read the `%` of format() as a placeholder.
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(Path(__file__).with_name("0001_initial.sql").read_text())


def downgrade() -> None:
    raise NotImplementedError("Penstock migrates forward only; restore a backup instead")
