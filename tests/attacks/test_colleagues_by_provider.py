"""A provider's other customers are nobody's colleagues: not by a number, not in a conversation, not as users."""

from __future__ import annotations

from fakes.messages import mail
from fakes.stack import Stack

AUTH = {"authentication_servers": ["mx.acme.example"]}


def written(stack: Stack, ticket_id: int) -> list[tuple[bool, str]]:
    """What was added to a ticket: whether only agents see it, and the text."""
    return [
        (bool(one.fields.get("hiddenfromuser")), str(one.fields.get("note_html") or one.fields.get("note")))
        for one in stack.sandbox.actions
        if one.ticket_id == ticket_id and not one.opening
    ]


def seen_by_the_customer(stack: Stack, ticket_id: int) -> str:
    return " ".join(text for only_agents, text in written(stack, ticket_id) if not only_agents)


def client_of(stack: Stack, word: str) -> int | None:
    (found,) = [one.fields["client_id"] for one in stack.sandbox.tickets if word in one.fields["summary"]]
    return found


def from_(address: str, number: int, **more) -> bytes:
    name, _, domain = address.rpartition("@")
    in_dns = domain.encode("idna").decode()
    passed = {"Authentication-Results": f"mx.acme.example; dmarc=pass header.from={in_dns}"}
    octets = mail(sender=f"{name}@DOMAIN", message_id=f"{number}@{in_dns}", headers=passed, **more)
    return octets.replace(b"DOMAIN", domain.encode(), 1)


HOMES = {
    "anna@sfr.fr": ["eve@sfr.fr", "eve@SFR.FR", "eve@mail.sfr.fr"],
    "berta@chello.at": ["eve@chello.at"],
    "carl@netcologne.de": ["eve@netcologne.de"],
    "dora@unheard-of-provider.example": ["eve@unheard-of-provider.example"],
    "emil@xn--kabel-kln-67a.example": ["eve@kabel-köln.example"],
}
"""Whose only user is where, and who else is there."""


async def test_a_stranger_of_the_same_provider_writes_on_no_ticket_by_its_number(tmp_path):
    async with Stack(tmp_path, policy=AUTH) as stack:
        clients = {home: stack.sandbox.add_client(home.partition("@")[0]) for home in HOMES}
        for number, (home, client) in enumerate(clients.items()):
            stack.sandbox.add_user(client.name, home, client.id)
            stack.deliver(from_(home, number, subject=f"of {client.name}"))
        assert await stack.once() == 0
        tickets = {one.fields["summary"].removeprefix("of "): one.id for one in stack.sandbox.tickets}
        before = len(tickets)
        strangers = [(home, eve) for home, many in HOMES.items() for eve in many]
        for number, (home, eve) in enumerate(strangers):
            ticket = tickets[home.partition("@")[0]]
            subject = f"Re: [ID:{ticket:07}] from the stranger {number}"
            stack.deliver(from_(eve, 100 + number, subject=subject, text="pay to another account\n"))
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == before + len(strangers)
        for ticket in tickets.values():
            assert "another account" not in seen_by_the_customer(stack, ticket)
        for number in range(len(strangers)):
            assert client_of(stack, f"from the stranger {number}") == 1  # the catch-all's, whoever else is there
        # the users themselves go on as before
        for number, home in enumerate(HOMES):
            ticket = tickets[home.partition("@")[0]]
            stack.deliver(from_(home, 200 + number, subject=f"Re: [ID:{ticket:07}] x", text="it is still broken\n"))
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == before + len(strangers)
        for ticket in tickets.values():
            assert "still broken" in seen_by_the_customer(stack, ticket)


