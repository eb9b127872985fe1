"""200 messages, and the installed command killed with SIGKILL at random instants: none lost, none doubled.

The seed is printed; `SIGKILL_SEED=… pytest tests/e2e/test_sigkill.py` replays it, as far as instants can be replayed.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import time
from collections import Counter

import pytest
from fakes.messages import mail
from fakes.stack import Stack

CONVERSATIONS, MAILS = 80, 200
KILLS = 12


def make_mails(chance: random.Random) -> list[bytes]:
    """80 conversations: the first mail of each with two attachments, then replies with one, in a random order."""
    picture = {"image001.png": b"same for all" * 50}
    firsts = []
    for n in range(CONVERSATIONS):
        both = {**picture, f"log{n}.txt": f"log {n}".encode() * 100}
        text, sender = f"mail {n}.0 here\n", f"customer{n}@c.example"
        firsts.append(
            mail(subject=f"Request {n}", sender=sender, message_id=f"{n}.0@c.example", text=text, attachments=both)
        )
    replies = []
    for m in range(MAILS - CONVERSATIONS):
        n = m % CONVERSATIONS
        ids = {"message_id": f"{n}.{m + 1}@c.example", "in_reply_to": f"{n}.0@c.example"}
        text, sender = f"mail {n}.{m + 1} here\n", f"customer{n}@c.example"
        replies.append(mail(subject=f"Re: Request {n}", sender=sender, text=text, attachments=picture, **ids))
    chance.shuffle(replies)
    return firsts + replies


@pytest.mark.timeout(300)
@pytest.mark.parametrize("dialect", ["observed", "documented"])
async def test_two_hundred_messages_under_sigkill(tmp_path, dialect):
    seed = int(os.environ.get("SIGKILL_SEED", time.time_ns() % 1_000_000))
    print(f"seed {seed}")
    chance = random.Random(seed)
    async with Stack(tmp_path, dialect=dialect) as stack:
        waiting = make_mails(chance)
        for octets in waiting[:120]:
            stack.deliver(octets)
        rest = waiting[120:]
        for kill in range(KILLS):
            process = await stack.start("run")
            await asyncio.sleep(chance.uniform(0.8, 2.2))  # it needs about 0.7 s to start
            for _ in range(len(rest) // (KILLS - kill)):
                stack.deliver(rest.pop())
            process.kill()
            await process.communicate()
        process = await stack.start("run")
        for _ in range(2000):
            if Counter(stack.flags().values()) == {frozenset({"\\Seen"}): MAILS}:
                break
            await asyncio.sleep(0.05)
        assert await stack.stop(process) == 0
        judge(stack)


def judge(stack: Stack) -> None:
    """By what HaloPSA and the mail server hold."""
    place = Counter()
    for ticket in stack.sandbox.tickets:
        place.update(mails_in(str(ticket.fields["details"])))
    for action in stack.sandbox.actions:
        if not action.opening:
            place.update(mails_in(str(action.fields["note"])))
    expected = {f"{n}.0" for n in range(CONVERSATIONS)} | {
        f"{m % CONVERSATIONS}.{m + 1}" for m in range(MAILS - CONVERSATIONS)
    }
    assert place == Counter(expected)
    assert len(stack.sandbox.tickets) == CONVERSATIONS
    assert Counter(one.filename.rstrip("0123456789.tx") for one in stack.sandbox.attachments)["image001.png"] == MAILS
    assert len(stack.sandbox.attachments) == MAILS + CONVERSATIONS
    answered = Counter(one.rcpt_tos[0] for one in stack.smtp.messages)
    assert max(answered.values()) == 1
    assert Counter(stack.flags().values()) == {frozenset({"\\Seen"}): MAILS}


def mails_in(text: str) -> list[str]:
    return re.findall(r"mail ([0-9]+\.[0-9]+) here", text)
