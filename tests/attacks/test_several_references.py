"""A subject that names several tickets: a stranger's number hijacks nothing, and pushes nobody's own out."""

from __future__ import annotations

import pytest
from fakes.messages import mail
from fakes.stack import Stack
from fakes.trunk import Halo, desk_with

from gateway.model import Requester
from gateway.references import sign
from parsers.subject import find_references

TAGS = [("[ID:", "]")]


async def test_of_several_numbers_the_senders_own_is_followed(tmp_path):
    async with Stack(tmp_path) as stack:
        red, blue = stack.sandbox.add_client("Red", "red.example"), stack.sandbox.add_client("Blue", "blue.example")
        stack.sandbox.add_user("Anna", "anna@red.example", red.id)
        stack.sandbox.add_user("Bob", "bob@blue.example", blue.id)
        stack.deliver(mail(message_id="one@red.example", sender="anna@red.example"))
        stack.deliver(mail(message_id="two@blue.example", sender="bob@blue.example"))
        assert await stack.once() == 0
        ours, theirs = (f"[ID:{one.id:07}]" for one in stack.sandbox.tickets)
        (mine, foreign) = (one.id for one in stack.sandbox.tickets)
        wide = ours.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
        subjects = (
            f"Re: {theirs} {ours} x", f"Re: {ours} {theirs} x", f"Re: [ID:9999999] {ours} x", f"Re: {theirs} {wide}",
            f"Re: {theirs} 【ID:{mine}】", f"Re: {wide}",
        )  # fmt: skip
        for number, subject in enumerate(subjects):
            sender = "anna@red.example"
            stack.deliver(mail(message_id=f"{number}@x", sender=sender, subject=subject, text=f"words {number}.\n"))
        # A foreign number and a known Message-ID, and the other way about
        stack.deliver(mail(message_id="a@x", sender="anna@red.example", subject=f"Re: {theirs}", text="words 6.\n",
                           in_reply_to="one@red.example"))  # fmt: skip
        stack.deliver(mail(message_id="b@x", sender="anna@red.example", subject=f"Re: {ours}", text="words 7.\n",
                           in_reply_to="two@blue.example"))  # fmt: skip
        assert await stack.once() == 0
        assert stack.entries(foreign) == []
        notes = stack.entries(mine)
        assert [f"words {number}." in " ".join(notes) for number in range(8)] == [True] * 8
        assert not any(
            one.fields.get("hiddenfromuser")
            for one in stack.sandbox.actions
            if one.ticket_id == mine and not one.opening
        )
        # Who may follow neither gets a ticket of their own
        stack.deliver(mail(message_id="e@x", sender="eve@web.de", subject=f"Re: {theirs} {ours}", text="eve.\n"))
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == 3
        assert stack.entries(foreign) == []
        assert len(stack.entries(mine)) == 8


PEOPLE = {
    "anna@red.example": Requester("anna@red.example", "Anna", 2, None, 100),
    "bob@blue.example": Requester("bob@blue.example", "Bob", 3, None, 101),
}


class Counting(Halo):
    """Remembers which tickets were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.people = dict(PEOPLE)
        self.asked: list[int] = []

    async def ticket(self, ticket_id):
        self.asked.append(ticket_id)
        return await super().ticket(ticket_id)


async def test_of_several_signed_references_the_senders_own_is_followed(tmp_path):
    halo = Counting()
    async with desk_with(tmp_path, halo) as made:
        await made.deliver(mail(message_id="one@x", sender="anna@red.example"))
        await made.deliver(mail(message_id="two@x", sender="bob@blue.example"))
        await made.work()
        mine, foreign = (await made.message(1)).ticket, (await made.message(2)).ticket
        key = (await made.desk.gatherer.keyring.keys())[0]
        text = f"words\n\n> {sign(key, foreign)}\n> {sign(key, mine)}\n"
        await made.deliver(mail(message_id="a@x", sender="anna@red.example", subject="x", text=text))
        await made.work()
        found = await made.message(3)
        assert (found.ticket, found.reason) == (mine, "reply_by_signed_reference")


@pytest.mark.parametrize(
    ("subject", "asked"),
    [("[ID:40] x", 1), ("[ID:40] [ID:41] [ID:41] x", 1), (" ".join(f"[ID:{n}]" for n in range(900, 960)), 5)],
)
async def test_numbers_cost_few_requests(tmp_path, subject, asked):
    halo = Counting()
    async with desk_with(tmp_path, halo) as made:
        await made.deliver(mail(message_id="one@x", sender="anna@red.example"))
        await made.deliver(mail(message_id="two@x", sender="bob@blue.example"))
        await made.work()
        halo.asked.clear()
        await made.deliver(mail(message_id="a@x", sender="anna@red.example", subject=subject, text="more\n"))
        await made.work()
        assert len(halo.asked) == asked


@pytest.mark.parametrize(
    ("subject", "numbers"),
    [
        ("[ID:1] [ID:2] [ID:1]", (1, 2)),
        ("\uff3b\uff29\uff24\uff1a\uff10\uff10\uff11\uff12\uff13\uff14\uff15\uff3d x", (12345,)),
        ("\u3010ID\uff1a7\u3011", (7,)),
        ("[ID:\u0663]", ()),
        ("[ID:1\uff3d", (1,)),
        ("", ()),
    ],
)
def test_every_reference_of_a_subject_is_read(subject, numbers):
    assert find_references(subject, TAGS) == numbers