async def test_nor_does_one_in_the_conversation_take_part_nor_become_a_user(tmp_path):
    async with Stack(tmp_path, policy=AUTH, people={"create_users": True}) as stack:
        red, blue = stack.sandbox.add_client("Red"), stack.sandbox.add_client("Blue")
        stack.sandbox.add_user("Anna", "anna@hispeed.ch", red.id)
        stack.sandbox.add_user("Beat", "beat@hispeed.ch", red.id)  # two of a provider's are no company
        stack.sandbox.add_user("Dora", "dora@unheard-of.example", blue.id, email2="dora2@unheard-of.example")
        stack.deliver(from_("anna@hispeed.ch", 1, subject="of Anna"))
        stack.deliver(from_("dora@unheard-of.example", 2, subject="of Dora"))
        assert await stack.once() == 0
        anna, dora = (one.id for one in sorted(stack.sandbox.tickets, key=lambda one: one.fields["summary"]))
        for number, (eve, ticket) in enumerate((("eve@hispeed.ch", anna), ("eve@unheard-of.example", dora))):
            stack.deliver(from_(eve, 10 + number, subject=f"by number {number} [ID:{ticket:07}]", text="by number\n"))
            answered = "1@hispeed.ch" if ticket == anna else "2@unheard-of.example"
            text = "in the conversation\n"
            stack.deliver(from_(eve, 20 + number, subject="Re: x", text=text, in_reply_to=answered))
            stack.deliver(from_(eve, 30 + number, subject=f"of my own {number}"))
        assert await stack.once() == 0
        for eve, ticket in (("eve@hispeed.ch", anna), ("eve@unheard-of.example", dora)):
            stack.deliver(from_(eve, 40 + ticket, subject=f"once more [ID:{ticket:07}]", text="once more\n"))
        assert await stack.once() == 0
        for ticket in (anna, dora):
            assert seen_by_the_customer(stack, ticket) == ""
            assert any("in the conversation" in text for only_agents, text in written(stack, ticket) if only_agents)
        assert {one.emailaddress for one in stack.sandbox.users} == {
            "anna@hispeed.ch", "beat@hispeed.ch", "dora@unheard-of.example",
        }  # fmt: skip
        assert {client_of(stack, f"of my own {number}") for number in range(2)} == {1}


async def test_a_company_goes_on_as_before(tmp_path):
    """Whom HaloPSA knows, or whose domain it names, writes by number; whose domain several users have, opens there."""
    people = {"create_users": True, "client_domains": ["t-online.de"], "shared_domains": ["group.example"]}
    async with Stack(tmp_path, policy=AUTH, people=people) as stack:
        red = stack.sandbox.add_client("Red", "Red.example, rot.example")
        blue = stack.sandbox.add_client("Blue", emaildomain="blue.example; xn--bl-yka.example")
        green, host = stack.sandbox.add_client("Green"), stack.sandbox.add_client("Host", "t-online.de")
        group = stack.sandbox.add_client("Group", "group.example")
        stack.sandbox.add_user("Gus", "gus@green.example", green.id)
        stack.sandbox.add_user("Gil", "gil@green.example", green.id)
        stack.sandbox.add_user("Pia", "pia@sfr.fr", green.id)
        for number, (address, subject) in enumerate(
            (
                ("anna@red.example", "of Red"),
                ("bea@blue.example", "of Blue"),
                ("gus@green.example", "of Green"),
                ("hans@t-online.de", "of Host"),
                ("gerd@group.example", "of nobody"),
            )
        ):
            stack.deliver(from_(address, number, subject=subject))
        assert await stack.once() == 0
        ids = {one.fields["summary"]: one.id for one in stack.sandbox.tickets}
        assert [client_of(stack, name) for name in ids] == [
            {"of Red": red.id, "of Blue": blue.id, "of Green": green.id, "of Host": host.id, "of nobody": 1}[name]
            for name in ids
        ]
        assert group.id not in {one.fields["client_id"] for one in stack.sandbox.tickets}
        colleagues = [
            ("new@rot.example", "of Red"),  # named by the client
            ("new@RED.example", "of Red"),
            ("new@blue.example", "of Blue"),  # named by its site
            ("new@blü.example", "of Blue"),
            ("gil@green.example", "of Green"),  # a user
            ("pia@sfr.fr", "of Green"),  # a user, though a provider's
            ("new@t-online.de", "of Host"),  # a provider's, says the list; the operator knows better
        ]
        for number, (address, name) in enumerate(colleagues):
            subject = f"Re: [ID:{ids[name]:07}] x"
            stack.deliver(from_(address, 50 + number, subject=subject, text=f"colleague {number}\n"))
        stack.deliver(from_("new@green.example", 70, subject="a new one of Green"))
        assert await stack.once() == 0
        for number, (_, name) in enumerate(colleagues):
            assert f"colleague {number}" in seen_by_the_customer(stack, ids[name])
        assert client_of(stack, "a new one of Green") == green.id
        assert "new@green.example" in {one.emailaddress for one in stack.sandbox.users}
        assert len(stack.sandbox.tickets) == len(ids) + 1
