"""The balance: every UID that was seen is accounted for, and every message has exactly one outcome.

Promises: two equations for each mailbox, of all time or of one day (UTC, by when a mail was kept):

    seen    = fetched + known + found again + too old + vanished
    fetched = tickets + actions + quarantined + broken + ignored + the same again + discarded + waiting

They are checks, for their numbers have different sources. Seen is how many UIDs the folder's cursor moved past; what
each was worth is counted mail by mail. Fetched is counted once, when the octets are kept, and never again. Outcomes are
counted when a message comes to rest. Waiting is no counter at all while it can be looked up quickly: the rows of
messages that are not at rest are counted. A message that came to rest unseen, or is gone from the ledger, or was kept
past the counters therefore shows. `recount` holds every counter against the messages themselves, which takes as long
as reading all of them; `mend` sets the counters right. Fails with LedgerBusy. Knows nothing of folders.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CompoundSelect, Double, Integer, cast, func, literal, null, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.model import Fate, Seen
from storage.rows import count
from storage.states import AT_REST, State
from storage.tables import messages, tallies

PASSED_BY = (Seen.KNOWN, Seen.FOUND_AGAIN, Seen.TOO_OLD, Seen.VANISHED)
"""What a UID was that no message of its own came of."""

LOOKED_UP = 500
"""So many waiting messages are counted one by one; of more their counter is believed, or a balance would take long."""

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Account:
    """What was counted of one mailbox, or of several together: by fate, and by what UIDs were worth."""

    counts: Mapping[str, int]

    def __getitem__(self, what: Fate | Seen) -> int:
        return self.counts.get(what, 0)

    @property
    def outcomes(self) -> int:
        """How many messages have an outcome, or wait for one: as many as were fetched, if all is well."""
        return sum(self[one] for one in Fate)

    @property
    def passed_by(self) -> int:
        """How many UIDs brought no message of their own."""
        return sum(self[one] for one in PASSED_BY)

    @property
    def balanced(self) -> bool:
        """Whether both equations hold."""
        return self[Seen.FETCHED] == self.outcomes and self[Seen.SEEN] == self[Seen.FETCHED] + self.passed_by


@dataclass(frozen=True, slots=True)
class Difference:
    """A counter that does not say what the messages say. `day`: since the epoch."""

    account: str
    day: int
    what: str
    counted: int
    found: int


def total(accounts: Iterable[Account]) -> Account:
    """All of them together."""
    together: Counter[str] = Counter()
    for one in accounts:
        together.update(one.counts)
    return Account(together)


class Balance:
    """The facet of the ledger that counts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, day: int | None = None, account: str | None = None) -> dict[str, Account]:
        """What was counted, by mailbox. `day`: only of mail kept on it; `account`: only of this mailbox."""
        counted = select(tallies.c.account, tallies.c.fate, cast(func.sum(tallies.c.count), Double).label("number"))
        counted = counted.group_by(tallies.c.account, tallies.c.fate)
        if day is not None:
            counted = counted.where(tallies.c.day == day)
        if account is not None:
            counted = counted.where(tallies.c.account == account)
        # Which of them are wanted is for us to see: a condition could make a database read all that wait.
        states = [one for one in State if one not in AT_REST]
        waiting = select(messages.c.account, null().label("fate"), messages.c.received_at.label("number"))
        waiting = waiting.where(messages.c.state.in_(states)).limit(LOOKED_UP + 1)
        # One statement: what is counted between two would look like an error.
        both = union_all(counted, select(waiting.subquery()))
        found: dict[str, Counter[str]] = {}
        rows: list[tuple[str, float]] = []
        async with self._database.read() as connection:
            for its, fate, number in await connection.execute(both):
                if fate is None:
                    rows.append((its, number))
                else:
                    found.setdefault(its, Counter())[fate] = int(number)
        if len(rows) <= LOOKED_UP:
            for one in found.values():
                one[Fate.WAITING] = 0
            for its, received_at in rows:
                if (account is None or its == account) and (day is None or int(received_at // DAY) == day):
                    found.setdefault(its, Counter())[Fate.WAITING] += 1
        return {name: Account(found[name]) for name in sorted(found)}

    async def recount(self, day: int | None = None) -> list[Difference]:
        """Count all messages anew, of all days or of one; which counters say something else."""
        async with self._database.read() as connection:
            return await _differences(connection, day)

    async def mend(self, day: int | None = None) -> list[Difference]:
        """Set the counters right by the messages; which were wrong. Nobody else counts meanwhile."""
        async with self._database.write() as connection:
            if not self._database.is_sqlite:
                await connection.execute(text("LOCK TABLE tallies IN EXCLUSIVE MODE"))
            wrong = await _differences(connection, day)
            await count(connection, {(one.account, one.day, one.what): one.found - one.counted for one in wrong})
        return wrong


async def _differences(connection: AsyncConnection, day: int | None) -> list[Difference]:
    counted: Counter[tuple[str, int, str]] = Counter()
    found: Counter[tuple[str, int, str]] = Counter()
    for source, account, of_day, what, number in await connection.execute(_both(connection.dialect.name, day)):
        if source == "counted":
            counted[account, of_day, what] = number
            if what in PASSED_BY:  # of these there are no rows: the counters are all that is known
                found[account, of_day, Seen.SEEN] += number
        else:
            found[account, of_day, what] += number
            found[account, of_day, Seen.FETCHED] += number
            found[account, of_day, Seen.SEEN] += number
    nobody_knows = {*PASSED_BY, Seen.HOLE}
    return [
        Difference(*key, counted[key], found[key])
        for key in sorted(counted.keys() | found.keys())
        if key[2] not in nobody_knows and counted[key] != found[key]
    ]


def _both(dialect: str, day: int | None) -> CompoundSelect[Any]:
    """(source, account, day, what, number) by the counters, and by the messages."""
    days = messages.c.received_at / DAY
    of_day = cast(days if dialect == "sqlite" else func.floor(days), Integer)  # a cast cuts there and rounds here
    counted = select(literal("counted"), tallies.c.account, tallies.c.day, tallies.c.fate, tallies.c.count)
    found = select(literal("found"), messages.c.account, of_day, messages.c.fate, func.count())
    # By their places: PostgreSQL takes an expression with parameters for another one each time.
    found = found.group_by(text("2"), text("3"), text("4"))
    if day is not None:
        counted = counted.where(tallies.c.day == day)
        found = found.where((messages.c.received_at >= day * DAY) & (messages.c.received_at < (day + 1) * DAY))
    return union_all(counted, found)
