"""The daemons of one ledger: who is alive, and which mailbox is whose.

Promises: a host is alive as long as its lease runs by the database's clock, and a lease that has run out never comes
back: the host gets another number, and what it had in hand is not its own any more. A mailbox is one host's at a time;
they are shared out evenly. On SQLite there is one host, whose lease is the lock on its file and has no end. Fails with
LedgerBusy, and with Fenced from `watched`. Knows nothing of what hosts do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.errors import Fenced
from storage.rows import database_time
from storage.schema import SCHEMA
from storage.states import State
from storage.tables import hosts, leases, messages, moment, stamp

ENDLESS = 1e12
"""The end of a lease that the system's lock on a file stands for."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a daemon says of itself."""

    name: str
    pid: int
    version: str = ""


@dataclass(frozen=True, slots=True)
class Beat:
    """An answer of the database to a heartbeat: its time, or on SQLite ours; and whether we are still who we were."""

    at: float
    alive: bool


@dataclass(frozen=True, slots=True)
class Host:
    """One daemon as the others see it. `left`: of its lease, in seconds, endless on SQLite; 0 or less: it is dead."""

    id: int
    name: str
    pid: int
    version: str
    schema: int
    started_at: datetime
    beat_at: datetime
    left: float
    mailboxes: tuple[str, ...]
    in_hand: int


class Hosts:
    """The facet of the ledger that knows daemons."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def join(self, me: Identity, lease: timedelta, now: datetime) -> int:
        """Become a host, alive for `lease`; its number. On SQLite whoever was one before is dead: we hold the file."""
        async with self._database.write("hosts") as connection:
            if self._database.is_sqlite:
                await connection.execute(update(hosts).where(hosts.c.until > 0).values(until=0.0))
            at = await _time(connection, now)
            values = {"name": me.name, "pid": me.pid, "version": me.version, "schema": SCHEMA, "started_at": at}
            values |= {"beat_at": at, "until": self._end(at, lease)}
            number = (await connection.execute(insert(hosts).values(values).returning(hosts.c.id))).scalar_one()
        self._database.host = number
        return int(number)

    async def beat(self, lease: timedelta, now: datetime) -> Beat:
        """Renew the lease from now on. Not alive: it had run out, and only `join` helps."""
        async with self._database.write() as connection:
            at = await _time(connection, now)
            alive = (hosts.c.id == self._database.host) & (hosts.c.until > database_time(connection))
            values = {"beat_at": at, "until": self._end(at, lease)}
            renewed = await connection.execute(update(hosts).where(alive).values(values))
        return Beat(at, bool(renewed.rowcount))

    async def leave(self) -> None:
        """End the lease: others may have all of it at once."""
        if self._database.host is None:
            return
        async with self._database.write() as connection:
            await connection.execute(update(hosts).where(hosts.c.id == self._database.host).values(until=0.0))
            await connection.execute(leases.delete().where(leases.c.host == self._database.host))

    async def share(self, accounts: Sequence[str], now: datetime) -> frozenset[str]:
        """Take mailboxes that nobody has, give up what is more than our share; those that are ours from now on."""
        async with self._database.write("leases") as connection:
            at = await _time(connection, now)
            alive = select(hosts.c.id).where(hosts.c.until > database_time(connection))
            living = frozenset((await connection.execute(alive)).scalars())
            if self._database.host not in living:
                return frozenset()
            held = {row.name: row for row in await connection.execute(select(leases))}
            ours = [one for one in accounts if one in held and held[one].host == self._database.host]
            free = [one for one in accounts if one not in held or held[one].host not in living]
            most = -(-len(accounts) // len(living))
            taken = free[: max(0, most - len(ours))]
            for one in taken:
                fence = 1
                if one in held:
                    fence = held[one].fence + 1
                    await connection.execute(leases.delete().where(leases.c.name == one))
                row = {"name": one, "host": self._database.host, "since": at, "fence": fence}
                await connection.execute(insert(leases).values(row))
                ours.append(one)
            least, left = len(accounts) // len(living), len(free) - len(taken)
            others = living - {self._database.host}
            lack = sum(max(0, least - sum(row.host == host for row in held.values())) for host in others)
            if len(ours) > most or (len(ours) > least and lack > left):
                name = ours.pop()
                await connection.execute(leases.delete().where(leases.c.name == name))
        return frozenset(ours)

    async def all(self, now: datetime, lately: timedelta = timedelta(days=1)) -> list[Host]:
        """Those alive, and those that were alive lately, the youngest last."""
        async with self._database.read() as connection:
            at = await _time(connection, now)
            hands = select(messages.c.host, func.count()).where(messages.c.state == State.ACTIVE)
            in_hand = {row[0]: int(row[1]) for row in await connection.execute(hands.group_by(messages.c.host))}
            mailboxes: dict[int, list[str]] = {}
            for row in await connection.execute(select(leases).order_by(leases.c.name)):
                mailboxes.setdefault(row.host, []).append(row.name)
            recent = (hosts.c.until > database_time(connection)) | (hosts.c.beat_at > at - lately.total_seconds())
            return [
                Host(
                    row.id,
                    row.name,
                    row.pid,
                    row.version,
                    row.schema,
                    moment(row.started_at),
                    moment(row.beat_at),
                    row.until - at,
                    tuple(mailboxes.get(row.id, ())),
                    in_hand.get(row.id, 0),
                )
                for row in await connection.execute(select(hosts).where(recent).order_by(hosts.c.id))
            ]

    async def tidy(self, now: datetime, older: timedelta = timedelta(days=7)) -> None:
        """Forget hosts that died long ago and have nothing in hand."""
        hands = select(messages.c.host).where(messages.c.state == State.ACTIVE)
        async with self._database.write() as connection:
            at = await _time(connection, now)
            old = (hosts.c.beat_at < at - older.total_seconds()) & (hosts.c.until <= database_time(connection))
            await connection.execute(hosts.delete().where(old & hosts.c.id.not_in(hands)))

    def _end(self, at: float, lease: timedelta) -> float:
        return ENDLESS if self._database.is_sqlite else at + lease.total_seconds()


async def watched(connection: AsyncConnection, account: str, host: int | None) -> None:
    """Fenced, if a mailbox is another host's, or its own host's lease has run out. What nobody has is free.

    An operator's command is no host: it may go on.
    """
    if host is None:
        return
    row = (await connection.execute(select(leases).where(leases.c.name == account).with_for_update())).one_or_none()
    if row is None:
        return
    alive = (hosts.c.id == host) & (hosts.c.until > database_time(connection))
    if row.host != host or (await connection.execute(select(hosts.c.id).where(alive))).first() is None:
        raise Fenced(f"mailbox {account} is another host's now")


async def _time(connection: AsyncConnection, now: datetime) -> float:
    """By the database's clock; on SQLite by ours, which is the only one."""
    if connection.dialect.name == "sqlite":
        return stamp(now)
    return float((await connection.execute(select(database_time(connection)))).scalar_one())
