"""The ledger as it was for a message when it came: what is known by later mail, and by itself, is left out.

Promises: changes nothing. For a message that an operator let go it is the time of that: later mail may be known then.
The index of conversations keeps no history, so this is put together from who opened what when; where even that is lost
(a conversation whose ticket was merged, named by a mail that nobody kept) less is known than was. Who takes part in a
ticket is known as of today only.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import threads
from storage.database import Database
from storage.model import Joined, Message
from storage.rows import MESSAGE_COLUMNS, message_of
from storage.tables import conversations, messages, stamp, steps


class Hindsight:
    """The facet of the ledger that looks back."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self,
        since: datetime | None,
        until: datetime | None,
        *,
        account: str | None = None,
        only: Sequence[int] = (),
        after: int = 0,
        limit: int = 100,
    ) -> list[tuple[Message, str | None]]:
        """Messages kept in that time, with their plans, oldest first; `after` is the last id of the page before."""
        wanted = _wanted(since, until, account, only) & (messages.c.id > after)
        query = select(*MESSAGE_COLUMNS, messages.c.plan).where(wanted).order_by(messages.c.id).limit(limit)
        async with self._database.read() as connection:
            return [(message_of(row), row.plan) for row in await connection.execute(query)]

    async def count(
        self, since: datetime | None, until: datetime | None, *, account: str | None = None, only: Sequence[int] = ()
    ) -> int:
        """How many there are."""
        query = select(func.count()).where(_wanted(since, until, account, only))
        async with self._database.read() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def place(
        self,
        message: Message,
        own: str | None,
        digest: str | None,
        references: Sequence[str],
        *,
        mentioned: bool = False,
        joined: bool = False,
        ask: bool = False,
        witnessed: Collection[str] = (),
    ) -> Joined:
        """Where a kept message stood among conversations when it came; as `Threads.look_up` says it of a new one.

        Tickets that itself or later mail opened are unknown, and so are later mails. `mentioned`: earlier mail had
        spoken of it, or had been it and it was worked on again; the index has forgotten that.
        `joined`: it was of its conversation already, whatever it names. `witnessed`: references that were known when it
        was decided, as is on record: what it answers may have come later and been worked on earlier.
        """
        me, own_key = message.id, threads._key(own)  # noqa: SLF001 - the same index, read at another time
        named = list(dict.fromkeys(key for key in map(threads._key, references) if key and key != own_key))  # noqa: SLF001
        async with self._database.read() as connection:
            rows = await threads._known(connection, [own_key, *named] if own_key else named)  # noqa: SLF001
            recorded = {threads._key(one) for one in witnessed}  # noqa: SLF001
            seen = {key for key, row in rows.items() if key in recorded and not _before(row.message, message)}
            known = {key: row for key, row in rows.items() if key in seen or _before(row.message, message)}
            own_row = known.get(own_key) if own_key else None
            if own_row is not None and own_row.strength == "ours":
                return Joined(own_row.conversation, ours=True, evidence=own_key)
            if own_row is not None and own_row.message and digest is not None and own_row.digest == digest:
                return Joined(own_row.conversation, same_as=own_row.message)
            if ask and (namesake := threads._namesake(own_row, me, digest)) is not None:  # noqa: SLF001
                return Joined(0, namesake=namesake)
            evidence = threads._best(known, named)  # noqa: SLF001
            strong = evidence is not None and known[evidence].strength != "referenced"
            found = known[evidence].conversation if evidence is not None else None
            through = known[evidence].message if evidence is not None and strong else None
            if evidence is None and mentioned:
                evidence, found = own_key, message.conversation
                through = await _earlier(connection, own, message)
                strong = through is not None
            elif evidence is None and joined:
                found = message.conversation
            if found is None:
                return Joined(0)
            ticket = await _ticket_then(
                connection, found, through, message, late=evidence in seen, sure=evidence in recorded
            )
            others = await _others_then(connection, found, known, named, message, seen, recorded)
        return Joined(found, ticket, evidence, strong, others=others)

    async def done_before(self, message: Message, ticket: int, step: str, since: datetime) -> int:
        """How often earlier messages did a step of this name on a ticket since then."""
        its = (messages.c.ticket == ticket) & (messages.c.id < message.id)
        query = (
            select(func.count())
            .select_from(steps)
            .join(messages, messages.c.id == steps.c.message)
            .where(its & (steps.c.name == step) & (steps.c.intent_at > stamp(since)))
        )
        async with self._database.read() as connection:
            return int((await connection.execute(query)).scalar_one())


