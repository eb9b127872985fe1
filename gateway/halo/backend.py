"""HaloPSA behind the gateway's door for tickets (`gateway.ports.TicketBackend`).

Promises: one POST a write; a refusal is the message's fault (Permanent, with Halo's words) unless its words name
something that the configuration decides (Misconfigured, with the setting and its cure); a write without a certain
answer is Ambiguous and is found again by `find_*`. Safe for several callers at once. Knows nothing of the ledger.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import httpx

from config.settings import Halo, Ticket
from gateway.errors import Misconfigured, Permanent
from gateway.halo import errors, lookup, picklists, views, wire, workflow
from gateway.halo.actions import NOTE_OUTCOMES
from gateway.halo.api import HaloApi
from gateway.halo.budget import Budget, Priority
from gateway.halo.dialect import DialectChoice
from gateway.halo.neighbours import Neighbours
from gateway.halo.people import Requesters
from gateway.halo.picklists import Picklists
from gateway.halo.purse import Left, Reserve
from gateway.halo.refusals import asks_for_more, letters
from gateway.halo.sla import promise_of
from gateway.halo.verify import Check, Named, verify
from gateway.model import Agent, Requester, TicketView
from gateway.observe.metrics import HaloUse
from gateway.ports import Clock
from gateway.receipts import Doubt, Receipt
from gateway.steps import AddAction, CreateTicket, CreateUser, Reopen, Text, UploadAttachment
from gateway.trust import Minimum

_ASK: Final = "ask {url}/api/%s for the ids of this tenant, or run `halo-mailgate check`"
_REQUIRED_CURE: Final = (
    "[ticket] tickettype_id = %d asks for a field that mail does not bring: make it optional in HaloPSA, or choose "
    "another ticket type"
)
_DIALECT_CURE: Final = "an upload in the %s dialect is not understood: set [halo] dialect to the other one"
_CANNOT_HIDE: Final = "this HaloPSA cannot hide a file from the customer; the gateway keeps it with the mail"
_CLOSED_CURE: Final = (
    "give the API application's agent the permission to edit closed tickets, or open the ticket again; then release"
)
_OUTCOME_CURE: Final = "[halo] outcome must be one that /api/Outcome lists and the API application's agent may use"


class HaloBackend:
    """One HaloPSA. `remember` is awaited with the dialect when it was found out; `monotonic` counts seconds.

    `may_write`, `reserve` and `left`: see `HaloApi`.

    Misconfigured from the constructor: `ca_file` cannot be read.
    """

    def __init__(
        self,
        settings: Halo,
        *,
        remembered_dialect: str | None,
        remember: Callable[[str], Awaitable[None]],
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        minimum: Minimum = "1.2",
        may_write: Callable[[], bool] = lambda: True,
        reserve: Reserve | None = None,
        left: Left | None = None,
    ) -> None:
        self._settings = settings
        self._api = HaloApi(
            settings, clock=clock, transport=transport, monotonic=monotonic, minimum=minimum,
            may_write=may_write, reserve=reserve, left=left,
        )  # fmt: skip
        self._dialect = DialectChoice(self._api, settings.dialect, remembered_dialect, remember)
        self._requesters = Requesters(self._api, self._dialect, monotonic)
        self._picklists = Picklists(self._api, self._dialect.get, monotonic)
        self._neighbours = Neighbours(self._api, self._dialect, self._picklists, self._requesters, monotonic)
        self._made: set[int] = set()  # ticket types of which we made a ticket

    @property
    def dialect(self) -> str | None:
        """What the server speaks: "documented", "observed", or None as long as nobody knows."""
        return self._dialect.known

    @property
    def use(self) -> HaloUse:
        """How the budget of requests stands."""
        use, pause = self._api.budget.use, self._api.pause
        return HaloUse(use.used, use.limit, use.window, use.given, use.waiting, pause.refusals, pause.left)

    @property
    def budget(self) -> Budget:
        """The budget of requests."""
        return self._api.budget

    def knows(self, address: str) -> bool:
        """Whether an address is some user's, as far as is known without asking."""
        return self._requesters.knows(address)

    async def now(self) -> datetime:
        """See the port. Where the server has not answered yet it is asked for a token."""
        return await self._api.now()

    async def verify(self, ticket: Ticket, more: Sequence[Named] = (), *, agents: bool = False) -> list[Check]:
        """Everything that `check` wants to know. Raises no trouble: what went wrong is in the list."""
        return await verify(self._api, self._dialect, self._settings, ticket, more, agents=agents)

    async def prepare(self, ticket: Ticket) -> None:
        """Read what every mail needs: the dialect, the ids behind names, the users. Raises what stands in the way."""
        await self._dialect.get()
        await self.ids(ticket)
        await self._requesters.read()

    async def ids(self, ticket: Ticket) -> dict[str, int]:
        """The ids that [ticket] gives, by id or by name. Misconfigured "unknown_name", with the names there are."""
        return {
            "client_id": await self._id("client", ticket.client, ticket.client_id),
            "tickettype_id": await self._id("tickettype", ticket.tickettype, ticket.tickettype_id),
            "status_id": await self._id("status", ticket.status, ticket.status_id),
            "priority_id": await self._id("priority", ticket.priority, ticket.priority_id),
        }

    async def respond_within(self, priority_id: int) -> int | None:
        """Minutes in which the priority promises an answer; None if it promises nothing that we know."""
        for item in await self._picklists.items("priority"):
            if priority_id in picklists.ids([item]):
                promise = promise_of(item)
                return None if promise is None else round(promise.respond_within.total_seconds() / 60)
        return None

    async def _id(self, which: str, name: str, given: int) -> int:
        try:
            return await self._picklists.resolve(which, name) if name else given
        except (Misconfigured, Permanent) as trouble:
            raise Misconfigured(trouble.cause, f"[ticket] {trouble.words}") from None

    async def find_requester(self, address: str) -> Requester | None:
        """See the port. Of several users with one address the lowest id, if they are of one client; else None."""
        return await self._requesters.find(address)

    async def find_domain(self, domain: str) -> Requester | None:
        """See the port."""
        return await self._neighbours.domain(domain)

    async def find_agent(self, address: str) -> Agent | None:
        """See the port."""
        return await self._neighbours.agent(address)

    async def correspondents(self, ticket_id: int) -> frozenset[str]:
        """See the port. Nobody also if the ticket is gone."""
        return await self._neighbours.correspondents(ticket_id)

    async def ticket(self, ticket_id: int) -> TicketView | None:
        """See the port."""
        found = await lookup.read_ticket(self._api, ticket_id)
        if found is None:
            return None
        stage = await self._stage(wire.number(found.get("status_id")), found.get("status_name"))
        return views.ticket_view(found, ticket_id, closed=stage in workflow.DONE)

    async def _stage(self, status_id: int | None, name: object) -> workflow.Stage:
        """What a status means: by the name that the ticket has with it, else by the tenant's list."""
        if isinstance(name, str) and (stage := workflow.stage_of(name)) is not workflow.Stage.OTHER:
            return stage
        try:
            names = await self._picklists.names("status")
        except Permanent:
            return workflow.Stage.OTHER
        return workflow.stage_of(names.get(status_id or 0, ""))

    async def create_user(self, step: CreateUser) -> Receipt:
        """See the port."""
        if await self._dialect.get() == "documented":
            raise Permanent("no_such_list", "this dialect of HaloPSA makes no users by API")
        who = step.requester
        body = await self._api.write("/Users", wire.json_payload(wire.user_element(who)), wire.private(who.name))
        self._requesters.forget(who.address)
        return _receipt(body, "users")

    async def find_user(self, address: str) -> Receipt | None:
        """See the port."""
        self._requesters.forget(address)
        found = await self._requesters.find(address)
        return None if found is None or found.user_id is None else Receipt(found.user_id, lookup.FOUND)

    async def reopen(self, step: Reopen) -> Receipt:
        """See the port. The change is judged before it is sent."""
        found = await lookup.read_ticket(self._api, step.ticket_id)
        if found is None:
            raise Permanent("ticket_gone", f"ticket {step.ticket_id} is no longer there")
        before = await self._stage(wire.number(found.get("status_id")), found.get("status_name"))
        if before not in workflow.DONE:
            return Receipt(step.ticket_id, "not_needed")
        resolution = next((str(found[name]) for name in ("resolution", "closure_note") if found.get(name)), "")
        verdict = workflow.judge(before, await self._stage(step.status_id, None), resolution=resolution)
        if not verdict.allowed:
            raise Permanent("workflow", "; ".join(verdict.errors))
        try:
            body = await self._api.write(
                "/Tickets", wire.json_payload({"id": step.ticket_id, "status_id": step.status_id}), ()
            )
        except Permanent as trouble:
            raise _gone(trouble) from None
        receipt = _receipt(body, "tickets")
        return replace(receipt, words="; ".join(verdict.warnings))

    async def create_ticket(self, step: CreateTicket, marker: str) -> Receipt:
        """See the port."""
        payload = wire.create_ticket(step, marker, await self._dialect.get())
        who = step.requester
        private = wire.private(
            step.summary, step.details.plain, step.details.html, who.address, who.name, step.message_id or ""
        )
        decided = {
            "tickettype_id": f"[ticket] tickettype_id = {step.tickettype_id}, or a rule's: {_ASK % 'TicketType'}",
            "status_id": f"[ticket] status_id = {step.status_id}, or a rule's: {_ASK % 'Status'}",
            "priority_id": f"[ticket] priority_id = {step.priority_id}, or a rule's: {_ASK % 'Priority'}",
        }
        own = {name: "" for name in ("client_id", "site_id", "user_id") if getattr(who, name) is not None}
        if "client_id" not in own:
            decided["client_id"] = f"[ticket] client_id = {step.client_id}: {_ASK % 'Client'}"
        try:
            body = await self._api.write("/Tickets", payload, private)
        except Permanent as trouble:
            if trouble.cause == "not_found":  # no ticket was named: it is the end point that is missing
                raise Misconfigured("wrong_address", f"{trouble.words}; {errors.CHECK_URL}") from None
            raise self._create_refused(trouble, step, decided, own) from None
        self._made.add(step.tickettype_id)
        return _receipt(body, "tickets")

    def _create_refused(
        self, trouble: Permanent, step: CreateTicket, decided: Mapping[str, str], own: Mapping[str, str]
    ) -> Permanent | Misconfigured:
        """Whose fault it is that no ticket was made: the configuration's, our stale knowledge's, or the mail's."""
        fault = _blame(trouble, decided)
        if isinstance(fault, Misconfigured):
            self._picklists.forget_all()  # a name may have another id by now
        elif isinstance(_blame(trouble, own), Misconfigured):
            self._requesters.forget(step.requester.address)
            return Permanent("requester_gone", trouble.words)
        elif fault.cause == "refused" and asks_for_more(fault.words) and step.tickettype_id not in self._made:
            # A mail brings always the same fields. As long as not one ticket of this type could be made, it is the
            # type that wants more; once one could, it is this mail that meets a rule of its own.
            return Misconfigured("field_required", f"{fault.words}; {_REQUIRED_CURE % step.tickettype_id}")
        return fault

    async def add_action(self, step: AddAction, marker: str) -> Receipt:
        """See the port."""
        payload = wire.add_action(step, marker, await self._dialect.get(), self._settings.outcome)
        who = step.requester
        private = wire.private(
            step.subject, step.note.plain, step.note.html, who.address, who.name, step.message_id or ""
        )
        try:
            body = await self._api.write("/Actions", payload, private)
        except Permanent as trouble:
            if trouble.cause == "refused" and "closed" in trouble.words.lower():
                raise Permanent("ticket_closed", f"{trouble.words}; {_CLOSED_CURE}") from None
            raise _blame(_gone(trouble), {"outcome": _OUTCOME_CURE, "access to this action": _OUTCOME_CURE}) from None
        return _receipt(body, "actions")

    async def upload(self, step: UploadAttachment, ticket_id: int, action_id: int | None, octets: bytes) -> Receipt:
        """See the port."""
        dialect = await self._dialect.get()
        if step.hidden and dialect == "documented":
            raise Permanent("cannot_hide", _CANNOT_HIDE)
        payload = wire.upload(step, ticket_id, action_id, octets, dialect, boundary=secrets.token_hex(16))
        try:
            body = await self._api.write("/Attachment", payload, wire.private(step.filename), priority=Priority.PATIENT)
        except Permanent as trouble:
            if trouble.cause == "unsupported_media_type":
                raise Misconfigured("dialect", f"{trouble.words}; {_DIALECT_CURE % dialect}") from None
            raise _gone(trouble) from None
        return replace(_receipt(body, "attachments"), link=wire.link(wire.one(body, "attachments"), self._api.server))

    async def add_note(self, ticket_id: int, note: Text, marker: str) -> Receipt:
        """See the port."""
        dialect = await self._dialect.get()
        outcome = "Note" if dialect == "documented" else await self._picklists.first("outcome", NOTE_OUTCOMES)
        payload = wire.json_payload(wire.note_element(ticket_id, note, marker, dialect, outcome))
        try:
            body = await self._api.write("/Actions", payload, wire.private(note.plain, note.html))
        except Permanent as trouble:
            raise _gone(trouble) from None
        return _receipt(body, "actions")

    async def show_details(self, ticket_id: int, details: Text, marker: str) -> Receipt:
        """See the port."""
        payload = wire.json_payload(wire.details_element(ticket_id, details, marker, await self._dialect.get()))
        private = wire.private(details.plain, details.html)
        try:
            body = await self._api.write("/Tickets", payload, private, priority=Priority.PATIENT)
        except Permanent as trouble:
            raise _gone(trouble) from None
        return _receipt(body, "tickets")

    async def find_created(self, step: CreateTicket, doubt: Doubt) -> Receipt | None:
        """See the port. Ambiguous "cannot_decide": more new tickets than can be looked at."""
        return await lookup.created(self._api, step, doubt)

    async def find_action(self, ticket_id: int, doubt: Doubt) -> Receipt | None:
        """See the port. None also if the ticket is gone."""
        return await lookup.action(self._api, ticket_id, doubt)

    async def find_upload(self, step: UploadAttachment, ticket_id: int, doubt: Doubt) -> Receipt | None:
        """See the port. None also if the ticket is gone."""
        return await lookup.upload(self._api, step, ticket_id, doubt)

    async def close(self) -> None:
        """See the port."""
        await self._requesters.close()
        await self._api.close()


def _receipt(body: object, entity: str) -> Receipt:
    """The receipt of a write that was answered with success."""
    new_id = wire.new_id(body, entity)
    if new_id is None:
        raise errors.nonsense("a success without an id", write=True)
    return Receipt(new_id, "answered")


def _gone(trouble: Permanent) -> Permanent:
    """A 404 to a write that names a ticket: it was deleted."""
    return Permanent("ticket_gone", trouble.words) if trouble.cause == "not_found" else trouble


def _blame(trouble: Permanent, decided: Mapping[str, str]) -> Permanent | Misconfigured:
    """Whether it is rather the configuration's fault: Halo's words name something that a setting decides.

    The words no longer quote the mail (`gateway.halo.words`), so no sender can bring this about.
    """
    if trouble.cause != "refused":
        return trouble
    heard = letters(trouble.words)
    cures = [cure for name, cure in decided.items() if letters(name) in heard]
    return Misconfigured("configured_id", f"{trouble.words}; {'; '.join(cures)}") if cures else trouble
