"""Rows to values, and the two things every facet of the ledger writes: a journal line and a checked change of state.

Promises: `change` applies one event of the state table, checks the fence when one is given, and frees those who waited
for a message that comes to rest; `mine` checks the fence and renews the lease. Fails with Fenced or IllegalChange and
changes nothing. Knows nothing of transactions: it works in the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import states
from storage.errors import Fenced
from storage.model import Claim, Disposal, Key, Message, StepRecord, StoredReceipt
from storage.states import Event, State
from storage.tables import journal, messages, moment, moment_or_none, stamp

LEASE = timedelta(hours=6)
"""Longer than any one step may take: a large attachment on a slow line takes its time, and two workers on one message
would upload it twice. Nobody waits for a lease to end but in a daemon that lost a worker: the next one adopts."""

MESSAGE_COLUMNS = [column for column in messages.c if column.name not in {"plan", "owner", "lease_until"}]


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
) -> State:
    """Apply `event` to a message and set `values`; returns the new state."""
    columns = select(messages.c.state, messages.c.fence).where(messages.c.id == message)
    row = (await connection.execute(columns)).one()
    if fence is not None and (row.fence != fence or row.state != State.ACTIVE):
        raise Fenced(f"message {message} was claimed by another worker or settled since")
    state = states.after(State(row.state), event)
    await connection.execute(update(messages).where(messages.c.id == message).values({**values, "state": state}))
    if state in states.AT_REST:
        await free_waiting(connection, message, now)
    return state


async def mine(connection: AsyncConnection, claim: Claim, now: datetime) -> None:
    """Check that the message is still the claimer's, and renew the lease. Fenced if it is not."""
    same = (messages.c.id == claim.message.id) & (messages.c.fence == claim.fence) & (messages.c.state == State.ACTIVE)
    renewed = update(messages).where(same).values(lease_until=stamp(now + LEASE))
    if not (await connection.execute(renewed)).rowcount:
        raise Fenced(f"message {claim.message.id} was claimed by another worker or settled since")


async def free_waiting(connection: AsyncConnection, message: int, now: datetime) -> None:
    """Whoever waits for `message` is due now."""
    waiting = update(messages).where(messages.c.waits_for == message)
    await connection.execute(waiting.values(waits_for=None, due_at=stamp(now)))
