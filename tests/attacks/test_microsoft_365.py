"""Exchange Online writes results without a name, and says who was logged in: believed only at its own mailboxes."""

from __future__ import annotations

from attacks.scene import annas_ticket, notes, seen_by_customers
from fakes.messages import mail
from fakes.stack import Stack

MICROSOFT = {"policy": {"authentication_servers": ["microsoft365"]}}
HOP = "from AM9PR04MB1.eurprd04.prod.outlook.com (2603:10a6::1) by DB8PR04MB2.eurprd04.prod.outlook.com; x"
FAILED = "spf=fail smtp.mailfrom=customer.example; dkim=none; dmarc=fail header.from=customer.example;compauth=fail"
PASSED = "spf=pass smtp.mailfrom=customer.example; dmarc=pass action=none header.from=customer.example"
INTERNAL = {"X-MS-Exchange-Organization-AuthAs": "Internal"}
GRACE = {"sender": "Grace <grace@acme.example>"}


def above(octets: bytes, *fields: str) -> bytes:
    """The mail with fields above its own, the first one topmost."""
    return "".join(f"{one}\r\n" for one in fields).encode() + octets


async def test_results_without_a_name_are_microsofts_only_where_microsoft_delivered(tmp_path):
    async with Stack(tmp_path, **MICROSOFT) as stack:
        ticket = await annas_ticket(stack)
        tagged = {"subject": f"[ID:{ticket:07}]"}
        failed = f"Authentication-Results: {FAILED}"
        passed = f"Authentication-Results: {PASSED}"
        internal = "X-MS-Exchange-Organization-AuthAs: Internal"
        theirs = "Received: from a by mx.evil.example; Mon, 2 Mar 2026 09:00:00 +0100"
        cases = {
            "forged, says Microsoft": above(mail(message_id="a@x", text="forged, says Microsoft\n", **tagged), failed),
            "below ours": above(
                mail(message_id="b@x", text="below ours\n", **tagged), f"Received: {HOP}", failed, passed
            ),
            "agent by a foreign trace": above(
                mail(message_id="c@x", text="agent by a foreign trace\n", **tagged, **GRACE), theirs, internal
            ),
            "agent in spite of a failure": above(
                mail(message_id="d@x", text="agent in spite of a failure\n", **tagged, **GRACE),
                "Authentication-Results: dmarc=fail header.from=acme.example", internal,
            ),
            "agent judged as another": above(
                mail(message_id="e@x", text="agent judged as another\n", **tagged, **GRACE),
                "Authentication-Results: dmarc=none header.from=evil.example", internal,
            ),
        }  # fmt: skip
        for octets in cases.values():
            stack.deliver(octets)
        assert await stack.once() == 0
        assert seen_by_customers(stack, ticket) == ""
        assert "forged, says Microsoft" in "\n".join(notes(stack, ticket, visible=False))


async def test_the_fields_say_nothing_where_microsoft_is_not_named(tmp_path):
    async with Stack(tmp_path, policy={"authentication_servers": ["mx.acme.example"]}) as stack:
        ticket = await annas_ticket(stack)
        octets = mail(message_id="a@x", subject=f"[ID:{ticket:07}]", text="an agent?\n", headers=INTERNAL, **GRACE)
        stack.deliver(above(octets, f"Received: {HOP}", "Authentication-Results: dmarc=pass header.from=acme.example"))
        assert await stack.once() == 0
        assert seen_by_customers(stack, ticket) == ""


async def test_customers_and_agents_of_an_exchange_online_mailbox_are_known(tmp_path):
    async with Stack(tmp_path, **MICROSOFT) as stack:
        ticket = await annas_ticket(stack)
        tagged = {"subject": f"[ID:{ticket:07}]"}
        stack.deliver(above(mail(message_id="a@x", text="passed, says Microsoft\n", **tagged), f"Received: {HOP}",
                            f"Authentication-Results: {PASSED}"))  # fmt: skip
        stack.deliver(above(mail(message_id="b@x", text="an agent inside\n", headers=INTERNAL, **tagged, **GRACE),
                            f"Received: {HOP}"))  # fmt: skip
        stack.deliver(above(mail(message_id="c@x", text="an agent outside\n", **tagged, **GRACE),
                            "Authentication-Results: dmarc=pass action=none header.from=acme.example"))  # fmt: skip
        assert await stack.once() == 0
        shown = seen_by_customers(stack, ticket)
        assert all(words in shown for words in ("passed, says Microsoft", "an agent inside", "an agent outside"))
        agents = [one.fields.get("who_agentid") for one in stack.sandbox.actions if not one.opening]
        assert agents.count(4) == 2