def _wanted(
    since: datetime | None, until: datetime | None, account: str | None, only: Sequence[int]
) -> ColumnElement[bool]:
    wanted = messages.c.id > 0
    if since is not None:
        wanted &= messages.c.received_at >= stamp(since)
    if until is not None:
        wanted &= messages.c.received_at < stamp(until)
    if account is not None:
        wanted &= messages.c.account == account
    if only:
        wanted &= messages.c.id.in_(only)
    return wanted


def _before(other: int | None, message: Message, *, late: bool = False) -> bool:
    """Whether another message may have been known; None: one that was forgotten. `late`: it may have come later."""
    return other is None or (other != message.id if message.override or late else other < message.id)


async def _earlier(connection: AsyncConnection, own: str | None, message: Message) -> int | None:
    """The latest message before with the same Message-ID: the mail was moved out of its folder and back."""
    same = (messages.c.message_id == own) & (messages.c.id < message.id)
    latest = select(messages.c.id).where(same).order_by(messages.c.id.desc()).limit(1)
    return (await connection.execute(latest)).scalar_one_or_none()


async def _ticket_then(
    connection: AsyncConnection, conversation: int, through: int | None, message: Message, *, late: bool, sure: bool
) -> int | None:
    """The ticket of a conversation when a message came; else that of the message `through` which it is known."""
    bound = select(conversations.c.ticket).where(conversations.c.id == conversation)
    ticket: int | None = (await connection.execute(bound)).scalar_one()
    if ticket is not None and await _was_there(connection, ticket, message, late=late, sure=sure):
        return ticket
    if through is None:
        return None
    its = select(messages.c.ticket).where(messages.c.id == through)  # before its ticket was merged into another
    ticket = (await connection.execute(its)).scalar_one_or_none()
    return (
        ticket if ticket is not None and await _was_there(connection, ticket, message, late=late, sure=sure) else None
    )


async def _was_there(connection: AsyncConnection, ticket: int, message: Message, *, late: bool, sure: bool) -> bool:
    """Whether a ticket had its conversation when a message came: not one that it opened itself, or later mail did.

    `sure`: that the conversation had one is on record, whatever the clocks said.
    """
    opened = select(steps.c.message, steps.c.settled_at).where(
        (steps.c.name == "ticket") & (steps.c.receipt_id == ticket)
    )
    opener = (await connection.execute(opened.order_by(steps.c.id).limit(1))).one_or_none()
    if opener is None:  # it was there before any mail that we know of
        others = messages.c.id != message.id if message.override or late else messages.c.id < message.id
        earlier = select(messages.c.id).where((messages.c.ticket == ticket) & others)
        return (await connection.execute(earlier.limit(1))).first() is not None
    if not _before(opener.message, message, late=late):
        return False
    at_rest = message.settled_at  # an earlier mail may have opened its ticket later: it was set aside, and released
    return sure or at_rest is None or opener.settled_at is None or opener.settled_at <= stamp(at_rest)


async def _others_then(
    connection: AsyncConnection,
    found: int,
    known: dict[str, Row[Any]],
    named: Sequence[str],
    message: Message,
    seen: Collection[str],
    recorded: Collection[str | None],
) -> tuple[tuple[int, str, bool], ...]:
    """Tickets of other conversations that it named too, as `Joined.others` has them."""
    other = {known[key].conversation: key for key in reversed(named) if key in known}
    other.pop(found, None)
    held: list[tuple[int, str, bool]] = []
    for conversation, key in other.items():
        strong = known[key].strength != "referenced"
        through = known[key].message if strong else None
        ticket = await _ticket_then(connection, conversation, through, message, late=key in seen, sure=key in recorded)
        if ticket is not None:
            held.append((ticket, key, strong))
    return tuple(held)
