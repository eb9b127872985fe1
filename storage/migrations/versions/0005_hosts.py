"""Several daemons on one ledger; what became of each message, counted by day; kept octets packed and let go.

Revision ID: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add tables and columns. What became of older messages is read off their steps and reasons."""
    op.create_table(
        "hosts",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("pid", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("beat_at", sa.Double(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hosts"),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("host", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_table(
        "spending",
        sa.Column("id", ID, nullable=False),
        sa.Column("host", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_spending"),
    )
    op.create_index("ix_spending_at", "spending", ["at"])
    op.create_table(
        "tallies",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("fate", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "day", "fate", name="pk_tallies"),
    )
    op.create_index("ix_tallies_day", "tallies", ["day"])
    op.add_column("messages", sa.Column("host", sa.BigInteger(), nullable=True))
    op.add_column("messages", sa.Column("fate", sa.Text(), nullable=False, server_default="waiting"))
    op.add_column("messages", sa.Column("deaths", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("messages", sa.Column("sender", sa.Text(), nullable=False, server_default=""))
    op.add_column("messages", sa.Column("gone_at", sa.Double(), nullable=True))
    op.drop_column("messages", "lease_until")
    op.drop_index("ix_messages_state_due_at_id", "messages")
    op.create_index("ix_messages_state_id", "messages", ["state", "id"])
    op.create_index("ix_messages_account_state_id", "messages", ["account", "state", "id"])
    late = sa.text("backfill = 1")
    op.create_index(
        "ix_messages_account_state", "messages", ["account", "state"], sqlite_where=late, postgresql_where=late
    )
    op.create_index("ix_messages_sender", "messages", ["sender"])
    op.create_index("ix_messages_gone_at_fate_settled_at", "messages", ["gone_at", "fate", "settled_at"])
    op.add_column("octets", sa.Column("packed", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("steps", sa.Column("boot", sa.Text(), nullable=False, server_default=""))
    op.add_column("steps", sa.Column("boot_at", sa.Double(), nullable=True))
    op.add_column("steps", sa.Column("resent_at", sa.Double(), nullable=True))
    op.add_column("steps", sa.Column("checked_at", sa.Double(), nullable=True))
    op.create_index("ix_steps_resent_at", "steps", ["resent_at"])
    op.add_column("cursors", sa.Column("first_uid", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("cursors", sa.Column("swept_at", sa.Double(), nullable=True))
    op.execute("UPDATE cursors SET first_uid = last_uid")
    done = "UPDATE messages SET fate = '%s' WHERE state = 'done' AND %s"
    made = (
        "EXISTS (SELECT 1 FROM steps WHERE steps.message = messages.id AND steps.name = '%s' "
        "AND receipt_id IS NOT NULL)"
    )
    op.execute(done % ("ignored", "1 = 1"))
    op.execute(done % ("same_again", "reason = 'same_again'"))
    op.execute(done % ("action", made % "action"))
    op.execute(done % ("ticket", made % "ticket"))
    op.execute(done % ("discarded", "reason = 'discarded'"))
    op.execute("UPDATE messages SET fate = state WHERE state IN ('quarantined', 'broken')")
    # A cast cuts here and rounds there; received_at is never negative.
    whole = "received_at / 86400" if op.get_bind().dialect.name == "sqlite" else "FLOOR(received_at / 86400)"
    day = f"CAST({whole} AS INTEGER)"
    op.execute(
        "INSERT INTO tallies (account, day, fate, count) "  # noqa: S608 - all of it is ours
        f"SELECT account, {day}, fate, count(*) FROM messages GROUP BY account, {day}, fate"
    )
    for seen in ("seen", "fetched"):  # what went by without being kept was not counted then
        op.execute(
            "INSERT INTO tallies (account, day, fate, count) "  # noqa: S608
            f"SELECT account, {day}, '{seen}', count(*) FROM messages GROUP BY account, {day}"
        )
