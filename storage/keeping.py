"""Letting go: octets whose time is over, and rows that nobody will ask for again.

Promises: only what is at rest, and has been for as long as its fate demands, loses its octets; what became of it, its
steps, receipts and journal stay, so that the balance, look-ups and threading know no difference; each call is one short
transaction, and what another host lets go at the same time is passed by. Fails with LedgerBusy. Knows nothing of what
a plan holds: it is given what is to stay of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate

from sqlalchemy import ColumnElement, Table, delete, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.model import Fate
from storage.packing import unpack
from storage.states import AT_REST
from storage.tables import answers, dead_addresses, messages, octets, stamp, texts

MOST_MESSAGES, MOST_OCTETS = 200, 16_000_000
"""Of one transaction: writers wait for it, and what is let go is overwritten."""

MOST_ROWS = 1000
STEP = 512
"""Pages that are given back at a time."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """A message whose octets need not be kept any longer. `head`: the first of them, if its author is not known."""

    id: int
    plan: str | None = field(repr=False)
    head: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Remains:
    """What stays of a message. `sender`: its author in lower case, if that was not known."""

    id: int
    plan: str | None = field(repr=False)
    sender: str | None = field(default=None, repr=False)


class Keeping:
    """The facet of the ledger that forgets by age."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def overdue(self, before: Mapping[Fate, datetime]) -> list[Overdue]:
        """The next to let go, those that came to rest `before` a time, each fate its own; as many as one go takes."""
        found = []
        async with self._database.read() as connection:
            for fate, moment in before.items():
                query = select(messages.c.id, messages.c.kept_size, messages.c.sender, messages.c.plan)
                query = query.where(_over({fate: moment})).order_by(messages.c.settled_at).limit(MOST_MESSAGES)
                found += list(await connection.execute(query))
            some = found[:MOST_MESSAGES]
            sizes = accumulate(row.kept_size for row in some)
            chosen = [row for row, size in zip(some, sizes, strict=True) if size <= MOST_OCTETS] or some[:1]
            heads = {row.id: None if row.sender else await head_of(connection, row.id) for row in chosen}
        return [Overdue(row.id, row.plan, heads[row.id]) for row in chosen]

    async def let_go(self, chosen: Sequence[Remains], before: Mapping[Fate, datetime], now: datetime) -> int:
        """Delete their octets, unless they are on their way again; how many that were."""
        ids = [one.id for one in chosen]
        async with self._database.write() as connection:
            still = select(messages.c.id).where(messages.c.id.in_(ids) & _over(before)).order_by(messages.c.id)
            found = set((await connection.execute(still.with_for_update(skip_locked=True))).scalars())
            await connection.execute(delete(octets).where(octets.c.message.in_(found)))
            for one in chosen:
                if one.id in found:
                    values: dict[str, object] = {"plan": one.plan, "portions": "", "gone_at": stamp(now)}
                    if one.sender is not None:
                        values["sender"] = one.sender
                    await connection.execute(update(messages).where(messages.c.id == one.id).values(values))
        return len(found)

    async def tidy(self, now: datetime, older: timedelta) -> bool:
        """Delete who was answered, what was said and who was dead so long ago; whether there may be more."""
        said = stamp(now - older)
        old: list[tuple[Table, ColumnElement[object], ColumnElement[bool]]] = [
            (answers, answers.c.id, answers.c.at < said),
            (texts, texts.c.message, texts.c.at < said),
            (dead_addresses, dead_addresses.c.address, dead_addresses.c.at < said),
        ]
        more = False
        for table, key, over in old:
            async with self._database.read() as connection:
                some = (await connection.execute(select(key).where(over).limit(MOST_ROWS))).scalars().all()
            if some:
                async with self._database.write() as connection:
                    await connection.execute(delete(table).where(key.in_(some) & over))
                more |= len(some) == MOST_ROWS
        return more

    async def shrink(self) -> bool:
        """Give some of the room that is free in the file back to the disk; whether there is more. SQLite only."""
        if not self._database.is_sqlite:
            return False
        async with self._database.read() as connection:
            free: int = (await connection.execute(text("PRAGMA freelist_count"))).scalar_one()
        if free:
            async with self._database.write() as connection:
                driver = (await connection.get_raw_connection()).driver_connection
                assert driver is not None
                # A script, because it gives a row a page, and of a statement that has no columns only one is fetched.
                await driver.executescript(f"PRAGMA incremental_vacuum({STEP})")
        return free > STEP


async def head_of(connection: AsyncConnection, message: int) -> bytes:
    """The first chunk of a message: its header, and more. Nothing if it is damaged."""
    first = select(octets.c.packed, octets.c.data).where((octets.c.message == message) & (octets.c.seq == 0))
    row = (await connection.execute(first)).one_or_none()
    try:
        return b"" if row is None else unpack(row.packed, row.data)
    except ValueError:
        return b""


def _over(before: Mapping[Fate, datetime]) -> ColumnElement[bool]:
    return (
        messages.c.gone_at.is_(None)
        & messages.c.state.in_(AT_REST)
        & or_(*((messages.c.fate == fate) & (messages.c.settled_at < stamp(moment)) for fate, moment in before.items()))
    )
