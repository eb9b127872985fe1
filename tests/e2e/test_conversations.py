"""A thousand mails of forty senders in three hundred conversations, in random order, by three mailboxes at once.

Every conversation is one ticket with all its mails, whatever came first, by whichever mailbox, and also when the daemon
is killed in between again and again.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter, defaultdict
from dataclasses import dataclass
from email.message import EmailMessage

import pytest
from fakes.stack import Stack

BOXES = ("support@acme.example", "second@acme.example", "third@acme.example")
MAILS, CONVERSATIONS, SENDERS = 1_000, 300, 40
KILLS = 12
PATIENCE = 420.0


@dataclass(frozen=True)
class Letter:
    """One mail, and the mailboxes that it goes to."""

    conversation: int
    number: int
    octets: bytes
    boxes: tuple[str, ...]


def letters(seed: int) -> list[Letter]:
    """Conversations grow as people's do: somebody answers one of the mails so far, to everybody in it."""
    chance = random.Random(seed)
    people = [f"person{number}@firm{number % 8}.example" for number in range(SENDERS)]
    talks: dict[int, list[tuple[str, tuple[str, ...], set[str]]]] = defaultdict(list)
    order = [*range(CONVERSATIONS), *(chance.randrange(CONVERSATIONS) for _ in range(MAILS - CONVERSATIONS))]
    made: list[Letter] = []
    for number, talk in enumerate(order):
        before = talks[talk]
        message_id = f"m{number}.{talk}@firm.example"
        if before:
            parent, chain, among = chance.choice(before)
            chain = (*chain, parent)
            sender = chance.choice(sorted(among))
        else:
            chain, among = (), set(chance.sample(people, chance.randint(2, 4)))
            sender = min(among)
        boxes = tuple(chance.sample(BOXES, chance.choice((1, 1, 1, 2))))
        mail = EmailMessage()
        mail["From"] = sender
        mail["To"] = ", ".join(sorted(among - {sender}))
        mail["Cc"] = ", ".join(boxes)
        mail["Subject"] = f"{'Re: ' if chain else ''}about {talk}"
        mail["Date"] = "Mon, 02 Mar 2026 09:00:00 +0100"
        mail["Message-ID"] = f"<{message_id}>"
        if chain:
            mail["In-Reply-To"] = f"<{chain[-1]}>"
            mail["References"] = " ".join(f"<{one}>" for one in chain)
        mail.set_content(f"mail {number} of talk {talk}.\n")
        talks[talk].append((message_id, chain, among))
        made.append(Letter(talk, number, mail.as_bytes().replace(b"\n", b"\r\n"), boxes))
    chance.shuffle(made)
    return made


def judge(stack: Stack, sent: list[Letter]) -> None:
    """Every mail is on the ticket of its conversation, once."""
    where: dict[int, set[int]] = defaultdict(set)
    seen: Counter[int] = Counter()
    texts = [(one.id, str(one.fields.get("details"))) for one in stack.sandbox.tickets]
    texts += [(one.ticket_id, str(one.fields.get("note"))) for one in stack.sandbox.actions if not one.opening]
    for ticket, text in texts:
        _, number, _, _, talk = text.partition(".")[0].split()[:5]
        where[int(talk)].add(ticket)
        seen[int(number)] += 1
    assert {talk: tickets for talk, tickets in where.items() if len(tickets) != 1} == {}
    assert {number: seen[number] for number in range(len(sent)) if seen[number] != 1} == {}
    assert len(stack.sandbox.tickets) == CONVERSATIONS


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kills", [0, KILLS], ids=["in peace", "killed in between"])
async def test_a_thousand_mails_find_their_three_hundred_conversations(tmp_path, kills):
    sent = letters(kills + 5)
    async with Stack(tmp_path, users=BOXES, top={"workers": 8}) as stack:
        total = sum(len(one.boxes) for one in sent)
        daemon = await stack.start("run")
        try:
            await asyncio.to_thread(_deliver, stack, sent[: MAILS // 2])
            for _ in range(kills):
                await asyncio.sleep(random.Random(kills).uniform(0.8, 2.5))
                daemon.send_signal(signal.SIGKILL)
                await daemon.wait()
                daemon = await stack.start("run")
            await asyncio.to_thread(_deliver, stack, sent[MAILS // 2 :])
            for _ in range(int(PATIENCE)):
                await asyncio.sleep(1)
                if sum(len(stack.flags(box)) and _seen(stack, box) for box in BOXES) == total:
                    break
            else:
                raise AssertionError(f"not all is settled after {PATIENCE} s")
        finally:
            assert await stack.stop(daemon) == 0
        judge(stack, sent)


def _deliver(stack: Stack, some: list[Letter]) -> None:
    for one in some:
        for box in one.boxes:
            stack.deliver(one.octets, box)


def _seen(stack: Stack, box: str) -> int:
    return sum("\\Seen" in flags for flags in stack.flags(box).values())
