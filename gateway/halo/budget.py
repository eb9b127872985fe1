"""One budget of requests for all callers: so many in any rolling window, the urgent ones first.

Promises: in no stretch of the window's length do more requests leave than the limit says; within one priority first
come, first served; urgent ones (tickets, actions, tokens) before ordinary reads, these before uploads and looking-up;
but every tenth place goes to whoever waits longest below, so that nobody waits for ever. A caller who gives up costs
nothing. What has no hurry (`Priority.SPARE`) goes last of all, and only while a fifth of the window is free, so that
what comes in meanwhile never waits for it. Several hosts may share one budget (`purse`). It tells who has used how
much, and holds nobody to it. Safe for all tasks of one event loop. Fails: never. Knows nothing of HTTP.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from gateway.halo.purse import Purse
from gateway.halo.spent import Spent
from gateway.payer import payers

LATE: Final = 0.02
"""How much later than it left a request may arrive, in windows. The server counts arrivals: a slow one before a fast
one would else bring one too many into its window."""
SPARE: Final = 0.8  # of the window's places, that work with no hurry may use
FAIR: Final = 10  # every so many places the lowest of those who wait gets one


class Priority(IntEnum):
    """What a request is for; the lowest number goes first."""

    URGENT = 0
    ORDINARY = 1
    PATIENT = 2
    SPARE = 3


@dataclass(frozen=True, slots=True)
class Use:
    """How the budget stands: requests in the window that ends now, and the limit.

    `window` is in seconds. By priority: those that wait, and those that were given a place since the start.
    """

    used: int
    limit: int
    window: float
    waiting: tuple[int, int, int, int]
    given: tuple[int, int, int, int]


class Budget:
    """At most `limit` requests in any `window` seconds. `monotonic` counts seconds; `sleep` waits for some of them."""

    def __init__(
        self,
        limit: int,
        window: float,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        purse: Purse | None = None,
    ) -> None:
        """`purse`: the budget is shared with other hosts."""
        self._limit = limit
        self._said = window
        self._window = window * (1 + LATE)
        self._monotonic = monotonic
        self._sleep = sleep
        self._purse = purse
        self._left_at: deque[float] = deque(maxlen=limit)
        self._spent_by = Spent(self._window, monotonic)
        self._waiting: tuple[deque[asyncio.Future[None]], ...] = tuple(deque() for _ in Priority)
        self._given = 0
        self._spent = [0 for _ in Priority]
        self._giving: asyncio.Task[None] | None = None
        self._sparing: asyncio.Task[None] | None = None

    async def take(self, priority: Priority = Priority.ORDINARY) -> None:
        """Wait for a place. It is spent when this returns, whatever becomes of the request."""
        late = priority is Priority.SPARE
        before = self._waiting if late else self._waiting[: Priority.SPARE]
        free = not any(before) and (self._wait_spare() if late else self._wait()) <= 0
        if free and (self._purse is None or self._purse.take()):
            self._leave(priority)
            self._spent_by.add(payers())
            return
        place = asyncio.get_running_loop().create_future()
        queue = self._waiting[priority]
        queue.append(place)
        if late and (self._sparing is None or self._sparing.done()):
            self._sparing = asyncio.create_task(self._give_spare())
        elif not late and (self._giving is None or self._giving.done()):
            self._giving = asyncio.create_task(self._give())
        try:
            await place
        except asyncio.CancelledError:
            if place in queue:
                queue.remove(place)
            raise
        self._spent_by.add(payers())

    @property
    def limit(self) -> int:
        """Requests in any window."""
        return self._limit

    @property
    def window(self) -> float:
        """In seconds."""
        return self._said

    @property
    def free(self) -> int:
        """How many requests are left in the window that ends now; for several hosts as far as this one knows."""
        mine = self._limit - self._spent_by.total
        shared = self._purse.free if self._purse is not None else None
        return max(0, mine if shared is None else min(mine, shared))

    def used_by(self, payer: str) -> int:
        """How many requests were made on somebody's account in that window."""
        return self._spent_by.of(payer)

    @property
    def use(self) -> Use:
        """How it stands now."""
        since = self._monotonic() - self._window
        used = sum(at > since for at in self._left_at)
        urgent, ordinary, patient, late = (len(queue) for queue in self._waiting)
        spent_urgent, spent_ordinary, spent_patient, spent_late = self._spent
        given = (spent_urgent, spent_ordinary, spent_patient, spent_late)
        return Use(used, self._limit, self._said, (urgent, ordinary, patient, late), given)

    def _leave(self, priority: Priority) -> None:
        self._left_at.append(self._monotonic())
        self._spent[priority] += 1

    def _wait(self) -> float:
        """Seconds until a place is free."""
        if len(self._left_at) < self._limit:
            return 0.0
        return self._left_at[0] + self._window - self._monotonic()

    def _wait_spare(self) -> float:
        """Seconds until a place is free that nobody else will miss."""
        most = max(1, int(self._limit * SPARE))
        if len(self._left_at) < most:
            return 0.0
        return self._left_at[-most] + self._window - self._monotonic()

    async def _give_spare(self) -> None:
        """Give places out to those without hurry, one by one, while nobody else waits."""
        queue = self._waiting[Priority.SPARE]
        while queue:
            hurried = any(self._waiting[: Priority.SPARE])
            if (left := max(self._wait_spare(), 0.05 if hurried else 0.0)) > 0:
                await self._sleep(left)
                continue
            if self._purse is not None and not self._purse.take():
                if wait := await self._purse.fill(len(queue), SPARE):
                    await self._sleep(wait)
                continue
            place = queue.popleft()
            if not place.done():
                self._leave(Priority.SPARE)
                place.set_result(None)
                await asyncio.sleep(0)

    async def _give(self) -> None:
        """Give places out until nobody in a hurry waits."""
        while any(self._waiting[: Priority.SPARE]):
            if (left := self._wait()) > 0:
                await self._sleep(left)
                continue
            if self._purse is not None and not self._purse.take():
                if wait := await self._purse.fill(sum(map(len, self._waiting[: Priority.SPARE]))):
                    await self._sleep(wait)
                continue
            self._given += 1
            those = [one for one in Priority if one is not Priority.SPARE and self._waiting[one]]
            chosen = those[-1] if self._given % FAIR == 0 else those[0]
            place = self._waiting[chosen].popleft()
            if not place.done():
                self._leave(chosen)
                place.set_result(None)
                await asyncio.sleep(0)  # whoever got it sends before the next one is chosen
