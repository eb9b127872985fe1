"""Who belongs to which conversation: Message-ID -> conversation -> ticket, where the ticket may still be pending.

Promises: joining is one transaction, so that of two messages of one conversation one becomes the root and the other
waits for its receipt; when the root comes to rest without a ticket the next one becomes the root. A blank msg-id never
matches. Knows nothing of header fields: it is given msg-ids.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import states
from storage.database import Database
from storage.model import ALONE, Claim, Joined
from storage.rows import database_time, free_waiting, mine, note
from storage.states import State
from storage.tables import conversations, hosts, messages, thread_ids

LONGEST_KEY = 500
"""Longer msg-ids are kept as their hash: an index of PostgreSQL takes 2,700 octets."""

HASH = "sha256:"


class Threads:
    """The facet of the ledger that knows conversations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def join(
        self,
        claim: Claim,
        own: str | None,
        digest: str | None,
        references: Sequence[str],
        now: datetime,
        *,
        ask: bool = False,
        again: bool = False,
        instead: bool = False,
    ) -> Joined:
        """Find or found the conversation of a claimed message.

        `own` is its Message-ID, `digest` identifies its content, `references` are the msg-ids it names, best evidence
        first. The ids are remembered. A message that must wait is marked so in the same transaction; so must a copy
        until the first of its kind is at rest: before that it has no outcome that could count for both. `ask`: of a
        message with this Message-ID and another digest the caller wants to know first. `again`: the mail has come
        before and is worked on all the same; the Message-ID is this message's from now on. `instead`: so it is too, but
        what had it before was not this mail: this one stands where it would without it.
        """
        me = claim.message.id
        own_key = _key(own)
        named = list(dict.fromkeys(key for key in map(_key, references) if key and key != own_key))
        async with self._database.write("threads") as connection:
            await mine(connection, claim)
            known = await _known(connection, [own_key, *named] if own_key else named)
            own_row = known.get(own_key) if own_key else None
            if own_row is not None and own_row.strength == "ours":
                return Joined(own_row.conversation, ours=True, evidence=own_key)
            if (
                own_row is not None
                and own_row.message not in {None, me}
                and digest is not None
                and own_row.digest == digest
                and not again
                and not instead
            ):
                if await _is_at_rest(connection, own_row.message):
                    return Joined(own_row.conversation, same_as=own_row.message)
                await _wait(connection, me, own_row.message, "which is the same mail", now)
                return Joined(own_row.conversation, waits_for=own_row.message)
            if ask and (namesake := _namesake(own_row, me, digest)) is not None:
                return Joined(0, namesake=namesake)
            if again and own_row is not None and own_row.strength == "own" and own_row.message != me:
                same = thread_ids.c.msgid == own_row.msgid
                await connection.execute(update(thread_ids).where(same).values(message=me, digest=digest))
                named = [*named, own_key] if own_key else named
            found, evidence = await _conversation(connection, claim, own_row, known, named)
            if instead and own_row is not None and own_row.strength == "own" and own_row.message != me:
                same = thread_ids.c.msgid == own_row.msgid
                here = update(thread_ids).where(same).values(message=me, digest=digest, conversation=found)
                await connection.execute(here)
            await _remember(connection, found, me, own_key, digest, own_row, [key for key in named if key not in known])
            await connection.execute(update(messages).where(messages.c.id == me).values(conversation=found))
            others = await _other_tickets(connection, found, known, named)
            ticket, root = await _ticket_or_root(connection, found, me)
            if root is not None:
                await _wait(connection, me, root, "which opens the ticket of the same conversation", now)
        strong = evidence is not None and known[evidence].strength != "referenced"
        return Joined(found, ticket, evidence, strong, waits_for=root, others=others)

    async def behind(self, claim: Claim) -> bool:
        """Whether another host has an earlier message in hand that has not joined its conversation yet.

        Claims are made in one order by all hosts; who joins in that order too opens no ticket with a reply.
        """
        if self._database.is_sqlite:
            return False
        earlier = (
            (messages.c.state == State.ACTIVE)
            & (messages.c.id < claim.message.id)
            & (messages.c.host != self._database.host)
            & messages.c.conversation.is_(None)
            & messages.c.plan.is_(None)
            & (messages.c.deaths < ALONE)  # it may be read for minutes: its conversation goes on without it
        )
        async with self._database.read() as connection:
            alive = select(hosts.c.id).where(hosts.c.until > database_time(connection))
            query = select(messages.c.id).where(earlier & messages.c.host.in_(alive)).limit(1)
            return (await connection.execute(query)).first() is not None

    async def look_up(
        self, own: str | None, digest: str | None, references: Sequence[str], *, ask: bool = False
    ) -> Joined:
        """Where a message would stand, were it to arrive now. Nothing is remembered."""
        own_key = _key(own)
        named = list(dict.fromkeys(key for key in map(_key, references) if key and key != own_key))
        async with self._database.read() as connection:
            known = await _known(connection, [own_key, *named] if own_key else named)
            own_row = known.get(own_key) if own_key else None
            if own_row is not None and own_row.strength == "ours":
                return Joined(own_row.conversation, ours=True, evidence=own_key)
            if own_row is not None and own_row.message and digest is not None and own_row.digest == digest:
                return Joined(own_row.conversation, same_as=own_row.message)
            if ask and (namesake := _namesake(own_row, None, digest)) is not None:
                return Joined(0, namesake=namesake)
            evidence = _best(known, named)
            if evidence is None and own_row is not None and own_row.strength == "referenced":
                evidence = own_key
            if evidence is None:
                return Joined(0)
            found = known[evidence].conversation
            row = (await connection.execute(select(conversations).where(conversations.c.id == found))).one()
            others = await _other_tickets(connection, found, known, named)
        return Joined(found, row.ticket, evidence, known[evidence].strength != "referenced", others=others)

    async def lost_ticket(self, conversation: int, ticket: int, me: int) -> None:
        """The conversation's ticket is gone at the other side: the next to join opens a new one."""
        same = (conversations.c.id == conversation) & (conversations.c.ticket == ticket)
        async with self._database.write("threads") as connection:
            await connection.execute(update(conversations).where(same).values(ticket=None, root=me))

    async def moved(self, conversation: int, ticket: int) -> None:
        """The conversation goes on in another ticket than the one it was bound to."""
        async with self._database.write() as connection:
            await connection.execute(
                update(conversations).where(conversations.c.id == conversation).values(ticket=ticket)
            )


