"""What our mails say in the customer's language: phrases, lengths of time, days and hours.

Promises: pure; for a language that nobody wrote it is English. Days and times are written as the language has them
(CLDR, by Babel); English as in Britain where the office is not in America. Knows nothing of templates.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import cache
from importlib.resources import files
from typing import Any

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, get_timezone_name

from config.office import Span

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da")
_WITHOUT_COMMA = frozenset({"fr", "it", "nl", "sv"})  # between a weekday and its date
_TO = "\N{EN DASH}"
_AMERICAN = ("America/", "US/", "Pacific/Honolulu")


def phrases(language: str) -> Mapping[str, str]:
    """What an acknowledgement says in a language; in English for one that nobody wrote."""
    held = _phrases()
    return {key: one for key, one in held.get(language, held["en"]).items() if isinstance(one, str)}


def spoken(minutes: int | None, language: str = "en") -> str:
    """A time as people say it: `4 hours`; nothing for no promise."""
    if minutes is None or minutes <= 0:
        return ""
    held = _phrases()
    for size, name in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes % size == 0:
            count = minutes // size
            one, more = held.get(language, held["en"])[name]
            return str(one if count == 1 else more).format(n=count)
    return ""


def moment(at: datetime, language: str) -> str:
    """A day and a time: `Monday, 30 November, 08:00`."""
    locale = _locale(language, at.tzinfo)
    day = format_skeleton("MMMMd", at, tzinfo=at.tzinfo, locale=locale)
    between = " " if language in _WITHOUT_COMMA else ", "
    return f"{format_date(at, 'EEEE', locale=locale)}{between}{day}, {_time(at, locale)}"


def opening(spans: Sequence[Span], zone: tzinfo | None, language: str, now: datetime) -> list[str]:
    """Opening times, a line each: `Mon-Fri 08:00-17:00`, with en dashes."""
    locale = _locale(language, zone)
    names = locale.days["format"]["abbreviated"]
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    lines = []
    for one in spans:
        days = names[one.first] if one.first == one.last else f"{names[one.first]}{_TO}{names[one.last]}"
        if one.end - one.start == 1440:
            lines.append(f"{days} 24 h")
            continue
        start, end = (_time(midnight + timedelta(minutes=minute), locale) for minute in (one.start, one.end))
        lines.append(f"{days} {start}{_TO}{end if one.end < 1440 else _end(locale)}")
    return lines


def zone_name(zone: tzinfo | None, language: str, now: datetime) -> str:
    """What a time zone is called: `Central European Time`."""
    locale, at = _locale(language, zone), now.astimezone(zone)
    return get_timezone_name(at, "long", locale=locale, zone_variant="generic") if zone is not None else ""


def _time(at: datetime, locale: Locale) -> str:
    return format_time(at.time(), "short", locale=locale).replace("\N{NARROW NO-BREAK SPACE}", " ")


def _end(locale: Locale) -> str:
    """Midnight at the end of a day, which a clock of twenty-four hours can tell from its beginning."""
    return "12:00 AM" if str(locale) == "en" else "24:00"


def _locale(language: str, zone: tzinfo | None) -> Locale:
    code = language if language in LANGUAGES else "en"
    american = zone is not None and str(zone).startswith(_AMERICAN)
    return Locale.parse("en_GB" if code == "en" and not american else code)


@cache
def _phrases() -> Mapping[str, Any]:
    return tomllib.loads(files("config").joinpath("templates", "acknowledgement.toml").read_text(encoding="utf-8"))
