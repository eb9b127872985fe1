"""When somebody is there to answer: opening times of each weekday, and the days without them.

Promises: values that check themselves, as all settings do. Knows nothing of what time it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, PlainValidator

from config.errors import refused
from config.policy import Section

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONGEST = 62  # days of one closure


@dataclass(frozen=True, slots=True)
class Span:
    """Open on these weekdays (0 is Monday) from a minute of the day to another (1440: its end)."""

    first: int
    last: int
    start: int
    end: int

    @property
    def days(self) -> frozenset[int]:
        """The weekdays; "sat-mon" runs over the end of the week."""
        return frozenset((self.first + step) % 7 for step in range((self.last - self.first) % 7 + 1))


@dataclass(frozen=True, slots=True)
class Closure:
    """Closed from one day to another. `yearly`: of every year; the year of the two is then of no meaning."""

    first: date
    last: date
    yearly: bool = False


def _span(value: object) -> Span:
    if isinstance(value, Span):
        return value
    words = value.lower().split() if isinstance(value, str) else []
    try:
        days, hours = words
        first, _, last = days.partition("-")
        start, _, end = hours.partition("-")
        span = Span(DAYS.index(first), DAYS.index(last or first), _minute(start), _minute(end))
    except ValueError:
        raise refused("is no opening time", 'write days and hours, such as "mon-fri 08:00-17:00"') from None
    if span.end <= span.start:
        raise refused("ends before it begins", 'write one to the end of the day, "fri 20:00-24:00", and one from 00:00')
    return span


def _minute(text: str) -> int:
    hour, colon, minute = text.partition(":")
    if not (colon and len(minute) == 2 and text.isascii() and hour.isdigit() and minute.isdigit()):
        raise ValueError(text)
    found = int(hour[:3]) * 60 + int(minute)
    if int(minute) > 59 or found > 1440:
        raise ValueError(text)
    return found


def _closure(value: object) -> Closure:
    if isinstance(value, Closure):
        return value
    if isinstance(value, date):
        return Closure(value, value)
    cure = 'write a day such as "2026-12-24", one of every year "12-25", or days "2026-12-24 to 2027-01-03"'
    try:
        first, to, last = (value if isinstance(value, str) else "").partition(" to ")
        if len(first) == 5 and not to:
            day = date.fromisoformat(f"2000-{first}")  # a leap year
            return Closure(day, day, yearly=True)
        closure = Closure(date.fromisoformat(first), date.fromisoformat(last if to else first))
    except ValueError:
        raise refused("is no day", cure) from None
    if not 0 <= (closure.last - closure.first).days <= _LONGEST:
        raise refused("ends before it begins, or is longer than two months", cure)
    return closure


def _zone(value: str) -> str:
    if value and value not in available_timezones():
        raise refused("is not the name of a time zone", 'write it like "Europe/Berlin" or "America/New_York"')
    return value


def _calendar(value: str) -> str:
    """ISO 3166: a country, and a part of it."""
    from holidays import country_holidays  # slow to load, and most have none

    country, _, part = value.partition("-")
    try:
        country_holidays(country.upper(), subdiv=part.upper() or None)
    except (NotImplementedError, ValueError):
        cure = 'write a country and, if you like, a part of it (ISO 3166), such as "US-NY", "DE-BY" or "GB-SCT"'
        raise refused("is no calendar of holidays that is known", cure) from None
    return value.upper()


class OfficeHours(Section):
    """When somebody is there to answer. If it is given, acknowledgements say so, and until when nobody is.

    May be given otherwise for one mailbox, under [mailbox.office_hours]: that replaces all of it.
    """

    time_zone: Annotated[str, AfterValidator(_zone)] = Field(
        default="", description="The office's time zone; empty: this host's.", examples=["Europe/Berlin"]
    )
    open: tuple[Annotated[Span, PlainValidator(_span)], ...] = Field(
        default=(),
        description='Opening times, such as ["mon-thu 08:00-17:00", "fri 08:00-14:30"]; nothing is said without.',
        examples=[["mon-thu 08:00-17:00", "fri 08:00-14:30"]],
    )
    holidays: tuple[Annotated[Closure, PlainValidator(_closure)], ...] = Field(
        default=(),
        description='Days when nobody is there: "2026-12-24", each year "12-24", or "2026-12-27 to 2027-01-03".',
        examples=[["12-24", "2026-12-27 to 2027-01-03"]],
    )
    holidays_of: tuple[Annotated[str, AfterValidator(_calendar)], ...] = Field(
        default=(),
        description='Public holidays of a country or a part of it (ISO 3166), such as ["US-NY"] or ["DE-BY"].',
        examples=[["DE-BY"]],
    )

    def zone(self) -> ZoneInfo | None:
        """None: this host's."""
        return ZoneInfo(self.time_zone) if self.time_zone else None
