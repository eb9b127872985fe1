"""One folder, watched for good: looked at, swept as its messages settle, and looked at again after every trouble.

Promises: whatever a mailbox does, its own watch goes on and no other is slowed; it is tried again within half a minute,
a refused login ever more rarely, and the operator is told: at once of what only they can mend, of what else lasts at
the third failure. Fails never, but for cancellation. Knows nothing of what becomes of the mail.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway import retry
from gateway.alarm import LEDGER_CURE, Alarm
from gateway.bell import Bell
from gateway.errors import Misconfigured, Trouble
from gateway.holes import Holes
from gateway.intake import Watcher
from gateway.observe import maillog
from gateway.ports import Clock
from storage.errors import Fenced, LedgerBusy, LedgerError

LONGEST_REST = timedelta(seconds=30)
"""Between two tries of a mailbox: a server that is back shall be at work within a minute."""

MENDING = timedelta(seconds=30)
"""Between two tries while an operator has something to mend: no less, for it does not pass by itself."""

REFUSALS = 3
"""Logins refused in a row, after which a mailbox pauses: servers lock accounts that go on trying."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=1)

NOT_OURS = timedelta(seconds=0.5)
"""Between two looks at whether another host's mailbox has become ours."""

OVERDUE = timedelta(minutes=20)
"""A watch of which nothing was seen for so long, longer than any one command may take, hangs, which is a bug."""


@dataclass(slots=True)
class Account:
    """What the folders of one account share: how often its login was refused in a row, and until when it rests."""

    refused: int = 0
    until: datetime | None = None

    def refuse(self, now: datetime) -> None:
        """One more refusal. Several folders may meet the same one: those that come during a pause count for nothing."""
        if self.until is not None and now < self.until:
            return
        self.refused += 1
        if self.refused >= REFUSALS:
            pause = min(FIRST_PAUSE * 2 ** min(self.refused - REFUSALS, 10), LONGEST_PAUSE)
            self.until = now + pause

    def accept(self) -> None:
        """The login works."""
        self.refused, self.until = 0, None

    def rest(self, now: datetime) -> timedelta:
        """How long nobody may log in."""
        return max(self.until - now, timedelta()) if self.until is not None else timedelta()


