"""Webhook endpoints, deliveries and their attempts."""

from migrations.statements import run_file

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_file("0003_webhooks.sql")


def downgrade() -> None:
    raise NotImplementedError("Penstock migrates forward only; restore a backup instead")
