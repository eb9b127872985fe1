"""Words of other systems without what looks like a secret: clients' secrets, tokens and passwords were repeated there.

Revision ID: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.shapes import without_secrets

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BATCH = 1000
WORDS = (
    ("messages", "id", "words"),
    ("steps", "id", "receipt_words"),
    ("journal", "id", "words"),
    ("alerts", "key", "words"),
)


def upgrade() -> None:
    """Go through all that may hold what a server said; only what changes is written."""
    connection = op.get_bind()
    for name, key, column in WORDS:
        table = sa.table(name, sa.column(key), sa.column(column))
        its, words = table.c[key], table.c[column]
        last: object = None
        while True:
            query = sa.select(its, words).where(sa.func.length(words) > 7).order_by(its).limit(BATCH)
            rows = connection.execute(query if last is None else query.where(its > last)).all()
            if not rows:
                break
            last = rows[-1][0]
            for one, said in rows:
                if (new := without_secrets(said)) != said:
                    connection.execute(sa.update(table).where(its == one).values({column: new}))
