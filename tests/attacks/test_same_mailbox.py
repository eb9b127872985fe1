"""One person by two spellings of one mailbox takes part; an agent's other spelling is nobody."""

from __future__ import annotations

import pytest
from fakes.messages import mail
from fakes.stack import Stack

from gateway.model import Kind, Requester, Standing, TicketView
from gateway.standing import standing

AUTH = {"authentication_servers": ["mx.acme.example"]}


def from_(address: str, number: int, **more) -> bytes:
    domain = address.rpartition("@")[2]
    passed = {"Authentication-Results": f"mx.acme.example; dmarc=pass header.from={domain}"}
    return mail(sender=address, message_id=f"{number}@{domain}", headers=passed, **more)


def seen_by_the_customer(stack: Stack, ticket_id: int) -> str:
    return " ".join(
        str(one.fields.get("note_html") or one.fields.get("note"))
        for one in stack.sandbox.actions
        if one.ticket_id == ticket_id and not one.opening and not one.fields.get("hiddenfromuser")
    )


async def test_the_same_person_by_another_spelling_takes_part(tmp_path):
    pairs = [
        ("anna.berg@gmail.com", "annaberg+halo@googlemail.com"),
        ("berta@icloud.com", "berta@me.com"),
        ("carl+tickets@customer.example", "carl@customer.example"),
        ("dora@customer.example", "Dora+x@CUSTOMER.example"),
        ("emil@mac.com", "emil+shop@icloud.com"),
    ]
    strangers = [
        ("anna.berg@gmail.com", "anna.berg@outlook.com"),
        ("carl+tickets@customer.example", "car.l@customer.example"),
        ("dora@customer.example", "dora@customer.example.evil.example"),
        ("berta@icloud.com", "bert.a@icloud.com"),
        ("reply+token1@desk.example", "reply+token2@desk.example"),  # a service has many people behind one plus
    ]
    async with Stack(tmp_path, policy=AUTH, people={"shared_domains": ["customer.example", "desk.example"]}) as stack:
        homes = list(dict.fromkeys(one for one, _ in (*pairs, *strangers)))
        for number, home in enumerate(homes):
            stack.deliver(from_(home, number, subject=f"of {home}"))
        assert await stack.once() == 0
        ids = {one.fields["summary"].removeprefix("of "): one.id for one in stack.sandbox.tickets}
        for number, (home, other) in enumerate(pairs):
            stack.deliver(from_(other, 20 + number, subject=f"Re: [ID:{ids[home]:07}]", text=f"the same {number}\n"))
        for number, (home, other) in enumerate(strangers):
            stack.deliver(from_(other, 40 + number, subject=f"Re: [ID:{ids[home]:07}]", text=f"another {number}\n"))
        assert await stack.once() == 0
        for number, (home, _) in enumerate(pairs):
            assert f"the same {number}" in seen_by_the_customer(stack, ids[home])
        for home, _ in strangers:
            assert "another" not in seen_by_the_customer(stack, ids[home])
        assert len(stack.sandbox.tickets) == len(homes) + len(strangers)


async def test_a_user_is_known_by_another_spelling_and_an_agent_is_not(tmp_path):
    async with Stack(tmp_path, policy=AUTH) as stack:
        red = stack.sandbox.add_client("Red", "red.example")
        anna = stack.sandbox.add_user("Anna", "anna@googlemail.com", red.id)
        bob = stack.sandbox.add_user("Bob", "bob@red.example", red.id)
        stack.sandbox.add_user("Grace", "grace@acme.example", red.id)  # an agent, who is a user too
        stack.deliver(from_("anna@gmail.com", 1, subject="of Anna"))
        stack.deliver(from_("bob+work@red.example", 2, subject="of Bob", to="support@acme.example, grace@acme.example"))
        assert await stack.once() == 0
        tickets = {one.fields["summary"]: one for one in stack.sandbox.tickets}
        assert (tickets["of Anna"].fields["client_id"], tickets["of Anna"].fields.get("user_id")) == (red.id, anna.id)
        assert (tickets["of Bob"].fields["client_id"], tickets["of Bob"].fields.get("user_id")) == (red.id, bob.id)
        ticket = tickets["of Bob"].id
        stack.deliver(from_("grace+x@acme.example", 3, subject=f"Re: [ID:{ticket:07}]", text="as the agent 1\n"))
        stack.deliver(from_("GRACE+y@acme.example", 4, in_reply_to="2@red.example", text="as the agent 2\n"))
        stack.deliver(from_('"grace+z"@acme.example', 5, in_reply_to="2@red.example", text="as the agent 3\n"))
        stack.deliver(from_("anna+phone@gmail.com", 6, subject=f"Re: [ID:{ticket:07}]", text="a colleague\n"))
        stack.deliver(from_("grace@acme.example", 7, subject=f"Re: [ID:{ticket:07}]", text="the agent herself\n"))
        assert await stack.once() == 0
        seen = seen_by_the_customer(stack, ticket)
        assert "as the agent" not in seen
        assert "a colleague" in seen
        assert "the agent herself" in seen
        mine = [one for one in stack.sandbox.actions if "as the agent" in str(one.fields)]
        assert not [one for one in mine if one.fields.get("who_agentid") or one.fields.get("agent_id")]


@pytest.mark.parametrize("agents_mailbox", [False, True])
def test_an_agents_other_spelling_is_no_participant(agents_mailbox):
    ticket = TicketView(1, client_id=2, addresses=frozenset({"anna@gmail.com"}))
    for sender, known in (("an.na+x@gmail.com", ()), ("berta+x@red.example", ("berta@red.example",))):
        found = standing(sender, Requester(sender), None, ticket, known, Kind.KNOWN, catch_all=1,
                         shared=("red.example",), agents_mailbox=agents_mailbox)  # fmt: skip
        assert found[0] is (Standing.STRANGER if agents_mailbox else Standing.PARTICIPANT)
