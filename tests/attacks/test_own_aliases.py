"""No address of ours is copied in, takes part, or is answered, in any spelling; and a trace silences nobody."""

from __future__ import annotations

import json

import pytest
from fakes.messages import USER, mail
from fakes.stack import Stack

from gateway.rules.loops import is_own
from storage.ledger import open_ledger
from storage.states import State

ALIASES = {"aliases": ["help@acme.example", "Hilfe@acme.example", "desk@xn--mller-kva.example", "acmehelp@gmail.com"]}
OURS = [
    USER, "help@acme.example", "HELP+billing@acme.example", "hilfe@Acme.example", "desk@müller.example",
    "acme.help+x@googlemail.com",
]  # fmt: skip


def people_of(stack: Stack, ticket_id: int) -> str:
    """Everything that the ticket and its entries say of whom they are from, to and copied to."""
    (ticket,) = [one for one in stack.sandbox.tickets if one.id == ticket_id]
    names = ("emailcclist", "emailtolist", "emailtolistall", "emailto", "emailcc")
    rows = [ticket.fields, *(one.fields for one in stack.sandbox.actions if one.ticket_id == ticket_id)]
    return " ".join(str(row.get(name) or "") for row in rows for name in names).lower()


def to_ours(octets: bytes) -> bytes:
    return octets.replace(b"TO-OURS", ", ".join(OURS).encode(), 1)


async def test_no_alias_is_copied_in_or_answered(tmp_path):
    async with Stack(tmp_path, mailbox=ALIASES) as stack:
        cc = {"Cc": "boss@customer.example, TO-OURS"}
        stack.deliver(to_ours(mail(message_id="1@x", subject="first", headers=cc)))
        assert await stack.once() == 0
        (ticket,) = stack.sandbox.tickets
        assert "boss@customer.example" in people_of(stack, ticket.id) + str(ticket.fields)
        said = people_of(stack, ticket.id) + str(ticket.fields.get("details"))
        for alias in ("help@acme", "hilfe@acme", "desk@", "googlemail", "acme.help"):
            assert alias not in said.lower()
        octets = mail(message_id="1b@x", subject="Re: first", in_reply_to="1@x", text="more\n", headers=cc)
        stack.deliver(to_ours(octets))
        assert await stack.once() == 0
        ledger = await open_ledger(stack.state)
        try:
            taking_part = await ledger.people.participants(ticket.id)
        finally:
            await ledger.close()
        assert taking_part == {"anna@customer.example", "boss@customer.example"}
        (reply,) = [one for one in stack.sandbox.actions if not one.opening]
        assert reply.fields["emailcc"] == "boss@customer.example"
        # what comes back by an alias, from an alias, is set aside and never answered
        answered = len(stack.smtp.messages)
        for number, one in enumerate(OURS[1:]):
            octets = mail(message_id=f"2{number}@x", sender="a@OWN", to="help@acme.example", subject=f"back {number}")
            stack.deliver(octets.replace(b"a@OWN", one.encode(), 1))
        octets = mail(message_id="3@x", sender="eve@customer.example", subject="form", headers={"Reply-To": OURS[2]})
        stack.deliver(octets)
        assert await stack.once() == 0
        assert {one.fields["summary"] for one in stack.sandbox.tickets} == {"first", "form"}
        assert len(stack.smtp.messages) == answered
        for number in range(3, 3 + len(OURS) - 1):
            found = (await stack.journey(number)).message
            assert (found.state, found.reason) == (State.QUARANTINED, "loop_from_our_own_address")


async def test_where_mail_reached_us_counts_for_that_mail_and_check_proposes_it(tmp_path):
    """Also when our server writes it; and a trace that a sender wrote makes nobody ours."""
    async with Stack(tmp_path) as stack:
        ours = b"Delivered-To: hello@acme.example\r\nReceived: from mx.customer.example by mx.acme.example; x\r\n"
        both = {"Cc": "hello@acme.example, boss@customer.example"}
        stack.deliver(ours + mail(message_id="1@x", subject="by alias", to="hello@acme.example", headers=both))
        forged = b"Received: from evil.example by mx.acme.example; x\r\nDelivered-To: anna@customer.example\r\n"
        stack.deliver(forged + mail(message_id="2@x", subject="a trace below"))
        worse = b"Delivered-To: berta@customer.example\r\n"  # no server wrote anything above it
        stack.deliver(worse + mail(message_id="3@x", sender="berta@customer.example", subject="a trace above"))
        assert await stack.once() == 0
        ids = {one.fields["summary"]: one.id for one in stack.sandbox.tickets}
        assert set(ids) == {"by alias", "a trace below", "a trace above"}
        (one,) = [one for one in stack.sandbox.tickets if one.id == ids["by alias"]]
        assert "boss@customer.example" in str(one.fields)
        assert "hello@acme.example" not in people_of(stack, one.id)
        # whose address stood in a trace takes part in their own tickets as ever
        for number, (name, who) in enumerate((("a trace below", "anna"), ("a trace above", "berta"))):
            subject, text = f"Re: [ID:{ids[name]:07}]", f"I go on, {who}\n"
            sender = f"{who}@customer.example"
            stack.deliver(mail(message_id=f"5{number}@x", sender=sender, subject=subject, text=text))
        assert await stack.once() == 0
        assert "I go on, anna" in " ".join(stack.entries(ids["a trace below"]))
        assert "I go on, berta" in " ".join(stack.entries(ids["a trace above"]))
        assert len(stack.sandbox.tickets) == 3
        status, out = await stack.call("check", "--json")
        (said,) = [one["said"] for one in json.loads(out) if "aliases" in one["said"]]
        assert status == 0
        assert "hello@acme.example (1)" in said
        assert "anna@customer.example" not in said


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("Support+a@ACME.example", True),
        ('"support"@acme.example', True),
        ("support@acme.example.", True),
        ("sup.port@acme.example", False),
        ("support@acme.example.evil.example", False),
        ("me+desk@gmail.com", True),
        ("m.e+desk@googlemail.com", True),
        ("me@gmail.com", False),  # whose own mailbox has the desk's behind a plus
        ("me+other@gmail.com", False),
        ("", False),
        ("support", False),
    ],
)
def test_what_is_ours(address, own):
    assert is_own(address, frozenset({"support@acme.example", "me+desk@gmail.com"})) is own
