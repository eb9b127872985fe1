"""Parts of mails that were not kept whole; mail that was asked for later and waits behind live mail."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns and the index that a claim steps into."""
    op.add_column("messages", sa.Column("portions", sa.Text(), nullable=False, server_default=""))
    op.add_column("messages", sa.Column("backfill", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_messages_backfill_state_due_at_id", "messages", ["backfill", "state", "due_at", "id"])
