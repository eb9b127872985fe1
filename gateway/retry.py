"""When to try again: exponential, with full jitter below a cap, never sooner than the server asked.

Promises: pure. The jitter keeps messages that failed together from coming back together.
"""

from __future__ import annotations

from datetime import timedelta

FIRST = timedelta(seconds=2)
LONGEST = timedelta(minutes=10)


def delay(attempt: int, chance: float, *, asked: timedelta | None = None) -> timedelta:
    """How long to wait after the `attempt`-th failure (from 1). `chance` is a random number from [0, 1)."""
    ceiling = min(FIRST * float(2 ** min(max(attempt, 1) - 1, 20)), LONGEST)
    jittered = ceiling / 2 + ceiling / 2 * chance
    return max(jittered, asked or timedelta())
