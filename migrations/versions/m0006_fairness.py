"""What the relay needs to be fair to tenants."""

from migrations.statements import run_file

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_file("0006_fairness.sql")


def downgrade() -> None:
    raise NotImplementedError("Penstock migrates forward only; restore a backup instead")
