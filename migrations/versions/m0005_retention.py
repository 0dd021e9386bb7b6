"""Erasing jobs, and how long their content stays."""

from migrations.statements import run_file

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_file("0005_retention.sql")


def downgrade() -> None:
    raise NotImplementedError("Penstock migrates forward only; restore a backup instead")
