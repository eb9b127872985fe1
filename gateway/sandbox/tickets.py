"""`/api/Tickets`: create or update, search, read, delete.

Promises: nothing of a body is stored when one of its elements is refused for its fields. Documented: required fields
and picklist ids are checked, 8 and 9 need a resolution, the answer is wrapped and short. Observed: defaults stand in
for what is missing, the answer to one element is the bare ticket with 201, and the details become action 1. Whether the
observed server refuses an id that is in no picklist is not known; this one does, as a business error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.sandbox import search, views
from gateway.sandbox.attachments import check_inline, keep_inline
from gateway.sandbox.instance import Instance
from gateway.sandbox.model import Ticket
from gateway.sandbox.picklists import CLOSED, NEW, PRIORITIES, RESOLVED, STATUSES, TICKET_TYPES
from gateway.sandbox.refusals import Refusal, not_found
from gateway.sandbox.sla import held_up

_REQUIRED = {
    "summary": "every ticket needs a summary",
    "client_id": "every ticket needs a client",
    "status_id": "ask /api/Status",
    "priority_id": "ask /api/Priority",
    "tickettype_id": "ask /api/TicketType",
}
_DEFAULTS = {"client_id": 1, "status_id": NEW, "priority_id": 3, "tickettype_id": 1}
_BY_THE_SYSTEM = {
    "datecreated",
    "dateresponded",
    "dateresolved",
    "dateclosed",
    "hasbeenclosed",
    "slaresponsestate",
    "slaresolutionstate",
    "chargeabletime",
    "nonchargeabletime",
}


@dataclass(frozen=True, slots=True)
class Tickets:
    """The end points."""

    instance: Instance

    async def post(self, request: Request) -> Response:
        """Create, or with an id update, each element."""
        instance = self.instance
        elements = await instance.elements(request, "POST /Tickets")
        for index, element in enumerate(elements):
            self._check(index, element)
        written = [self._write(element) for element in elements]
        if not instance.observed:
            made = [views.ticket_created(instance, ticket) for ticket in written]
            return JSONResponse(instance.habits.shaped("tickets", made, "wrapped"))
        shown = [views.ticket_single(instance, ticket, details=True) for ticket in written]
        every = request.query_params.get("returnall", "").lower() == "true"
        return JSONResponse(instance.habits.shaped("tickets", shown, "array" if every else "bare"), 201)

    def _check(self, index: int, element: Mapping[str, Any]) -> None:
        ticket = None
        if element.get("id"):
            ticket = self.instance.store.tickets.get(element["id"])
            if ticket is None or (ticket.deleted and not element.get("_recover")):
                raise not_found()
        elif self.instance.observed and not element.get("summary"):
            raise Refusal(400, "Please enter a Summary for this Ticket")
        if not self.instance.observed:
            self._check_documented(element, ticket)
        if ticket is None:
            self._check_type(element)
        for name, known in self._lists().items():
            number = element.get(name)
            if number is not None and number not in known:
                self._refuse_id(index, name)
        check_inline(self.instance, element.get("attachments"))

    def _check_type(self, element: Mapping[str, Any]) -> None:
        """What the ticket type asks for beyond what every ticket needs."""
        kind = element.get("tickettype_id") or _DEFAULTS["tickettype_id"]
        for name in sorted(self.instance.habits.required.get(kind, ())):
            if element.get(name) in (None, ""):
                if self.instance.observed:
                    raise Refusal(400, f"Please enter a value for {name}")
                raise Refusal(400, f"{name} required: the ticket type asks for it")

    def _check_documented(self, element: Mapping[str, Any], ticket: Ticket | None) -> None:
        for name, cure in _REQUIRED.items():
            missing = element.get(name) in (None, "")
            if missing and (ticket is None or name in element):
                raise Refusal(400, f"{name} required: {cure}")
        if len(element.get("summary") or "") > 255:
            raise Refusal(400, "summary invalid: at most 255 characters")
        resolution = element.get("resolution") or (ticket.fields.get("resolution") if ticket else None)
        if element.get("status_id") in (RESOLVED, CLOSED) and not resolution:
            raise Refusal(400, "resolution required: say how the ticket was resolved")

    def _lists(self) -> dict[str, Mapping[int, object]]:
        store = self.instance.store
        return {
            "client_id": store.clients,
            "status_id": STATUSES,
            "priority_id": PRIORITIES,
            "tickettype_id": TICKET_TYPES,
            "user_id": store.users,
        }

    def _refuse_id(self, index: int, name: str) -> None:
        if self.instance.observed:
            raise Refusal(400, f"The value of {name} on element {index} is not valid")
        raise Refusal(400, f"{name} invalid: {_REQUIRED.get(name, 'no such record')}")

    def _write(self, element: Mapping[str, Any]) -> Ticket:
        instance, now = self.instance, self.instance.now()
        given = {name: value for name, value in element.items() if name not in _BY_THE_SYSTEM | {"id", "attachments"}}
        if element.get("id"):
            old = instance.store.tickets[element["id"]]
            given.pop("_recover", None)
            ticket = instance.store.change_ticket(
                old.id, {**given, **self.moved(old.fields, given), "last_update": now}, deleted=False
            )
        else:
            ticket = self.create(given)
        keep_inline(instance, element.get("attachments"), ticket.id, None)
        return ticket

    def create(self, given: Mapping[str, Any]) -> Ticket:
        """Store a new ticket, unchecked; as observed its details become its first action, from the customer."""
        instance, now = self.instance, self.instance.now()
        user = instance.store.users.get(given.get("user_id") or 0)
        defaults: dict[str, Any] = {**_DEFAULTS, "dateoccurred": now, "last_update": now}
        if user is not None:
            defaults |= {"client_id": user.client_id, "site_id": user.site_id, "user_name": user.name}
        fields = defaults | {name: value for name, value in given.items() if value is not None}
        client = instance.store.clients.get(fields["client_id"])
        fields.setdefault("site_id", client.site_id if client else None)
        ticket = instance.store.add_ticket({**fields, **self.moved({"status_id": NEW}, fields)}, now)
        if instance.observed:
            opening = {
                "outcome": "Opened",
                "outcome_id": 0,
                "who": fields.get("user_name") or fields.get("reportedby") or "",
                "who_type": 2,
                "note": fields.get("details") or "",
                "note_html": fields.get("details_html") or "",
                "hiddenfromuser": False,
            }
            instance.store.add_action(ticket.id, opening, now, opening=True)
        return ticket

    def moved(self, old: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """What the system notes when a status changes: the response, the resolution, the closure."""
        now, status = self.instance.now(), given.get("status_id")
        clocks = held_up(old, given, now)
        if status is None or status == old.get("status_id"):
            return clocks
        noted: dict[str, Any] = clocks | {
            "dateresponded": old.get("dateresponded") or now,
            "dateresolved": (old.get("dateresolved") or now) if status in (RESOLVED, CLOSED) else None,
            "dateclosed": now if status == CLOSED else None,
        }
        if status == CLOSED:
            noted["hasbeenclosed"] = True
        if old.get("dateresponded") is None:
            noted["_paused_until_response"] = clocks.get("_paused", old.get("_paused", 0.0))
        return noted

    async def search(self, request: Request) -> Response:
        """GET: the tickets that match, in pages. As observed nothing found is `null`."""
        instance = self.instance
        query = instance.query(request, "GET /Tickets")
        find = search.observed if instance.observed else search.documented
        found = search.ordered(find(instance.store.tickets.values(), query), query)
        shown = search.page(found, query, by_count=instance.observed)
        rows: list[dict[str, Any]] | None
        if query.get("ticketidonly"):
            rows = [{"id": ticket.id} for ticket in shown]
        else:
            details = request.query_params.get("includedetails", "").lower() == "true"
            rows = [views.ticket_row(instance, ticket, details=details) for ticket in shown]
        paging = {"page_no": query.get("page_no", 1), "page_size": query.get("page_size", search.DEFAULT_COUNT)}
        if instance.observed and not query.get("pageinate"):
            paging = {}
        return JSONResponse({"record_count": len(found), **paging, "tickets": rows if found or paging else None})

    async def one(self, request: Request) -> Response:
        """GET by id."""
        instance = self.instance
        query = instance.query(request, "GET /Tickets/{id}")
        ticket = instance.store.ticket(request.path_params["id"])
        if ticket is None:
            raise not_found()
        shown = views.ticket_single(instance, ticket, details=bool(query.get("includedetails")))
        if query.get("includeactions") and not instance.observed:
            shown["actions"] = [views.action_row(instance, action) for action in instance.store.actions[ticket.id]]
        return JSONResponse(shown)

    async def delete(self, request: Request) -> Response:
        """DELETE by id, as observed: the ticket is hidden, not gone."""
        self.instance.query(request, "DELETE /Tickets/{id}")
        ticket = self.instance.store.ticket(request.path_params["id"])
        if ticket is None:
            raise not_found()
        self.instance.store.change_ticket(ticket.id, {}, deleted=True)
        return JSONResponse(views.ticket_single(self.instance, ticket, details=False))
