"""Words of other systems that are kept, gone through once more: what they hold of secrets is taken out.

Promises: `WORDS` names every column that may hold what a server said; a column is read in the order of its key, in
short transactions, and only what changes is written; done twice it changes nothing more. Fails with LedgerBusy, and
then the next time begins at the beginning. Knows nothing of what is secret: it is given who knows.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Column, Table, bindparam, select, update

from storage.database import Database
from storage.tables import alerts, journal, messages, steps

BATCH = 1000

WORDS: tuple[tuple[Table, Column[object], tuple[Column[str], ...]], ...] = (
    (messages, messages.c.id, (messages.c.words, messages.c.cause)),
    (steps, steps.c.id, (steps.c.receipt_words, steps.c.receipt_link)),
    (journal, journal.c.id, (journal.c.words,)),
    (alerts, alerts.c.key, (alerts.c.words,)),
)
"""Tables, their keys, and their columns that hold words of others."""


class Redaction:
    """The facet of the ledger that takes secrets out of what was kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def redact(self, mask: Callable[[str], str]) -> int:
        """Put what `mask` makes of each text in its place; how many were changed."""
        return sum([await self._column(key, column, mask) for _, key, columns in WORDS for column in columns])

    async def _column(self, key: Column[object], column: Column[str], mask: Callable[[str], str]) -> int:
        last: object = None
        changed = 0
        while True:
            query = select(key, column).where(column.is_not(None) & (column != "")).order_by(key).limit(BATCH)
            async with self._database.read() as connection:
                rows = (await connection.execute(query if last is None else query.where(key > last))).all()
            if not rows:
                return changed
            last = rows[-1][0]
            news = [{"its": row[0], "was": row[1], "new": new} for row in rows if (new := mask(row[1])) != row[1]]
            if news:
                unchanged = (key == bindparam("its")) & (column == bindparam("was"))  # it may be another by now
                async with self._database.write() as connection:
                    await connection.execute(
                        update(column.table).where(unchanged).values({column: bindparam("new")}), news
                    )
            changed += len(news)
