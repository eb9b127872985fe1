"""No words of one client's sender get onto another client's ticket but by a signed reference and the configuration.

Whole: real ledger, real gathering, deciding and performing; HaloPSA in memory. The mail is whatever a client's user may
write: any number, any Message-ID that was ever seen, Cc to anybody, copied references.
"""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

from fakes.messages import mail
from fakes.trunk import Halo, desk_with
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.policy import Policy
from gateway.model import Requester, TicketView
from gateway.references import sign, verify
from gateway.steps import AddAction

CLIENTS = {2: "red.example", 3: "blue.example"}
PEOPLE = {f"{name}@{domain}": client for client, domain in CLIENTS.items() for name in ("ann", "bob")}
NOBODIES = ("eve@gmail.com", "mal@elsewhere.example")
OUTCOMES = st.sampled_from(["append", "hidden", "new", "quarantine"])


@dataclass(frozen=True)
class Letter:
    """What somebody writes: which ticket's number, whose mail it says it answers, whose reference it copies."""

    sender: str
    number: int | None
    answers: int | None
    mentions: int | None
    copies: int | None
    cc: tuple[str, ...]
    subject: str


LETTERS = st.builds(
    Letter,
    sender=st.sampled_from([*PEOPLE, *NOBODIES]),
    number=st.none() | st.integers(39, 46),
    answers=st.none() | st.integers(0, 9),
    mentions=st.none() | st.integers(0, 12),
    copies=st.none() | st.integers(39, 46),
    cc=st.lists(st.sampled_from([*PEOPLE, *NOBODIES]), max_size=2).map(tuple),
    subject=st.sampled_from(["printer", "Re: printer", "invoice"]),
)
POLICIES = st.builds(
    Policy, stranger_signed=OUTCOMES, stranger_thread=OUTCOMES, stranger_number=OUTCOMES,
    closed=st.sampled_from(["reopen", "new", "note"]),
)  # fmt: skip


class Watching(Halo):
    """Remembers which sender's words went onto which ticket, and whether customers may see them."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[AddAction] = []

    async def add_action(self, step, marker):
        self.written.append(step)
        return await super().add_action(step, marker)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(letters=st.lists(LETTERS, min_size=2, max_size=8), policy=POLICIES, closed=st.sets(st.integers(40, 45)))
def test_clients_are_apart(letters, policy, closed):
    asyncio.run(_story(letters, policy, closed))


async def _story(letters, policy, closed):
    halo = Watching()
    halo.people = {
        address: Requester(address, "", client, None, number)
        for number, (address, client) in enumerate(PEOPLE.items(), 100)
    }
    with tempfile.TemporaryDirectory() as folder:
        async with desk_with(Path(folder), halo, policy=policy) as made:
            keys = await made.desk.gatherer.keyring.keys()
            for number, letter in enumerate(letters):
                before = len(halo.written)
                subject = letter.subject if letter.number is None else f"[ID:{letter.number:07d}] {letter.subject}"
                text = "words of mine\n" if letter.copies is None else f"words\n\n{sign(keys[0], letter.copies)}\n"
                await made.deliver(
                    mail(
                        sender=letter.sender,
                        subject=subject,
                        text=text,
                        message_id=f"{number}@x.example",
                        in_reply_to=None if letter.answers is None else f"{letter.answers}@x.example",
                        references=None if letter.mentions is None else f"<{letter.mentions}@x.example>",
                        headers={"Cc": ", ".join(letter.cc)} if letter.cc else None,
                    )
                )
                await made.work()
                for ticket in closed & set(halo.tickets):
                    view = halo.tickets[ticket]
                    halo.tickets[ticket] = TicketView(
                        view.id, view.summary, view.client_id, view.user_id, addresses=view.addresses, closed=True
                    )
                for step in halo.written[before:]:
                    _judge(letter, halo.tickets[step.ticket_id], step, policy, verify(keys, text))


def _judge(letter, ticket, step, policy, signed):
    theirs = PEOPLE.get(letter.sender)
    if theirs is not None and ticket.client_id not in {1, theirs}:
        assert signed == ticket.id, f"{letter} on {ticket}"
        assert policy.stranger_signed in {"append", "hidden"}
        assert step.hidden or policy.stranger_signed == "append"
    if theirs is None and letter.sender not in ticket.addresses and not step.hidden:
        # A stranger is shown to customers only where the configuration says so, or mail of the ticket named them.
        outcomes = {policy.stranger_signed, policy.stranger_thread, policy.stranger_number}
        assert "append" in outcomes or step.participants
