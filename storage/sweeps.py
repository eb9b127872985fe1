"""Folders held against the ledger: which of their UIDs are kept, and what is done about those that are not.

Promises: a missed UID is put among those that its folder's watch still has to read, and counted, in one transaction;
until it is read it is an open hole. Fails with Fenced and LedgerBusy. Knows nothing of IMAP.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from storage.database import Database
from storage.hosts import watched
from storage.model import Seen
from storage.rows import count, day_of
from storage.tables import cursors, messages, moment_or_none, stamp


@dataclass(frozen=True, slots=True)
class Folder:
    """A watched folder. `swept_at`: when all of it was last compared; `open_holes`: UIDs missed and not read yet."""

    account: str
    folder: str
    swept_at: datetime | None
    open_holes: tuple[int, ...]


class Sweeps:
    """The facet of the ledger that compares it with folders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self, account: str, folder: str, uidvalidity: int, after: int, upto: int) -> frozenset[int]:
        """UIDs greater than `after`, up to `upto`, that are kept."""
        where = (
            (messages.c.account == account)
            & (messages.c.folder == folder)
            & (messages.c.uidvalidity == uidvalidity)
            & (messages.c.uid > after)
            & (messages.c.uid <= upto)
        )
        async with self._database.read() as connection:
            return frozenset((await connection.execute(select(messages.c.uid).where(where))).scalars())

    async def take(self, account: str, folder: str, uidvalidity: int, uids: Sequence[int], now: datetime) -> None:
        """These were missed: the folder's watch is to read them. Nothing if the folder was rebuilt meanwhile."""
        its = (cursors.c.account == account) & (cursors.c.folder == folder) & (cursors.c.uidvalidity == uidvalidity)
        async with self._database.write(f"mailbox {account}") as connection:
            await watched(connection, account, self._database.host)
            backlog = (await connection.execute(select(cursors.c.backlog).where(its))).scalar_one_or_none()
            if backlog is None:
                return
            before = frozenset(map(int, backlog.split()))
            wanted = " ".join(map(str, sorted(before.union(uids))))
            await connection.execute(update(cursors).where(its).values(backlog=wanted))
            await count(connection, {(account, day_of(stamp(now)), Seen.HOLE): len(set(uids) - before)})

    async def swept(self, account: str, folder: str, uidvalidity: int, now: datetime) -> None:
        """The whole folder has been compared."""
        its = (cursors.c.account == account) & (cursors.c.folder == folder) & (cursors.c.uidvalidity == uidvalidity)
        async with self._database.write() as connection:
            await connection.execute(update(cursors).where(its).values(swept_at=stamp(now)))

    async def folders(self) -> list[Folder]:
        """Every folder that was ever begun, by mailbox and name."""
        query = select(cursors).order_by(cursors.c.account, cursors.c.folder)
        async with self._database.read() as connection:
            return [
                Folder(row.account, row.folder, moment_or_none(row.swept_at), _after(row.backlog, row.first_uid))
                for row in await connection.execute(query)
            ]


def _after(backlog: str, first_uid: int) -> tuple[int, ...]:
    """The UIDs of a backlog, which ascends, beyond `first_uid`: hardly any, at the end of what may be long."""
    found: list[int] = []
    end = len(backlog)
    while end > 0:
        start = backlog.rfind(" ", 0, end) + 1
        uid = int(backlog[start:end])
        if uid <= first_uid:
            break
        found.append(uid)
        end = start - 1
    return tuple(reversed(found))
