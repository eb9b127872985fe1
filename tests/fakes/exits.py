"""Every way on which words of a mail leave us as HTML: a ticket, an action, a note, an answer, a page of the sandbox.

Promises: what the gateway itself would send, made by its own plans and bodies; no server is asked.
"""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import httpx
from builders import KNOWN, facts

from gateway import pictures, refused
from gateway.halo import wire
from gateway.model import AddCorrespondence, OpenTicket
from gateway.plan import Defaults, acknowledgement, make_plan
from gateway.receipts import Receipt
from gateway.sandbox import Sandbox
from gateway.smtp import acknowledge
from gateway.steps import Acknowledge, AddAction, CreateTicket, TellAgents, UploadAttachment
from parsers import parse
from parsers.model import Address

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
DEFAULTS = Defaults(1, 2, 3, 4)
MARKER = "7K3XW9QZ2M"
SERVER = "https://halo.example"
LINK = f"{SERVER}/api/Attachment/image?token=a&b=2"
WARNING = "Written by <b>somebody</b> whom this ticket does not know: mal@example.com"


@dataclass(frozen=True, slots=True)
class Left:
    """What left of one mail."""

    tickets: tuple[dict[str, object], ...]
    actions: tuple[dict[str, object], ...]
    answer: str

    @property
    def markup(self) -> tuple[str, ...]:
        """The HTML that HaloPSA got, of all of them."""
        return tuple(str(next(one[name] for name in _RICH if name in one)) for one in (*self.tickets, *self.actions))


_RICH = ("details_html", "note_html", "details", "note")


def leave(octets: bytes, dialect: str = "observed") -> Left:
    """Read a mail and send it on every way."""
    mail = parse(octets)
    known = facts(replace(mail, from_=mail.from_ or Address("mal@example.com")))
    opened = make_plan(
        OpenTicket("r", True, "a", note=f"{WARNING} {mail.subject}"), (), known, DEFAULTS, arrived=AT, token="t"
    )
    reply = facts(known.mail, **KNOWN)
    added = make_plan(AddCorrespondence("r", 40, warning=WARNING), (), reply, DEFAULTS, arrived=AT, token="t")
    plain = make_plan(AddCorrespondence("r", 40), (), reply, DEFAULTS, arrived=AT, token="t")
    tickets, actions = [], []
    for plan, link in ((opened, ""), (added, LINK), (opened, LINK), (plain, "")):
        done = {
            one.name: Receipt(7, "answered" if number % 3 < 2 else refused.HOW, mail.subject, link=link)
            for number, one in enumerate(plan.steps)
            if isinstance(one, UploadAttachment)
        }
        shown = pictures.pictures_of(plan.steps, done)
        for step in plan.steps:
            if isinstance(step, CreateTicket):
                details = pictures.show(step.details, shown)
                tickets.append(wire.ticket_element(replace(step, details=details), MARKER, dialect))
                tickets.append(wire.details_element(7, details, MARKER, dialect))
            elif isinstance(step, AddAction):
                said = replace(step, note=pictures.show(step.note, shown))
                actions.append(wire.action_element(said, MARKER, dialect, "x"))
            elif isinstance(step, TellAgents):
                actions.append(wire.note_element(7, step.note, MARKER, dialect, "x"))
        note = refused.note(refused.found(plan.steps, done), 1)
        actions.append(wire.note_element(7, note, MARKER, dialect, "x"))
    step = next((one for one in opened.steps if isinstance(one, Acknowledge)), None) or acknowledgement(
        known, "t", "opened"
    )
    answer = email.message_from_bytes(
        acknowledge.compose(step, 7, from_address="support@acme.example", now=AT), policy=email.policy.default
    )
    return Left(tuple(tickets), tuple(actions), answer.get_body(("html",)).get_content())


async def page(*mails: Left) -> str:
    """The sandbox's page of one ticket, with what left of these mails."""
    sandbox = Sandbox()
    first = {key: value for key, value in mails[0].tickets[0].items() if key != "id"}
    made = sandbox.add_ticket(**first)
    for one in mails:
        for element in one.actions[:2]:
            sandbox.add_action(made.id, **{key: value for key, value in element.items() if key != "ticket_id"})
        element = one.tickets[-1]
        sandbox.add_action(made.id, note=element["details"], note_html=element["details_html"], outcome="x")
    async with sandbox.serving() as url, httpx.AsyncClient() as http:
        return (await http.get(f"{url}/_sandbox/tickets/{made.id}")).text
