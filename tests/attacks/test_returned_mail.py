"""A mail that HaloPSA itself sent comes back: agents read of it on its ticket, and nothing else follows from it.

Anybody can write such a report. The most that comes of a forged one is a note that no customer sees.
"""

from __future__ import annotations

from fakes.messages import USER, mail
from fakes.stack import Stack

from gateway.sandbox.picklists import CLOSED
from parsers import parse

DAEMON = "Mail Delivery System <mailer-daemon@mx.customer.example>"
ANNA = "anna@customer.example"
WORDS = "This is the mail system.\n\n<anna@customer.example>: 550 5.1.1 no such user\n"


def report(name: str, header: str, *, returned: str = "message/rfc822", action: str = "failed") -> bytes:
    """A report in the form of RFC 3464, with what came back of the mail."""
    lines = (
        f"From: {DAEMON}\nTo: {USER}\nSubject: Undelivered Mail Returned to Sender\nMessage-ID: <{name}@mx.example>\n"
        "Date: Mon, 02 Mar 2026 09:00:00 +0100\nAuto-Submitted: auto-replied\nReturn-Path: <>\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n\n{WORDS}marked {name}.\n'
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.customer.example\n\n"
        f"Final-Recipient: rfc822; {ANNA}\nAction: {action}\nStatus: 5.1.1\n\n"
        f"--b\nContent-Type: {returned}\n\n{header}\n\nThe answer.\n\n--b--\n"
    )
    return lines.replace("\n", "\r\n").encode()


def header(subject: str, more: str = "") -> str:
    return f"From: {USER}\nTo: {ANNA}\nSubject: {subject}\nMessage-ID: <halo.1@acme.halopsa.example>{more}\n"


def hidden(stack: Stack, ticket: int) -> list[bool]:
    return [
        bool(one.fields.get("hiddenfromuser"))
        for one in stack.sandbox.actions
        if one.ticket_id == ticket and not one.opening
    ]


async def test_the_header_of_a_returned_mail_says_whose_report_it_is(tmp_path):
    async with Stack(tmp_path) as stack:
        stack.deliver(mail(message_id="one@customer.example", sender=ANNA))
        assert await stack.once() == 0
        (ticket,) = stack.sandbox.tickets
        tag = f"[ID:{ticket.id:07}]"
        closing = {"status_id": CLOSED, "resolution": "done", "closure_note": "done"}
        stack.sandbox._instance.store.change_ticket(ticket.id, closing)
        answered = len(stack.smtp.messages)
        known = "\nIn-Reply-To: <one@customer.example>"
        chain = "\nReferences: <zero@customer.example>\n <one@customer.example>"
        stack.deliver(report("tag", header(f"Re: {tag} printer")))
        stack.deliver(report("encoded", header(f"=?utf-8?q?Re=3A_{tag.replace(' ', '_')}_gr=C3=BC=C3=9Fe?=")))
        stack.deliver(report("headers", header(f"Re: {tag} printer"), returned="text/rfc822-headers"))
        stack.deliver(report("answers", header("Re: printer", known)))
        stack.deliver(report("chain", header("Re: printer", chain)))
        stack.deliver(report("late", header(f"Re: {tag} printer"), action="delayed"))
        copy = header(f"Re: {tag} printer")
        form = f"{WORDS}marked form.\n\n--- Below this line is a copy of the message.\n\n{copy}\nx\n"
        stack.deliver(mail(message_id="form@mx.example", sender=DAEMON, subject="failure notice", text=form,
                           headers={"Return-Path": "<>"}))  # fmt: skip
        assert await stack.once() == 0
        notes = " ".join(stack.entries(ticket.id))
        names = ("tag", "encoded", "headers", "answers", "chain", "late", "form")
        assert [name for name in names if f"marked {name}." not in notes] == []
        assert hidden(stack, ticket.id) == [True] * len(names)
        assert len(stack.sandbox.tickets) == 1
        assert stack.sandbox.tickets[0].fields["status_id"] == CLOSED
        assert len(stack.smtp.messages) == answered
        # None of these is believed about the address: it is answered as before
        stack.deliver(mail(message_id="new@customer.example", sender=ANNA, subject="another", text="another\n"))
        assert await stack.once() == 0
        assert len(stack.smtp.messages) == answered + 1


async def test_a_report_that_names_nothing_of_ours_stays_out(tmp_path):
    async with Stack(tmp_path) as stack:
        stack.deliver(mail(message_id="one@customer.example", sender=ANNA))
        assert await stack.once() == 0
        (ticket,) = stack.sandbox.tickets
        stack.deliver(report("gone", header("Re: [ID:9999999] printer")))
        stack.deliver(report("none", header("Re: printer", "\nIn-Reply-To: <two@customer.example>")))
        assert await stack.once() == 0
        assert stack.entries(ticket.id) == []
        assert len(stack.sandbox.tickets) == 1


async def test_only_a_report_is_read_so(tmp_path):
    """A person who forwards a returned mail, or copies its header, is judged by what they wrote themselves."""
    async with Stack(tmp_path) as stack:
        stack.deliver(mail(message_id="one@customer.example", sender=ANNA))
        assert await stack.once() == 0
        (ticket,) = stack.sandbox.tickets
        text = f"Look:\n\n{header(f'Re: [ID:{ticket.id:07}] printer')}\n"
        stack.deliver(mail(message_id="e@x", sender="eve@web.de", subject="A question", text=text))
        alert = report("alert", header(f"Re: [ID:{ticket.id:07}] printer")).replace(DAEMON.encode(), b"m@web.de")
        stack.deliver(alert.replace(b"report-type=delivery-status", b"report-type=x").replace(b"auto-replied", b"no"))
        assert await stack.once() == 0
        assert all(hidden(stack, ticket.id))


def test_what_came_back_of_the_header_is_read():
    made = parse(
        report("x", header("Re: [ID:7]\n folded", "\nReferences: <a@x> <b@x>\nIn-Reply-To: <c@x>"))
    ).delivery_report
    assert made is not None
    assert made.original_subject == "Re: [ID:7] folded"
    assert made.original_references == ("c@x", "b@x", "a@x")
    assert made.original_message_id == "halo.1@acme.halopsa.example"
