"""Office hours: when somebody is there, when next, and how a customer reads it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from config.office import OfficeHours
from gateway.office import Office
from gateway.smtp.wording import LANGUAGES, moment, opening, zone_name

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = OfficeHours(
    time_zone="Europe/Berlin",
    open=["mon-thu 08:00-12:00", "mon-thu 13:00-17:00", "fri 08:00-14:30"],
    holidays=["12-24", "2026-12-27 to 2027-01-03"],
    holidays_of=["DE-BY"],
)
HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-24 07:59", "2026-11-24 08:00"),
        ("2026-11-24 12:00", "2026-11-24 13:00"),
        ("2026-11-24 17:00", "2026-11-25 08:00"),
        ("2026-11-27 14:30", "2026-11-30 08:00"),  # Friday
        ("2026-12-23 18:00", "2027-01-04 08:00"),  # Christmas Eve, two holidays, the closure
        ("2027-01-05 20:00", "2027-01-07 08:00"),  # Epiphany, in Bavaria only
    ],
)
def test_closed_until(now, opens):
    office = Office(HOURS)
    assert not office.is_open(at(now))
    assert office.opens(at(now)) == at(opens)
    assert str(office.opens(at(now)).tzinfo) == "Europe/Berlin"


def test_open_is_open_in_every_zone_and_opens_now():
    office, now = Office(HOURS), datetime(2026, 11, 24, 15, 59, tzinfo=UTC)
    assert office.is_open(now)
    assert office.opens(now) == now
    assert not office.is_open(now + timedelta(minutes=1))
    assert Office(OfficeHours(open=["mon-sun 00:00-24:00"])).is_open(now)


@pytest.mark.parametrize(
    ("now", "hours", "by"),
    [
        ("2026-11-24 11:00", 2, "2026-11-24 14:00"),
        ("2026-11-26 16:00", 4, "2026-11-27 11:00"),
        ("2026-11-28 10:00", 9, "2026-12-01 09:00"),
        ("2026-11-27 12:00", 24, "2026-11-30 12:00"),  # a day from Friday noon
        ("2026-11-26 16:30", 24, "2026-11-27 14:30"),  # Friday ends earlier
        ("2026-11-28 10:00", 24, "2026-12-01 08:00"),  # it begins on Monday
        ("2026-12-22 10:00", 48, "2027-01-04 10:00"),
    ],
)
def test_a_promise_counts_in_office_hours(now, hours, by):
    assert Office(HOURS).after(at(now), hours * HOUR) == at(by)


def test_summer_time_is_kept():
    office = Office(OfficeHours(time_zone="Europe/Berlin", open=["sun 00:00-06:00"]))
    spring, autumn = at("2026-03-29 00:00"), at("2026-10-25 00:00")
    assert office.after(spring, 5 * HOUR) == at("2026-03-29 06:00")  # the night has five hours
    assert office.after(spring, 6 * HOUR) == at("2026-04-05 01:00")
    assert office.after(autumn, 7 * HOUR) == at("2026-10-25 06:00")  # and this one seven


def test_an_office_that_never_opens():
    office = Office(OfficeHours(open=["mon 08:00-09:00"], holidays=["2026-11-01 to 2026-12-31"], time_zone="UTC"))
    assert office.opens(datetime(2026, 11, 1, tzinfo=UTC)) == datetime(2027, 1, 4, 8, tzinfo=UTC)
    assert Office(OfficeHours()).opens(datetime(2026, 11, 1, tzinfo=UTC)) is None


def test_the_twenty_ninth_of_february_is_a_day_of_every_fourth_year():
    office = Office(OfficeHours(holidays=["02-29"], open=["mon-sun 00:00-24:00"]))
    assert office.closed_on(date(2028, 2, 29))
    assert not office.closed_on(date(2027, 3, 1))


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("open", "mo-fr 8-17", "is no opening time"),
        ("open", "mon-fri 8:00-25:00", "is no opening time"),
        ("open", "mon-fri 08:60-17:00", "is no opening time"),
        ("open", "fri 20:00-06:00", "ends before it begins"),
        ("open", 8, "is no opening time"),
        ("holidays", "24.12.", "is no day"),
        ("holidays", "13-24", "is no day"),
        ("holidays", "2027-01-03 to 2026-12-27", "ends before it begins"),
        ("holidays_of", "Bavaria", "is no calendar"),
        ("holidays_of", "DE-XX", "is no calendar"),
        ("time_zone", "Berlin", "is not the name of a time zone"),
    ],
)
def test_slips_are_named(key, value, said):
    with pytest.raises(ValidationError) as caught:
        OfficeHours(**{key: value if key == "time_zone" else [value]})
    (error,) = caught.value.errors()
    assert said in error["ctx"]["said"]
    assert "such as" in error["ctx"]["cure"] or "write" in error["ctx"]["cure"]


@pytest.mark.parametrize(
    ("language", "zone", "said"),
    [
        ("en", "Europe/London", "Monday, 30 November, 08:00"),
        ("en", "America/New_York", "Monday, November 30, 8:00 AM"),
        ("de", "Europe/Berlin", "Montag, 30. November, 08:00"),
        ("fr", "Europe/Paris", "lundi 30 novembre, 08:00"),
        ("pl", "Europe/Warsaw", "poniedziałek, 30 listopada, 08:00"),
        ("da", "Europe/Copenhagen", "mandag, 30. november, 08.00"),
    ],
)
def test_a_moment_is_said_as_people_write_it(language, zone, said):
    assert moment(datetime(2026, 11, 30, 8, tzinfo=ZoneInfo(zone)), language) == said


def test_opening_times_are_lines():
    now = at("2026-11-24 09:00")
    assert opening(HOURS.open, BERLIN, "de", now)[2] == "Fr. 08:00\N{EN DASH}14:30"
    whole = OfficeHours(open=["sat-sun 00:00-24:00", "mon 20:00-24:00"]).open
    assert opening(whole, BERLIN, "fr", now) == ["sam.\N{EN DASH}dim. 24 h", "lun. 20:00\N{EN DASH}24:00"]
    assert opening(whole, ZoneInfo("America/Chicago"), "en", now)[1] == "Mon 8:00 PM\N{EN DASH}12:00 AM"
    assert opening(whole, None, "en", now)[1] == "Mon 20:00\N{EN DASH}24:00"
    assert zone_name(BERLIN, "de", now) == "Mitteleuropäische Zeit"
    for language in LANGUAGES:
        assert all(len(line) < 40 for line in opening(HOURS.open, BERLIN, language, now))
