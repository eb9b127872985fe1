"""Keeps the daemon's tasks alive, and ends them in order.

Promises: a watcher or worker that meets trouble, or a bug of ours, waits and goes on, so that one mailbox never stops
another; the operator is told of a mailbox that stays down; the first SIGTERM or SIGINT lets each step in hand end and
then returns; after `stop_time`, or at a second signal, what is left is cancelled, and the ledger knows what was in
doubt. A task that ends unasked ends the daemon. Knows nothing of what watchers and workers do.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from gateway.alarm import LEDGER_CURE, Alarm
from gateway.bell import Bell
from gateway.chores import Chore
from gateway.cluster import Member
from gateway.doubles import Doubles
from gateway.errors import Misconfigured, Trouble
from gateway.observe import maillog, sd_notify
from gateway.watching import Watch
from gateway.worker import Desk, Worker
from storage.errors import LedgerBusy, LedgerError

LOOK = 1.0
"""Seconds after which an idle worker looks for due messages by itself: another process may have released one."""

SOON = timedelta(seconds=10)
"""`--once` waits for messages that are due again so soon, and leaves later ones to the next start."""


LOOK_AGAIN = 60.0
"""Seconds between two looks at whether something is due to be looked at again."""

PASSED_BY, LONGEST_PASSED = 0.1, 2.0
"""Seconds until an idle worker looks again at mail that is due and was not given to anybody: see `Fair`."""

LOOKING = 40
"""So much longer than a look took it rests: of a flood there is much to look at."""

BACKFILLERS = 2
"""Workers for mail that was asked for later: of their own, so that live mail never waits for one of them."""


class Supervisor:
    """One daemon's tasks."""

    def __init__(
        self,
        bell: Bell,
        desk: Desk,
        watches: Sequence[Watch],
        alarm: Alarm,
        *,
        workers: int,
        stop_time: timedelta,
        prepare: Callable[[], Awaitable[None]],
        member: Member,
        doubles: Doubles,
        chores: Sequence[Chore] = (),
    ) -> None:
        self._bell = bell
        self._desk = desk
        self._watches = watches
        self._alarm = alarm
        self._workers = workers
        self._stop_time = stop_time.total_seconds()
        self._prepare = prepare
        self._member = member
        self._doubles = doubles
        self._chores = chores

    def stop(self) -> None:
        """Ask for an orderly end."""
        self._bell.stop_all()

    @property
    def resting(self) -> bool:
        """Whether HaloPSA is in trouble, so that there are rests between the tries."""
        return self._desk.breaker.until is not None

    async def run(self) -> None:
        """Until a signal comes."""
        async with self._signals() as cancel:
            tasks = [
                *(asyncio.create_task(one.run(), name=f"watch {one.watcher.policy.label}") for one in self._watches),
                *(asyncio.create_task(self._work(one), name=one.name) for one in self._crew()),
                asyncio.create_task(self._watchdog(), name="watchdog"),
                asyncio.create_task(self._member.run(), name="cluster"),
                asyncio.create_task(self._look_again(), name="doubles"),
            ]
            sd_notify.notify("READY=1", "STATUS=at work")
            beside = [
                asyncio.create_task(self._prepared(), name="prepare"),
                *(
                    asyncio.create_task(one.run(self._sleep, self._bell.stopping), name=one.name)
                    for one in self._chores
                ),
            ]
            try:
                await self._until_stopped(tasks, cancel)
            finally:
                for task in beside:
                    task.cancel()
                await asyncio.gather(*beside, return_exceptions=True)

    async def once(self) -> bool:
        """Collect, work until nothing is due soon, sweep. Whether everything went well and nothing waits."""
        async with self._signals() as cancel:
            sd_notify.notify("READY=1")
            await self._member.tick()
            heart = asyncio.create_task(self._member.run(), name="cluster")
            task = asyncio.create_task(self._once(), name="once")
            try:
                await self._until_stopped([task], cancel)
            finally:
                heart.cancel()
                await asyncio.gather(heart, return_exceptions=True)
            return not task.cancelled() and task.result()

    async def _once(self) -> bool:
        prepared, *collected = await asyncio.gather(self._prepared(), *(one.collect() for one in self._watches))
        await asyncio.gather(*(self._drain(one) for one in self._crew()))
        swept = await asyncio.gather(*(one.sweep() for one in self._watches))
        await asyncio.gather(*(one.watcher.hang_up() for one in self._watches))
        for chore in self._chores:
            await chore.once()
        return prepared and all(collected) and all(swept) and await self._desk.ledger.work.next_due() is None

    async def _prepared(self) -> bool:
        """Ask Halo at the start for what the configuration names: what is wrong is told before a mail meets it.

        A Halo that is down is no news yet: mail is kept, and waits for it.
        """
        try:
            await self._prepare()
        except Misconfigured as trouble:
            await self._alarm.raise_("halo", trouble.words or trouble.cause)
            return False
        except Trouble as trouble:
            maillog.halo_unready(trouble.cause)
        except LedgerError as trouble:
            await self._no_work(trouble)
            return False
        else:
            await self._alarm.clear("halo")  # if something is still wrong, what waits meets it again at once
        return True

    def _crew(self) -> list[Worker]:
        live = [Worker(self._desk, f"worker-{n}") for n in range(self._workers)]
        return [*live, *(Worker(self._desk, f"backfill-{n}", backfill=True) for n in range(BACKFILLERS))]

    async def _drain(self, worker: Worker) -> None:
        """Work until no message is due within SOON. Others may free waiting ones: hence the look at who is in hand."""
        desk = self._desk
        while not self._bell.stopping():
            rest = desk.breaker.left(desk.clock())
            if rest > SOON.total_seconds():
                return
            if rest:
                await self._sleep(rest)
                continue
            try:
                with desk.breaker.trying(desk.clock()):
                    began = time.monotonic()
                    found = await worker.one()
                    took = time.monotonic() - began
                if found:
                    continue
                due = await desk.ledger.work.next_due((worker.backfill,))
                others = await desk.ledger.work.in_hand()
            except Exception as trouble:  # noqa: BLE001
                await self._no_work(trouble)
                return
            now = desk.clock()
            if (due is None or due > now + SOON) and not others:
                return
            await self._sleep(0.05 if due is None else min(0.2 if due > now else LOOK, _until(due, now, took)))

    async def _no_work(self, trouble: Exception) -> None:
        """A worker could not get at its work."""
        if isinstance(trouble, LedgerError):
            maillog.ledger_trouble(str(trouble))
            if isinstance(trouble, LedgerBusy) and trouble.met:
                return  # another was in the way, and is not the next time
            await self._alarm.raise_("ledger", f"{trouble}: {LEDGER_CURE}")
        else:
            maillog.bug("worker", trouble)
            await self._alarm.raise_("worker", f"a bug ({type(trouble).__name__}): please report it")

    async def _work(self, worker: Worker) -> None:
        failures, desk = 0, self._desk
        while not self._bell.stopping():
            left = desk.breaker.left(desk.clock())
            if left:
                await self._sleep(min(left, 5.0))
                continue
            try:
                self._bell.new_mail.clear()
                with desk.breaker.trying(desk.clock()):
                    began = time.monotonic()
                    found = await worker.one()
                if not found:
                    await self._idle(worker, time.monotonic() - began)
                if failures:
                    await self._alarm.clear("worker")
                failures = 0
            except Exception as trouble:  # noqa: BLE001
                failures += 1
                await self._no_work(trouble)
                await self._sleep(min(2.0**failures, 30.0))

    async def _idle(self, worker: Worker, took: float) -> None:
        """`took`: seconds of the look that found nothing."""
        due = await self._desk.ledger.work.next_due((worker.backfill,))
        seconds = LOOK if due is None else _until(due, self._desk.clock(), took)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._bell.new_mail.wait()

    async def _look_again(self) -> None:
        """Whether what was sent again is there twice."""
        while not self._bell.stopping():
            await self._sleep(LOOK_AGAIN)
            try:
                await self._doubles.look()
            except Exception as trouble:  # noqa: BLE001
                await self._no_work(trouble)

    async def _watchdog(self) -> None:
        every = sd_notify.watchdog_interval()
        while not self._bell.stopping():
            if every is not None:
                sd_notify.notify("WATCHDOG=1")
            now = self._desk.clock()
            for one in self._watches:
                await one.overdue(now)
            await self._sleep(every / 2 if every is not None else 60.0)

    async def _sleep(self, seconds: float) -> None:
        """Sleep, but not beyond a stop."""
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._bell.stop.wait()

    async def _until_stopped(self, tasks: Sequence[asyncio.Task[Any]], cancel: asyncio.Event) -> None:
        """Wait for the end; first orderly, then, when time or patience has run out, by cancelling."""
        stop = asyncio.create_task(self._bell.stop.wait())
        try:
            await asyncio.wait({stop, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            self.stop()
            sd_notify.notify("STOPPING=1")
            maillog.stopping()
            force = asyncio.create_task(cancel.wait())
            everything = asyncio.gather(*tasks, return_exceptions=True)
            ends: set[asyncio.Future[Any]] = {everything, force}
            await asyncio.wait(ends, timeout=self._stop_time, return_when=asyncio.FIRST_COMPLETED)
            force.cancel()
            for task in tasks:
                task.cancel()
            for result in await everything:
                if isinstance(result, Exception):
                    raise result
        finally:
            stop.cancel()

    @contextlib.asynccontextmanager
    async def _signals(self) -> AsyncIterator[asyncio.Event]:
        loop, cancel = asyncio.get_running_loop(), asyncio.Event()

        def asked() -> None:
            if self._bell.stopping():
                cancel.set()
            self.stop()

        for one in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(one, asked)
        try:
            yield cancel
        finally:
            for one in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(one)


def _until(due: datetime, now: datetime, took: float) -> float:
    """Seconds until an idle worker looks again for what is due then, or is due and was passed by."""
    if due <= now:
        return min(LONGEST_PASSED, max(PASSED_BY, LOOKING * took))
    return min(LOOK, max(0.02, (due - now).total_seconds()))
