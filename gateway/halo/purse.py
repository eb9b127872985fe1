"""This host's part of a budget that several share: a few requests at a time, good for some seconds.

Promises: what was not used in time is given up, so that a host that slept spends nothing later; the common window is as
much longer as a request may be late. Trouble of whoever shares the budget out means waiting. Knows nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

Reserve = Callable[[int, int, timedelta], Awaitable[tuple[int, float]]]
"""(how many, limit, window) -> (how many were set aside, seconds to wait if none)."""

Left = Callable[[int, timedelta], Awaitable[int]]
"""(limit, window) -> how many nobody has set aside."""

GOOD_FOR: Final = 5.0
"""Seconds in which what was set aside has to be used."""
AT_ONCE: Final = 10
AGAIN: Final = 1.0
"""Seconds after which trouble is tried again."""


class Purse:
    """`monotonic` counts seconds, sleep included."""

    def __init__(
        self, reserve: Reserve, limit: int, window: float, monotonic: Callable[[], float], left: Left | None = None
    ) -> None:
        self._reserve = reserve
        self._others = left
        self._limit = limit
        self._window = timedelta(seconds=window + GOOD_FOR)
        self._monotonic = monotonic
        self._left = 0
        self._until = 0.0
        self._free: tuple[int, float] | None = None

    @property
    def free(self) -> int | None:
        """How many are left for all hosts together, as it was seen some seconds ago at the most; None: nobody knows."""
        if self._free is None or self._monotonic() >= self._free[1]:
            return None
        mine = self._left if self._monotonic() < self._until else 0
        return self._free[0] + mine

    def take(self) -> bool:
        """Spend one, if there is one."""
        if self._left <= 0 or self._monotonic() >= self._until:
            return False
        self._left -= 1
        return True

    async def fill(self, wanted: int, part: float = 1.0) -> float:
        """Get some more; seconds to wait if there are none. `part`: how much of the limit may be spent by now."""
        before = self._monotonic()
        try:
            limit = max(1, int(self._limit * part))
            granted, wait = await self._reserve(max(1, min(wanted, AT_ONCE)), limit, self._window)
            if self._others is not None:
                self._free = await self._others(self._limit, self._window), before + GOOD_FOR
        except Exception:  # noqa: BLE001 - a ledger in trouble takes no receipts either: nothing is to be sent now
            return AGAIN
        if granted:
            self._left, self._until = granted, before + GOOD_FOR
        return 0.0 if granted else wait
