"""What is let go while the daemon works, and what that changes for mail that comes later: nothing."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta

from fakes.ledgers import NOW as KEPT
from fakes.ledgers import keep
from fakes.messages import mail
from fakes.trunk import Halo, desk_with

from gateway.chores import Chore
from gateway.retention import Retention
from storage import packing
from storage.errors import LedgerBusy
from storage.ledger import open_ledger
from storage.model import Fate
from storage.states import State

DAY, MONTH = timedelta(days=1), timedelta(days=30)


def retention(made, **keep) -> Retention:
    return Retention(made.ledger, made.clock, {Fate(name): long for name, long in keep.items()})


async def test_each_fate_has_its_own_time_and_one_that_is_not_named_has_no_end(tmp_path):
    async with desk_with(tmp_path, Halo()) as made:
        await made.deliver(mail(message_id="a@c.example"))
        await made.deliver(mail(message_id="b@c.example", headers={"Received": "from a by b"}))
        await made.work()
        await made.deliver(mail(message_id="a@c.example"))
        await made.work()
        assert [(await made.message(n)).fate for n in (1, 3)] == [Fate.TICKET, Fate.SAME_AGAIN]
        later = retention(made, ticket=2 * MONTH, same_again=MONTH)
        assert await later.round() == 0
        made.clock.move(MONTH + DAY)
        assert await later.round() == 1
        assert [(await made.message(n)).gone_at is None for n in (1, 2, 3)] == [True, True, False]
        made.clock.move(MONTH)
        assert await later.round() == 2
        assert await later.round() == 0
        assert await retention(made).round() == 0


async def test_a_namesake_of_a_mail_that_is_gone_is_another_mail_and_the_same_is_the_same(tmp_path):
    halo = Halo()
    async with desk_with(tmp_path, halo) as made:
        await made.deliver(mail(message_id="a@c.example"))
        await made.work()
        made.clock.move(MONTH)
        assert await retention(made, ticket=DAY).round() == 1
        await made.deliver(mail(message_id="a@c.example"))  # octet for octet
        await made.deliver(mail(message_id="a@c.example", text="Something else altogether.\n"))
        await made.deliver(mail(message_id="a@c.example", headers={"Received": "by another way"}))
        await made.work()
        # Of what came by another way nobody can tell any more whether it says the same.
        assert [(await made.message(n)).fate for n in (2, 3, 4)] == [Fate.SAME_AGAIN, Fate.TICKET, Fate.TICKET]
        assert len(halo.tickets) == 3


async def test_a_reply_to_a_mail_that_is_gone_goes_onto_its_ticket(tmp_path):
    halo = Halo()
    async with desk_with(tmp_path, halo) as made:
        await made.deliver(mail(message_id="a@c.example"))
        await made.work()
        made.clock.move(MONTH)
        assert await retention(made, ticket=DAY).round() == 1
        await made.deliver(mail(message_id="b@c.example", in_reply_to="a@c.example"))
        await made.work()
        assert (await made.message(2)).state is State.DONE
        assert (await made.message(2)).ticket == (await made.message(1)).ticket
        assert len(halo.tickets) == 1


async def test_packing_a_large_mail_holds_up_neither_heartbeats_nor_writers(tmp_path):
    ledger = await open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}", daemon=True)
    try:
        beats, packed = 0, asyncio.create_task(packing.ready([kept(os.urandom(20_000_000))]))
        while not packed.done():
            await asyncio.wait_for(ledger.notes.remember("beat", str(beats)), 5)
            beats += 1
        assert beats > 3
        assert await keep(ledger, 1, octets=os.urandom(1_000_000))
    finally:
        await ledger.close()


def kept(octets):
    from storage.model import Kept, Key

    return Kept(Key("support", "INBOX", 7, 1), octets, len(octets), KEPT)


async def test_a_chore_that_fails_is_done_again_and_one_that_is_done_once_is_not():
    done, slept, stop = [], [], asyncio.Event()

    async def work():
        done.append(len(done))
        if len(done) == 1:
            raise LedgerBusy("locked")
        if len(done) == 2:
            raise ZeroDivisionError
        stop.set()

    async def sleep(seconds):
        slept.append(seconds)

    await Chore("often", work, timedelta(seconds=1), timedelta(seconds=9)).run(sleep, stop.is_set)
    assert (done, slept) == ([0, 1, 2], [1, 9, 9, 9])
    stop.clear()
    await Chore("once", work, timedelta(), None).run(sleep, stop.is_set)
    assert done == [0, 1, 2, 3]
