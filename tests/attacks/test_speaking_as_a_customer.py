"""A stranger whom only fields name that anybody can write does not speak as a customer; lists and forms still work."""

from __future__ import annotations

import pytest
from attacks.scene import ANNA, AUTH, EVE, annas_ticket, notes, passed, seen_by_customers, summaries
from fakes.messages import mail
from fakes.stack import Stack

from storage.ledger import open_ledger

VIA = f"Anna Berg via Users <{EVE}>"
LISTED = {"List-Id": "<users.evil.example>", **passed("evil.example")}
WAYS = {
    "X-Original-From": {"sender": VIA, "headers": {**LISTED, "X-Original-From": f"Anna <{ANNA}>"}},
    "X-Original-Sender": {"sender": VIA, "headers": {**LISTED, "X-Original-Sender": ANNA}},
    "Reply-To of a list": {"sender": VIA, "headers": {**LISTED, "Reply-To": ANNA}},
    "List-Post is From": {
        "sender": EVE,
        "headers": {**passed("evil.example"), "List-Post": f"<mailto:{EVE}>", "Reply-To": ANNA},
    },
    "List-Unsubscribe": {
        "sender": VIA,
        "headers": {**passed("evil.example"), "List-Unsubscribe": "<mailto:x@evil.example>", "Reply-To": ANNA},
    },
    "our own address": {"sender": "support@acme.example", "headers": {**passed("evil.example"), "Reply-To": ANNA}},
    "a form": {"sender": "wordpress@evil.example", "headers": {**passed("evil.example"), "Reply-To": ANNA}},
    "noreply": {"sender": "no-reply@evil.example", "headers": {**passed("evil.example"), "Reply-To": ANNA}},
}


@pytest.mark.parametrize("dialect", ["observed", "documented"])
async def test_who_is_named_by_reply_to_or_a_list_is_shown_to_no_customer(tmp_path, dialect):
    async with Stack(tmp_path, dialect=dialect, **AUTH) as stack:
        ticket = await annas_ticket(stack)
        for number, fields in enumerate(WAYS.values()):
            tagged = f"Re: [ID:{ticket:07}] x"
            stack.deliver(mail(message_id=f"n{number}@x", subject=tagged, text=f"by number {number}\n", **fields))
            stack.deliver(mail(message_id=f"t{number}@x", in_reply_to="one@customer.example", subject="x",
                               text=f"by thread {number}\n", **fields))  # fmt: skip
        assert await stack.once() == 0
        shown, told = seen_by_customers(stack, ticket), "\n".join(notes(stack, ticket, visible=False))
        assert shown == ""
        for number in range(len(WAYS)):
            assert f"by thread {number}" in told  # agents see it, and who sent it
        entries = [one.fields for one in stack.sandbox.actions if one.ticket_id == ticket and not one.opening]
        if dialect == "observed":
            assert {one.get("actionby_user_id") for one in entries} == {None}
            assert ANNA not in {one["emailfrom"] for one in entries}
        for fields in summaries(stack).values():
            if fields["summary"] != "The printer prints only zebras":
                assert fields.get("user_id") is None  # a ticket for nobody in particular


async def test_whoever_only_carried_a_mail_takes_part_in_nothing(tmp_path):
    async with Stack(tmp_path, **AUTH) as stack:
        ticket = await annas_ticket(stack)
        for number, fields in enumerate(WAYS.values()):
            stack.deliver(mail(message_id=f"t{number}@x", in_reply_to="one@customer.example", text="first\n", **fields))
            own = {"sender": fields["sender"], "headers": passed("evil.example")}
            stack.deliver(
                mail(
                    message_id=f"own{number}@x",
                    subject=f"[ID:{ticket:07}]",
                    text=f"under my own name {number}\n",
                    **own,
                )
            )
        stack.deliver(mail(message_id="new@x", subject="fresh", text="as Anna\n", **WAYS["X-Original-From"]))
        assert await stack.once() == 0
        assert seen_by_customers(stack, ticket) == ""
        fresh = next(one for one in stack.sandbox.tickets if one.fields["summary"] == "fresh")
        ledger = await open_ledger(stack.state)
        try:
            assert await ledger.people.participants(ticket) == {ANNA}
            assert await ledger.people.participants(fresh.id) == {ANNA}
        finally:
            await ledger.close()


async def test_a_closed_ticket_is_not_reopened_by_whom_a_list_names(tmp_path):
    async with Stack(tmp_path, **AUTH) as stack:
        ticket = await annas_ticket(stack)
        stack.sandbox.change_ticket(ticket, status_id=9)
        for number, fields in enumerate(WAYS.values()):
            stack.deliver(
                mail(message_id=f"t{number}@x", in_reply_to="one@customer.example", text="open it\n", **fields)
            )
        assert await stack.once() == 0
        assert next(one for one in stack.sandbox.tickets if one.id == ticket).fields["status_id"] == 9
        assert seen_by_customers(stack, ticket) == ""


async def test_nobody_becomes_an_agent_by_reply_to(tmp_path):
    async with Stack(tmp_path, **AUTH) as stack:
        ticket = await annas_ticket(stack)
        grace = {"Reply-To": "grace@acme.example", "X-Original-From": "grace@acme.example"}
        for number, sender in enumerate((VIA, "noreply@evil.example", "support@acme.example")):
            headers = {**LISTED, **grace}
            stack.deliver(
                mail(message_id=f"a{number}@x", sender=sender, subject=f"[ID:{ticket:07}]", text="x\n", headers=headers)
            )
        assert await stack.once() == 0
        assert seen_by_customers(stack, ticket) == ""
        assert all(one.fields.get("who_agentid") is None for one in stack.sandbox.actions if not one.opening)


