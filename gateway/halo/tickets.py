"""Tickets: create, update, resolve, read, search. In the documented names, whatever the server speaks.

Promises: one POST a write, never one that makes HaloPSA send mail; a change of status is judged before it is sent
(`workflow.py`); a search gives each ticket once although tickets move between its pages meanwhile. Field names that
nobody documented are sent as they are. Fails with the kinds of `gateway.errors`. Knows nothing of how it is shown.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from gateway.errors import Permanent
from gateway.halo import errors, refusals, wire, workflow
from gateway.halo.api import HaloApi
from gateway.halo.dialect import DialectChoice
from gateway.halo.picklists import Picklists
from gateway.halo.records import Row, TicketRecord, ticket_record
from gateway.halo.wire import Dialect

PAGE: Final = 100  # the largest that the server gives
_MOST_PAGES: Final = 1_000
# What the observed dialect calls a documented field; None: it has none, and says nothing of an unknown one.
_OBSERVED_NAMES: Final[Mapping[str, str | None]] = {
    "details": "details_html",
    "resolution": "closure_note",
    "slahold": "onhold",
    "team_id": None,
    "opportunityid": None,
}
_DOCUMENTED_NAMES: Final[Mapping[str, str | None]] = {"team": None}


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for. Dates are days, both ends counted. `text` is searched where the server searches."""

    client_id: int | None = None
    status_id: int | None = None
    open_only: bool = False
    text: str = ""
    occurred_from: date | None = None
    occurred_to: date | None = None
    order: str = "id"
    orderdesc: bool = True


class Tickets:
    """The tickets of one HaloPSA."""

    def __init__(self, api: HaloApi, dialect: DialectChoice, picklists: Picklists) -> None:
        self._api = api
        self._dialect = dialect
        self._picklists = picklists

    async def get(self, ticket_id: int) -> TicketRecord | None:
        """One ticket with its details; None if there is none (deleted ones count as none)."""
        try:
            body = await self._api.read(f"/Tickets/{int(ticket_id)}", {"includedetails": True})
        except Permanent as trouble:
            if trouble.cause == "not_found":
                return None
            raise
        row = wire.one(body, "tickets")
        found = ticket_record(row) if row is not None else None
        if row is None or found is None or found.id != ticket_id:
            raise errors.nonsense("another ticket than was asked for", write=False)
        return None if row.get("deleted") is True else found

    async def create(self, summary: str, client_id: int, **fields: object) -> int:
        """One POST; the id. `fields` by their documented names. Ambiguous: perhaps made, look before repeating."""
        return await self._post({"summary": wire.cut(wire.line(summary), 255), "client_id": client_id, **fields})

    async def update(self, ticket_id: int, **fields: object) -> None:
        """Change the fields named, and no other. No judgement of a status: that is `move`'s."""
        await self._post({"id": int(ticket_id), **fields})

    async def move(self, ticket: TicketRecord, status_id: int, **fields: object) -> workflow.Verdict:
        """Change the status if the workflow allows it; what it says. Nothing is sent where it has errors."""
        names = await self._picklists.names("status")
        verdict = workflow.judge(
            workflow.stage_of(names.get(ticket.status_id or 0, ticket.status_name)),
            workflow.stage_of(names.get(status_id, "")),
            resolution=str(fields.get("resolution") or ticket.resolution),
            assigned=bool(fields.get("agent_id") or ticket.agent_id),
        )
        if verdict.allowed:
            await self.update(ticket.id, status_id=status_id, **fields)
        return verdict

    async def resolve(self, ticket: TicketRecord, resolution: str, **fields: object) -> workflow.Verdict:
        """Move to the status Resolved of this tenant, with the resolution."""
        status_id = await self._picklists.resolve("status", workflow.Stage.RESOLVED.value)
        return await self.move(ticket, status_id, resolution=resolution, **fields)

    async def search(self, wanted: Search | None = None) -> AsyncIterator[TicketRecord]:
        """Every ticket that matches, each once, page by page while they are asked for."""
        dialect = await self._dialect.get()
        parameters = _parameters(wanted or Search(), dialect)
        seen: set[int] = set()
        for page in range(1, _MOST_PAGES + 1):
            body = await self._api.read("/Tickets", {**parameters, "page_no": page, "page_size": PAGE})
            rows = wire.rows(body, "tickets")
            if rows is None:
                raise errors.nonsense("/Tickets gives no list", write=False)
            new = [one for row in rows if (one := ticket_record(row)) is not None and one.id not in seen]
            for one in new:
                seen.add(one.id)
                yield one
            if len(rows) < PAGE or not new:
                return

    async def _post(self, fields: Mapping[str, object]) -> int:
        element = _element(fields, await self._dialect.get())
        private = wire.private(*(value for value in element.values() if isinstance(value, str)))
        try:
            body = await self._api.write("/Tickets", wire.json_payload(element), private)
        except Permanent as trouble:
            raise self._picklists.doubted(refusals.about(trouble, element)) from None
        new_id = wire.new_id(body, "tickets")
        if new_id is None:
            raise errors.nonsense("a success without an id", write=True)
        return new_id


def _element(fields: Mapping[str, object], dialect: Dialect) -> dict[str, object]:
    """The body of a POST: names of the dialect, dates as text, nothing that sends mail."""
    other = _OBSERVED_NAMES if dialect == "observed" else _DOCUMENTED_NAMES
    element: dict[str, object] = {}
    for name, value in fields.items():
        if value is None:
            continue
        sent = other.get(name, name)
        if sent is None:
            raise Permanent(
                "no_such_field", f"{name}: the {dialect} dialect of HaloPSA has no such field; leave it out"
            )
        element[sent] = wire.date_text(value) if isinstance(value, datetime) else value
    if dialect == "observed" and "id" not in element:
        element |= {"sendack": False, "createacknowledgement": False}
    return element


def _parameters(wanted: Search, dialect: Dialect) -> dict[str, str | int | bool]:
    given: dict[str, str | int | bool | None] = {
        "client_id": wanted.client_id,
        "status_id": wanted.status_id,
        "open_only": wanted.open_only,
        "search": wanted.text or None,
        "order": wanted.order,
        "orderdesc": wanted.orderdesc,
    }
    start = wanted.occurred_from.isoformat() if wanted.occurred_from else None
    end = wanted.occurred_to.isoformat() if wanted.occurred_to else None
    if dialect == "documented":
        given |= {"dateoccurred_start": start, "dateoccurred_end": end}
    else:
        given |= {"pageinate": True, "startdate": start, "enddate": end}
        if start or end:
            given["datesearch"] = "dateoccured"  # that spelling
    return {name: value for name, value in given.items() if value is not None}


def row_of(ticket: TicketRecord) -> Row:
    """A ticket as a plain object, for JSON."""
    return {name: getattr(ticket, name) for name in ticket.__slots__ if name != "extra"}
