"""What our own server says is read to its end, nobody else says it, and no forged mail counts against a real one."""

from __future__ import annotations

import pytest
from attacks.scene import ANNA, AUTH, annas_ticket, notes, passed, raw, seen_by_customers
from fakes.messages import mail
from fakes.stack import Stack

OUTLOOK = "Received: from a by DB8PR04MB2.eurprd04.prod.outlook.com (2603:10a6::1) with SMTP; x\n"
REFUSED = "Authentication-Results: spf=fail; dmarc=fail action=oreject header.from={domain};compauth=fail\n"
MANY = "; ".join(f"dkim=pass header.d=e{number}.evil.example header.s=s" for number in range(60))
LONG = "; ".join(f"dkim=pass header.d={'e' * 200}.evil.example header.i=@{'e' * 200}.evil.example" for _ in range(16))
ENDLESS = "; ".join(f"dkim=pass header.d=e{number}.evil.example" for number in range(900))


async def test_nobody_else_writes_results_in_microsofts_name(tmp_path):
    async with Stack(tmp_path, policy={"authentication_servers": ["microsoft365"]}) as stack:
        ticket = await annas_ticket(stack)
        for number, (who, domain) in enumerate((("grace@acme.example", "acme.example"), (ANNA, "customer.example"))):
            theirs = f"Authentication-Results: microsoft365; dmarc=pass header.from={domain}\n"
            header = f"{OUTLOOK}{REFUSED.format(domain=domain)}{theirs}From: {who}\n"
            stack.deliver(raw(header, "let me in\n", message_id=f"{number}@x", subject=f"[ID:{ticket:07}] x"))
        assert await stack.once() == 0
        assert seen_by_customers(stack, ticket) == ""
        assert all(one.fields.get("who_agentid") is None for one in stack.sandbox.actions if not one.opening)


@pytest.mark.parametrize("dialect", ["observed", "documented"])
async def test_a_failure_counts_wherever_our_server_says_it(tmp_path, dialect):
    failed = "dmarc=fail header.from=customer.example"
    results = (
        f"mx.acme.example; {MANY}; {failed}",
        f"mx.acme.example; {LONG}; {failed}",
        f"mx.acme.example; {ENDLESS}; {failed}",
        f"mx.acme.example; dkim=pass header.d=evil.example\nAuthentication-Results: mx.acme.example; {failed}",
        f"mx.acme.example; dmarc=pass; {failed}",
        f"mx.acme.example.; {failed}",
    )
    async with Stack(tmp_path, dialect=dialect, **AUTH) as stack:
        ticket = await annas_ticket(stack)
        for number, said in enumerate(results):
            header = f"Authentication-Results: {said}\nFrom: {ANNA}\nIn-Reply-To: <one@customer.example>\n"
            stack.deliver(raw(header, f"forged {number}\n", message_id=f"{number}@x", subject="x"))
        assert await stack.once() == 0
        assert seen_by_customers(stack, ticket) == ""
        told = "\n".join(notes(stack, ticket, visible=False))
        assert all(f"forged {number}" in told for number in range(len(results)))


async def test_letters_that_only_look_like_a_domain_are_another_domain(tmp_path):
    senders = (
        "anna@customer\u3002example", "anna@\uff43ustomer.example", "anna@customer\uff0eexample",
        "anna@cu\u017ftomer.example", "anna@customer\ufe0f.example", "anna@\u212Bcustomer.example",
    )  # fmt: skip
    async with Stack(tmp_path) as stack:
        ticket = await annas_ticket(stack)
        client = stack.sandbox.add_client("Kunde", "kunde.example")
        stack.sandbox.add_user("Kai", "kai@kunde.example", client.id)
        stack.deliver(mail(message_id="kai@x", sender="kai@kunde.example", subject="Kai's own", text="x\n"))
        assert await stack.once() == 0
        kais = next(one.id for one in stack.sandbox.tickets if one.fields["summary"] == "Kai's own")
        for number, sender in enumerate(senders):
            header = f"From: {sender}\nIn-Reply-To: <one@customer.example>\n"
            stack.deliver(raw(header, f"look {number}\n", message_id=f"l{number}@x", subject="x"))
        for number, sender in enumerate(("kai@\u212aunde.example", "\u212aai@kunde.example")):
            stack.deliver(raw(f"From: {sender}\n", "kelvin\n", message_id=f"k{number}@x", subject=f"[ID:{kais:07}] x"))
        assert await stack.once() == 0
        assert seen_by_customers(stack, ticket) == ""
        assert seen_by_customers(stack, kais) == ""


async def test_forged_mail_of_the_same_words_keeps_no_answer_from_the_one_who_writes_them(tmp_path):
    failed = {"Authentication-Results": "mx.acme.example; dmarc=fail header.from=customer.example"}
    async with Stack(tmp_path, **AUTH) as stack:
        ticket = await annas_ticket(stack)
        stack.sandbox.change_ticket(ticket, status_id=9)
        for number in range(4):
            stack.deliver(mail(message_id=f"f{number}@x", subject="Printer", text="It is broken.\n", headers=failed))
            stack.deliver(mail(message_id=f"g{number}@x", subject="The printer prints only zebras",
                               text="Please open it again.\n", headers=failed))  # fmt: skip
        assert await stack.once() == 0
        before = len(stack.smtp.messages)
        mine = passed("customer.example")
        stack.deliver(mail(message_id="a@x", subject="Printer", text="It is broken.\n", headers=mine))
        stack.deliver(mail(message_id="b@x", subject="Re: The printer prints only zebras", headers=mine,
                           in_reply_to="one@customer.example", text="Please open it again.\n"))  # fmt: skip
        assert await stack.once() == 0
        assert [one.rcpt_tos for one in stack.smtp.messages[before:]] == [(ANNA,)]
        assert next(one for one in stack.sandbox.tickets if one.id == ticket).fields["status_id"] != 9


# Normal service


async def test_what_people_write_around_an_address_is_no_doubt(tmp_path):
    long_ = f"{'relay-' * 11}abc12"
    senders = (
        "Anna @ Customer <anna@customer.example>", "Team @Customer <anna@customer.example>",
        '"anna"@customer.example', f"{long_}@customer.example",
    )  # fmt: skip
    async with Stack(tmp_path, **AUTH) as stack:
        ticket = await annas_ticket(stack)
        results = "Authentication-Results: mx.acme.example; dmarc=pass header.from=customer.example\n"
        for number, sender in enumerate(senders):
            header = f"{results}From: {sender}\nIn-Reply-To: <one@customer.example>\n"
            stack.deliver(raw(header, f"it is me {number}\n", message_id=f"{number}@x", subject="x"))
        japanese = f"{results}From: NAME <{ANNA}>\nIn-Reply-To: <one@customer.example>\n"
        octets = raw(japanese, "it is me, in Japanese\n", message_id="j@x", subject="x")
        stack.deliver(octets.replace(b"NAME", "\u65e5\u672c".encode("iso2022_jp")))
        assert await stack.once() == 0
        shown = seen_by_customers(stack, ticket)
        assert [f"it is me {number}" in shown for number in range(len(senders))] == [True] * len(senders)
        assert "it is me, in Japanese" in shown
