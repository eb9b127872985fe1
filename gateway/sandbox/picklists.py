"""The picklists of the imaginary instance, and how each dialect lists them.

Promises: constants and pure functions. The ids are those of the documented tables; outcomes exist only in the observed
dialect, and their ids, except 7 for Private Note, mean nothing elsewhere.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from gateway.sandbox.model import DialectName

NEW, RESOLVED, CLOSED = 1, 8, 9
ON_HOLD = frozenset({4, 5, 6})  # the clock stands still

STATUSES = {
    1: "New",
    2: "In Progress",
    3: "Pending",
    4: "On Hold",
    5: "Waiting on Client",
    6: "Waiting on Third Party",
    8: "Resolved",
    9: "Closed",
}
TICKET_TYPES = {1: "Incident", 2: "Service Request", 3: "Problem", 4: "Change Request"}
ACTION_TYPES = {0: "Note", 1: "Email correspondence", 2: "Phone call", 3: "Site visit", 4: "Status change"}
AGENTS = {4: "Grace Agent", 7: "Alan Agent"}
AGENT_ADDRESSES = {4: "grace@acme.example", 7: "alan@acme.example"}
TEAMS = {1: "1st Line Support", 2: "2nd Line Support"}
CATEGORIES = {1: "Hardware", 2: "Software", 3: "Access"}
SLA_STATES = ("Not started", "Running", "Paused", "Met", "Breached")


@dataclass(frozen=True, slots=True)
class Priority:
    """A priority with the promises of its SLA."""

    name: str
    respond_within: timedelta
    resolve_within: timedelta


PRIORITIES = {
    1: Priority("Critical", timedelta(minutes=15), timedelta(hours=1)),
    2: Priority("High", timedelta(hours=1), timedelta(hours=4)),
    3: Priority("Medium", timedelta(hours=4), timedelta(hours=8)),
    4: Priority("Low", timedelta(hours=8), timedelta(hours=24)),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A kind of action in the observed dialect. Hidden and system ones are listed only on request."""

    id: int
    name: str
    hidden: bool = False
    system: bool = False
    sendemail: bool = False


OUTCOMES = (
    Outcome(4, "Email User", sendemail=True),
    Outcome(7, "Private Note"),
    Outcome(16, "Email Update"),
    Outcome(21, "Public Note"),
    Outcome(22, "Phone Call"),
    Outcome(23, "Site Visit"),
    Outcome(31, "Change Status", system=True),
    Outcome(32, "Re-Assign", hidden=True),
)


def outcome_named(name: str) -> Outcome | None:
    """The outcome of that name, whatever its case."""
    return next((outcome for outcome in OUTCOMES if outcome.name.casefold() == name.casefold()), None)


def outcome_numbered(number: int) -> Outcome | None:
    """The outcome with that id."""
    return next((outcome for outcome in OUTCOMES if outcome.id == number), None)


def list_statuses(*, excludeclosed: bool = False) -> list[dict[str, Any]]:
    """GET /Status. No record says whether it means closed; only `excludeclosed` tells."""
    return [
        {"id": number, "name": name, "shortname": name, "type": 0, "sequence": number}
        for number, name in STATUSES.items()
        if not (excludeclosed and number == CLOSED)
    ]


def list_priorities(dialect: DialectName) -> list[dict[str, Any]]:
    """GET /Priority. As observed `id` is a GUID, and the number that tickets carry is `priorityid`."""
    if dialect == "documented":
        return [{"id": number, "name": priority.name} for number, priority in PRIORITIES.items()]
    return [
        {
            "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"priority {number}")),
            "priorityid": number,
            "slaid": 1,
            "name": priority.name,
            "responsetime": priority.respond_within / timedelta(hours=1),
            "fixtime": priority.resolve_within / timedelta(hours=1),
        }
        for number, priority in PRIORITIES.items()
    ]


def list_ticket_types() -> list[dict[str, Any]]:
    """GET /TicketType."""
    return [
        {"id": number, "name": name, "use": "ticket", "cancreate": True, "agentscanselect": True, "visible": True}
        for number, name in TICKET_TYPES.items()
    ]


def list_agents() -> list[dict[str, Any]]:
    """GET /Agent. Not in the documented tables: served there as well, because tickets name agents."""
    return [
        {"id": number, "name": name, "email": AGENT_ADDRESSES[number], "isdisabled": False}
        for number, name in AGENTS.items()
    ]


def list_teams() -> list[dict[str, Any]]:
    """GET /Team. The same."""
    return [{"id": number, "name": name} for number, name in TEAMS.items()]


def list_categories() -> list[dict[str, Any]]:
    """GET /Category. The same; tickets carry the names."""
    return [{"id": number, "value": name, "category_name": name} for number, name in CATEGORIES.items()]


def list_outcomes(*, hidden: bool = False, system: bool = False) -> list[dict[str, Any]]:
    """GET /Outcome, as observed."""
    return [
        {
            "id": outcome.id,
            "outcome": outcome.name,
            "buttonname": outcome.name,
            "hidden": outcome.hidden,
            "systemid": outcome.id if outcome.system else 0,
            "sendemail": outcome.sendemail,
        }
        for outcome in OUTCOMES
        if (hidden or not outcome.hidden) and (system or not outcome.system)
    ]
