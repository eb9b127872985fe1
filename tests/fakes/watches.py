"""Clocks for tests in simulated time."""

from __future__ import annotations

import asyncio


class Time:
    """A clock that moves only when somebody sleeps, and never while others still have something to do."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        until = self.now + seconds
        for _ in range(20):
            await asyncio.sleep(0)
        self.now = max(self.now, until)
