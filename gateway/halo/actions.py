"""The log of a ticket: notes, mail, calls, visits, changes of status, time. In either dialect.

Promises: one POST an entry (two for a change of status in the documented dialect, whose entries move nothing), none of
which makes HaloPSA send mail. Time is in minutes here; the observed server counts in hours, and is told so. Kinds are
numbers in one dialect and outcomes, the tenant's own names, in the other. Fails with the kinds of `gateway.errors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from gateway.errors import Permanent
from gateway.halo import errors, refusals, wire
from gateway.halo.api import HaloApi
from gateway.halo.dialect import DialectChoice
from gateway.halo.picklists import Picklists
from gateway.halo.records import ActionRecord, action_record


class Kind(StrEnum):
    """What an entry is."""

    NOTE = "note"
    CLIENT_NOTE = "client_note"
    EMAIL = "email"
    PHONE_CALL = "phone_call"
    SITE_VISIT = "site_visit"
    STATUS_CHANGE = "status_change"
    TIME = "time"


_TYPES: Final[Mapping[Kind, int]] = {
    Kind.NOTE: 0,
    Kind.CLIENT_NOTE: 0,
    Kind.EMAIL: 1,
    Kind.PHONE_CALL: 2,
    Kind.SITE_VISIT: 3,
    Kind.STATUS_CHANGE: 4,
    Kind.TIME: 0,
}
NOTE_OUTCOMES: Final = ("Private Note", "Note")
_OUTCOMES: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.NOTE: NOTE_OUTCOMES,
    Kind.CLIENT_NOTE: ("Public Note", "Note"),
    Kind.PHONE_CALL: ("Phone Call", "Phone call", "Private Note"),
    Kind.SITE_VISIT: ("Site Visit", "Site visit", "Private Note"),
    Kind.STATUS_CHANGE: ("Change Status", "Private Note"),
    Kind.TIME: ("Log Time", "Private Note", "Note"),
}
"""Usual names, the first that the tenant has is taken; EMAIL has the one of the settings."""
_HIDDEN: Final = frozenset({Kind.NOTE, Kind.TIME})


class Actions:
    """The entries of one HaloPSA's tickets. `outcome`: what the settings call a mail."""

    def __init__(self, api: HaloApi, dialect: DialectChoice, picklists: Picklists, outcome: str) -> None:
        self._api = api
        self._dialect = dialect
        self._picklists = picklists
        self._outcome = outcome

    async def list(self, ticket_id: int) -> list[ActionRecord]:
        """The log, oldest first. Permanent "not_found": no such ticket."""
        hours = await self._dialect.get() == "observed"
        parameters: dict[str, str | int | bool] = {"ticket_id": int(ticket_id)}
        if hours:
            parameters |= {"excludesys": False, "includehtmlnote": True}
        rows = wire.rows(await self._api.read("/Actions", parameters), "actions")
        if rows is None:
            raise errors.nonsense("/Actions gives no list", write=False)
        found = (action_record(row, ticket_id, hours=hours) for row in rows)
        return sorted((one for one in found if one is not None), key=lambda one: one.id)

    async def note(self, ticket_id: int, text: str, *, outcome: str | None = None) -> int:
        """A note that only agents see; `text` is HTML. The number of the entry."""
        return await self._add(Kind.NOTE, ticket_id, text, outcome)

    async def client_note(self, ticket_id: int, text: str, *, emailto: str = "", outcome: str | None = None) -> int:
        """A note that the client sees. `emailto` is kept beside it; we never ask for its being sent."""
        return await self._add(Kind.CLIENT_NOTE, ticket_id, text, outcome, emailto=emailto or None)

    async def email(
        self,
        ticket_id: int,
        text: str,
        *,
        sender: str,
        recipients: str,
        subject: str,
        at: datetime,
        message_id: str | None = None,
        hidden: bool = False,
    ) -> int:
        """Email correspondence that somebody wrote to us. `message_id`: without brackets; one dialect keeps it."""
        more: dict[str, object] = {"hiddenfromuser": hidden}
        if await self._dialect.get() == "observed":
            more |= {
                "emailfrom": wire.line(sender),
                "emailto": wire.line(recipients),
                "emailsubject": wire.cut(wire.line(subject), 255),
                "emaildirection": "I",
                "dateemailed": wire.date_text(at),
                "internet_message_id": wire.cut(f"<{wire.line(message_id)}>", 100) if message_id else None,
            }
        else:
            more["emailto"] = wire.line(recipients) or None
        return await self._add(Kind.EMAIL, ticket_id, text, self._outcome, **more)

    async def phone_call(self, ticket_id: int, text: str, *, hidden: bool = False, outcome: str | None = None) -> int:
        """A call."""
        return await self._add(Kind.PHONE_CALL, ticket_id, text, outcome, hiddenfromuser=hidden)

    async def site_visit(self, ticket_id: int, text: str, *, hidden: bool = False, outcome: str | None = None) -> int:
        """A visit."""
        return await self._add(Kind.SITE_VISIT, ticket_id, text, outcome, hiddenfromuser=hidden)

    async def status_change(self, ticket_id: int, status_id: int, text: str, *, outcome: str | None = None) -> int:
        """Change the status and say so in the log. `Tickets.move` judges it first; this does not."""
        if await self._dialect.get() == "observed":
            return await self._add(Kind.STATUS_CHANGE, ticket_id, text, outcome, new_status=int(status_id))
        moved = wire.json_payload({"id": int(ticket_id), "status_id": int(status_id)})
        try:
            await self._api.write("/Tickets", moved)
        except Permanent as trouble:
            told = refusals.about(trouble, {"id": int(ticket_id), "status_id": int(status_id)})
            raise self._picklists.doubted(told) from None
        return await self._add(Kind.STATUS_CHANGE, ticket_id, text, outcome)

    async def log_time(
        self,
        ticket_id: int,
        minutes: int,
        text: str,
        *,
        agent_id: int | None = None,
        charge: bool = False,
        outcome: str | None = None,
    ) -> int:
        """Time spent, in minutes, charged or not."""
        if await self._dialect.get() == "observed":
            more: dict[str, object] = {
                "timetaken": round(minutes / 60, 4),
                "actisbillable": charge,
                "who_agentid": agent_id,
            }
        else:
            more = {"timetaken": minutes, "charge": charge, "agent_id": agent_id}
        return await self._add(Kind.TIME, ticket_id, text, outcome, **more)

    async def _add(self, kind: Kind, ticket_id: int, text: str, outcome: str | None, **more: object) -> int:
        element: dict[str, object] = {"ticket_id": int(ticket_id), "hiddenfromuser": kind in _HIDDEN}
        if await self._dialect.get() == "documented":
            element |= {"note": text, "outcome": outcome or kind.value, "actiontype_id": _TYPES[kind]}
        else:
            chosen = outcome or await self._picklists.first("outcome", _OUTCOMES[kind])
            element |= {"note_html": text, "outcome": chosen, "sendemail": False}
        element |= {name: value for name, value in more.items() if value is not None}
        private = wire.private(*(value for value in element.values() if isinstance(value, str)))
        try:
            body = await self._api.write("/Actions", wire.json_payload(element), private)
        except Permanent as trouble:
            raise self._picklists.doubted(refusals.about(trouble, element)) from None
        new_id = wire.new_id(body, "actions")
        if new_id is None:
            raise errors.nonsense("a success without an id", write=True)
        return new_id
