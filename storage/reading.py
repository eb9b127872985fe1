"""Reading the ledger, for people: the journey of a message, lists, counts.

Promises: changes nothing and holds no writer up. Knows nothing of how it is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, literal, literal_column, select, union_all

from storage.database import Database
from storage.model import Alert, Fate, JournalEntry, Message, StepRecord
from storage.rows import MESSAGE_COLUMNS, message_of, step_of
from storage.states import AT_REST, State
from storage.tables import alerts, journal, messages, moment, moment_or_none, stamp, steps, tallies
from storage.work import first_due

STATE_OF = {Fate.QUARANTINED: State.QUARANTINED, Fate.BROKEN: State.BROKEN}
"""Of the fates at rest that are no more than a state; the others are all `done`."""


@dataclass(frozen=True, slots=True)
class Journey:
    """All that the ledger knows of one message."""

    message: Message
    plan: str | None
    steps: tuple[StepRecord, ...]
    journal: tuple[JournalEntry, ...]
    waiting: tuple[int, ...]  # messages that wait for this one


@dataclass(frozen=True, slots=True)
class Lag:
    """How far behind the work is: what is due, since when in seconds the oldest, what waits for its time, in hand."""

    due: int
    oldest: float
    later: int
    in_hand: int


class Reading:
    """The facet of the ledger that commands and pages use."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def journey(self, message: int) -> Journey | None:
        """Everything about one message, or None."""
        async with self._database.read() as connection:
            query = select(*MESSAGE_COLUMNS, messages.c.plan).where(messages.c.id == message)
            row = (await connection.execute(query)).one_or_none()
            if row is None:
                return None
            its_steps = select(steps).where(steps.c.message == message).order_by(steps.c.revision, steps.c.id)
            its_journal = select(journal).where(journal.c.message == message).order_by(journal.c.id)
            waiting = select(messages.c.id).where(messages.c.waits_for == message).order_by(messages.c.id)
            return Journey(
                message_of(row),
                row.plan,
                tuple(step_of(one) for one in await connection.execute(its_steps)),
                tuple(
                    JournalEntry(moment(one.at), one.event, one.words) for one in await connection.execute(its_journal)
                ),
                tuple((await connection.execute(waiting)).scalars()),
            )

    async def message(self, message: int) -> Message | None:
        """One message, or None."""
        query = select(*MESSAGE_COLUMNS).where(messages.c.id == message)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return message_of(row) if row is not None else None

    async def twin(self, message: Message) -> int | None:
        """The earlier message that this one is, octet for octet and to its date, moved out of its folder and back."""
        if message.internal_date is None or message.truncated:
            return None
        key = message.key
        where = (
            (messages.c.sha256 == message.sha256)
            & (messages.c.id < message.id)
            & (messages.c.account == key.account)
            & (messages.c.folder == key.folder)
            & (messages.c.internal_date == stamp(message.internal_date))
        )
        first = select(messages.c.id).where(where).order_by(messages.c.id.desc()).limit(1)
        async with self._database.read() as connection:
            return (await connection.execute(first)).scalar_one_or_none()

    async def find(
        self, *, marker: str | None = None, message_id: str | None = None, ticket: int | None = None
    ) -> list[int]:
        """Ids of messages by one of their names, oldest first."""
        query = select(messages.c.id).distinct().order_by(messages.c.id).limit(200)
        if marker is not None:
            query = query.join(steps, steps.c.message == messages.c.id).where(steps.c.marker == marker)
        if message_id is not None:
            query = query.where(messages.c.message_id == message_id)
        if ticket is not None:
            query = query.where(messages.c.ticket == ticket)
        async with self._database.read() as connection:
            return list((await connection.execute(query)).scalars())

    async def page(
        self, states: Collection[State] = (), *, account: str | None = None, limit: int = 50, before: int | None = None
    ) -> list[Message]:
        """Messages, newest first; `before` is the last id of the page before."""
        query = select(*MESSAGE_COLUMNS).order_by(messages.c.id.desc()).limit(limit)
        if states or account is not None:
            query = query.where(messages.c.id.in_(_newest(states or State, account, limit, before)))
        if before is not None:
            query = query.where(messages.c.id < before)
        async with self._database.read() as connection:
            return [message_of(row) for row in await connection.execute(query)]

    async def counts(self) -> dict[State, int]:
        """How many messages stand where."""
        fates = [one for one in Fate if one is not Fate.WAITING]
        rest = select(tallies.c.fate, func.sum(tallies.c.count)).where(tallies.c.fate.in_(fates))
        open_ = [
            select(literal(str(state)), func.count()).where(messages.c.state == state)
            for state in State
            if state not in AT_REST
        ]
        found = dict.fromkeys(State, 0)
        async with self._database.read() as connection:
            for fate, count in await connection.execute(rest.group_by(tallies.c.fate)):
                found[STATE_OF.get(Fate(fate), State.DONE)] += int(count)
            for state, count in await connection.execute(union_all(*open_)):
                found[State(state)] += int(count)
        return found

    async def lag(self, now: datetime) -> Lag:
        """How far behind the work is; what waits for another message waits for its time."""
        waits = messages.c.state.in_([State.RECEIVED, State.DEFERRED])
        due = waits & (messages.c.due_at <= stamp(now))
        # Apart, so that each is counted in an index and no row is read but of the few that wait for another message.
        parts = (due & messages.c.backfill.in_([0, 1]), due & messages.c.waits_for.is_not(None), waits)
        counts = [
            select(func.count()).where(one).scalar_subquery() for one in (*parts, messages.c.state == State.ACTIVE)
        ]
        async with self._database.read() as connection:
            there, held_up, all_, in_hand = map(int, (await connection.execute(select(*counts))).one())
            first = (await connection.execute(first_due(now, (False, True)))).first()
        oldest = 0.0 if first is None else max(0.0, stamp(now) - first.due)
        return Lag(there - held_up, oldest, all_ - there + held_up, in_hand)

    async def waiting(self, most: int) -> int:
        """How many messages are not at rest; counted up to `most`."""
        open_ = [
            select(messages.c.id).where(messages.c.state == state).limit(most)
            for state in State
            if state not in AT_REST
        ]
        counted = select(*(select(func.count()).select_from(one.subquery()).scalar_subquery() for one in open_))
        async with self._database.read() as connection:
            return min(most, sum((await connection.execute(counted)).one()))

    async def backfill(self, account: str) -> tuple[int, int]:
        """Of the messages of a mailbox that were asked for later: how many there are, and how many are at rest."""
        # Said outright, so that the database sees that its index of these will do.
        its = (messages.c.account == account) & (messages.c.backfill == literal_column("1"))
        query = select(messages.c.state, func.count()).where(its).group_by(messages.c.state)
        async with self._database.read() as connection:
            found = {State(row[0]): int(row[1]) for row in await connection.execute(query)}
        return sum(found.values()), sum(count for state, count in found.items() if state in AT_REST)

    async def alerts(self) -> list[Alert]:
        """What an operator must mend, oldest first."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(alerts, alerts.c.count.label("times")).order_by(alerts.c.since))
            return [
                Alert(
                    row.key,
                    row.words,
                    moment(row.since),
                    moment(row.last),
                    row.times,
                    moment_or_none(row.told_at),
                )
                for row in rows
            ]


def _newest(states: Iterable[State], account: str | None, limit: int, before: int | None) -> Select[Any]:
    """Ids of the newest messages in any of `states`. State by state, so that each is one walk along an index."""
    of_each = []
    for state in states:
        query = select(messages.c.id).where(messages.c.state == state).order_by(messages.c.id.desc()).limit(limit)
        if account is not None:
            query = query.where(messages.c.account == account)
        if before is not None:
            query = query.where(messages.c.id < before)
        of_each.append(select(query.subquery()))
    ids = union_all(*of_each).subquery()
    return select(ids.c.id).order_by(ids.c.id.desc()).limit(limit)
