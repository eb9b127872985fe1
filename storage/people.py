"""Who takes part in which ticket, which addresses are dead, and what was said before.

Promises: addresses are in lower case, and what is dead is a mailbox, by the key that all its spellings have; what is
remembered twice is remembered once. Knows nothing of why somebody may take part, nor of how keys are made.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.model import Way
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

    async def bury(
        self, mailboxes: Collection[str], message: int, now: datetime,
        *, answer: str | None = None, ticket: int | None = None, key: Callable[[str], str] = str.lower,
    ) -> None:  # fmt: skip
        """Mail to these came back, says a message. `key`: gives what stands in `mailboxes` for an address.

        Believed of a mailbox to which the very answer went that the message names by its Message-ID, `answer`; or, of
        a message that needs not know it, to which an answer about `ticket` went. Never of one that we wrote to because
        a Reply-To named it, nor of an answer that somebody has answered.
        """
        about = (answers.c.message_id == answer) if answer else (answers.c.ticket == ticket)
        if not answer and ticket is None:
            return
        answered = select(answers.c.address).where(about & (answers.c.way == Way.FROM) & (answers.c.reached == 0))
        async with self._database.write("people") as connection:
            written_to = {key(one) for one in (await connection.execute(answered)).scalars()}
            for one in sorted(set(mailboxes) & written_to):
                await connection.execute(dead_addresses.delete().where(dead_addresses.c.address == one))
                await connection.execute(insert(dead_addresses).values(address=one, at=stamp(now), message=message))

    async def arrived(self, replied: Collection[str], key: Callable[[str], str] = str.lower) -> None:
        """Somebody answered these Message-IDs: answers of ours among them had arrived, and their mailboxes live."""
        if not replied:
            return
        ours = answers.c.message_id.in_(sorted(replied))
        async with self._database.read() as connection:
            rows = (await connection.execute(select(answers.c.address, answers.c.reached).where(ours))).all()
            alive = dead_addresses.c.address.in_(sorted({key(row.address) for row in rows}))
            dead = rows and (await connection.execute(select(dead_addresses.c.address).where(alive).limit(1))).first()
        if not dead and all(row.reached for row in rows):
            return
        async with self._database.write("people") as connection:
            await connection.execute(answers.update().where(ours).values(reached=1))
            await connection.execute(dead_addresses.delete().where(alive))

    async def past(
        self, message: int | None, digest: str | None, mailbox: str | None, now: datetime, *, said: timedelta,
        dead: timedelta, also: str = "",
    ) -> tuple[int, bool]:  # fmt: skip
        """How often others said the same in the time `said` before; whether mail to a mailbox came back in `dead`."""
        same = (texts.c.digest == digest) & (texts.c.at > stamp(now - said))
        if message is not None:
            same &= texts.c.message < message
        count = select(func.count()).where(same).scalar_subquery()
        when = (dead_addresses.c.at >= stamp(now - dead)) & (dead_addresses.c.at <= stamp(now))
        gone = dead_addresses.c.address.in_(sorted({mailbox or "", also or mailbox or ""})) & when
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
