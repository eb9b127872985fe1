"""Tickets, actions and attachments as HaloPSA shows them: every documented field typed, the others kept.

Promises: reads either dialect into the documented names; a field of the wrong kind is left out rather than refused, and
stays in `extra` with everything that has no field here. A date without a zone is UTC; 1900-01-01 is no date. Pure.
Fails: never, on any JSON object. Knows nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final, TypeVar

from gateway.halo.wire import moment, number

Row = Mapping[str, object]
_NO_YEAR: Final = 1900
SLA_STATES: Final = ("Not started", "Running", "Paused", "Met", "Breached")


@dataclass(frozen=True, slots=True)
class TicketRecord:
    """One ticket, in the documented names."""

    id: int
    summary: str = ""
    details: str = field(default="", repr=False)
    client_id: int | None = None
    client_name: str = ""
    site_id: int | None = None
    user_id: int | None = None
    user_name: str = ""
    status_id: int | None = None
    status_name: str = ""
    priority_id: int | None = None
    priority_name: str = ""
    tickettype_id: int | None = None
    category_1: str = ""
    category_2: str = ""
    category_3: str = ""
    category_4: str = ""
    agent_id: int | None = None
    team_id: int | None = None
    team: str = ""
    reportedby: str = ""
    dateoccurred: datetime | None = None
    datecreated: datetime | None = None
    dateresponded: datetime | None = None
    dateresolved: datetime | None = None
    dateclosed: datetime | None = None
    deadlinedate: datetime | None = None
    sla_id: int | None = None
    slaresponsestate: str = ""
    slaresolutionstate: str = ""
    slahold: bool = False
    contract_id: int | None = None
    opportunityid: int | None = None
    chargeabletime: float | None = None
    nonchargeabletime: float | None = None
    resolution: str = ""
    extra: Row = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class ActionRecord:
    """One entry of a ticket's log. `id` counts within the ticket. `minutes`: time spent, in either dialect."""

    id: int
    ticket_id: int
    outcome: str = ""
    actiontype_id: int | None = None
    note: str = field(default="", repr=False)
    hiddenfromuser: bool = False
    emailto: str = field(default="", repr=False)
    minutes: float = 0.0
    agent_id: int | None = None
    at: datetime | None = None
    extra: Row = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class AttachmentRecord:
    """One attachment. `filesize` in octets."""

    id: int
    filename: str = ""
    contenttype: str = ""
    filesize: int | None = None
    datecreated: datetime | None = None
    extra: Row = field(default_factory=dict, repr=False)


# Names of the observed dialect that mean the same, in the order in which they are asked.
_TICKET_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "details": ("details_html", "details"),
    "dateresponded": ("dateresponded", "responsedate"),
    "dateclosed": ("dateclosed", "date_fully_closed"),
    "deadlinedate": ("deadlinedate", "fixbydate"),
    "slahold": ("slahold", "onhold"),
    "resolution": ("resolution", "closure_note"),
}
_ACTION_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "note": ("note_html", "note"),
    "agent_id": ("agent_id", "who_agentid", "actionby_agent_id"),
    "at": ("datetime", "actiondatecreated"),
}
_ATTACHMENT_NAMES: Final[Mapping[str, tuple[str, ...]]] = {"contenttype": ("contenttype", "content_type")}


def ticket_record(row: Row) -> TicketRecord | None:
    """A ticket of an answer; None if it has no id."""
    return _read(TicketRecord, row, _TICKET_NAMES)


def action_record(row: Row, ticket_id: int, *, hours: bool) -> ActionRecord | None:
    """An action of an answer. `hours`: its `timetaken` counts in them (observed), else in minutes (documented)."""
    spent = row.get("timetaken")
    minutes = float(spent) * (60 if hours else 1) if isinstance(spent, int | float) else 0.0
    return _read(ActionRecord, {"ticket_id": ticket_id, **row, "minutes": minutes}, _ACTION_NAMES)


def attachment_record(row: Row) -> AttachmentRecord | None:
    """An attachment of an answer; None if it has no id."""
    return _read(AttachmentRecord, row, _ATTACHMENT_NAMES)


def date(value: object) -> datetime | None:
    """A date of an answer, or None where the server writes its own for "none"."""
    found = moment(value)
    return found if found is not None and found.year > _NO_YEAR else None


def _sla_state(value: object) -> str | None:
    """The name: one dialect writes its number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return SLA_STATES[value] if 0 <= value < len(SLA_STATES) else str(value)
    return value if isinstance(value, str) else None


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _decimal(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _size(value: object) -> int | None:
    return 0 if value == 0 and not isinstance(value, bool) else number(value)


_READERS: Final[Mapping[str, Callable[[object], object]]] = {
    "int": number,
    "int | None": _size,
    "str": _text,
    "float": _decimal,
    "float | None": _decimal,
    "datetime | None": date,
    "bool": lambda value: value if isinstance(value, bool) else None,
}


def _reader(name: str, kind: str) -> Callable[[object], object]:
    if name.startswith("sla") and name.endswith("state"):
        return _sla_state
    if name == "actiontype_id":
        return _size  # a note is number 0
    return number if name.endswith(("_id", "opportunityid")) else _READERS[kind]


T = TypeVar("T", TicketRecord, ActionRecord, AttachmentRecord)


def _read(kind: type[T], row: Row, names: Mapping[str, tuple[str, ...]]) -> T | None:
    values: dict[str, Any] = {}
    used: set[str] = set()
    for one in fields(kind):
        if one.name == "extra":
            continue
        reader = _reader(one.name, str(one.type))
        for name in names.get(one.name, (one.name,)):
            if name in row and (value := reader(row[name])) is not None and value != "":
                values.setdefault(one.name, value)
                used.add(name)
    if "id" not in values:
        return None
    return kind(**values, extra={name: value for name, value in row.items() if name not in used})
