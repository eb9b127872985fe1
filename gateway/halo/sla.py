"""How the SLA of a ticket stands at an instant, and its deadlines by priority. Pure; the clock is the caller's.

Promises: the documented order: closed, on hold, past the deadline, less than an hour left, on track. A ticket that is
resolved counts as closed at the time when it was resolved, because its clock stands still from then on. Fails: never.
Knows nothing of HTTP and of calendars: promises are counted in hours of the clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class SlaState(StrEnum):
    """As the documentation names it. NO_DEADLINE: nothing was promised."""

    MET = "Met"
    BREACHED = "Breached"
    PAUSED = "Paused"
    AT_RISK = "At Risk"
    ON_TRACK = "On Track"
    NO_DEADLINE = "No deadline"


@dataclass(frozen=True, slots=True)
class SlaPromise:
    """What a priority promises, counted from the time when a ticket is made."""

    respond_within: timedelta
    resolve_within: timedelta


PROMISES: Final[Mapping[str, SlaPromise]] = {
    "critical": SlaPromise(timedelta(minutes=15), timedelta(hours=1)),
    "high": SlaPromise(timedelta(hours=1), timedelta(hours=4)),
    "medium": SlaPromise(timedelta(hours=4), timedelta(hours=8)),
    "low": SlaPromise(timedelta(hours=8), timedelta(hours=24)),
}
"""By the name of the priority, as documented; a tenant's own list goes before (`promise_of`)."""
SOON: Final = timedelta(hours=1)


def state(
    deadline: datetime | None, now: datetime, *, closed: bool, done_at: datetime | None = None, on_hold: bool = False
) -> SlaState:
    """How it stands. `done_at`: when the ticket was resolved, or else closed; None of a closed one: nobody knows."""
    if deadline is None:
        return SlaState.NO_DEADLINE
    if closed:
        return SlaState.MET if done_at is not None and done_at <= deadline else SlaState.BREACHED
    if on_hold:
        return SlaState.PAUSED
    if now > deadline:
        return SlaState.BREACHED
    return SlaState.AT_RISK if deadline - now < SOON else SlaState.ON_TRACK


def promise_of(priority: Mapping[str, object]) -> SlaPromise | None:
    """The promise of an item of /Priority: its own hours (`responsetime`, `fixtime`), else the documented ones."""
    respond, resolve = (_hours(priority.get(name)) for name in ("responsetime", "fixtime"))
    if respond is not None and resolve is not None:
        return SlaPromise(respond, resolve)
    name = priority.get("name")
    return PROMISES.get(name.strip().lower()) if isinstance(name, str) else None


def _hours(value: object) -> timedelta | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 100_000:
        return None
    return timedelta(hours=value)
