"""Which answer went to which mailbox, and by which way; what was believed to be dead on less is not believed.

Revision ID: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BATCH = 1000
ONE_PROVIDER = {"googlemail.com": "gmail.com", "me.com": "icloud.com", "mac.com": "icloud.com"}


def upgrade() -> None:
    """Add columns. An answer of before went to its mail's author by From, if that is on record; else nobody knows."""
    op.add_column("answers", sa.Column("mailbox", sa.Text(), nullable=False, server_default=""))
    op.add_column("answers", sa.Column("way", sa.Text(), nullable=False, server_default=""))
    op.add_column("answers", sa.Column("message_id", sa.Text(), nullable=True))
    op.add_column("answers", sa.Column("reached", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_answers_mailbox_at", "answers", ["mailbox", "at"])
    op.create_index("ix_answers_way_at", "answers", ["way", "at"])
    op.create_index("ix_answers_message_id", "answers", ["message_id"])
    # Anybody could have had an address buried: what is dead comes back once more, and is known by that.
    op.execute("DELETE FROM dead_addresses")
    op.execute(
        "UPDATE answers SET message_id = (SELECT max(thread_ids.msgid) FROM thread_ids "
        "WHERE thread_ids.message = answers.message AND thread_ids.strength = 'ours')"
    )
    bind, last = op.get_bind(), 0
    query = sa.text(
        "SELECT answers.id, answers.address, messages.sender FROM answers "
        "LEFT JOIN messages ON messages.id = answers.message WHERE answers.id > :last ORDER BY answers.id LIMIT :most"
    )
    change = sa.text("UPDATE answers SET mailbox = :mailbox, way = :way WHERE id = :id")
    while rows := bind.execute(query, {"last": last, "most": BATCH}).all():
        made = [(row.id, _mailbox(row.address), _mailbox(row.sender or "")) for row in rows]
        values = [{"id": number, "mailbox": to, "way": "from" if to == sender else ""} for number, to, sender in made]
        bind.execute(change, values)
        last = rows[-1].id


def _mailbox(address: str) -> str:
    """The key of an address as it is made today, as far as a migration, which stays as it is, has to know."""
    local, _, domain = address.strip().lower().rpartition("@")
    domain = ONE_PROVIDER.get(domain, domain)
    plain = local.partition("+")[0] or local
    if domain == "gmail.com":
        plain = plain.replace(".", "")
    return f"{plain or local}@{domain}" if local else address.strip().lower()
