"""How the SLA of a ticket stands at an instant. Pure.

Source: the documented rules, in their order: closed, on hold, past the deadline, running.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.sandbox.model import Ticket
from gateway.sandbox.picklists import ON_HOLD, PRIORITIES

NOT_STARTED, RUNNING, PAUSED, MET, BREACHED = range(5)


@dataclass(frozen=True, slots=True)
class Sla:
    """The two clocks of a ticket; the states index `picklists.SLA_STATES`."""

    respond_by: datetime | None
    resolve_by: datetime | None
    response: int
    resolution: int
    paused: bool


def sla(ticket: Ticket, now: datetime) -> Sla:
    """Both clocks of the ticket. A deadline on the ticket goes before its priority's promise."""
    fields = ticket.fields
    priority = PRIORITIES.get(fields.get("priority_id") or 0)
    paused = bool(fields.get("slahold") or fields.get("onhold") or fields.get("status_id") in ON_HOLD)
    respond_by = ticket.created + priority.respond_within if priority else None
    resolve_by = fields.get("deadlinedate") or (ticket.created + priority.resolve_within if priority else None)
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
