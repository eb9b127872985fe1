"""This daemon among those that share its ledger: its lease, its mailboxes, and what dead ones left behind.

Promises: `holds` answers without waiting whether our lease runs, by a measure that nobody sets and that counts sleep,
so that nothing is written to HaloPSA after it; a lease that was lost is never taken up again, we come back as another
host; mailboxes are shared out evenly and belong to one host at a time; what a dead host had in hand is put back within
a second of the end of its lease. A clock that jumps is noticed, and makes nothing wait. On SQLite we are alone and hold
everything. Fails never, but for cancellation: trouble of the ledger is tried again. Knows nothing of what mailboxes and
messages are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta

from gateway.alarm import Alarm
from gateway.bell import Bell
from gateway.lapse import seconds
from gateway.observe import maillog
from gateway.ports import Clock
from gateway.tenure import claimer
from storage.errors import LedgerError
from storage.hosts import Identity
from storage.ledger import Ledger

ALONE = timedelta(seconds=60)
"""Between two heartbeats on SQLite: they keep nothing alive there, `cluster` shows them."""

REFRESH = 10.0
"""Seconds between two looks at which alerts others have raised or cleared."""

JUMP = 2.0
"""Seconds by which a clock must part from the time that has passed to have been set."""

SKEW = timedelta(seconds=30)
"""Between our clock and the database's: more is told to the operator."""


class Member:
    """One daemon. `seconds` counts up and is never set; `accounts` are the mailboxes to share."""

    def __init__(
        self,
        ledger: Ledger,
        me: Identity,
        lease: timedelta,
        accounts: Sequence[str],
        clock: Clock,
        *,
        bell: Bell,
        alarm: Alarm,
        joined_at: float,
        seconds: Callable[[], float] = seconds,
    ) -> None:
        """`joined_at`: what `seconds` said before the ledger was asked to let us join."""
        self._ledger = ledger
        self._me = me
        self._lease = lease
        self._accounts = tuple(accounts)
        self._clock = clock
        self._bell = bell
        self._alarm = alarm
        self._seconds = seconds
        self._alone = ledger.database.is_sqlite
        self._beat_at = self._until = joined_at
        self._until += lease.total_seconds()
        self._mine: frozenset[str] = frozenset(accounts) if self._alone else frozenset()
        self._refreshed = 0.0
        self._parted: float | None = None

    def holds(self) -> bool:
        """Whether we may write to HaloPSA: nobody can have taken over yet what is in our hands.

        What was claimed under a lease that was lost since may not be written, though we have come back with a new one.
        """
        return self._alone or (self._seconds() < self._until and claimer() in {None, self._ledger.database.host})

    def has(self, account: str) -> bool:
        """Whether a mailbox is ours."""
        return account in self._mine and self.holds()

    async def run(self) -> None:
        """Until the bell stops everybody."""
        tick = min(1.0, self._lease.total_seconds() / 10)
        while not self._bell.stopping():
            await self.tick()
            try:
                async with asyncio.timeout(tick):
                    await self._bell.stop.wait()
            except TimeoutError:
                continue

    async def tick(self) -> None:
        """Do whatever is due: a heartbeat, sharing, putting back. Trouble of the ledger waits for the next tick."""
        try:
            await self._notice_jump()
            await self._beat()
            if await self._ledger.work.adopt(self._clock()):
                self._bell.new_mail.set()
            if not self._alone:
                await self._share()
                await self._refresh()
        except (LedgerError, TimeoutError) as trouble:
            maillog.ledger_trouble(str(trouble) or "no answer in time")
        except Exception as bug:  # noqa: BLE001 - the heart must go on
            maillog.bug("cluster", bug)

    async def leave(self) -> None:
        """Let others have all of it at once."""
        self._mine, self._until = frozenset(), 0.0
        try:
            await self._ledger.hosts.leave()
        except LedgerError as trouble:  # then our lease has to run out
            maillog.ledger_trouble(str(trouble))

    async def _beat(self) -> None:
        every = ALONE.total_seconds() if self._alone else self._lease.total_seconds() / 3
        before, now = self._seconds(), self._clock()
        if before - self._beat_at < every and self.holds():
            return
        async with asyncio.timeout(max(1.0, every)):
            beat = await self._ledger.hosts.beat(self._lease, now)
            if not beat.alive:
                maillog.lease_lost(self._me.name)
                self._mine = frozenset()
                await self._ledger.hosts.join(self._me, self._lease, now)
        self._beat_at, self._until = before, before + self._lease.total_seconds()
        if not self._alone:
            await self._compare(beat.at - now.timestamp())

    async def _compare(self, apart: float) -> None:
        """Hosts whose clocks differ put each other's mail off; nothing is done twice by that."""
        key = f"clock of {self._me.name}"
        if abs(apart) > SKEW.total_seconds():
            await self._alarm.raise_(key, f"it is {apart:+.0f} s from the database's: let NTP set both")
        else:
            await self._alarm.clear(key)

    async def _share(self) -> None:
        before = self._mine
        self._mine = await self._ledger.hosts.share(self._accounts, self._clock())
        for account in before ^ self._mine:
            maillog.mailbox_held(account, ours=account in self._mine)
        # Messages of ours may have been settled by others: their originals are ours to treat.
        pending = await self._ledger.disposals.folders()
        for account, folder in pending:
            if account in self._mine:
                self._bell.settled(account, folder)
        for account in before - self._mine:
            self._bell.stir_all(account)

    async def _refresh(self) -> None:
        if self._seconds() - self._refreshed >= REFRESH:
            self._refreshed = self._seconds()
            await self._alarm.refresh()

    async def _notice_jump(self) -> None:
        now = self._clock()
        parted, before = now.timestamp() - self._seconds(), self._parted
        if before is not None and abs(parted - before) > JUMP:
            await self._ledger.work.hurry(now)
            maillog.clock_set(parted - before)
            self._bell.new_mail.set()
        self._parted = parted
