"""Erasing one person's mail, with the balance still true.

Promises: of a message that is at rest nothing stays that its author wrote or that names them: no octets, no plan, no
address, no Message-ID, no words of others about it; its key, hashes, fate, ticket and receipts stay, so that the same
original is not taken again, nothing is done twice and every count is what it was. Its Message-ID stays as a hash: a
reply to it still finds its ticket, and the same mail is known. What is on its way is not touched. Fails with
LedgerBusy; every call may be repeated. Knows nothing of mail: who wrote what is said by others.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, Row, Table, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.keeping import head_of
from storage.model import Fate
from storage.rows import note
from storage.states import AT_REST, State
from storage.tables import (
    answers,
    dead_addresses,
    journal,
    messages,
    meta,
    octets,
    participants,
    stamp,
    steps,
    texts,
    thread_ids,
)
from storage.threads import hashed

HARMLESS = frozenset(
    {"kept", "found again", "decided", "intent", "waits", "settled", "released", "discarded", "adopted", "disposed"}
)
"""Lines of a journal whose words are ours alone; of others only what stands before the colon."""

PEOPLE = (participants, answers, dead_addresses)
PATIENCE = 30.0
"""Seconds in which whoever writes or reads the ledger must let it be written anew, and its log be emptied."""

UNWIPED = "erased, and not wiped"


@dataclass(frozen=True, slots=True)
class Written:
    """A message of the person's: where it stands, and what its author's address is still known by."""

    id: int
    state: State
    fate: Fate
    ticket: int | None
    kept: bool  # its octets are there

    @property
    def at_rest(self) -> bool:
        """Whether it may be erased."""
        return self.state in AT_REST


class Forgetting:
    """The facet of the ledger that erases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def written_by(self, address: str, others: Collection[int] = ()) -> list[Written]:
        """The messages whose author is `address`, and those that are named; oldest first."""
        columns = (messages.c.id, messages.c.state, messages.c.fate, messages.c.ticket, messages.c.gone_at)
        rows: dict[int, Row[tuple[int, str, str, int | None, float | None]]] = {}
        named = sorted(others)
        wheres = [messages.c.sender == address.lower()]
        wheres += [messages.c.id.in_(named[at : at + 500]) for at in range(0, len(named), 500)]
        async with self._database.read() as connection:
            for where in wheres:
                rows |= {row.id: row for row in await connection.execute(select(*columns).where(where))}
        return [
            Written(row.id, State(row.state), Fate(row.fate), row.ticket, row.gone_at is None)
            for _, row in sorted(rows.items())
        ]

    async def unnamed(self, after: int, limit: int = 100) -> list[tuple[int, bytes]]:
        """The next messages whose author is not recorded, each with its first octets: before schema 5 none was."""
        where = (messages.c.sender == "") & messages.c.gone_at.is_(None) & (messages.c.id > after)
        query = select(messages.c.id).where(where).order_by(messages.c.id).limit(limit)
        async with self._database.read() as connection:
            ids = (await connection.execute(query)).scalars().all()
            return [(one, await head_of(connection, one)) for one in ids]

    async def count_unnamed(self) -> int:
        """How many `unnamed` goes through."""
        where = (messages.c.sender == "") & messages.c.gone_at.is_(None)
        async with self._database.read() as connection:
            return int((await connection.execute(select(func.count()).where(where))).scalar_one())

    async def name(self, senders: Mapping[int, str]) -> None:
        """Record authors (in lower case), so that nobody needs to look again."""
        async with self._database.write() as connection:
            for message, sender in sorted(senders.items()):
                same = (messages.c.id == message) & (messages.c.sender == "")
                await connection.execute(update(messages).where(same).values(sender=sender))

    async def named_in(self, address: str, mailbox: str = "") -> dict[str, int]:
        """In how many rows beside their own messages a person stands, by the table's name.

        `mailbox`: the key of the address, by which some rows have it.
        """
        async with self._database.read() as connection:
            return {
                table.name: int(
                    (await connection.execute(select(func.count()).where(_names(table, address, mailbox)))).scalar_one()
                )
                for table in PEOPLE
            }

    async def forget(self, ids: Sequence[int], now: datetime) -> list[int]:
        """Erase messages, in one transaction; those that were at rest, which the others are not any more."""
        rest = messages.c.id.in_(ids) & messages.c.state.in_(AT_REST)
        nothing = {"plan": None, "sender": "", "message_id": None, "words": "", "portions": ""}
        gone_at = func.coalesce(messages.c.gone_at, stamp(now))
        async with self._database.write("threads") as connection:
            found = select(messages.c.id).where(rest).order_by(messages.c.id).with_for_update()
            done = list((await connection.execute(found)).scalars())
            await connection.execute(delete(octets).where(octets.c.message.in_(done)))
            blanked = update(messages).where(messages.c.id.in_(done)).values(**nothing, gone_at=gone_at)
            await connection.execute(blanked)
            unsaid = update(steps).where(steps.c.message.in_(done))
            await connection.execute(unsaid.values(thing=None, receipt_words=None, receipt_link=None))
            await connection.execute(delete(texts).where(texts.c.message.in_(done)))
            await connection.execute(delete(answers).where(answers.c.message.in_(done)))
            await _hash_ids(connection, done)
            await _blank_journal(connection, done)
            if self._database.is_sqlite:
                await connection.execute(insert(meta).prefix_with("OR IGNORE").values(key=UNWIPED, value=""))
            for one in done:
                await note(connection, one, now, "forgotten", "by an operator: its author's mail was erased")
        return done

    async def forget_address(self, address: str, mailbox: str = "") -> None:
        """Nobody of this address (or with this key) takes part in a ticket, was answered, or is dead."""
        async with self._database.write("people") as connection:
            for table in PEOPLE:
                await connection.execute(delete(table).where(_names(table, address, mailbox)))

    async def wipe(self) -> bool | None:
        """Leave nothing of it in the files: whether that was possible now. None: PostgreSQL sees to it in its time.

        The file is written anew: what SQLite overwrites when it deletes leaves copies behind that an earlier change of
        the same page made. Writers wait, some ten seconds a gigabyte; there has to be room for two more of the file.
        """
        if not self._database.is_sqlite:
            return None
        if not await asyncio.to_thread(_write_anew, Path(str(self._database.url.database))):
            return False
        async with self._database.write() as connection:
            await connection.execute(delete(meta).where(meta.c.key == UNWIPED))
        return True

    async def unwiped(self) -> bool:
        """Whether something was erased since the files were wiped."""
        async with self._database.read() as connection:
            return (await connection.execute(select(meta).where(meta.c.key == UNWIPED))).first() is not None


