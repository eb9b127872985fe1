"""Our mail server judged one author, and we must not read another: From in every form that two programs read apart."""

from __future__ import annotations

import pytest
from attacks.scene import ANNA, AUTH, EVE, annas_ticket, notes, passed, raw, seen_by_customers, summaries
from fakes.messages import mail
from fakes.stack import Stack

JUDGED = "Authentication-Results: mx.acme.example; dmarc=pass header.from=evil.example\n"
SILENT = "Authentication-Results: mx.acme.example; dmarc=pass\n"  # it does not say whom it judged
TWICE = "Authentication-Results: mx.acme.example; dmarc=pass header.from=customer.example\n"
WAYS = (
    f"From: {ANNA}\nFrom: {EVE}\n",
    f"From: {EVE}\nFrom: {ANNA}\n",
    f"From: {ANNA}, {EVE}\n",
    f"From: Anna <{ANNA}>, Eve <{EVE}>\nSender: {EVE}\n",
    f"From: us: {ANNA}, {EVE};\n",
    f"From: {EVE}: {ANNA}\n",
    f"From: <{ANNA}> <{EVE}>\n",
    f"From: {EVE} <{ANNA}>\n",
    f"From: <anna({EVE})@customer.example>\n",
    "From: anna@(evil.example)customer.example\n",
    f"From\n : {ANNA}\nFrom: {EVE}\n",
    f"From : {ANNA}\n",
    f"From\n : {ANNA}\n",
    "From: <anna@customer .example>\n",
    "From: <an na@customer.example>\n",
    "From: anna @ customer.example\n",
    "From: <anna@cust\x01omer.example>\n",
    "From: <anna@customer.example\x00>\n",
    "From: =?utf-8?q?anna=40customer.example?=\n",
    "From: <=?utf-8?q?anna?=@customer.example>\n",
    f"From: <@evil.example:{ANNA}>\n",
    f"From: {ANNA}\nnot a field\nFrom: {EVE}\n",
    f"Subject: x\nnot a field\nFrom: {ANNA}\n",
    f"X-Long: {'x' * 100}\n" * 2_100 + f"From: {ANNA}\n",
    f"From: <mailto:{ANNA}>\n",
    "From: <anna@customer.example.>\n",
)


@pytest.mark.parametrize("results", ["", JUDGED, SILENT, TWICE], ids=["none", "judged", "silent", "same domain"])
async def test_a_from_that_can_be_read_in_two_ways_is_shown_to_no_customer(tmp_path, results):
    async with Stack(tmp_path, **(AUTH if results else {})) as stack:
        ticket = await annas_ticket(stack)
        for number, header in enumerate(WAYS):
            ways = (("t", "x"), ("n", f"[ID:{ticket:07}]")) if results == JUDGED else (("t", "x"),)
            for how, subject in ways:
                thread = "In-Reply-To: <one@customer.example>\n" if how == "t" else ""
                octets = raw(results + header + thread, f"way {number} {how}\n", message_id=f"{how}{number}@x",
                             subject=subject)  # fmt: skip
                stack.deliver(octets)
        assert await stack.once() == 0
        assert seen_by_customers(stack, ticket) == ""
        told = "\n".join(notes(stack, ticket, visible=False))
        everything = told + "\n".join(str(one) for one in summaries(stack).values())
        everything += "\n".join(str(one.fields) for one in stack.sandbox.tickets)
        for number in range(len(WAYS)):
            assert f"way {number} t" in everything  # nothing is lost


async def test_a_result_about_another_domain_is_a_failure(tmp_path):
    others = ("evil.example", "mail.customer.example", "example", "customer.example.evil.example")
    async with Stack(tmp_path, **AUTH) as stack:
        ticket = await annas_ticket(stack)
        for number, domain in enumerate(others):
            stack.deliver(
                mail(message_id=f"{number}@x", subject=f"[ID:{ticket:07}]", text="x\n", headers=passed(domain))
            )
        assert await stack.once() == 0
        assert seen_by_customers(stack, ticket) == ""
        assert len(notes(stack, ticket, visible=False)) == len(others)


@pytest.mark.parametrize("dialect", ["observed", "documented"])
async def test_an_agent_is_one_by_the_very_domain_alone(tmp_path, dialect):
    said = (
        "dmarc=pass header.from=mail.acme.example",
        "dkim=pass header.d=mail.acme.example",
        "spf=pass smtp.mailfrom=mail.acme.example",
        "dmarc=pass",
        "dkim=pass header.d=example",
    )
    async with Stack(tmp_path, dialect=dialect, **AUTH) as stack:
        ticket = await annas_ticket(stack)
        fields = {"sender": "Grace <grace@acme.example>", "subject": f"[ID:{ticket:07}] x"}
        for number, result in enumerate(said):
            headers = {"Authentication-Results": f"mx.acme.example; {result}"}
            stack.deliver(mail(message_id=f"{number}@x", text=f"no agent {number}\n", headers=headers, **fields))
        stack.deliver(mail(message_id="g@x", text="an agent\n", headers=passed("acme.example"), **fields))
        strict = {"Authentication-Results": "mx.acme.example; dkim=pass header.d=acme.example"}
        stack.deliver(mail(message_id="h@x", text="an agent too\n", headers=strict, **fields))
        assert await stack.once() == 0
        shown = seen_by_customers(stack, ticket)
        assert "an agent<" in shown.replace("\n", "<")
        assert "an agent too" in shown
        assert "no agent" not in shown


# Normal service


async def test_what_programs_really_write_is_no_doubt(tmp_path):
    senders = (
        "Anna Berg <anna@customer.example>", '"Berg, Anna" <anna@customer.example>', "anna@customer.example",
        "Berg, Anna <anna@customer.example>", "anna@customer.example (Anna Berg)",
        "anna@customer.example <anna@customer.example>", "=?utf-8?q?Anna_B=C3=A9rg?= <anna@customer.example>",
        "Anna\n Berg\n <anna@Customer.example>",
    )  # fmt: skip
    async with Stack(tmp_path, **AUTH) as stack:
        ticket = await annas_ticket(stack)
        results = TWICE
        for number, sender in enumerate(senders):
            header = f"{results}From: {sender}\nIn-Reply-To: <one@customer.example>\n"
            stack.deliver(raw(header, f"as I am {number}\n", message_id=f"{number}@x", subject="x"))
        assert await stack.once() == 0
        shown = seen_by_customers(stack, ticket)
        assert [f"as I am {number}" in shown for number in range(len(senders))] == [True] * len(senders)
