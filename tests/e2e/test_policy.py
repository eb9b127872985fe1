"""Which ticket, whose, and may they: by the installed command between real servers, in both dialects."""

from __future__ import annotations

import json
import re
from email import message_from_bytes
from email.policy import default

import pytest
from fakes.messages import USER, mail
from fakes.stack import Stack

from gateway.sandbox.picklists import CLOSED
from storage.states import State

AUTH = {"policy": {"authentication_servers": ["mx.acme.example"]}}


@pytest.fixture(params=["observed", "documented"])
def dialect(request):
    return request.param


def hidden(stack: Stack, ticket_id: int) -> list[bool]:
    return [
        bool(one.fields.get("hiddenfromuser"))
        for one in stack.sandbox.actions
        if one.ticket_id == ticket_id and not one.opening
    ]


def signed_line(octets: bytes) -> str:
    """The line of an acknowledgement's text that has the signed reference."""
    text = message_from_bytes(octets, policy=default).get_body(("plain",)).get_content()
    return re.search(r"^hm-\S+", text, re.MULTILINE)[0]


async def test_a_signed_reference_finds_its_ticket_when_headers_and_subject_are_lost(tmp_path, dialect):
    async with Stack(tmp_path, dialect=dialect, mailbox={"plus_addressing": True}) as stack:
        stack.deliver(mail(message_id="one@gmail.com", sender="anna@gmail.com"))
        assert await stack.once() == 0
        (ticket,), (answer,) = stack.sandbox.tickets, stack.smtp.messages
        sent = message_from_bytes(answer.octets, policy=default)
        reference, reply_to = signed_line(answer.octets), sent["Reply-To"].addresses[0].addr_spec
        assert reference in sent["Message-ID"]
        assert len(reply_to.partition("@")[0]) <= 64
        stack.deliver(mail(message_id="a@x", sender="anna@gmail.com", subject="x", text=f"by text\n\n> {reference}\n"))
        stack.deliver(mail(message_id="b@x", sender="anna@gmail.com", subject="x", text="by address\n", to=reply_to))
        stack.deliver(mail(message_id="c@x", sender="eve@web.de", subject="x", text=f"a stranger\n\n{reference}\n"))
        forged = reference[:-20] + "a" * 20
        stack.deliver(mail(message_id="d@x", sender="eve@web.de", subject="x", text=f"forged\n\n{forged[:40]}aaaa\n"))
        assert await stack.once() == 0
        notes = sorted(stack.entries(ticket.id), key=lambda one: "a stranger" in one)  # several workers add them
        assert sorted(("by text" in one, "by address" in one, "a stranger" in one) for one in notes) == [
            (False, False, True), (False, True, False), (True, False, False),
        ]  # fmt: skip
        assert sorted(hidden(stack, ticket.id)) == [False, False, True]
        assert "eve@web.de" in notes[2]
        assert "not known to take part" in notes[2]
        assert len(stack.sandbox.tickets) == 2
        assert not stack.sandbox.unknown_fields


async def test_a_strangers_file_is_shown_to_no_customer(tmp_path, dialect):
    async with Stack(tmp_path, dialect=dialect) as stack:
        stack.deliver(mail(message_id="one@gmail.com", sender="anna@gmail.com"))
        assert await stack.once() == 0
        (ticket,) = stack.sandbox.tickets
        files = {"virus.exe": b"MZ"}
        stack.deliver(mail(message_id="a@x", sender="eve@web.de", in_reply_to="one@gmail.com", attachments=files))
        assert await stack.once() == 0
        assert all(hidden(stack, ticket.id))
        if dialect == "observed":
            assert [one.fields["showforusers"] for one in stack.sandbox.attachments] == [False]
        else:  # it has no such field: the file stays with us, and agents are told
            assert stack.sandbox.attachments == []
            assert any("virus.exe" in one for one in stack.entries(ticket.id))


async def test_a_stranger_with_a_number_gets_a_ticket_of_their_own(tmp_path, dialect):
    async with Stack(tmp_path, dialect=dialect) as stack:
        red = stack.sandbox.add_client("Red", "red.example")
        stack.sandbox.add_user("Anna", "anna@red.example", red.id)
        stack.deliver(mail(message_id="one@red.example", sender="anna@red.example"))
        assert await stack.once() == 0
        (ticket,) = stack.sandbox.tickets
        tag = f"[ID:{ticket.id:07}]"
        stack.deliver(mail(message_id="a@x", sender="eve@web.de", subject=f"Re: {tag} x", text="stranger\n"))
        stack.deliver(mail(message_id="b@x", sender="new@red.example", subject=f"Re: {tag} x", text="colleague\n"))
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == 2
        (note,) = stack.entries(ticket.id)
        assert "colleague" in note  # whom HaloPSA does not know, but whose domain is the client's
        (linked,) = stack.entries(stack.sandbox.tickets[1].id)
        assert f"ticket {ticket.id}" in linked
        assert hidden(stack, stack.sandbox.tickets[1].id) == [True]


