"""Many mails, several workers, a Halo and a mail server that fail at random, a process that dies: each thing once."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import timedelta

import pytest
from fakes.ledgers import HOUR
from fakes.messages import mail
from fakes.trunk import WINDOW, Halo, Letters, StandingClock, desk_with

from gateway.errors import Ambiguous, Misconfigured, Permanent, Transient
from gateway.model import TicketView
from gateway.receipts import Receipt
from gateway.worker import Worker
from storage.states import State

BEFORE = (Transient("unavailable"), Misconfigured("forbidden", "403"), Ambiguous("no_answer"), Permanent("refused"))
AFTER = (Ambiguous("no_answer"), Ambiguous("server_error"))


class Fickle(Halo):
    """Writes take a moment and fail before or after they landed; look-ups tell the truth, or fail."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.chance = chance
        self.calm = False
        self.made: list[tuple[str, object]] = []
        self.attached: dict[int, tuple[int, str, int]] = {}
        self.notes = 0

    async def _may_fail(self, among, odds=0.25):
        await asyncio.sleep(self.chance.random() / 500)
        if not self.calm and self.chance.random() < odds:
            raise self.chance.choice(among)

    async def _write(self, what, about, marker):
        await self._may_fail(BEFORE)
        number = 100 + len(self.made)
        self.made.append((what, about))
        self.markers[marker] = number
        await self._may_fail(AFTER)
        return Receipt(number, "answered")

    async def ticket(self, ticket_id):
        await self._may_fail(BEFORE[:2], 0.1)
        return TicketView(ticket_id)

    async def create_ticket(self, step, marker):
        return await self._write("ticket", step.message_id, marker)

    async def add_action(self, step, marker):
        return await self._write("action", step.message_id, marker)

    async def upload(self, step, ticket_id, action_id, octets):
        await self._may_fail(BEFORE)
        number = 1000 + len(self.attached)
        self.attached[number] = (ticket_id, step.filename, step.size)
        await self._may_fail(AFTER)
        return Receipt(number, "answered")

    async def add_note(self, ticket_id, note, marker):
        await self._may_fail(BEFORE)
        self.notes += 1
        self.markers[marker] = 5000 + self.notes
        await self._may_fail(AFTER)
        return Receipt(5000 + self.notes, "answered")

    async def find_created(self, step, doubt):
        await self._may_fail(BEFORE[:1], 0.1)
        return await super().find_created(step, doubt)

    async def find_action(self, ticket_id, doubt):
        await self._may_fail(BEFORE[:1], 0.1)
        return await super().find_action(ticket_id, doubt)

    async def find_upload(self, step, ticket_id, doubt):
        await self._may_fail(BEFORE[:1], 0.1)
        for number, found in self.attached.items():
            if number not in doubt.taken and found == (ticket_id, step.filename, step.size):
                return Receipt(number, "found")
        return None


class FickleLetters(Letters):
    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.chance = chance

    async def acknowledge(self, step, ticket_id, committing):
        self.before = [Transient("smtp_unreachable")] if self.chance.random() < 0.2 else []
        after = [Transient("451"), Ambiguous("hung up")]
        self.after = [self.chance.choice(after)] if self.chance.random() < 0.2 else []
        return await super().acknowledge(step, ticket_id, committing)


@pytest.mark.parametrize("seed", range(4))
async def test_each_thing_happens_once(tmp_path, seed):
    chance = random.Random(seed)
    halo, letters, clock = Fickle(chance), FickleLetters(chance), StandingClock()
    mails = []
    for n in range(4):
        root, sender = f"root{n}@c.example", f"anna{n}@c.example"
        same = {"image001.png": b"logo" * 30}
        mails += [mail(message_id=root, sender=sender, attachments=same)] * 2  # the second is a copy
        mails += [
            mail(message_id=f"re{n}.{m}@c.example", sender=sender, in_reply_to=root, attachments=same) for m in range(2)
        ]
    chance.shuffle(mails)
    for life in range(100):  # it ends as soon as all is done; a busy machine gets little done in a short life
        async with desk_with(tmp_path, halo, clock=clock) as made:
            made.desk.mailers.update(dict.fromkeys(made.desk.mailers, letters))
            if life == 0:
                await made.deliver(*mails)

            async def working(made=made):
                worker = Worker(made.desk, "w")
                for _ in range(12):
                    if not await worker.one():
                        await asyncio.sleep(0.002)

            tasks = [asyncio.create_task(working()) for _ in range(4)]
            _, pending = await asyncio.wait(tasks, timeout=None if life > 8 else chance.random() / 8)
            for task in pending:
                task.cancel()  # the process dies
            for died in await asyncio.gather(*tasks, return_exceptions=True):
                assert died is None or isinstance(died, asyncio.CancelledError)
            halo.calm = life > 12
            counts = await made.ledger.reading.counts()
            for held in await made.ledger.reading.page([State.QUARANTINED]):
                await made.ledger.work.release(held.id, clock())
            held = [step for n in range(len(mails)) for step in (await made.ledger.steps.of(n + 1)).values()]
            steps = [step for step in held if step.receipt is not None]
            if counts[State.DONE] == len(mails):
                break
        clock.move(chance.choice([timedelta(seconds=3), WINDOW, HOUR + WINDOW]))
    assert counts == {**dict.fromkeys(State, 0), State.DONE: len(mails)}
    entries = Counter(about for _, about in halo.made)
    assert set(entries.values()) == {1}
    assert len(entries) == 12
    refused = [
        step
        for step in steps
        if step.name.startswith("attachment") and step.receipt is not None and step.receipt.how == "refused"
    ]
    assert len(halo.attached) + len(refused) == 12
    notes = [
        step for step in steps if step.name == "note" and step.receipt is not None and step.receipt.how != "not_needed"
    ]
    untold = [step for step in steps if step.receipt.how == "given_up"]
    assert len(notes) == halo.notes == len(refused) + len(untold)  # no mail has both here
    sent = Counter(step.in_reply_to for step in letters.sent)
    assert all(number == 1 for number in sent.values())
