"""Who takes part in which ticket, which addresses are dead, and what was said before.

Promises: addresses are in lower case; what is remembered twice is remembered once. Knows nothing of why somebody may
take part.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.tables import answers, dead_addresses, messages, participants, stamp, steps, texts

MOST_PARTICIPANTS = 500
"""Of one ticket: more is a mailing, not a conversation."""


class People:
    """The facet of the ledger that knows who wrote what where."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def participants(self, ticket: int) -> frozenset[str]:
        """Everybody whom mail of the ticket was from or to, as far as it was accepted."""
        query = select(participants.c.address).where(participants.c.ticket == ticket).limit(MOST_PARTICIPANTS)
        async with self._database.read() as connection:
            return frozenset((await connection.execute(query)).scalars())

    async def bury(self, addresses: Collection[str], ticket: int, message: int, now: datetime) -> None:
        """Mail to these came back, says a message; believed of those who were answered about the ticket."""
        answered = select(answers.c.address).where(answers.c.ticket == ticket)
        async with self._database.write("people") as connection:
            written_to = set((await connection.execute(answered)).scalars())
            for address in sorted({one.lower() for one in addresses} & written_to):
                await connection.execute(dead_addresses.delete().where(dead_addresses.c.address == address))
                await connection.execute(insert(dead_addresses).values(address=address, at=stamp(now), message=message))

    async def past(
        self, message: int | None, digest: str | None, address: str | None, now: datetime, *, said: timedelta,
        dead: timedelta,
    ) -> tuple[int, bool]:  # fmt: skip
        """How often others said the same in the time `said` before; whether mail to an address came back in `dead`."""
        same = (texts.c.digest == digest) & (texts.c.at > stamp(now - said))
        if message is not None:
            same &= texts.c.message < message
        count = select(func.count()).where(same).scalar_subquery()
        when = (dead_addresses.c.at >= stamp(now - dead)) & (dead_addresses.c.at <= stamp(now))
        gone = (dead_addresses.c.address == (address or "").lower()) & when
        buried = select(func.count()).where(gone).scalar_subquery()
        async with self._database.read() as connection:
            row = (await connection.execute(select(count.label("count"), buried.label("buried")))).one()
        return int(row[0]) if digest is not None else 0, bool(row.buried)

    async def done_lately(self, ticket: int, step: str, since: datetime) -> int:
        """How often a step of this name was done on a ticket since then."""
        query = (
            select(func.count())
            .select_from(steps)
            .join(messages, messages.c.id == steps.c.message)
            .where((messages.c.ticket == ticket) & (steps.c.name == step) & (steps.c.intent_at > stamp(since)))
        )
        async with self._database.read() as connection:
            return int((await connection.execute(query)).scalar_one())


async def remember_text(connection: AsyncConnection, message: int, digest: str, now: datetime) -> None:
    """What a message said: when it is decided for the first time."""
    await connection.execute(insert(texts).values(message=message, digest=digest, at=stamp(now)))


async def welcome(connection: AsyncConnection, ticket: int, addresses: Collection[str]) -> None:
    """These take part in the ticket from now on."""
    if not addresses:
        return
    known = set(
        (await connection.execute(select(participants.c.address).where(participants.c.ticket == ticket))).scalars()
    )
    new = sorted({one.lower() for one in addresses if one} - known)[: max(0, MOST_PARTICIPANTS - len(known))]
    if new:
        # Another host may welcome the same at this moment.
        join = text("INSERT INTO participants (ticket, address) VALUES (:ticket, :address) ON CONFLICT DO NOTHING")
        await connection.execute(join, [{"ticket": ticket, "address": one} for one in new])