def _names(table: Table, address: str, mailbox: str) -> ColumnElement[bool]:
    """Whether a row is this person's, however their address is spelt in it."""
    low = [address.lower(), *([mailbox] if mailbox else [])]
    found = table.c.address.in_(low)
    return found | table.c.mailbox.in_(low) if "mailbox" in table.c else found


async def _hash_ids(connection: AsyncConnection, ids: Sequence[int]) -> None:
    own = select(thread_ids.c.msgid).where(thread_ids.c.message.in_(ids) & (thread_ids.c.strength == "own"))
    for msgid in (await connection.execute(own)).scalars().all():
        same = update(thread_ids).where(thread_ids.c.msgid == msgid)
        await connection.execute(same.values(msgid=hashed(msgid)))


async def _blank_journal(connection: AsyncConnection, ids: Sequence[int]) -> None:
    lines = select(journal.c.id, journal.c.event, journal.c.words)
    lines = lines.where(journal.c.message.in_(ids) & journal.c.event.not_in(HARMLESS))
    for line in (await connection.execute(lines)).all():
        before = line.words.partition(": ")[0] if ": " in line.words else ""
        words = line.words if line.event == "receipt" and not before else before
        await connection.execute(update(journal).where(journal.c.id == line.id).values(words=words))


def _write_anew(path: Path) -> bool:
    until = time.monotonic() + PATIENCE
    with contextlib.closing(sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)) as opened:
        folder = str(path.parent).replace("'", "''")
        try:
            opened.execute(f"PRAGMA temp_store_directory = '{folder}'")  # where there is room: no small /tmp
            opened.execute("VACUUM")
            while opened.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                if time.monotonic() > until:
                    return False
                time.sleep(0.1)  # a writer may be at it already: for that SQLite itself does not wait
        except sqlite3.OperationalError:  # it is being written, or there is no room
            return False
    return True
