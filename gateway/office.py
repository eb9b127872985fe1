"""Whether somebody is there at an instant, when next, and by when a promise counted in office hours ends.

Promises: pure, but for this host's time zone where none is configured; summer time is kept. An office that opens on no
day of the next `HORIZON` has no next opening. Knows nothing of how it is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from config.office import OfficeHours

DAY = timedelta(days=1)
HORIZON = 70  # days; longer than any one closure


class Office:
    """One set of office hours."""

    def __init__(self, hours: OfficeHours) -> None:
        self.hours = hours

    def is_open(self, now: datetime) -> bool:
        """Whether somebody is there."""
        return any(start <= now < end for start, end in self._spans(now))

    def opens(self, now: datetime) -> datetime | None:
        """When it is open next, in its zone; now if it is open; None: not within HORIZON."""
        for start, end in self._spans(now):
            if end > now:
                return max(start, now.astimezone(UTC)).astimezone(self.hours.zone())
        return None

    def after(self, now: datetime, open_for: timedelta) -> datetime | None:
        """The instant at which it will have been open for so long; None: not within HORIZON.

        Whole days are days on which it is open: a day from Friday noon is Monday noon, or Monday's end if that is
        earlier.
        """
        if open_for and not open_for % DAY:
            return self._days_after(now, open_for // DAY)
        for start, end in self._spans(now):
            begin = max(start, now.astimezone(UTC))
            there = max(end - begin, timedelta())
            if there >= open_for:
                return (begin + open_for).astimezone(self.hours.zone())
            open_for -= there
        return None

    def _days_after(self, now: datetime, days: int) -> datetime | None:
        begin, zone = self.opens(now), self.hours.zone()
        if begin is None:
            return None
        ends: dict[date, datetime] = {}  # of the open days after the first
        for start, end in self._spans(begin):
            if (day := start.astimezone(zone).date()) > begin.date():
                ends[day] = end
            if len(ends) > days:
                break
        if len(ends) < days:
            return None
        day, end = list(ends.items())[days - 1]
        return min(self._instant(day, begin.hour * 60 + begin.minute), end).astimezone(zone)

    def closed_on(self, day: date) -> bool:
        """Whether a day is a holiday or in a closure."""
        return any(
            one.first <= (day.replace(year=one.first.year) if one.yearly else day) <= one.last
            for one in self.hours.holidays
            if not (one.yearly and (day.month, day.day) != (one.first.month, one.first.day))
        ) or any(day in _public(calendar, day.year) for calendar in self.hours.holidays_of)

    def _spans(self, now: datetime) -> Iterator[tuple[datetime, datetime]]:
        """From the day of `now` on, in order."""
        today = now.astimezone(self.hours.zone()).date()
        for day in (today + timedelta(days=step) for step in range(HORIZON)):
            if self.closed_on(day):
                continue
            opening = [one for one in self.hours.open if day.weekday() in one.days]
            for one in sorted(opening, key=lambda one: one.start):
                yield self._instant(day, one.start), self._instant(day, one.end)

    def _instant(self, day: date, minute: int) -> datetime:
        ends, at = divmod(minute, 1440)
        naive = datetime.combine(day + timedelta(days=ends), time(at // 60, at % 60))
        zone = self.hours.zone()
        # In UTC: times of one zone are compared and counted by its clocks, which stand still and jump.
        return (naive.replace(tzinfo=zone) if zone is not None else naive).astimezone(UTC)


@cache
def _public(calendar: str, year: int) -> frozenset[date]:
    from holidays import country_holidays

    country, _, part = calendar.partition("-")
    return frozenset(country_holidays(country, subdiv=part or None, years=year))
