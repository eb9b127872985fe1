"""How long the ledger's operations take when it has a million messages, and what a message takes on disk.

    make bench-ledger                 or: PYTHONPATH=.:tests python tests/bench/ledger.py
                                          [--sizes 10000,1000000] [--database sqlite|postgresql] [--json]

Fills a ledger of each size (see `ledger_rows.py`) and calls the facets as the gateway does; milliseconds of each call,
the driver and our own code with it. Exit status 1 if the middle call of any takes more than 20 ms. A million messages
need 10 GB in TMPDIR. PostgreSQL is a server of the benchmark's own as it comes, but for fsync, which is off: what a
disk takes to confirm a write is measured on SQLite only.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

import psycopg
from bench import ledger_rows as rows
from fakes.postgres import Postgres
from sqlalchemy import func, make_url, select

from gateway.cli.explain import find
from storage.ledger import Ledger, open_ledger
from storage.model import Claim, Fate, StoredReceipt
from storage.states import State
from storage.steps import Budget
from storage.tables import tallies

MOST = 20.0  # milliseconds
NOW = datetime.fromtimestamp(rows.END, UTC)
YEAR, WEEK, HOUR = timedelta(days=365), timedelta(days=7), timedelta(hours=1)
CALLS = 40


@dataclass(frozen=True, slots=True)
class Figure:
    what: str
    least: float
    middle: float
    most_of: float  # 95 of 100
    most: float


@dataclass(frozen=True, slots=True)
class Report:
    database: str
    messages: int
    fill_seconds: float
    octets_per_message: float
    without_mail: float
    by_table: dict[str, float]
    figures: list[Figure]


class Calls:
    """The operations, each as a call that takes other arguments every time."""

    def __init__(self, ledger: Ledger, made: rows.Maker) -> None:
        self.ledger, self.made, self.chance = ledger, made, random.Random(5)
        self.claims: list[Claim] = []
        self.numbers = iter(range(made.size + 1, 2 * made.size + 100))

    def any(self) -> int:
        return self.chance.randrange(1, self.made.size)

    def ticket(self) -> int:
        return self.chance.choice(self.made.tickets)

    def held(self) -> Claim:
        return self.chance.choice(self.claims)

    async def claim(self) -> None:
        found = await self.ledger.work.claim("worker", NOW)
        assert found is not None
        self.claims.append(found)

    async def join(self) -> None:
        named = [rows.message_id(self.any()), rows.ours(self.any()), f"new.{next(self.numbers)}@else.example"]
        await self.ledger.threads.join(
            self.held(), f"own.{next(self.numbers)}@else.example", "digest", named, NOW, ask=True
        )

    async def look_up(self) -> None:
        named = [rows.message_id(self.any()), rows.ours(self.any()), "new@else.example"]
        await self.ledger.threads.look_up(rows.message_id(self.any()), None, named)

    async def store_plan(self) -> None:
        claim = self.claims[len(self.claims) - 1 - next(self.numbers) % len(self.claims)]
        await self.ledger.work.store_plan(claim, self.made.plan * 2, "new", "words", NOW, message_id="a@b", sender="c")

    async def step(self) -> None:
        claim, name = self.held(), f"step-{next(self.numbers)}"
        thing = f"{self.ticket()}/5000/a.pdf"
        assert await self.ledger.steps.intend(claim, 1, name, "MARKER", NOW, thing=thing)
        await self.ledger.steps.receipt(claim, 1, name, StoredReceipt(1, "answered"), NOW)

    async def acknowledge(self) -> None:
        busy = NOW - timedelta(days=rows.DAYS - rows.BUSY - 1)
        about = Budget(f"person{self.any() % 50_000}@customer7.example", HOUR, 5, 50, 5, 5000, self.ticket())
        await self.ledger.steps.spent(about, 1, busy)

    async def settle(self) -> None:
        await self.ledger.work.settle(self.claims.pop(), "new", Fate.TICKET, NOW)

    async def explain(self, name: str) -> None:
        found = await find(self.ledger, name)
        assert found, name
        for one in found:
            assert await self.ledger.reading.journey(one) is not None

    async def balance(self, *, day: bool) -> None:
        query = select(tallies.c.account, tallies.c.fate, func.sum(tallies.c.count))
        if day:
            query = query.where(tallies.c.day == int(rows.END // rows.DAY) - self.chance.randrange(500))
        async with self.ledger.database.read() as connection:
            assert (await connection.execute(query.group_by(tallies.c.account, tallies.c.fate))).all()

    def __iter__(self) -> Iterator[tuple[str, Callable[[], Awaitable[object]]]]:
        led, any_ = self.ledger, self.any
        done = {State.DONE}
        yield "claim", self.claim
        yield "claim of what was asked for later", lambda: led.work.claim("worker", NOW, backfill=True)
        yield "next_due", led.work.next_due
        yield "in_hand", led.work.in_hand
        yield "adopt, nothing to do", lambda: led.work.adopt(NOW)
        yield "behind", lambda: led.threads.behind(self.held())
        yield "join, 3 references", self.join
        yield "look_up, 3 references", self.look_up
        yield "store_plan", self.store_plan
        yield "intend and receipt", self.step
        yield "budget of acknowledgements", self.acknowledge
        yield "steps.of", lambda: led.steps.of(any_())
        yield "steps.newest", lambda: led.steps.newest("ticket")
        yield "steps.taken above", lambda: led.steps.taken("ticket", self.made.tickets[-500])
        yield "steps.taken of all", lambda: led.steps.taken("ticket", None)
        yield "steps.taken_on", lambda: led.steps.taken_on(self.ticket(), "attachment-")
        yield "steps.taken_on, hot ticket", lambda: led.steps.taken_on(rows.HOT_TICKET, "attachment-")
        yield "people.past", lambda: led.people.past(
            any_(), rows.digest(-any_()), f"person{any_()}@x.example", NOW, said=YEAR, dead=YEAR)  # fmt: skip
        yield "people.participants", lambda: led.people.participants(self.ticket())
        yield "people.done_lately", lambda: led.people.done_lately(self.ticket(), "reopen", NOW - WEEK)
        yield "people.done_lately, hot ticket", lambda: led.people.done_lately(rows.HOT_TICKET, "reopen", NOW - WEEK)
        yield "settle", self.settle
        yield "explain by number", lambda: self.explain(str(any_()))
        yield "explain by Message-ID", lambda: self.explain(f"<{rows.message_id(any_())}>")
        yield "explain by mail reference", lambda: self.explain(rows.marker(3 * self.made.opens[self.ticket()]))
        yield "explain by ticket", lambda: self.explain(f"ticket:{self.ticket()}")
        yield "find, hot ticket", lambda: led.reading.find(ticket=rows.HOT_TICKET)
        yield "balance of a day", lambda: self.balance(day=True)
        yield "balance of all time", lambda: self.balance(day=False)
        yield "counts", led.reading.counts
        yield "lag", lambda: led.reading.lag(NOW)
        yield "backfill", lambda: led.reading.backfill("support")
        yield "backfill of none", lambda: led.reading.backfill("rare")
        page = led.reading.page
        yield "page, first", page
        yield "page, before", lambda: page(before=any_())
        for state in State:
            yield f"page, {state}", lambda state=state: page({state})
        yield "page, set aside", lambda: page({State.QUARANTINED, State.BROKEN})
        yield "page, on its way", lambda: page({State.RECEIVED, State.ACTIVE, State.DEFERRED})
        for account in ("support", "rare", rows.GONE, "nobody"):
            yield f"page of {account}", lambda account=account: page(account=account)
            yield f"page of {account}, done, before", lambda account=account: page(done, account=account, before=any_())
            yield f"page of {account}, quarantined", lambda account=account: page({State.QUARANTINED}, account=account)
        yield "disposals.pending", lambda: led.disposals.pending("support", "INBOX", 7)
        yield "disposals.pending, nothing to do", lambda: led.disposals.pending("sales", "ELSE", 7)
        yield "known, 500 UIDs", lambda: led.intake.known("support", "INBOX", 7, range(any_() % 4000, 100_000, 200))
        yield "hosts.all", lambda: led.hosts.all(NOW)
        yield "hosts.tidy", lambda: led.hosts.tidy(NOW)


async def measure(ledger: Ledger, made: rows.Maker) -> list[Figure]:
    found = []
    for what, call in Calls(ledger, made):
        times = []
        for _ in range(CALLS):
            began = time.perf_counter()
            await call()
            times.append((time.perf_counter() - began) * 1000)
            if sum(times) > 10_000:
                break
        times.sort()
        middle, most_of = times[len(times) // 2], times[len(times) * 95 // 100]
        found.append(Figure(what, round(times[0], 2), round(middle, 2), round(most_of, 2), round(times[-1], 2)))
    return found


def on_disk(state: str) -> dict[str, int]:
    """Octets of each table with its indexes."""
    url = make_url(state)
    if url.get_backend_name() == "sqlite":
        import sqlite3

        with contextlib.closing(sqlite3.connect(str(url.database))) as held:
            sizes = dict(held.execute(
                "SELECT m.tbl_name, sum(s.pageno) * 4096 FROM dbstat s JOIN sqlite_master m ON m.name = s.name "
                "WHERE s.aggregate = 1 GROUP BY 1"))  # fmt: skip
            return {str(name): int(size) for name, size in sizes.items()}
    with psycopg.connect(state) as held:
        query = "SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables"
        return {str(name): int(size) for name, size in held.execute(query)}


@contextlib.asynccontextmanager
async def opened(database: str, folder: Path) -> AsyncIterator[str]:
    """The address of an empty database."""
    if database == "sqlite":
        yield f"sqlite:///{folder / 'ledger.db'}"
        return
    with Postgres(folder) as server:
        yield server.new_database()


async def report(database: str, size: int) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        async with opened(database, Path(folder)) as state:
            await (await open_ledger(state, daemon=True)).close()
            began = time.perf_counter()
            made = rows.fill(state, size)
            seconds = time.perf_counter() - began
            sizes = on_disk(state)
            ledger = await open_ledger(state, daemon=True)
            try:
                figures = await measure(ledger, made)
            finally:
                await ledger.close()
    whole = sum(sizes.values())
    each = {name: round(octets / size, 1) for name, octets in sorted(sizes.items(), key=lambda one: -one[1])}
    without = (whole - sizes["octets"]) / size
    return Report(database, size, round(seconds, 1), round(whole / size, 1), round(without, 1), each, figures)


def show(one: Report) -> None:
    print(f"\n{one.database}, {one.messages:,} messages, filled in {one.fill_seconds} s: {one.octets_per_message:,.0f} "
          f"octets a message, {one.without_mail:,.0f} of them not mail")  # fmt: skip
    print("  " + ", ".join(f"{name} {size:,.0f}" for name, size in one.by_table.items() if size >= 1))
    print(f"  {'milliseconds':38} {'least':>9} {'middle':>9} {'95 %':>9} {'most':>9}")
    for figure in one.figures:
        late = "  <-- late" if figure.middle > MOST else ""
        times = (figure.least, figure.middle, figure.most_of, figure.most)
        print(f"  {figure.what:38}", *(f"{one:9.2f}" for one in times), late, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--database", choices=["sqlite", "postgresql"])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    reports = []
    for kind in [arguments.database] if arguments.database else ["sqlite", "postgresql"]:
        for size in map(int, arguments.sizes.split(",")):
            reports.append(asyncio.run(report(kind, size)))
            if not arguments.json:
                show(reports[-1])
    if arguments.json:
        print(json.dumps([asdict(one) for one in reports], indent=2))
    sys.exit(any(figure.middle > MOST for one in reports for figure in one.figures))
