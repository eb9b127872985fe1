"""The life of a message between claim and rest.

Promises: one message is worked on by one worker at a time (its host's lease and its own fence, checked on every
change); attempts are counted on disk before they are made; what a dead host had in hand is put back once; a message
comes to rest in one transaction together with its fate and what its folder may then see. Fails with Fenced,
IllegalChange, LedgerBusy. Knows nothing of what the work is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Double,
    Integer,
    Select,
    bindparam,
    case,
    func,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.errors import IllegalChange, LedgerUnusable
from storage.model import ALONE, Claim, Disposal, Fate, Waiting
from storage.people import remember_text
from storage.rows import MESSAGE_COLUMNS, change, database_time, message_of, mine, note
from storage.states import REFUSAL, Event, State
from storage.tables import hosts, messages, moment_or_none, stamp, steps
from storage.threads import rehome

DEATHS = 10
"""A message that was being read or judged at so many deaths of the process is taken for their cause and set aside."""

OPEN = (State.RECEIVED, State.ACTIVE, State.DEFERRED)

FILES = "files_left"
"""The cause of waiting of a message of which all is done but files: it goes after all others."""

LOOKS = (20, 1_000, 100_000)
"""How many of those that wait are looked at until one is chosen: hardly ever more than a few."""

Choose = Callable[[Sequence[Waiting]], int | None]
"""Of messages in the order in which they are due the one to work on; None: none of these now."""


def earliest(waiting: Sequence[Waiting]) -> int:
    """The usual choice."""
    return waiting[0].id


class Work:
    """The facet of the ledger that workers use."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(
        self, owner: str, now: datetime, *, backfill: bool = False, choose: Choose = earliest, wide: bool = False
    ) -> Claim | None:
        """The next live message that is due, or (`backfill`) the next that was asked for later; None if none is.

        `choose` may pass some by, which then wait as before; `wide`: it wants to see many at once. What has only files
        left (deferred with the cause FILES) is offered when none of the others was chosen.
        """
        host = self._database.host
        if host is None:
            raise LedgerUnusable("only a daemon may claim messages", "open the ledger as one")
        async with self._database.read() as connection:  # most looks find nothing: they need no write lock
            if await _chosen(connection, now, choose, backfill=backfill, wide=wide) is None:
                return None
        async with self._database.write("claim") as connection:  # in one order for all hosts: see `Threads.behind`
            passed: set[int] = set()
            while True:
                found = await _chosen(connection, now, choose, backfill=backfill, wide=wide, but=passed)
                if found is None:
                    return None
                its = select(messages.c.id).where(messages.c.id == found).with_for_update(skip_locked=True)
                if (await connection.execute(its)).first() is not None:
                    break
                passed.add(found)  # another transaction has its hands on it
            hands = {"owner": owner, "host": host}
            counted = {"fence": messages.c.fence + 1, "attempts": messages.c.attempts + 1}
            await change(connection, found, Event.CLAIM, now, values={**hands, **counted})
            row = (
                await connection.execute(
                    select(*MESSAGE_COLUMNS, messages.c.plan, messages.c.sender).where(messages.c.id == found)
                )
            ).one()
        return Claim(message_of(row), row.fence, row.plan, host, row.sender)

    async def store_plan(
        self, claim: Claim, plan: str, reason: str, words: str, now: datetime, *, message_id: str | None,
        home: int | None = None, split: bool = False, said: str | None = None, sender: str = "",
    ) -> int:  # fmt: skip
        """Record what was decided, before any of it is done; returns the plan's revision.

        `home`: the ticket whose conversation the message belongs to, wherever it seemed to; `split`: none but its own.
        `said`: the digest of its text, to know it when it comes again. `sender`: its author's address.
        """
        async with self._database.write("threads" if home is not None or split else None) as connection:
            await mine(connection, claim)
            same = messages.c.id == claim.message.id
            row = (await connection.execute(select(messages.c.revision).where(same))).one()
            revision: int = row.revision + 1
            stored = {
                "plan": plan,
                "revision": revision,
                "reason": reason,
                "message_id": message_id,
                "deaths": _FORGIVEN,
            }
            stored["sender"] = sender.lower()
            await connection.execute(update(messages).where(same).values(stored))
            await note(connection, claim.message.id, now, "decided", words)
            if said is not None and revision == 1:
                await remember_text(connection, claim.message.id, said, now)
            if home is not None or split:
                await rehome(connection, claim.message.id, home)
        return revision

    async def drop_plan(self, claim: Claim, now: datetime, words: str) -> bool:
        """Forget the plan so that a new revision may be decided; False, and nothing done, if a step of it has begun."""
        async with self._database.write() as connection:
            await mine(connection, claim)
            begun = select(func.count()).where(
                (steps.c.message == claim.message.id)
                & (steps.c.name != REFUSAL)
                & or_(steps.c.receipt_how.is_not(None), steps.c.intent_at.is_not(None))
            )
            if (await connection.execute(begun)).scalar_one():
                return False
            await connection.execute(update(messages).where(messages.c.id == claim.message.id).values(plan=None))
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
                "host": None,
            }
            await change(connection, claim.message.id, Event.DEFER, now, fence=claim.fence, values=values)
            await note(connection, claim.message.id, now, "deferred", f"{cause}: {words}" if words else cause)

    async def settle(
        self, claim: Claim, reason: str, fate: Fate, now: datetime, *, disposal: Disposal = Disposal.PENDING
    ) -> None:
        """The outcome is complete; from now on the folder may be touched."""
        await self._rest(claim, Event.SETTLE, "settled", "", reason, fate, now, disposal)

    async def hold(self, claim: Claim, cause: str, words: str, now: datetime) -> None:
        """Set the message aside until an operator decides; its folder is not touched."""
        await self._rest(claim, Event.HOLD, "quarantined", cause, words, Fate.QUARANTINED, now, None)

    async def break_(self, claim: Claim, cause: str, words: str, now: datetime) -> None:
        """A limit was passed or a bug of ours was met; octets and folder stay as they are."""
        await self._rest(claim, Event.BREAK, "broken", cause, words, Fate.BROKEN, now, None)

    async def _rest(
        self, claim: Claim, event: Event, line: str, cause: str, words: str, fate: Fate, now: datetime,
        disposal: Disposal | None,
    ) -> None:  # fmt: skip
        values: dict[str, object] = {"cause": cause, "words": words if cause else "", "owner": None, "host": None}
        values["settled_at"] = stamp(now)
        if disposal is not None:
            values["disposal"] = disposal
        async with self._database.write() as connection:
            await change(connection, claim.message.id, event, now, fence=claim.fence, values=values, fate=fate)
            await note(connection, claim.message.id, now, line, f"{cause}: {words}" if cause else words)

    async def release(self, message: int, now: datetime, *, ticket: int | None = None) -> None:
        """Let a quarantined or broken message go its way; a plan none of whose steps has begun is decided anew.

        `ticket`: that is where it belongs, an operator says. IllegalChange: it is neither, its octets are no longer
        kept, or its plan has begun and leads elsewhere.
        """
        async with self._database.write() as connection:
            its = select(messages.c.gone_at).where(messages.c.id == message).with_for_update()
            if (await connection.execute(its)).scalar_one() is not None:
                raise IllegalChange(f"message {message} cannot go its way: its octets are no longer kept")
            begun = select(func.count()).where(
                (steps.c.message == message) & steps.c.intent_at.is_not(None) & (steps.c.name != REFUSAL)
            )
            values: dict[str, object] = {"due_at": stamp(now), "cause": "", "words": "", "waits_for": None}
            values["deaths"] = _FORGIVEN
            values["settled_at"] = None
            values["override"] = "release" if ticket is None else f"assign:{ticket}"
            if not (await connection.execute(begun)).scalar_one():
                values["plan"] = None
            elif ticket is not None:
                raise IllegalChange(f"message {message} has begun to go elsewhere: release it, or discard it")
            await change(connection, message, Event.RELEASE, now, values=values)
            words = "by an operator" if ticket is None else f"by an operator, to ticket {ticket}"
            await note(connection, message, now, "released", words)

    async def discard(self, message: int, now: datetime) -> None:
        """Nothing is to become of a quarantined or broken message; its folder may be touched.

        IllegalChange: it is neither.
        """
        values: dict[str, object] = {"reason": "discarded", "settled_at": stamp(now), "waits_for": None}
        async with self._database.write() as connection:
            await change(connection, message, Event.DISCARD, now, values=values, fate=Fate.DISCARDED)
            await note(connection, message, now, "discarded", "by an operator")

    async def adopt(self, now: datetime) -> int:
        """Put back what dead hosts had in hand. Returns how many messages that were.

        One that was in hand, and not yet decided, at DEATHS ends of its process is broken instead: its octets may be
        what kills it (memory, a bug in C), and a daemon that dies of one message serves nobody.
        """
        async with self._database.read() as connection:  # asked every second, and there is hardly ever one
            if (await connection.execute(_orphans(connection))).first() is None:
                return 0
        async with self._database.write() as connection:
            orphans = (await connection.execute(_orphans(connection).with_for_update(skip_locked=True))).all()
            for row in orphans:
                message, undecided, deaths = row.id, bool(row.undecided), row.deaths
                # Due as before: first come, first go on.
                free: dict[str, object] = {"owner": None, "host": None, "deaths": deaths + undecided}
                if undecided and deaths + 1 >= DEATHS:
                    words = f"the process ended {DEATHS} times while this mail was being read"
                    free |= {"cause": "process_ended", "words": words, "settled_at": stamp(now)}
                    await change(connection, message, Event.BREAK, now, values=free, fate=Fate.BROKEN)
                    await note(connection, message, now, "broken", words)
                    continue
                await change(connection, message, Event.DEFER, now, values=free)
                await note(connection, message, now, "adopted", "its worker ended before it did")
        return len(orphans)

    async def hurry(self, now: datetime) -> None:
        """What waits is due at once: a start often follows a change of the configuration, and it waited for that.

        A doubt is looked up early by this, and sent again no earlier.
        """
        async with self._database.write() as connection:
            put_off = (messages.c.state == State.DEFERRED) & (messages.c.due_at > stamp(now))
            await connection.execute(update(messages).where(put_off).values(due_at=stamp(now)))
            waiting = select(messages.c.id).where(messages.c.waits_for.is_not(None))
            await connection.execute(
                update(messages).where(messages.c.id.in_(waiting)).values(waits_for=None, due_at=stamp(now))
            )

    async def next_due(self, backfill: Sequence[bool] = (False, True)) -> datetime | None:
        """When the next message is due; None if there is none. What is in hand or waits for another is not due.

        `backfill`: whether live ones (False), such as were asked for later (True), or both.
        """
        async with self._database.read() as connection:
            row = (await connection.execute(first_due(None, backfill))).first()
            return moment_or_none(row.due) if row is not None else None

    async def in_hand(self) -> int:
        """How many messages workers have claimed: what they do may make others due."""
        async with self._database.read() as connection:
            active = select(func.count()).where(messages.c.state == State.ACTIVE)
            return int((await connection.execute(active)).scalar_one())


