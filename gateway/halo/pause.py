"""One rest for all callers after a 429: the limit is the tenant's, so one caller's haste is everybody's.

Promises: while a rest lasts nothing is sent; it lasts as long as the server asked, else 30 s, doubled up to 300 s while
the server keeps refusing (its window rolls over five minutes: short rests do not help). Knows nothing of HTTP beyond
the Retry-After field (RFC 9110 §10.2.3).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from gateway.halo.refusals import RateLimited

FIRST: Final = timedelta(seconds=30)
LONGEST: Final = timedelta(seconds=300)
_LONGEST_ASKED: Final = timedelta(hours=1)  # a clock gone wrong must not silence us for a year


class Pause:
    """`monotonic` counts seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._begun = float("-inf")
        self._until = float("-inf")
        self._next = FIRST
        self.refusals = 0
        """Answers 429 so far."""

    @property
    def left(self) -> float:
        """Seconds that are left of a rest; 0 if there is none."""
        return max(self._until - self._monotonic(), 0.0)

    def check(self) -> None:
        """Raise Transient while a rest lasts, with what is left of it."""
        left = self._until - self._monotonic()
        if left > 0:
            raise RateLimited("rate_limited", "HaloPSA asked us to rest", retry_after=timedelta(seconds=left))

    def begin(self, asked: timedelta | None, *, sent_at: float) -> timedelta:
        """Rest, and say for how long. A request that left before the rest began does not make the next one longer."""
        self.refusals += 1
        now = self._monotonic()
        if asked is not None:
            rest = min(max(asked, timedelta(seconds=1)), _LONGEST_ASKED)
        elif sent_at >= self._begun:
            rest, self._next = self._next, min(self._next * 2, LONGEST)
        else:
            rest = timedelta(0)
        if sent_at >= self._begun:
            self._begun = now
        self._until = max(self._until, now + rest.total_seconds())
        return timedelta(seconds=max(self._until - now, 1.0))

    def end(self) -> None:
        """Forget the doubling: the server serves us again."""
        self._next = FIRST


def retry_after(field: str | None, now: datetime) -> timedelta | None:
    """What a Retry-After field asks for: seconds or an HTTP-date; None if it is missing or makes no sense."""
    if field is None or len(field) > 64:
        return None
    field = field.strip()
    if field.isascii() and field.isdigit():
        return timedelta(seconds=min(int(field), int(_LONGEST_ASKED.total_seconds())))
    date = http_date(field)
    return None if date is None else max(date - now, timedelta(0))


def http_date(field: str | None) -> datetime | None:
    """An HTTP-date (RFC 9110 §5.6.7) with its zone, or None."""
    if field is None:
        return None
    try:
        date = parsedate_to_datetime(field)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)