async def bind(connection: AsyncConnection, message: int, ticket: int, now: datetime) -> None:
    """The conversation of `message` has its ticket (unless it had one already); whoever waited for it may go on."""
    await connection.execute(update(messages).where(messages.c.id == message).values(ticket=ticket))
    row = (await connection.execute(select(messages.c.conversation).where(messages.c.id == message))).one()
    if row.conversation is not None:
        same = (conversations.c.id == row.conversation) & conversations.c.ticket.is_(None)
        await connection.execute(update(conversations).where(same).values(ticket=ticket))
    await free_waiting(connection, message, now)


async def remember_ours(connection: AsyncConnection, message: int, msgid: str) -> None:
    """A Message-ID that we gave to an answer to `message`: replies to it belong to its conversation."""
    key = _key(msgid)
    row = (await connection.execute(select(messages.c.conversation).where(messages.c.id == message))).one()
    if key and row.conversation is not None and not await _known(connection, [key]):
        ours = insert(thread_ids).values(msgid=key, conversation=row.conversation, strength="ours", message=message)
        await connection.execute(ours)


async def _known(connection: AsyncConnection, keys: Sequence[str]) -> dict[str, Row[Any]]:
    """What is known of each key; of one whose mail was forgotten the ledger holds the hash."""
    names = {name: key for key in keys for name in (hashed(key), key)}
    rows = await connection.execute(select(thread_ids).where(thread_ids.c.msgid.in_(names)))
    return {names[row.msgid]: row for row in sorted(rows, key=lambda row: row.msgid == names[row.msgid])}


def _namesake(own_row: Row[Any] | None, me: int | None, digest: str | None) -> tuple[int, str] | None:
    """The earlier message with the same Message-ID but another digest, and that digest."""
    if own_row is None or digest is None or own_row.strength != "own":
        return None
    if own_row.message in {None, me} or own_row.digest in {None, digest}:
        return None
    return own_row.message, own_row.digest


def _best(known: dict[str, Row[Any]], named: Sequence[str]) -> str | None:
    """The first id that is some mail's own or ours; else the first that was mentioned."""
    strong = [key for key in named if key in known and known[key].strength != "referenced"]
    return next(iter(strong or [key for key in named if key in known]), None)


async def _other_tickets(
    connection: AsyncConnection, found: int, known: dict[str, Row[Any]], named: Sequence[str]
) -> tuple[tuple[int, str, bool], ...]:
    """Tickets of other conversations that are named too, with the msg-id and whether it is strong."""
    other = {known[key].conversation: key for key in reversed(named) if key in known}
    other.pop(found, None)
    if not other:
        return ()
    rows = select(conversations).where(conversations.c.id.in_(other) & conversations.c.ticket.is_not(None))
    return tuple(
        (row.ticket, other[row.id], known[other[row.id]].strength != "referenced")
        for row in await connection.execute(rows)
    )


