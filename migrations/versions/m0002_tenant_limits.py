"""What a tenant may use."""

from migrations.statements import run_file

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_file("0002_tenant_limits.sql")


def downgrade() -> None:
    raise NotImplementedError("Penstock migrates forward only; restore a backup instead")
