"""Intents and receipts: what makes doing things once possible.

Promises: an intent is on disk before its effect, a receipt after it; a marker belongs to its step for ever; a certain
refusal retracts the intent; a doubt remembers when it was first noticed and how many look-ups have missed since. Fails
with Fenced when the message is no longer the caller's. Knows nothing of what an effect is.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import case, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.model import Claim, StepRecord, StoredReceipt, Way
from storage.people import welcome
from storage.rows import mine, note, step_of
from storage.tables import answers, messages, moment, stamp, steps
from storage.threads import bind, remember_ours
from storage.work import OPEN


@dataclass(frozen=True, slots=True)
class Budget:
    """How many answers may go out in `within`, counted over restarts.

    To the mailbox of `address`, to its domain, about `ticket`, and altogether. None: without end. What goes elsewhere
    (`way`) has limits of its own, to one mailbox and to all of them, and takes nothing of the mailbox's and domain's.
    `mailbox`, `domain`: one key for all spellings of either; "" for those of the address as it stands.
    """

    address: str
    within: timedelta
    per_address: int | None = None
    per_domain: int | None = None
    per_ticket: int | None = None
    overall: int | None = None
    ticket: int | None = None
    per_reply_to: int | None = None
    reply_to: int | None = None
    mailbox: str = ""
    domain: str = ""
    way: Way = Way.UNKNOWN

    def row(self) -> dict[str, object]:
        """What is remembered of the answer."""
        return {
            "address": self.address,
            "mailbox": self.mailbox or self.address,
            "domain": self.domain or self.address.rpartition("@")[2],
            "ticket": self.ticket,
            "way": self.way,
        }


@dataclass(frozen=True, slots=True)
class Resent:
    """A step that was sent again after a doubt, and has its receipt. `ticket`: where its message went."""

    id: int
    message: int
    name: str
    marker: str
    floor: int | None
    receipt_id: int
    ticket: int | None
    received_at: datetime
    plan: str | None = field(repr=False)


class Steps:
    """The facet of the ledger that performing uses."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, message: int) -> dict[str, StepRecord]:
        """The steps of a message by name, newest revision."""
        rows = select(steps).where(steps.c.message == message).order_by(steps.c.revision, steps.c.id)
        async with self._database.read() as connection:
            return {row.name: step_of(row) for row in await connection.execute(rows)}

    async def intend(
        self, claim: Claim, revision: int, name: str, marker: str, now: datetime,
        *, floor: int | None = None, budget: Budget | None = None, ours: str | None = None, thing: str | None = None,
        theirs: datetime | None = None,
    ) -> bool:  # fmt: skip
        """Record that the effect may happen from now on. False: not now, and nothing was recorded.

        That is so when a budget is spent (`spent` tells which), or when another message has an intent without a receipt
        for the same `thing`: of two effects that look alike only one may be in doubt, or a look-up could take one for
        the other.
        An intent that was in doubt and is to be sent again keeps its marker. `ours` is a Message-ID that we give.
        `theirs`: the same instant by the clock of the other side, which dates what it holds; our clock may be wrong.
        """
        me = claim.message.id
        async with self._database.write("effects" if thing is not None or budget is not None else None) as connection:
            await mine(connection, claim)
            if thing is not None and await _in_hand(connection, thing, me):
                return False
            if budget is not None:
                if await _spent(connection, budget, me, now):
                    return False
                await connection.execute(
                    insert(answers).values(at=stamp(now), message=me, message_id=ours, **budget.row())
                )
            at = stamp(theirs or now)
            values = {"marker": marker, "intent_at": at, "floor": floor, "doubted_at": None, "misses": 0}
            values |= {"thing": thing, "boot": "", "boot_at": None}
            again = {"resent_at": case((steps.c.intent_at.is_not(None), stamp(now)), else_=steps.c.resent_at)}
            where = (steps.c.message == me) & (steps.c.revision == revision) & (steps.c.name == name)
            if not (await connection.execute(update(steps).where(where).values(values | again))).rowcount:
                await connection.execute(insert(steps).values(message=me, revision=revision, name=name, **values))
            if ours is not None:
                await remember_ours(connection, me, ours)
            await note(connection, me, now, "intent", f"{name}, reference {marker}")
        return True

    async def spent(self, budget: Budget, message: int, now: datetime) -> str:
        """Which limit of the budget keeps a message from being answered, by its field's name; "" for none."""
        async with self._database.read() as connection:
            return await _spent(connection, budget, message, now)

    async def retract(self, claim: Claim, revision: int, name: str, words: str, now: datetime) -> None:
        """The effect certainly did not happen."""
        await self._update(
            claim, revision, name, now, {"intent_at": None, "doubted_at": None, "misses": 0}, "not done", words
        )

    async def doubt(
        self, claim: Claim, revision: int, name: str, words: str, now: datetime,
        *, missed: bool, boot: str = "", boot_at: float = 0.0,
    ) -> None:  # fmt: skip
        """The effect may have happened: remember since when we know, and count a look-up that found nothing.

        `boot`: a start of a machine, of which `boot_at` seconds have passed: a measure that no clock can falsify. On
        another machine, or after another start, it begins anew.
        """
        values: dict[str, object] = {"doubted_at": func.coalesce(steps.c.doubted_at, stamp(now)), "boot": boot}
        values["boot_at"] = case((steps.c.boot == boot, func.coalesce(steps.c.boot_at, boot_at)), else_=boot_at)
        if missed:
            values["misses"] = steps.c.misses + 1
        await self._update(claim, revision, name, now, values, "doubt", words)

    async def receipt(
        self,
        claim: Claim,
        revision: int,
        name: str,
        receipt: StoredReceipt,
        now: datetime,
        *,
        ticket: int | None = None,
        participants: Collection[str] = (),
    ) -> None:
        """The effect happened (or is given up for good). `ticket`: the conversation has its ticket from now on.

        `participants`: addresses that take part in that ticket from now on.
        """
        values = {
            "receipt_id": receipt.id,
            "receipt_how": receipt.how,
            "receipt_words": receipt.words,
            "receipt_link": receipt.link or None,
            "settled_at": stamp(now),
        }
        me = claim.message.id
        async with self._database.write() as connection:
            await mine(connection, claim)
            where = (steps.c.message == me) & (steps.c.revision == revision) & (steps.c.name == name)
            if not (await connection.execute(update(steps).where(where).values(values))).rowcount:
                await connection.execute(insert(steps).values(message=me, revision=revision, name=name, **values))
            if ticket is not None:
                await bind(connection, me, ticket, now)
                await welcome(connection, ticket, participants)
            number = "" if receipt.id is None else f" {receipt.id}"
            words = f": {receipt.words}" if receipt.words else ""
            await note(connection, me, now, "receipt", f"{name}{number}, {receipt.how}{words}")

    async def taken(self, name: str, above: int | None) -> frozenset[int]:
        """Numbers (above `above`) that are some step's receipt already, of steps of this name."""
        query = select(steps.c.receipt_id).where((steps.c.name == name) & steps.c.receipt_id.is_not(None))
        if above is not None:
            query = query.where(steps.c.receipt_id > above)
        async with self._database.read() as connection:
            return frozenset(
                (await connection.execute(query.order_by(steps.c.receipt_id.desc()).limit(1000))).scalars()
            )

    async def taken_on(self, ticket: int, prefix: str) -> frozenset[int]:
        """The same, but only of steps of messages that went to `ticket`."""
        query = select(steps.c.receipt_id).join(messages, messages.c.id == steps.c.message)
        query = query.where(
            (messages.c.ticket == ticket) & steps.c.name.startswith(prefix) & steps.c.receipt_id.is_not(None)
        )
        async with self._database.read() as connection:
            return frozenset((await connection.execute(query)).scalars())

    async def resent(self, since: datetime, before: datetime, checked: datetime) -> list[Resent]:
        """What was sent again between `since` and `before`, has a number, and was not looked at after `checked`."""
        columns = (steps, messages.c.plan, messages.c.ticket, messages.c.received_at)
        old = steps.c.checked_at.is_(None) | (steps.c.checked_at < stamp(checked))
        where = (steps.c.resent_at > stamp(since)) & (steps.c.resent_at < stamp(before)) & old
        query = select(*columns).join(messages, messages.c.id == steps.c.message)
        query = query.where(where & steps.c.receipt_id.is_not(None) & steps.c.marker.is_not(None))
        async with self._database.read() as connection:
            return [
                Resent(
                    row.id,
                    row.message,
                    row.name,
                    row.marker,
                    row.floor,
                    row.receipt_id,
                    row.ticket,
                    moment(row.received_at),
                    row.plan,
                )
                for row in await connection.execute(query.order_by(steps.c.resent_at).limit(100))
            ]

    async def check_again(self, one: Resent, now: datetime) -> bool:
        """Remember that a step is looked at now; False: another host does at this moment."""
        row = select(steps.c.checked_at).where(steps.c.id == one.id).with_for_update(skip_locked=True)
        async with self._database.write() as connection:
            found = (await connection.execute(row)).one_or_none()
            if found is None or (found.checked_at is not None and found.checked_at > stamp(now) - 60):
                return False
            await connection.execute(update(steps).where(steps.c.id == one.id).values(checked_at=stamp(now)))
        return True

    async def newest(self, name: str) -> int | None:
        """The largest number that a step of this name ever got."""
        query = select(func.max(steps.c.receipt_id)).where(steps.c.name == name)
        async with self._database.read() as connection:
            number: int | None = (await connection.execute(query)).scalar()
        return number

    async def _update(
        self, claim: Claim, revision: int, name: str, now: datetime, values: dict[str, object], event: str, words: str
    ) -> None:
        where = (steps.c.message == claim.message.id) & (steps.c.revision == revision) & (steps.c.name == name)
        async with self._database.write() as connection:
            await mine(connection, claim)
            await connection.execute(update(steps).where(where).values(values))
            await note(connection, claim.message.id, now, event, f"{name}: {words}" if words else name)


