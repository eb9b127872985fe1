"""Values for tests, complete but for what a test says."""

from __future__ import annotations

from typing import Any

from gateway.model import AccountPolicy, Evidence, Facts, Kind, Standing, TicketView
from parsers.model import Address, Automation, AutomationKind, Body, ParsedEmail

SUPPORT = "support@acme.example"


def email(*, kind: AutomationKind = AutomationKind.NONE, **fields: Any) -> ParsedEmail:
    """A person's first mail."""
    defaults: dict[str, Any] = {
        "message_id": "one@customer.example",
        "subject": "The printer prints only zebras",
        "from_": Address("anna@customer.example", "Anna Berg"),
        "to": (Address(SUPPORT),),
        "body": Body(text="It does so since this morning.", reply_text="It does so since this morning."),
        "automation": Automation(kind, "for the test"),
    }
    return ParsedEmail(**(defaults | fields))


def facts(mail: ParsedEmail | None = None, **fields: Any) -> Facts:
    """That nothing is known yet."""
    defaults: dict[str, Any] = {
        "account": AccountPolicy("support", SUPPORT),
        "own_addresses": frozenset({SUPPORT}),
    }
    return Facts(mail=mail or email(), **(defaults | fields))


TICKET = TicketView(40, "The printer prints only zebras")
"""A ticket that Halo has."""
ANSWERS = Evidence(Kind.KNOWN, 40, "In-Reply-To <one@customer.example>")
KNOWN = {
    "evidence": (ANSWERS,), "chosen": ANSWERS, "ticket": TICKET,
    "standing": Standing.PARTICIPANT, "standing_words": "for the test",
}  # fmt: skip
"""The facts that make a mail a reply."""