class Watch:
    """The watch over one folder. `chance` gives numbers from [0, 1)."""

    def __init__(
        self,
        watcher: Watcher,
        poll: timedelta,
        account: Account,
        *,
        bell: Bell,
        alarm: Alarm,
        clock: Clock,
        chance: Callable[[], float] = random.random,
        ours: Callable[[str], bool] = lambda _account: True,
    ) -> None:
        """`ours`: whether a mailbox is ours to watch; of several hosts one has it."""
        self.watcher = watcher
        self._poll = poll
        self._account = account
        self._bell = bell
        self._alarm = alarm
        self._clock = clock
        self._chance = chance
        self._ours = ours
        self._holes = Holes(watcher, alarm, clock)
        self._stir = bell.stir(watcher.policy.account, watcher.policy.folder)
        self._failures = 0
        self.seen_at = clock()
        """When the watch last showed that it is alive."""

    async def run(self) -> None:
        """Until the bell stops everybody."""
        while not self._bell.stopping():
            self.seen_at = self._clock()
            if not self.ours:
                await self.watcher.hang_up()
                await self._sleep(NOT_OURS)
                continue
            rest = self._account.rest(self.seen_at)
            if rest:
                await self._sleep(min(rest, OVERDUE / 2))
                continue
            try:
                await self.watcher.collect()
                self._stir.clear()
                await self.watcher.sweep()
                await self._up()
                await self._wait()
            except Exception as trouble:  # noqa: BLE001 - the watch goes on whatever it is
                self._failures += 1
                await self.watcher.hang_up()
                await self._down(trouble)
                await self._sleep(self._backoff(trouble))
        if self.ours:
            await self.sweep()
        await self.watcher.hang_up()

    @property
    def ours(self) -> bool:
        """Whether the mailbox is ours now."""
        return self._ours(self.watcher.policy.account)

    async def collect(self) -> bool:
        """Look once; whether that went well."""
        if not self.ours:
            return True
        try:
            await self.watcher.collect()
            if await self._holes.once():
                await self.watcher.collect()
            await self._up()
        except Exception as trouble:  # noqa: BLE001 - the other mailboxes have their turn whatever it is
            self._failures += 1
            await self._down(trouble, last=True)
            return False
        return not self.watcher.held_back

    async def sweep(self) -> bool:
        """Sweep once; whether that went well."""
        if not self.ours:
            return True
        try:
            await self.watcher.sweep()
        except Exception as trouble:  # noqa: BLE001
            self._failures += 1
            await self._down(trouble)
            return False
        return True

    @property
    def resting(self) -> bool:
        """Whether its mailbox is in trouble, so that there are rests between the tries."""
        return bool(self._failures or self._account.rest(self._clock()))

    async def overdue(self, now: datetime) -> None:
        """Tell the operator if nothing was seen of this watch for too long."""
        seen = max(self.seen_at, self.watcher.busy_at or self.seen_at)
        if now - seen > max(OVERDUE, 2 * self._poll):
            words = f"nothing was heard of its watch since {seen:%H:%M}: restart the daemon, and please report it"
            await self._alarm.raise_(f"mailbox {self.watcher.policy.label}", words)

    async def _wait(self) -> None:
        """Until mail may have arrived or it is time to look; meanwhile originals are swept as their messages settle.

        Now and then the folder is compared with the ledger, a slice at a time.
        """
        loop = asyncio.get_running_loop()
        ends = loop.time() + self._poll.total_seconds()
        while not self._bell.stopping():
            if self._holes.due() and await self._holes.look():
                return  # the next look takes what was missed
            comparing = self._holes.due()
            left = 0.0 if comparing else max(0.0, ends - loop.time())
            if await self.watcher.source.wait(left, self._stir):
                return
            self.seen_at = self._clock()
            if not self._stir.is_set():
                if comparing and self.ours and loop.time() < ends:
                    continue
                return
            self._stir.clear()
            if not self.ours:
                return
            await self.watcher.sweep()
            await self._sleep(timedelta(seconds=0.05))  # let a few more settle: one command for all of them

    def _backoff(self, trouble: Exception) -> timedelta:
        asked = trouble.retry_after if isinstance(trouble, Trouble) else None
        delay = min(retry.delay(self._failures, self._chance(), asked=asked), max(LONGEST_REST, asked or LONGEST_REST))
        if isinstance(trouble, Misconfigured) and trouble.cause != "login_refused":
            return max(delay, MENDING)
        return delay

    async def _up(self) -> None:
        policy = self.watcher.policy
        if self._failures:
            maillog.mailbox_up(policy.label)
        self._failures = 0
        self._account.accept()
        for key in (f"mailbox {policy.label}", f"login {policy.account}", "ledger"):
            await self._alarm.clear(key)

    async def _down(self, trouble: Exception, *, last: bool = False) -> None:
        """Tell the operator: at once when only they can mend it, else when it lasts. `last`: it is not tried again."""
        label = self.watcher.policy.label
        if isinstance(trouble, Fenced):  # another host has the mailbox: nothing is wrong
            maillog.mailbox_down(label, "another_hosts", self._failures)
        elif isinstance(trouble, Trouble):
            maillog.mailbox_down(label, trouble.cause, self._failures)
            if trouble.cause == "login_refused" and not last:
                await self._refused(trouble)
            elif isinstance(trouble, Misconfigured) or self._failures == REFUSALS:
                await self._alarm.raise_(f"mailbox {label}", trouble.words or trouble.cause)
        elif isinstance(trouble, LedgerError):
            maillog.ledger_trouble(str(trouble))
            if isinstance(trouble, LedgerBusy) and trouble.met and self._failures < REFUSALS:
                return  # another was in the way: tried again
            await self._alarm.raise_("ledger", f"{trouble}: {LEDGER_CURE}")
        else:
            maillog.bug(f"mailbox {label}", trouble)
            await self._alarm.raise_(f"mailbox {label}", f"a bug ({type(trouble).__name__}): please report it")

    async def _refused(self, trouble: Trouble) -> None:
        account, now = self._account, self._clock()
        account.refuse(now)
        if account.refused >= REFUSALS:
            minutes = max(1, round(account.rest(now).total_seconds() / 60))
            words = f"{trouble.words}; refused {account.refused} times in a row, the next try is in {minutes} min"
            await self._alarm.raise_(f"login {self.watcher.policy.account}", words)

    async def _sleep(self, time: timedelta) -> None:
        """Sleep, but not beyond a stop."""
        if time > timedelta():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(time.total_seconds()):
                    await self._bell.stop.wait()