async def _spent(connection: AsyncConnection, budget: Budget, me: int, now: datetime) -> str:
    row, there = budget.row(), answers.c.way == Way.ELSEWHERE
    mailbox, domain = answers.c.mailbox == row["mailbox"], answers.c.domain == row["domain"]
    own = (
        ("per_reply_to", budget.per_reply_to, mailbox & there),
        ("reply_to", budget.reply_to, there),
    )
    usual = (
        ("per_address", budget.per_address, mailbox & ~there),
        ("per_domain", budget.per_domain, domain & ~there),
    )
    limits = (
        *(own if budget.way is Way.ELSEWHERE else usual),
        ("per_ticket", budget.per_ticket, answers.c.ticket == budget.ticket),
        ("overall", budget.overall, None),
    )
    since = stamp(now - budget.within)
    for name, most, about in limits:
        if most is None or (name == "per_ticket" and budget.ticket is None):
            continue
        others = (answers.c.at > since) & (answers.c.message != me)
        if about is not None:
            others &= about
        spent = select(func.count(answers.c.message.distinct())).where(others)
        if (await connection.execute(spent)).scalar_one() >= most:
            return name
    return ""


async def _in_hand(connection: AsyncConnection, thing: str, me: int) -> bool:
    """Whether another message, still worked on, has an intent without a receipt for the same thing."""
    same = (steps.c.thing == thing) & (steps.c.message != me)
    open_ = steps.c.intent_at.is_not(None) & steps.c.receipt_how.is_(None) & messages.c.state.in_(OPEN)
    query = select(steps.c.id).join(messages, messages.c.id == steps.c.message).where(same & open_).limit(1)
    return (await connection.execute(query)).first() is not None
