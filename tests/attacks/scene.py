"""What the attacks have in common: a customer with a ticket, and what may never happen on it."""

from __future__ import annotations

from fakes.messages import mail
from fakes.stack import Stack

AUTH = {"policy": {"authentication_servers": ["mx.acme.example"]}}
ANNA = "anna@customer.example"
EVE = "stranger@evil.example"


def passed(domain: str) -> dict[str, str]:
    """That our mail server found From to be of this domain."""
    return {"Authentication-Results": f"mx.acme.example; dmarc=pass header.from={domain}"}


async def annas_ticket(stack: Stack, **fields: str) -> int:
    """The number of a ticket of Anna's, who is a user of a client."""
    client = stack.sandbox.add_client("Customer", "customer.example")
    stack.sandbox.add_user("Anna", ANNA, client.id)
    stack.deliver(mail(message_id="one@customer.example", headers=passed("customer.example"), **fields))
    assert await stack.once() == 0
    (ticket,) = stack.sandbox.tickets
    return ticket.id


def notes(stack: Stack, ticket: int, *, visible: bool) -> list[str]:
    """What was added to a ticket: what its customer may see, or what only agents see."""
    return [
        str(one.fields.get("note_html") or one.fields.get("note"))
        for one in stack.sandbox.actions
        if one.ticket_id == ticket and not one.opening and bool(one.fields.get("hiddenfromuser")) is not visible
    ]


def seen_by_customers(stack: Stack, ticket: int) -> str:
    """All that the customer may see of what was added to the ticket."""
    return "\n".join(notes(stack, ticket, visible=True))


def summaries(stack: Stack) -> dict[str, dict[str, object]]:
    """The tickets by their summary."""
    return {str(one.fields["summary"]): dict(one.fields) for one in stack.sandbox.tickets}


def raw(header: str, text: str = "let me in\n", *, message_id: str, subject: str) -> bytes:
    """A mail whose author is written by hand."""
    lines = f"To: support@acme.example\nSubject: {subject}\nMessage-ID: <{message_id}>\n"
    lines += "Date: Mon, 02 Mar 2026 09:00:00 +0100\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n"
    return f"{header}{lines}{text}".encode().replace(b"\n", b"\r\n")