async def _chosen(
    connection: AsyncConnection,
    now: datetime,
    choose: Choose,
    *,
    backfill: bool,
    wide: bool,
    but: Collection[int] = (),
) -> int | None:
    """The message to work on among those that are due."""
    for files in (False, True):
        for most in LOOKS[int(wide) :]:
            asked = {"now": stamp(now), "most": most}
            rows = (await connection.execute(candidates(backfill=backfill, files=files), asked)).all()
            offered = [Waiting(row.id, row.sender, files) for row in rows if row.id not in but]
            if offered and (found := choose(offered)) is not None:
                return found
            if len(rows) < most:
                break
    return None


@cache
def candidates(*, backfill: bool, files: bool) -> CompoundSelect[Any] | Select[Any]:
    """(id, sender, due) of what is due `now`, first things first, the first `most`.

    `files`: of what has only files left, or of all others. As `first_due`, each state is steps along an index. It is
    made once, and asked twice for each message.
    """
    kind = (messages.c.backfill == int(backfill)) & messages.c.waits_for.is_(None)
    due = messages.c.due_at <= bindparam("now", type_=Double)
    put_off = kind & (messages.c.state == State.DEFERRED) & due
    if files:
        return _in_order(put_off & (messages.c.cause == FILES))
    parts = (kind & (messages.c.state == State.RECEIVED), put_off & (messages.c.cause != FILES))
    both = union_all(*(select(_in_order(one).subquery()) for one in parts))
    return both.order_by("due", "id").limit(bindparam("most", type_=Integer))


