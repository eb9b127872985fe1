"""`/api/Actions`: write an entry on a ticket, list a ticket's entries, read one.

Promises: numbers count within a ticket. Documented: `actiontype_id` is checked. Observed: an outcome is compulsory and
must be one of the instance's; `new_status` moves the ticket and `status_id` does not; the log needs a `ticket_id` and
is listed newest first. `sendemail` is kept as posted and never obeyed: this server sends no mail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.sandbox import views
from gateway.sandbox.attachments import check_inline, keep_inline
from gateway.sandbox.instance import Instance
from gateway.sandbox.model import Action
from gateway.sandbox.picklists import ACTION_TYPES, STATUSES, Outcome, outcome_named, outcome_numbered
from gateway.sandbox.refusals import Refusal, not_found
from gateway.sandbox.tickets import Tickets


@dataclass(frozen=True, slots=True)
class Actions:
    """The end points."""

    instance: Instance
    tickets: Tickets

    async def post(self, request: Request) -> Response:
        """Write each element on its ticket."""
        instance = self.instance
        elements = await instance.elements(request, "POST /Actions")
        outcomes = [self._check(element) for element in elements]
        written = [self._write(element, outcome) for element, outcome in zip(elements, outcomes, strict=True)]
        shown = [views.action_row(instance, action, html=True, email_html=True) for action in written]
        if not instance.observed:
            return JSONResponse(instance.habits.shaped("actions", shown, "wrapped"))
        every = request.query_params.get("returnall", "").lower() == "true"
        return JSONResponse(instance.habits.shaped("actions", shown, "array" if every else "bare"), 201)

    def _check(self, element: Mapping[str, Any]) -> Outcome | None:
        if element.get("ticket_id") is None:
            words = "The Ticket ID must be entered for this Action" if self.instance.observed else "ticket_id required"
            raise Refusal(400, words)
        outcome = self._outcome(element) if self.instance.observed else None
        if not self.instance.observed and element.get("actiontype_id", 0) not in ACTION_TYPES:
            raise Refusal(400, "actiontype_id invalid: 0 to 4")
        if self.instance.store.ticket(element["ticket_id"]) is None:
            raise not_found()
        if self.instance.observed and element.get("new_status") not in {None, *STATUSES}:
            raise Refusal(400, "The value of new_status is not valid")
        check_inline(self.instance, element.get("attachments"))
        return outcome

    def _outcome(self, element: Mapping[str, Any]) -> Outcome:
        name, number = element.get("outcome"), element.get("outcome_id")
        if not name and number is None:
            raise Refusal(400, "An Outcome must be entered for this Action")
        outcome = outcome_numbered(number) if number is not None else outcome_named(str(name))
        if outcome is None:
            raise Refusal(400, "You do not have access to this Action")
        return outcome

    def _write(self, element: Mapping[str, Any], outcome: Outcome | None) -> Action:
        instance = self.instance
        fields = {name: value for name, value in element.items() if name not in {"id", "ticket_id", "attachments"}}
        if outcome is not None:
            fields |= {"outcome": outcome.name, "outcome_id": outcome.id}
        action = instance.store.add_action(element["ticket_id"], fields, instance.now())
        ticket = instance.store.tickets[action.ticket_id]
        changes: dict[str, Any] = {"last_update": action.created}
        if instance.observed and element.get("new_status") is not None:
            status = {"status_id": element["new_status"]}
            changes |= status | self.tickets.moved(ticket.fields, status)
        instance.store.change_ticket(ticket.id, changes)
        keep_inline(instance, element.get("attachments"), ticket.id, action.id)
        return action

    async def log(self, request: Request) -> Response:
        """GET: the entries of one ticket."""
        instance = self.instance
        query = instance.query(request, "GET /Actions")
        if "ticket_id" not in query:
            words = "Please provide a ticket_id or a date range" if instance.observed else "ticket_id required"
            raise Refusal(400, words)
        ticket = instance.store.ticket(query["ticket_id"])
        if ticket is None:
            raise not_found()
        entries = instance.store.actions[ticket.id]
        if instance.observed:
            entries = [
                action
                for action in reversed(entries)
                if not (query.get("excludeprivate") and action.fields.get("hiddenfromuser"))
            ][: query.get("count", len(entries))]
        html, email_html = bool(query.get("includehtmlnote")), bool(query.get("includehtmlemail"))
        rows = [views.action_row(instance, action, html=html, email_html=email_html) for action in entries]
        return JSONResponse({"record_count": len(rows), "actions": rows})

    async def one(self, request: Request) -> Response:
        """GET by number and ticket, as observed."""
        instance = self.instance
        query = instance.query(request, "GET /Actions/{id}")
        ticket = instance.store.ticket(query.get("ticket_id"))
        entries = instance.store.actions[ticket.id] if ticket else []
        number = request.path_params["id"]
        if not 1 <= number <= len(entries):
            raise not_found("action")
        return JSONResponse(views.action_row(instance, entries[number - 1], html=True, email_html=True))
