"""The life of a message between claim and rest.

Promises: one message is worked on by one worker at a time (a lease with a fence, checked on every change); attempts are
counted on disk before they are made; a message comes to rest in one transaction together with what its folder may then
see. Fails with Fenced, IllegalChange, LedgerBusy. Knows nothing of what the work is.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select, update

from storage.database import Database
from storage.model import Claim, Disposal
from storage.rows import MESSAGE_COLUMNS, change, message_of, note
from storage.states import Event, State
from storage.tables import messages, moment_or_none, stamp, steps

LEASE = timedelta(minutes=10)
"""Longer than any one step may take; a step that begins renews it."""

OPEN = (State.RECEIVED, State.ACTIVE, State.DEFERRED)


class Work:
    """The facet of the ledger that workers use."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, owner: str, now: datetime) -> Claim | None:
        """The next message that is due, or None."""
        due = or_(
            and_(
                messages.c.state.in_([State.RECEIVED, State.DEFERRED]),
                messages.c.due_at <= stamp(now),
                messages.c.waits_for.is_(None),
            ),
            and_(messages.c.state == State.ACTIVE, messages.c.lease_until < stamp(now)),
        )
        first = select(messages.c.id).where(due).order_by(messages.c.due_at, messages.c.id).limit(1)
        async with self._database.read() as connection:  # most looks find nothing: they need no write lock
            if (await connection.execute(first)).first() is None:
                return None
        async with self._database.write() as connection:
            found = (await connection.execute(first)).scalar_one_or_none()
            if found is None:
                return None
            lease = {"owner": owner, "lease_until": stamp(now + LEASE)}
            counted = {"fence": messages.c.fence + 1, "attempts": messages.c.attempts + 1}
            await change(connection, found, Event.CLAIM, now, values={**lease, **counted})
            row = (
                await connection.execute(select(*MESSAGE_COLUMNS, messages.c.plan).where(messages.c.id == found))
            ).one()
        return Claim(message_of(row), row.fence, row.plan)

    async def store_plan(
        self, claim: Claim, plan: str, reason: str, words: str, now: datetime, *, message_id: str | None
    ) -> int:
        """Record what was decided, before any of it is done; returns the plan's revision."""
        async with self._database.write() as connection:
            same = (messages.c.id == claim.message.id) & (messages.c.fence == claim.fence)
            row = (await connection.execute(select(messages.c.revision).where(same))).one()
            revision: int = row.revision + 1
            stored = {"plan": plan, "revision": revision, "reason": reason, "message_id": message_id}
            await connection.execute(update(messages).where(same).values(stored))
            await note(connection, claim.message.id, now, "decided", words)
        return revision

    async def drop_plan(self, claim: Claim, now: datetime, words: str) -> bool:
        """Forget the plan so that a new revision may be decided; False, and nothing done, if a step of it has begun."""
        async with self._database.write() as connection:
            begun = select(func.count()).where(
                (steps.c.message == claim.message.id)
                & or_(steps.c.receipt_how.is_not(None), steps.c.intent_at.is_not(None))
            )
            if (await connection.execute(begun)).scalar_one():
                return False
            same = (messages.c.id == claim.message.id) & (messages.c.fence == claim.fence)
            await connection.execute(update(messages).where(same).values(plan=None))
            await note(connection, claim.message.id, now, "plan dropped", words)
        return True

    async def defer(
        self, claim: Claim, until: datetime, cause: str, words: str, now: datetime, *, count: bool = True
    ) -> None:
        """Put the message back. `count` False: this was not the message's doing, so the attempt is not counted."""
        attempts = messages.c.attempts if count else messages.c.attempts - 1
        async with self._database.write() as connection:
            values = {
                "due_at": stamp(until),
                "cause": cause,
                "words": words,
                "attempts": attempts,
                "owner": None,
                "lease_until": None,
            }
            await change(connection, claim.message.id, Event.DEFER, now, fence=claim.fence, values=values)
            await note(connection, claim.message.id, now, "deferred", f"{cause}: {words}" if words else cause)

    async def settle(self, claim: Claim, reason: str, now: datetime, *, disposal: Disposal = Disposal.PENDING) -> None:
        """The outcome is complete; from now on the folder may be touched."""
        await self._rest(claim, Event.SETTLE, "settled", "", reason, now, disposal)

    async def hold(self, claim: Claim, cause: str, words: str, now: datetime) -> None:
        """Set the message aside until an operator decides; its folder is not touched."""
        await self._rest(claim, Event.HOLD, "quarantined", cause, words, now, None)

    async def break_(self, claim: Claim, cause: str, words: str, now: datetime) -> None:
        """A limit was passed or a bug of ours was met; octets and folder stay as they are."""
        await self._rest(claim, Event.BREAK, "broken", cause, words, now, None)

    async def _rest(
        self, claim: Claim, event: Event, line: str, cause: str, words: str, now: datetime, disposal: Disposal | None
    ) -> None:
        values: dict[str, object] = {
            "cause": cause,
            "words": words if cause else "",
            "owner": None,
            "lease_until": None,
        }
        if disposal is not None:
            values |= {"disposal": disposal, "settled_at": stamp(now)}
        async with self._database.write() as connection:
            await change(connection, claim.message.id, event, now, fence=claim.fence, values=values)
            await note(connection, claim.message.id, now, line, f"{cause}: {words}" if cause else words)

    async def release(self, message: int, now: datetime) -> None:
        """Let a quarantined or broken message go its way; a plan none of whose steps has begun is decided anew."""
        async with self._database.write() as connection:
            begun = select(func.count()).where((steps.c.message == message) & steps.c.intent_at.is_not(None))
            values: dict[str, object] = {"due_at": stamp(now), "cause": "", "words": "", "waits_for": None}
            if not (await connection.execute(begun)).scalar_one():
                values["plan"] = None
            await change(connection, message, Event.RELEASE, now, values=values)
            await note(connection, message, now, "released", "by an operator")

    async def adopt(self, now: datetime) -> int:
        """At the daemon's start: put back what its predecessor was working on. Returns how many."""
        async with self._database.write() as connection:
            orphans = (
                (await connection.execute(select(messages.c.id).where(messages.c.state == State.ACTIVE)))
                .scalars()
                .all()
            )
            for message in orphans:
                free = {"owner": None, "lease_until": None}  # due as before: who came first goes on first
                await change(connection, message, Event.DEFER, now, values=free)
                await note(connection, message, now, "adopted", "its worker ended before it did")
            waiting = select(messages.c.id).where(messages.c.waits_for.is_not(None))
            await connection.execute(
                update(messages).where(messages.c.id.in_(waiting)).values(waits_for=None, due_at=stamp(now))
            )
        return len(orphans)

    async def next_due(self, *, without: Collection[int] = ()) -> datetime | None:
        """When the next open message is due; None if none is open. Waiting ones count as due with their root."""
        open_ = (messages.c.state.in_(OPEN)) & messages.c.waits_for.is_(None) & messages.c.id.not_in(without)
        async with self._database.read() as connection:
            return moment_or_none((await connection.execute(select(func.min(messages.c.due_at)).where(open_))).scalar())
