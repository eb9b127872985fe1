"""Who takes part in which ticket, addresses that are dead, texts that came again, budgets, what an operator said."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add tables and columns. Mail of before took part in nothing that we noted: Halo's own log is asked for it."""
    op.create_table(
        "participants",
        sa.Column("ticket", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ticket", "address", name="pk_participants"),
    )
    op.create_table(
        "dead_addresses",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("message", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("address", name="pk_dead_addresses"),
    )
    op.create_table(
        "texts",
        sa.Column("message", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("message", name="pk_texts"),
    )
    op.create_index("ix_texts_digest_at", "texts", ["digest", "at"])
    op.add_column("answers", sa.Column("domain", sa.Text(), nullable=False, server_default=""))
    op.add_column("answers", sa.Column("ticket", sa.BigInteger(), nullable=True))
    op.create_index("ix_answers_domain_at", "answers", ["domain", "at"])
    op.create_index("ix_answers_ticket", "answers", ["ticket"])
    op.create_index("ix_answers_at", "answers", ["at"])
    op.create_index("ix_conversations_ticket", "conversations", ["ticket"])
    op.add_column("messages", sa.Column("override", sa.Text(), nullable=False, server_default=""))
