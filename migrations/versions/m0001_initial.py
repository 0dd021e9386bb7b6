"""Tenants, keys, jobs, stages, joins, outbox, events, usage, idempotency records."""

from migrations.statements import run_file

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_file("0001_initial.sql")


def downgrade() -> None:
    raise NotImplementedError("Penstock migrates forward only; restore a backup instead")