async def rehome(connection: AsyncConnection, message: int, ticket: int | None) -> None:
    """The message turned out to belong elsewhere: to the conversation of `ticket`, or (None) to one of its own.

    Its Message-ID goes with it, so that answers to it find the same place. Nothing if it is there already.
    """
    row = (await connection.execute(select(messages.c.conversation).where(messages.c.id == message))).one()
    if row.conversation is not None:
        here = (await connection.execute(select(conversations).where(conversations.c.id == row.conversation))).one()
        if here.ticket == ticket and (ticket is not None or here.root == message):
            return
    home: int | None = None
    if ticket is not None:
        found = select(conversations.c.id).where(conversations.c.ticket == ticket).order_by(conversations.c.id).limit(1)
        home = (await connection.execute(found)).scalar()
    if home is None:
        new = insert(conversations).values(root=message, ticket=ticket).returning(conversations.c.id)
        home = (await connection.execute(new)).scalar_one()
    await connection.execute(update(messages).where(messages.c.id == message).values(conversation=home))
    mine_ = thread_ids.c.message == message
    await connection.execute(update(thread_ids).where(mine_).values(conversation=home))


async def _conversation(
    connection: AsyncConnection, claim: Claim, own_row: Row[Any] | None, known: dict[str, Row[Any]], named: list[str]
) -> tuple[int, str | None]:
    """The conversation and the key that led there; a new one if nothing did."""
    evidence = _best(known, named)
    row = (await connection.execute(select(messages.c.conversation).where(messages.c.id == claim.message.id))).one()
    if row.conversation is not None:
        return row.conversation, evidence
    if evidence is not None:
        return known[evidence].conversation, evidence
    if own_row is not None and own_row.strength == "referenced":  # the reply was faster than what it answers
        return own_row.conversation, own_row.msgid
    new = insert(conversations).values(root=claim.message.id).returning(conversations.c.id)
    return (await connection.execute(new)).scalar_one(), None


async def _remember(
    connection: AsyncConnection, conversation: int, me: int, own_key: str | None, digest: str | None,
    own_row: Row[Any] | None, unknown: list[str],
) -> None:  # fmt: skip
    if own_key and own_row is None:
        row = insert(thread_ids).values(
            msgid=own_key, conversation=conversation, strength="own", message=me, digest=digest
        )
        await connection.execute(row)
    elif own_key and own_row is not None and own_row.strength == "referenced":
        upgraded = (
            update(thread_ids).where(thread_ids.c.msgid == own_key).values(strength="own", message=me, digest=digest)
        )
        await connection.execute(upgraded)
    for key in unknown:
        await connection.execute(insert(thread_ids).values(msgid=key, conversation=conversation, strength="referenced"))


async def _ticket_or_root(connection: AsyncConnection, conversation: int, me: int) -> tuple[int | None, int | None]:
    """The ticket if there is one; else the message to wait for, None when `me` is (now) the root."""
    row = (await connection.execute(select(conversations).where(conversations.c.id == conversation))).one()
    if row.ticket is not None or row.root == me:
        return row.ticket, None
    if row.root is not None and not await _is_at_rest(connection, row.root):
        return None, row.root
    await connection.execute(update(conversations).where(conversations.c.id == conversation).values(root=me))
    return None, None


async def _is_at_rest(connection: AsyncConnection, message: int) -> bool:
    """Whether nobody works on it any more; so too if there is no such message."""
    its = select(messages.c.state).where(messages.c.id == message)
    # Locked, so that who settles it now sees us wait.
    state = (await connection.execute(its.with_for_update(read=True))).scalar_one_or_none()
    return state is None or State(state) in states.AT_REST


async def _wait(connection: AsyncConnection, me: int, other: int, why: str, now: datetime) -> None:
    await connection.execute(update(messages).where(messages.c.id == me).values(waits_for=other))
    await note(connection, me, now, "waits", f"for message {other}, {why}")


def _key(msgid: str | None) -> str | None:
    """A msg-id as the index holds it; None for a blank one."""
    octets = (msgid or "").replace("\0", "").strip().encode("utf-8", "replace")
    if not octets:
        return None
    return octets.decode() if len(octets) <= LONGEST_KEY else HASH + hashlib.sha256(octets).hexdigest()


def hashed(key: str) -> str:
    """A key that tells its msg-id to nobody who does not know it already."""
    is_hash = key.startswith(HASH) and len(key) == len(HASH) + 64
    return key if is_hash else HASH + hashlib.sha256(key.encode()).hexdigest()