async def test_new_people_of_a_client_become_its_users_once(tmp_path):
    async with Stack(tmp_path, people={"create_users": True}) as stack:
        red = stack.sandbox.add_client("Red", "red.example")
        stack.sandbox.add_user("Anna", "anna@red.example", red.id)
        for number in range(4):
            sender, text = "Bob <bob@red.example>", f"{number}\n"
            stack.deliver(mail(message_id=f"{number}@x", sender=sender, subject=f"s{number}", text=text))
        stack.deliver(mail(message_id="e@x", sender="eve@web.de", text="e\n"))
        stack.deliver(mail(message_id="r@x", sender="rmm@red.example", headers={"Auto-Submitted": "auto-generated"}))
        assert await stack.once() == 0
        users = {one.emailaddress: one for one in stack.sandbox.users}
        assert set(users) == {"anna@red.example", "bob@red.example"}
        assert (users["bob@red.example"].client_id, users["bob@red.example"].name) == (red.id, "Bob")
        whose = [one.fields.get("user_id") for one in stack.sandbox.tickets]
        assert whose.count(users["bob@red.example"].id) == 4
        assert not stack.sandbox.unknown_fields


async def test_closed_tickets_are_reopened_by_people_who_have_something_to_say(tmp_path, dialect):
    async with Stack(tmp_path, dialect=dialect) as stack:
        stack.deliver(mail(message_id="one@gmail.com", sender="anna@gmail.com"))
        assert await stack.once() == 0
        (ticket,) = stack.sandbox.tickets
        closing = {"status_id": CLOSED, "resolution": "done", "closure_note": "done"}
        stack.sandbox._instance.store.change_ticket(ticket.id, closing)
        answers = {"sender": "anna@gmail.com", "in_reply_to": "one@gmail.com"}
        stack.deliver(mail(message_id="a@x", text="Thanks!\n", **answers))
        stack.deliver(
            mail(message_id="b@x", text="away\n", headers={"Auto-Submitted": "auto-replied (vacation)"}, **answers)
        )
        assert await stack.once() == 0
        assert stack.sandbox.tickets[0].fields["status_id"] == CLOSED
        stack.deliver(mail(message_id="c@x", text="It burns again\n", **answers))
        assert await stack.once() == 0
        assert stack.sandbox.tickets[0].fields["status_id"] == 1
        assert len(stack.entries(ticket.id)) == 3
        assert len(stack.sandbox.tickets) == 1
        assert (await stack.journey(4)).message.reason == "reopened_reply_by_message_id"


async def test_an_agent_is_one_only_by_authentication(tmp_path, dialect):
    async with Stack(tmp_path, dialect=dialect, **AUTH) as stack:
        stack.deliver(mail(message_id="one@gmail.com", sender="anna@gmail.com"))
        assert await stack.once() == 0
        (ticket,) = stack.sandbox.tickets
        good = {"Authentication-Results": "mx.acme.example; dmarc=pass header.from=acme.example"}
        bad = {"Authentication-Results": "mx.evil.example; dmarc=pass header.from=acme.example"}
        agent = {"sender": "Grace <grace@acme.example>", "subject": f"[ID:{ticket.id:07}] x"}
        stack.deliver(mail(message_id="a@x", text="I am on it\n", headers=good, **agent))
        stack.deliver(mail(message_id="b@x", text="I am not\n", headers=bad, **agent))
        passed_on = (
            "please see\n\n---------- Forwarded message ---------\nFrom: Carl Customer <carl@gmail.com>\n"
            "Date: Mon, 2 Mar 2026 at 09:00\nSubject: no network\nTo: <grace@acme.example>\n\nThe network is gone.\n"
        )
        stack.deliver(
            mail(message_id="c@x", sender="grace@acme.example", subject="Fwd: no network", text=passed_on, headers=good)
        )
        assert await stack.once() == 0
        (action,) = [one for one in stack.sandbox.actions if one.ticket_id == ticket.id and not one.opening]
        assert action.fields.get("agent_id", action.fields.get("who_agentid")) == 4
        by_subject = {one.fields["summary"]: one for one in stack.sandbox.tickets}
        assert "carl@gmail.com" in by_subject["Fwd: no network"].fields["reportedby"]
        assert [one.rcpt_tos for one in stack.smtp.messages][-1] == ("carl@gmail.com",)
        assert len(stack.sandbox.tickets) == 3


async def test_a_bounce_of_ours_is_noted_and_its_address_answered_no_more(tmp_path):
    async with Stack(tmp_path) as stack:
        stack.deliver(mail(message_id="one@gone.example", sender="anna@gone.example"))
        assert await stack.once() == 0
        (ticket,), (answer,) = stack.sandbox.tickets, stack.smtp.messages
        ours = message_from_bytes(answer.octets, policy=default)["Message-ID"].strip("<>")
        stack.deliver(bounce("anna@gone.example", ours))
        assert await stack.once() == 0
        stack.deliver(mail(message_id="two@gone.example", sender="anna@gone.example", subject="another", text="more\n"))
        assert await stack.once() == 0
        assert hidden(stack, ticket.id) == [True]
        assert len(stack.sandbox.tickets) == 2
        assert len(stack.smtp.messages) == 1


