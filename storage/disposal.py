"""What may be done with originals in their folders, and what was.

Promises: only settled messages are ever listed; quarantined and broken ones never. Knows nothing of flags or moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from storage.database import Database
from storage.model import Disposal
from storage.rows import note
from storage.states import State
from storage.tables import messages


class Disposals:
    """The facet of the ledger that sweeps folders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def pending(self, account: str, folder: str, uidvalidity: int, *, limit: int = 100) -> list[tuple[int, int]]:
        """(message, uid) of settled messages whose original was not touched yet."""
        where = (
            (messages.c.disposal == Disposal.PENDING)
            & (messages.c.state == State.DONE)
            & (messages.c.account == account)
            & (messages.c.folder == folder)
            & (messages.c.uidvalidity == uidvalidity)
        )
        query = select(messages.c.id, messages.c.uid).where(where).order_by(messages.c.id).limit(limit)
        async with self._database.read() as connection:
            return [(row.id, row.uid) for row in await connection.execute(query)]

    async def folders(self) -> list[tuple[str, str]]:
        """(account, folder) of which originals of settled messages were not touched yet."""
        where = (messages.c.disposal == Disposal.PENDING) & (messages.c.state == State.DONE)
        query = select(messages.c.account, messages.c.folder).where(where).distinct()
        async with self._database.read() as connection:
            return [(row.account, row.folder) for row in await connection.execute(query)]

    async def disposed(self, ids: Sequence[int], disposal: Disposal, words: str, now: datetime) -> None:
        """The originals were treated as configured, or are gone."""
        async with self._database.write() as connection:
            await connection.execute(update(messages).where(messages.c.id.in_(ids)).values(disposal=disposal))
            for message in ids:
                await note(connection, message, now, "disposed", words)

    async def gone(self, account: str, folder: str, uidvalidity: int, now: datetime) -> int:
        """The folder has a new UIDVALIDITY: keys of the old one name nothing. Returns how many were pending."""
        where = (
            (messages.c.disposal == Disposal.PENDING)
            & (messages.c.account == account)
            & (messages.c.folder == folder)
            & (messages.c.uidvalidity != uidvalidity)
            & (messages.c.state == State.DONE)
        )
        async with self._database.write() as connection:
            ids = (await connection.execute(select(messages.c.id).where(where))).scalars().all()
            await connection.execute(update(messages).where(where).values(disposal=Disposal.GONE))
            for message in ids:
                await note(connection, message, now, "disposed", "gone: the folder has a new UIDVALIDITY")
        return len(ids)