async def test_nobody_is_put_on_copy_by_a_mail_that_nobody_vouches_for(tmp_path):
    async with Stack(tmp_path, **AUTH) as stack:
        for number, fields in enumerate(WAYS.values()):
            octets = mail(
                message_id=f"c{number}@x", subject=f"reset my password {number}", text=f"{number}\n", **fields
            )
            stack.deliver(octets.replace(b"\r\nSubject:", f"\r\nCc: {EVE}\r\nSubject:".encode(), 1))
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == len(WAYS)
        assert all(EVE not in str(one.fields.get("emailcclist", "")) for one in stack.sandbox.tickets)
        told = [str(one.fields["note"]) for one in stack.sandbox.actions if one.fields.get("hiddenfromuser")]
        assert len([one for one in told if f"Not put on copy for that reason: {EVE}" in one]) == len(WAYS)


# Normal service


async def test_a_genuine_list_and_a_form_open_tickets_of_their_authors_who_then_take_part(tmp_path):
    async with Stack(tmp_path) as stack:
        client = stack.sandbox.add_client("Customer", "customer.example")
        anna = stack.sandbox.add_user("Anna", ANNA, client.id)
        listed = {
            "List-Id": "<users.lists.example>", "List-Post": "<mailto:users@lists.example>",
            "X-Original-From": f"Anna Berg <{ANNA}>",
        }  # fmt: skip
        stack.deliver(mail(message_id="l@x", subject="by a list", sender="Anna Berg via Users <users@lists.example>",
                           text="by a list\n", headers=listed))  # fmt: skip
        stack.deliver(mail(message_id="f@x", subject="by a form", sender="Acme web site <wordpress@acme-web.example>",
                           text="by a form\n", headers={"Reply-To": f"Anna Berg <{ANNA}>"}))  # fmt: skip
        stack.deliver(mail(message_id="o@x", subject="by our form", sender="support@acme.example",
                           text="by our form\n", headers={"Reply-To": "Carl <carl@gmail.com>"}))  # fmt: skip
        assert await stack.once() == 0
        tickets = {str(one.fields["summary"]): one for one in stack.sandbox.tickets}
        assert {tickets[name].fields.get("user_id") for name in ("by a list", "by a form")} == {anna.id}
        assert "carl@gmail.com" in str(tickets["by our form"].fields["reportedby"])
        assert {one.rcpt_tos[0] for one in stack.smtp.messages} == {ANNA, "carl@gmail.com"}  # lists get no answer
        for name, sender in (("by a form", ANNA), ("by our form", "carl@gmail.com")):
            number = tickets[name].id
            stack.deliver(mail(message_id=f"{number}@y", sender=sender, subject=f"Re: [ID:{number:07}] {name}",
                               text=f"more of {name}\n"))  # fmt: skip
        assert await stack.once() == 0
        for name in ("by a form", "by our form"):
            assert f"more of {name}" in seen_by_customers(stack, tickets[name].id)


async def test_a_list_that_the_operator_trusts_says_who_wrote(tmp_path):
    policy = {**AUTH["policy"], "trusted_lists": ["lists.example"]}
    async with Stack(tmp_path, policy=policy) as stack:
        ticket = await annas_ticket(stack)
        sender = "Anna Berg via Users <users@lists.example>"
        listed = {"List-Id": "<users.lists.example>", "X-Original-From": ANNA}
        answer = {"sender": sender, "in_reply_to": "one@customer.example"}
        stack.deliver(mail(message_id="a@x", text="trusted\n", headers={**listed, **passed("lists.example")}, **answer))
        stack.deliver(mail(message_id="b@x", text="not passed\n", headers=listed, **answer))
        stack.deliver(
            mail(message_id="c@x", text="of elsewhere\n", headers={**listed, **passed("evil.example")}, **answer)
        )
        double = mail(message_id="d@x", text="named twice\n", headers={**listed, **passed("lists.example")}, **answer)
        stack.deliver(double.replace(b"X-Original-From", b"X-Original-From: eve@evil.example\r\nX-Original-From", 1))
        assert await stack.once() == 0
        shown = seen_by_customers(stack, ticket)
        assert "trusted" in shown
        assert not any(words in shown for words in ("not passed", "of elsewhere", "named twice"))
        ledger = await open_ledger(stack.state)
        try:
            assert "users@lists.example" not in await ledger.people.participants(ticket)
        finally:
            await ledger.close()


async def test_a_monitor_that_takes_part_goes_on_writing_under_its_own_name(tmp_path):
    async with Stack(tmp_path, **AUTH) as stack:
        ticket = await annas_ticket(stack)
        headers = {**passed("customer.example"), "Reply-To": "it@customer.example"}
        stack.sandbox.add_user("Monitor", "noreply@customer.example", 2)
        stack.deliver(mail(message_id="m@x", sender="noreply@customer.example", subject=f"[ID:{ticket:07}] still down",
                           text="still down\n", headers=headers))  # fmt: skip
        assert await stack.once() == 0
        assert "still down" in seen_by_customers(stack, ticket)