async def test_what_is_set_aside_is_shown_and_let_go_once(tmp_path):
    async with Stack(tmp_path, policy={"stranger_number": "quarantine"}) as stack:
        stack.deliver(mail(message_id="one@gmail.com", sender="anna@gmail.com"))
        assert await stack.once() == 0
        (ticket,) = stack.sandbox.tickets
        for number in range(3):
            text = f"stranger {number}\n"
            stack.deliver(
                mail(message_id=f"{number}@x", sender="eve@web.de", subject=f"[ID:{ticket.id:07}]", text=text)
            )
        assert await stack.once() == 0
        status, out = await stack.call("quarantine", "list", "--json")
        listed = json.loads(out)
        assert (status, listed["count"]) == (0, 3)
        assert {one["named_cause"] for one in listed["messages"]} == {"stranger"}
        assert not any("\\Seen" in flags for uid, flags in stack.flags().items() if uid > 1)
        status, out = await stack.call("quarantine", "show", "2")
        assert "stranger 0" in out
        assert "stranger" in out
        assert (await stack.call("quarantine", "release", "2"))[0] == 0
        assert (await stack.call("quarantine", "release", "2"))[0] == 1
        assert (await stack.call("quarantine", "assign", "3", str(ticket.id)))[0] == 0
        assert (await stack.call("quarantine", "discard", "4"))[0] == 0
        assert await stack.once() == 0
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == 2
        (note,) = stack.entries(ticket.id)
        assert "stranger 1" in note
        assert hidden(stack, ticket.id) == [False]
        assert {(await stack.journey(number)).message.state for number in (2, 3, 4)} == {State.DONE}
        assert all("\\Seen" in flags for flags in stack.flags().values())


async def test_rules_route_and_can_be_tried(tmp_path, dialect):
    rule = [
        {"name": "invoices", "subject": ["*invoice*"], "tickettype_id": 2, "priority_id": 1, "categories": ["Software"],
         "agent_id": 7, "continue": True},
        {"name": "shop", "domain": ["shop.example"], "acknowledge": False},
        {"name": "spam", "header": {"X-Spam": "yes*"}, "ignore": True},
    ]  # fmt: skip
    async with Stack(tmp_path, dialect=dialect, rule=rule) as stack:
        folder = tmp_path / "mails"
        folder.mkdir()
        mails = {
            "a": mail(message_id="a@x", sender="a@news.shop.example", subject="Your Invoice 7"),
            "b": mail(message_id="b@x", sender="b@c.example", headers={"X-Spam": "YES, 9.5"}),
            "c": mail(message_id="c@x", sender="c@c.example", subject="hello"),
        }
        for name, octets in mails.items():
            (folder / f"{name}.eml").write_bytes(octets)
            stack.deliver(octets)
        status, out = await stack.call("rules", "test", str(folder), "--json")
        found = json.loads(out)
        assert (status, [one["rules"] for one in found["mails"]]) == (0, [["invoices", "shop"], ["spam"], []])
        assert found["rules"] == {"invoices": 1, "shop": 1, "spam": 1}
        status, out = await stack.call("explain", "--file", str(folder / "a.eml"), "--json")
        assert (status, json.loads(out)["rules_taken"]) == (0, ["invoices", "shop"])
        assert stack.sandbox.tickets == []
        assert await stack.once() == 0
        fields = {one.fields["summary"]: one.fields for one in stack.sandbox.tickets}
        assert set(fields) == {"Your Invoice 7", "hello"}
        taken = fields["Your Invoice 7"]
        wanted = {"tickettype_id": 2, "priority_id": 1, "category_1": "Software", "agent_id": 7}
        assert {name: taken.get(name) for name in wanted} == wanted
        assert [one.rcpt_tos for one in stack.smtp.messages] == [("c@c.example",)]
        assert not stack.sandbox.unknown_fields


async def test_a_rule_chooses_another_acknowledgement(tmp_path):
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "night.txt.j2").write_text("We sleep. Your ticket is {{ tag }}.\n\n{{ signed }}\n", encoding="utf-8")
    rule = [{"name": "night", "subject": ["*night*"], "template": "night"}]
    async with Stack(tmp_path, rule=rule, smtp={"templates": str(texts)}) as stack:
        stack.deliver(mail(message_id="a@x", subject="Night"))
        stack.deliver(mail(message_id="b@x", subject="Day"))
        assert await stack.once() == 0
        said = [message_from_bytes(one.octets, policy=default).get_body(("plain",)).get_content() for one in
                stack.smtp.messages]  # fmt: skip
        assert sorted("We sleep" in one for one in said) == [False, True]
        (texts / "night.txt.j2").unlink()
        status, _ = await stack.call("check")
        assert status == 78
        assert '[[rule]] number 1 template = "night": has no text there' in stack.log


def bounce(address: str, message_id: str) -> bytes:
    """A delivery status notification (RFC 3464)."""
    return (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {USER}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        "Return-Path: <>\r\nMessage-ID: <bounce@mx.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\n\r\nIt could not be delivered.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; {address}\r\nAction: failed\r\n"
        "Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{message_id}>\r\nSubject: x\r\n\r\n--b--\r\n"
    ).encode()
