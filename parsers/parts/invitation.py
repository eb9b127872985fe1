"""Calendar invitations for people: what, when, where and who of the first event (RFC 5545, RFC 5546).

Promises: one pass over a bounded stretch of the octets; a text of a few lines. Nothing is computed: times are given as
written, with the zone that is written. Fails: never; no event gives None. Knows nothing of calendars or mail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from parsers import charset
from parsers.limits import DEFAULT, Limits

FOLD = re.compile(r"\r?\n[ \t]")
PROPERTY = re.compile(r"([A-Za-z0-9-]{1,60}+)((?:;(?>[^:\"\n]|\"[^\"\n]*+\")*+)?):")
PARAMETER = re.compile(r";([A-Za-z-]{1,40}+)=(?:\"([^\"]{0,400}+)\"|([^;\"]{0,400}+))")
STAMP = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:T([0-9]{2})([0-9]{2})[0-9]{0,2}(Z?))?")
DURATION = re.compile(
    r"P(?:([0-9]{1,3})W)?(?:([0-9]{1,3})D)?(?:T(?:([0-9]{1,3})H)?(?:([0-9]{1,3})M)?(?:[0-9]{1,5}S)?)?"
)
FIGURES = re.compile(r"[0-9]{1,4}+")
ESCAPE = re.compile(r"\\([\\;,Nn])")
TITLES = {
    "REQUEST": "Invitation",
    "CANCEL": "Cancelled",
    "REPLY": "Answer",
    "COUNTER": "Proposal of another time",
    "DECLINECOUNTER": "Proposal declined",
    "ADD": "Further date",
}
ANSWERS = {
    "ACCEPTED": "accepted",
    "DECLINED": "declined",
    "TENTATIVE": "tentatively accepted",
    "DELEGATED": "delegated",
}
FREQUENCIES = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year", "HOURLY": "hour"}
DAYS = {
    "MO": "Monday",
    "TU": "Tuesday",
    "WE": "Wednesday",
    "TH": "Thursday",
    "FR": "Friday",
    "SA": "Saturday",
    "SU": "Sunday",
}
LONGEST_LINE = 500
LONGEST_DESCRIPTION = 4_000
MOST_LINES = 5_000


@dataclass(slots=True)
class Person:
    """An organizer or attendee: a name, an address, and the answer if one was given."""

    name: str
    address: str
    answer: str = ""

    def __str__(self) -> str:
        """`Name <address>`."""
        if self.name and self.name.lower() != self.address.lower():
            return f"{self.name} <{self.address}>" if self.address else self.name
        return self.address


@dataclass(slots=True)
class Invitation:
    """The first event of a calendar object. Times are as written; `zone` is theirs, empty if they name none."""

    method: str = ""
    summary: str = ""
    start: str = ""
    end: str = ""
    duration: str = ""
    zone: str = ""
    place: str = ""
    description: str = ""
    rule: str = ""
    organizer: Person | None = None
    attendees: list[Person] = field(default_factory=list)

    def as_text(self) -> str:
        """The lines for people."""
        title = TITLES.get(self.method, "Event")
        answers = [one.answer for one in self.attendees if one.answer] if self.method == "REPLY" else []
        if answers:
            title = f"{title} ({answers[0]})"
        who = [f"{self.organizer} (organizer)"] if self.organizer and str(self.organizer) else []
        who += [str(one) for one in self.attendees if not self.organizer or one.address != self.organizer.address]
        lines = (
            f"{title}: {self.summary}".rstrip(": ") if self.summary else title,
            f"When: {self._when()}" if self.start else "",
            f"Repeats: {_repeats(self.rule)}" if self.rule else "",
            f"Where: {self.place}" if self.place else "",
            f"Who: {', '.join(one for one in who if one)}" if any(who) else "",
        )
        told = "\n".join(line for line in lines if line)
        return f"{told}\n\n{self.description}" if self.description else told

    def is_told_in(self, text: str) -> bool:
        """Whether a text names the day and the time already: its figures, for words differ by language.

        A time in UTC is told in some other zone, so that only its minutes are the same.
        """
        match = STAMP.match(self.start)
        if match is None:
            return True
        figures = set(FIGURES.findall(text[:50_000]))
        if match[4] is None:
            return match[1] in figures and bool({match[3], match[3].lstrip("0")} & figures)
        hour = int(match[4])
        hours = {match[4], str(hour), str(hour % 12 or 12), f"{hour % 12 or 12:02}"}
        days = {match[3], match[3].lstrip("0")}
        if match[6]:
            return match[1] in figures and (match[5] in figures or match[5] == "00")
        return bool(days & figures) and bool(hours & figures) and (match[5] in figures or match[5] == "00")

    def _when(self) -> str:
        begin, end = _moment(self.start), _moment(self.end)
        zone = "UTC" if self.start.endswith("Z") else self.zone
        if begin is None:
            return f"{self.start[:40]} {zone}".strip()
        if "T" not in self.start:
            return _all_day(begin, end)
        told = f"{begin:%A} {begin.day} {begin:%B %Y, %H:%M}"
        if end is not None and end.date() == begin.date():
            told += f"\u2013{end:%H:%M}"
        elif end is not None:
            told += f" \u2013 {end:%A} {end.day} {end:%B %Y, %H:%M}"
        elif (match := DURATION.fullmatch(self.duration)) and any(match.groups()):
            told += f", {_length(match)}"
        return f"{told} ({zone})" if zone else told


def read_invitation(octets: bytes, declared: str | None, method: str, limits: Limits = DEFAULT) -> Invitation | None:
    """The first VEVENT of a calendar object, or None. `method` is what the Content-Type says (RFC 6047 §2.4)."""
    text = FOLD.sub("", charset.decode(octets[: limits.calendar], declared or "utf-8").text)
    found = Invitation(method.upper())
    inside: list[str] = []
    for line in text.split("\n", MOST_LINES)[:MOST_LINES]:
        match = PROPERTY.match(line)
        if match is None:
            continue
        name, value = match[1].upper(), line[match.end() :].rstrip("\r")
        if name == "BEGIN":
            inside.append(value.strip().upper())
        elif name == "END":
            if inside == ["VCALENDAR", "VEVENT"]:
                return found
            del inside[-1:]
        elif name == "METHOD" and len(inside) <= 1:
            found.method = value.strip().upper()
        elif inside == ["VCALENDAR", "VEVENT"]:
            _keep(found, name, match[2], value, limits)
    return found if found.start or found.summary else None


def _keep(found: Invitation, name: str, parameters: str, value: str, limits: Limits) -> None:
    match name:
        case "SUMMARY":
            found.summary = " ".join(_unescape(value).split())[:LONGEST_LINE]
        case "LOCATION":
            found.place = " ".join(_unescape(value).split())[:LONGEST_LINE]
        case "DESCRIPTION":
            found.description = _unescape(value).strip()[:LONGEST_DESCRIPTION]
        case "DTSTART":
            found.start = value.strip()[:40]
            found.zone = _parameters(parameters).get("TZID", "")[:80]
        case "DTEND":
            found.end = value.strip()[:40]
        case "DURATION":
            found.duration = value.strip()[:40]
        case "RRULE":
            found.rule = value.strip().upper()[:LONGEST_LINE]
        case "ORGANIZER":
            found.organizer = _person(parameters, value)
        case "ATTENDEE" if len(found.attendees) < limits.attendees:
            found.attendees.append(_person(parameters, value))


def _person(parameters: str, value: str) -> Person:
    given = _parameters(parameters)
    address = value.strip()
    address = address[7:] if address[:7].lower() == "mailto:" else ""
    name = " ".join(given.get("CN", "").split())
    return Person(name[:200], address.strip()[:320], ANSWERS.get(given.get("PARTSTAT", "").upper(), ""))


def _parameters(text: str) -> dict[str, str]:
    return {match[1].upper(): match[2] or match[3] or "" for match in PARAMETER.finditer(text)}


def _unescape(value: str) -> str:
    return ESCAPE.sub(lambda match: "\n" if match[1] in "Nn" else match[1], value)


def _moment(stamp: str) -> datetime | None:
    match = STAMP.match(stamp)
    if match is None:
        return None
    try:
        return datetime(int(match[1]), int(match[2]), int(match[3]), int(match[4] or 0), int(match[5] or 0))  # noqa: DTZ001
    except ValueError:
        return None


def _all_day(begin: datetime, end: datetime | None) -> str:
    told = f"{begin:%A} {begin.day} {begin:%B %Y}"
    days = (end - begin).days if end else 1
    if end is None or days <= 1:
        return f"{told}, all day"
    last = datetime.fromordinal(end.toordinal() - 1)  # DTEND is the day after (RFC 5545 §3.6.1)
    return f"{told} \u2013 {last:%A} {last.day} {last:%B %Y}, all day"


def _length(match: re.Match[str]) -> str:
    units = zip(match.groups(), ("week", "day", "hour", "minute"), strict=True)
    return " ".join(f"{int(number)} {unit}{'' if int(number) == 1 else 's'}" for number, unit in units if number)


def _repeats(rule: str) -> str:
    """A recurrence rule in a few words; what is not said here stands in the file."""
    given = dict(one.split("=", 1) for one in rule.split(";") if "=" in one)
    unit = FREQUENCIES.get(given.get("FREQ", ""), "")
    if not unit:
        return "yes"
    step = given.get("INTERVAL", "1")
    told = f"every {unit}" if step == "1" or not step.isdecimal() else f"every {step} {unit}s"
    days = [DAYS[one[-2:]] for one in given.get("BYDAY", "").split(",") if one[-2:] in DAYS]
    if days and unit == "week":
        told += f" on {', '.join(days)}"
    until = _moment(given.get("UNTIL", ""))
    if until is not None:
        told += f" until {until.day} {until:%B %Y}"
    elif given.get("COUNT", "").isdecimal():
        told += f", {given['COUNT'][:6]} times"
    return told
