"""The circuit breaker before HaloPSA, shared by all workers: while HaloPSA is in trouble nobody claims.

Promises: what fails for one message alone stops no other one; when two have failed since HaloPSA last served anybody,
or what failed is nobody's message (`everybody`), all rest, ever longer up to LONGEST, but no longer than SHORT while
HaloPSA served somebody within LATELY, unless it asks for more. After a rest one worker tries, and the others wait for
what comes of it, PATIENCE at the most; the first success ends it all. Fails never. Knows nothing of HTTP and of what
is tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

FIRST, LONGEST = timedelta(seconds=0.5), timedelta(seconds=60)

SHORT = timedelta(seconds=2)
"""The longest rest while HaloPSA serves others: a few messages that it never takes must not stop the rest."""

LATELY = timedelta(minutes=5)
"""HaloPSA that served another message so short ago is hardly down: the trouble may be the message's own."""

APART = timedelta(minutes=1)
"""Failures so far from the end of the last rest are no outage that goes on."""

PATIENCE = timedelta(seconds=15)
"""A try that has brought nothing for so long may be slow for its own reasons: another one may try too."""

PEEK = 0.1
"""Seconds after which who waits for another's try looks again."""


class Breaker:
    """One for the daemon."""

    def __init__(self) -> None:
        self.until: datetime | None = None
        """When the present rest ends, or ended; None: there is no trouble."""
        self.served: datetime | None = None
        """When HaloPSA last did something for us."""
        self._failures = 0
        self._failing: set[int] = set()  # messages that failed since
        self._trying: tuple[object, datetime] | None = None

    def fail(self, message: int, now: datetime, asked: timedelta | None = None, *, everybody: bool = False) -> None:
        """One more failure of HaloPSA's side. `asked`: how long it wants to be left alone."""
        if self.until is not None and now - self.until > APART:
            self.until, self._failures = None, 0
            self._failing.clear()
        self._failing.add(message)
        self._trying = None
        if len(self._failing) < 2 and not asked and not everybody:
            return
        self._failures += 1
        rest = min(FIRST * 2 ** min(self._failures - 1, 7), self._longest(now))
        self.until = max(self.until or now, now + max(rest, asked or timedelta()))

    def succeed(self, now: datetime) -> None:
        """HaloPSA served us."""
        self.until, self.served, self._failures, self._trying = None, now, 0, None
        self._failing.clear()

    def left(self, now: datetime) -> float:
        """Seconds until the next look at whether to claim; 0: go on."""
        if self.until is None:
            return 0.0
        if now < self.until:
            return (self.until - now).total_seconds()
        if self._trying is not None and now - self._trying[1] < PATIENCE:
            return PEEK
        return 0.0

    @contextmanager
    def trying(self, now: datetime) -> Iterator[None]:
        """Around a claim and its work, when nothing is `left`: after a rest, the one try that the others wait for."""
        me = object()
        if self.until is not None:
            self._trying = me, now
        try:
            yield
        finally:
            if self._trying is not None and self._trying[0] is me:  # there was no work, or it asked HaloPSA nothing
                self._trying = None

    def _longest(self, now: datetime) -> timedelta:
        return SHORT if self.served is not None and now - self.served < LATELY else LONGEST
