"""Rows to values, and the two things every facet of the ledger writes: a journal line and a checked change of state.

Promises: `change` applies one event of the state table, checks the fence when one is given, counts the message under
its new fate, and frees those who waited for one that comes to rest; `mine` checks the fence. Both lock the message, and
find only what a host has in hand that is alive by the database's clock: one that was frozen past its lease changes
nothing. Fails with Fenced or IllegalChange, and then changes nothing. Knows nothing of transactions.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Double, cast, func, insert, literal_column, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import states
from storage.errors import Fenced
from storage.model import Claim, Disposal, Fate, Key, Message, StepRecord, StoredReceipt
from storage.states import Event, State
from storage.tables import hosts, journal, messages, moment, moment_or_none, stamp

MESSAGE_COLUMNS = [column for column in messages.c if column.name not in {"plan", "owner", "host", "sender"}]


def message_of(row: Any) -> Message:
    """A row selected by `MESSAGE_COLUMNS` as a value."""
    return Message(
        id=row.id,
        key=Key(row.account, row.folder, row.uidvalidity, row.uid),
        state=State(row.state),
        size=row.size,
        kept_size=row.kept_size,
        sha256=row.sha256,
        received_at=moment(row.received_at),
        internal_date=moment_or_none(row.internal_date),
        message_id=row.message_id,
        cause=row.cause,
        words=row.words,
        reason=row.reason,
        attempts=row.attempts,
        due_at=moment(row.due_at),
        fence=row.fence,
        waits_for=row.waits_for,
        conversation=row.conversation,
        revision=row.revision,
        ticket=row.ticket,
        disposal=Disposal(row.disposal),
        settled_at=moment_or_none(row.settled_at),
        override=row.override,
        portions=row.portions,
        backfill=bool(row.backfill),
        fate=Fate(row.fate),
        deaths=row.deaths,
        gone_at=moment_or_none(row.gone_at),
    )


def step_of(row: Any) -> StepRecord:
    """A row of `steps` as a value."""
    receipt = None
    if row.receipt_how is not None:
        receipt = StoredReceipt(row.receipt_id, row.receipt_how, row.receipt_words or "", row.receipt_link or "")
    return StepRecord(
        name=row.name,
        marker=row.marker,
        intent_at=moment_or_none(row.intent_at),
        floor=row.floor,
        doubted_at=moment_or_none(row.doubted_at),
        boot=row.boot,
        boot_at=row.boot_at,
        misses=row.misses,
        receipt=receipt,
        settled_at=moment_or_none(row.settled_at),
        revision=row.revision,
    )


async def note(connection: AsyncConnection, message: int, now: datetime, event: str, words: str = "") -> None:
    """One line for the journal of a message."""
    await connection.execute(insert(journal).values(message=message, at=stamp(now), event=event, words=words))


async def change(
    connection: AsyncConnection,
    message: int,
    event: Event,
    now: datetime,
    *,
    values: Mapping[str, Any],
    fence: int | None = None,
    fate: Fate = Fate.WAITING,
) -> State:
    """Apply `event` to a message and set `values`; returns the new state. `fate`: what has become of it by that."""
    columns = select(
        messages.c.state, messages.c.fence, messages.c.host, messages.c.account, messages.c.received_at, messages.c.fate
    )
    row = (await connection.execute(columns.where(messages.c.id == message).with_for_update())).one()
    if fence is not None and (
        row.fence != fence or row.state != State.ACTIVE or not await _lives(connection, row.host)
    ):
        raise Fenced(f"message {message} was claimed by another worker or settled since")
    state = states.after(State(row.state), event)
    changed = {**values, "state": state, "fate": fate}
    await connection.execute(update(messages).where(messages.c.id == message).values(changed))
    if row.fate != fate:
        day = day_of(row.received_at)
        await count(connection, {(row.account, day, row.fate): -1, (row.account, day, fate): 1})
    if state in states.AT_REST:
        await free_waiting(connection, message, now)
    return state


async def mine(connection: AsyncConnection, claim: Claim) -> None:
    """Check that the message is still the claimer's, and keep it so until the transaction ends. Fenced if it is not."""
    same = (messages.c.id == claim.message.id) & (messages.c.fence == claim.fence) & (messages.c.state == State.ACTIVE)
    row = (await connection.execute(select(messages.c.host).where(same).with_for_update())).one_or_none()
    if row is None or not await _lives(connection, row.host):
        raise Fenced(f"message {claim.message.id} was claimed by another worker or settled since")


async def _lives(connection: AsyncConnection, host: int | None) -> bool:
    """Whether a host may still change what it has in its hands. If it dies now, who takes that over waits for us."""
    alive = select(hosts.c.id).where((hosts.c.id == host) & (hosts.c.until > database_time(connection)))
    return (await connection.execute(alive)).first() is not None


def database_time(connection: AsyncConnection) -> ColumnElement[float]:
    """Seconds since the epoch by the clock that all hosts share. On SQLite there is one host, and it needs none."""
    if connection.dialect.name == "sqlite":
        return literal_column("0.0", Double)
    return cast(func.extract("epoch", func.clock_timestamp()), Double)


def day_of(received_at: float) -> int:
    """The day (UTC, since the epoch) that a message is counted under."""
    return int(received_at // 86400)


async def count(connection: AsyncConnection, by: Mapping[tuple[str, int, str], int]) -> None:
    """Add to the tallies of (account, day, fate). In one order, so that two who count never wait for each other."""
    for (account, day, fate), number in sorted(by.items()):
        if number:
            values = {"account": account, "day": day, "fate": str(fate), "number": number}
            await connection.execute(_COUNT, values)


_COUNT = text(
    "INSERT INTO tallies (account, day, fate, count) VALUES (:account, :day, :fate, :number) "
    "ON CONFLICT (account, day, fate) DO UPDATE SET count = tallies.count + :number"
)


async def free_waiting(connection: AsyncConnection, message: int, now: datetime) -> None:
    """Whoever waits for `message` is due now."""
    waiting = update(messages).where(messages.c.waits_for == message)
    await connection.execute(waiting.values(waits_for=None, due_at=stamp(now)))