def _in_order(where: ColumnElement[bool]) -> Select[Any]:
    columns = (messages.c.id, messages.c.sender, messages.c.due_at.label("due"))
    in_order = select(*columns).where(where).order_by(messages.c.due_at, messages.c.id)
    return in_order.limit(bindparam("most", type_=Integer))


def first_due(now: datetime | None, backfill: Sequence[bool]) -> CompoundSelect[Any]:
    """The (id, due) that is due first by `now`; None: whenever it is due, but not what is in hand.

    What was received and never tried is due whatever the clock said when it came: it may have been wrong.

    State by state, and live mail apart from what was asked for later (`backfill`: of which kinds), so that each is one
    step into an index however many messages there are.
    """
    open_: list[ColumnElement[bool]] = []
    for late in backfill:
        kind = messages.c.backfill == int(late)
        for state in (State.RECEIVED, State.DEFERRED):
            waits = kind & (messages.c.state == state) & messages.c.waits_for.is_(None)
            if now is not None and state is State.DEFERRED:
                waits &= messages.c.due_at <= stamp(now)
            open_.append(waits)
    firsts = [
        select(messages.c.id, messages.c.due_at.label("due"))
        .where(one)
        .order_by(messages.c.due_at, messages.c.id)
        .limit(1)
        for one in open_
    ]
    return union_all(*(select(one.subquery()) for one in firsts)).order_by("due", "id").limit(1)


_FORGIVEN = case((messages.c.deaths >= ALONE, ALONE), else_=0)
"""Deaths that count when a message was decided or is released: one that was to be read alone is, ever after."""


def _orphans(connection: AsyncConnection) -> Select[Any]:
    """(id, undecided, deaths) of what hosts have in hand that are not alive."""
    alive = select(hosts.c.id).where(hosts.c.until > database_time(connection))
    nobodys = messages.c.host.is_(None) | messages.c.host.not_in(alive)
    orphans = select(messages.c.id, messages.c.plan.is_(None).label("undecided"), messages.c.deaths)
    return orphans.where((messages.c.state == State.ACTIVE) & nobodys).order_by(messages.c.id)
