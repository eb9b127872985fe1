"""How the SLA of a ticket stands at an instant, and what a change of status does to its clocks. Pure.

Promises: while a ticket is on hold its clocks stand still, so that both deadlines move on by as much; they stand still
too while it is resolved or closed, and run on when it is opened again. A deadline given by hand stays where it is.
Source: the documented rules, in their order: closed, on hold, past the deadline, running.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.sandbox.model import Ticket
from gateway.sandbox.picklists import CLOSED, ON_HOLD, PRIORITIES, RESOLVED

NOT_STARTED, RUNNING, PAUSED, MET, BREACHED = range(5)


@dataclass(frozen=True, slots=True)
class Sla:
    """The two clocks of a ticket; the states index `picklists.SLA_STATES`."""

    respond_by: datetime | None
    resolve_by: datetime | None
    response: int
    resolution: int
    paused: bool


def is_paused(fields: Mapping[str, Any]) -> bool:
    """Whether the clocks of a ticket stand still because somebody is waited for."""
    return bool(fields.get("slahold") or fields.get("onhold") or fields.get("status_id") in ON_HOLD)


def held_up(old: Mapping[str, Any], given: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """What a change does to the clocks: how long they have stood still so far (seconds), and since when they do."""
    before, after = _stands(old), _stands({**old, **given})
    if before == after:
        return {}
    if after:
        return {"_paused_since": now}
    since = old.get("_paused_since") or now
    return {"_paused": (old.get("_paused") or 0.0) + (now - since).total_seconds(), "_paused_since": None}


def _stands(fields: Mapping[str, Any]) -> bool:
    return is_paused(fields) or fields.get("status_id") in {RESOLVED, CLOSED}


def sla(ticket: Ticket, now: datetime) -> Sla:
    """Both clocks of the ticket. A deadline on the ticket goes before its priority's promise."""
    fields = ticket.fields
    priority = PRIORITIES.get(fields.get("priority_id") or 0)
    paused = is_paused(fields)
    stood = timedelta(seconds=fields.get("_paused") or 0.0)
    if paused and (since := fields.get("_paused_since")) is not None:
        stood += now - since
    before_response = stood
    if fields.get("dateresponded") is not None:
        before_response = timedelta(seconds=fields.get("_paused_until_response") or 0.0)
    respond_by = ticket.created + priority.respond_within + before_response if priority else None
    resolve_by = fields.get("deadlinedate") or (ticket.created + priority.resolve_within + stood if priority else None)
    resolved = fields.get("dateresolved") or fields.get("dateclosed")
    return Sla(
        respond_by,
        resolve_by,
        _state(respond_by, fields.get("dateresponded"), now, paused=paused),
        _state(resolve_by, resolved, now, paused=paused),
        paused,
    )


def _state(deadline: datetime | None, done: datetime | None, now: datetime, *, paused: bool) -> int:
    if deadline is None:
        return NOT_STARTED
    if done is not None:
        return MET if done <= deadline else BREACHED
    if paused:
        return PAUSED
    return BREACHED if now > deadline else RUNNING
