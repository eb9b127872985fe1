"""What the ledger lets go, and what it forgets of a person, on every database that it runs on."""

from __future__ import annotations

import os
import zlib
from datetime import timedelta

import pytest
from fakes.ledgers import HOUR, LATER, NOW, claim, keep
from sqlalchemy import insert, select, update

from storage.errors import Gone, IllegalChange
from storage.keeping import MOST_OCTETS, Remains
from storage.model import Fate, Kept, Key, StoredReceipt
from storage.packing import RAW, ZLIB, pack, unpack
from storage.states import State
from storage.steps import Budget
from storage.tables import CHUNK, dead_addresses, messages, octets, stamp, thread_ids

DAY = timedelta(days=1)
WORD = "Xylophonkoffer"
MAIL = f"From: Anna <anna@x>\r\nSubject: {WORD}\r\n\r\n{WORD} {WORD}\r\n".encode()
ALL = {fate: NOW + DAY for fate in Fate if fate is not Fate.WAITING}


async def stored(ledger, message):
    """The chunks as they lie in the table."""
    query = select(octets.c.packed, octets.c.data).where(octets.c.message == message).order_by(octets.c.seq)
    async with ledger.database.read() as connection:
        return [(row.packed, row.data) for row in await connection.execute(query)]


async def rested(ledger, uid, *, at=NOW, sender="anna@x", own=None, octets=MAIL, references=(), ticket=None):
    """A message whose outcome is a ticket, or nothing."""
    (one,) = await keep(ledger, uid, octets=octets)
    held = await claim(ledger)
    await ledger.threads.join(held, own, f"d{uid}", references, at)
    revision = await ledger.work.store_plan(
        held, f"plan of {WORD}", "new", "OpenTicket: new", at, message_id=own, sender=sender, said=f"said {uid}"
    )
    if ticket is not None:
        budget = Budget(sender, HOUR, per_address=9)
        await ledger.steps.intend(held, revision, "ack", "MARKER", at, budget=budget, thing=f"user/{sender}")
        await ledger.steps.doubt(held, revision, "ack", f"no answer about {WORD}", at, missed=True)
        receipt = StoredReceipt(ticket, "answered", WORD, f"https://halo/{WORD}")
        await ledger.steps.receipt(held, revision, "ticket", receipt, at, ticket=ticket, participants={sender, "b@x"})
    await ledger.work.settle(held, "new", Fate.IGNORED if ticket is None else Fate.TICKET, at)
    return one


async def test_octets_are_packed_where_it_helps_and_come_back(ledger):
    text, noise = b"the printer prints only zebras\r\n" * 20_000, os.urandom(CHUNK + 5)
    (one,) = await keep(ledger, 1, octets=text)
    (two,) = await keep(ledger, 2, octets=noise)
    (three,) = await keep(ledger, 3, octets=b"")
    assert await ledger.intake.octets(one) == text
    assert await ledger.intake.octets(two) == noise
    assert await ledger.intake.octets(three) == b""
    assert [how for how, _ in await stored(ledger, one)] == [ZLIB] * 3
    assert sum(len(data) for _, data in await stored(ledger, one)) < len(text) / 10
    assert [how for how, _ in await stored(ledger, two)] == [RAW, RAW]


async def test_chunks_of_before_are_read_and_what_is_damaged_or_bursts_is_refused(ledger):
    (one,) = await keep(ledger, 1, octets=b"x" * 1000)
    for how, data, whole in (
        (RAW, b"raw as ever", True),
        (ZLIB, zlib.compress(b"x" * (CHUNK + 1)), False),
        (ZLIB, zlib.compress(b"x" * 1000)[:-1], False),
        (ZLIB, b"no zlib at all", False),
        (2, zlib.compress(b"x"), False),
    ):
        async with ledger.database.write() as connection:
            await connection.execute(update(octets).values(packed=how, data=data))
        if whole:
            assert await ledger.intake.octets(one) == data
        else:
            with pytest.raises(ValueError, match="damaged"):
                await ledger.intake.octets(one)


def test_what_is_packed_is_what_is_unpacked():
    for text in (b"", b"a", b"a" * CHUNK, os.urandom(CHUNK) + b"b" * CHUNK):
        chunks = pack(text)
        assert b"".join(unpack(*one) for one in chunks) == text
        assert all(len(data) <= CHUNK for _, data in chunks)


async def test_only_what_rests_and_is_old_enough_goes_and_nothing_else_of_it(ledger):
    old = await rested(ledger, 1, at=NOW, ticket=40)
    young = await rested(ledger, 2, at=NOW + 2 * DAY)
    aside = (await keep(ledger, 3))[0]
    await ledger.work.hold(await claim(ledger), "stranger", "", NOW)
    on_its_way = (await keep(ledger, 4))[0]
    before = {Fate.TICKET: NOW + DAY, Fate.IGNORED: NOW + DAY}
    overdue = await ledger.keeping.overdue(before)
    assert [(one.id, one.plan, one.head) for one in overdue] == [(old, f"plan of {WORD}", None)]
    counts = await ledger.reading.counts()
    assert (
        await ledger.keeping.let_go([Remains(one, "short") for one in (old, young, aside, on_its_way)], before, LATER)
        == 1
    )
    assert await ledger.keeping.overdue(before) == []
    with pytest.raises(Gone, match=f"message {old} are no longer kept"):
        await ledger.intake.octets(old)
    for one in (young, aside, on_its_way):
        assert await ledger.intake.octets(one)
    assert await ledger.reading.counts() == counts
    journey = await ledger.reading.journey(old)
    assert (journey.plan, journey.message.gone_at, journey.message.ticket) == ("short", LATER, 40)
    assert [one.receipt.id for one in journey.steps if one.receipt] == [40]


async def test_an_author_whom_nobody_recorded_is_recorded_before_the_octets_go(ledger):
    one = await rested(ledger, 1, sender="")
    (overdue,) = await ledger.keeping.overdue(ALL)
    assert overdue.head == MAIL
    await ledger.keeping.let_go([Remains(one, None, "anna@x")], ALL, LATER)
    assert [found.id for found in await ledger.forgetting.written_by("Anna@X")] == [one]


async def test_one_go_is_bounded(ledger):
    many = [await rested(ledger, uid) for uid in range(1, 4)]
    async with ledger.database.write() as connection:
        await connection.execute(update(messages).values(kept_size=MOST_OCTETS - 1))
    assert [one.id for one in await ledger.keeping.overdue(ALL)] == many[:1]
    async with ledger.database.write() as connection:
        await connection.execute(update(messages).values(kept_size=MOST_OCTETS * 3))
    assert len(await ledger.keeping.overdue(ALL)) == 1  # one that is larger than all goes too


async def test_what_was_released_meanwhile_keeps_its_octets_and_what_is_gone_is_not_released(ledger):
    first, second = await keep(ledger, 1, 2)
    for _ in range(2):
        await ledger.work.hold(await claim(ledger), "stranger", "", NOW)
    await ledger.work.release(first, LATER)
    assert await ledger.keeping.let_go([Remains(first, None), Remains(second, None)], ALL, LATER) == 1
    assert await ledger.intake.octets(first) == b"mail"
    with pytest.raises(IllegalChange, match="its octets are no longer kept"):
        await ledger.work.release(second, LATER)
    with pytest.raises(IllegalChange, match="its octets are no longer kept"):
        await ledger.work.release(second, LATER, ticket=7)
    await ledger.work.discard(second, LATER)
    assert (await ledger.reading.message(second)).fate is Fate.DISCARDED


async def test_rows_that_nobody_asks_for_again_go_and_the_others_stay(ledger):
    await rested(ledger, 1, ticket=40)
    budget = Budget("anna@x", 2 * DAY, per_address=1)
    assert await ledger.keeping.tidy(NOW + HOUR, DAY) is False
    assert await ledger.steps.spent(budget, 99, NOW + HOUR) == "per_address"
    assert (await ledger.people.past(None, "said 1", None, NOW, said=DAY, dead=DAY))[0] == 1
    await ledger.keeping.tidy(NOW + DAY + HOUR, DAY)
    assert await ledger.steps.spent(budget, 99, NOW + HOUR) == ""
    assert (await ledger.people.past(None, "said 1", None, NOW, said=DAY, dead=DAY))[0] == 0


async def test_who_is_forgotten_leaves_no_word_and_every_count(ledger, state):
    theirs = await rested(ledger, 1, own="secret@anna.x", ticket=40)
    other = await rested(ledger, 2, own="two@b.x", sender="b@x", ticket=41, octets=b"From: b@x\r\n\r\nother")
    async with ledger.database.write() as connection:
        await connection.execute(insert(dead_addresses).values(address="anna@key.x", at=stamp(NOW), message=other))
    counts, tallies = await ledger.reading.counts(), await ledger.reading.find(ticket=40)
    known = {"participants": 1, "answers": 1, "dead_addresses": 1}
    assert await ledger.forgetting.named_in("Anna@X", "anna@key.x") == known
    assert await ledger.forgetting.forget([theirs], LATER) == [theirs]
    await ledger.forgetting.forget_address("anna@x", "anna@key.x")
    assert await ledger.forgetting.wipe() is (True if state.startswith("sqlite") else None)
    assert not any((await ledger.forgetting.named_in("anna@x", "anna@key.x")).values())
    assert (await ledger.reading.counts(), await ledger.reading.find(ticket=40)) == (counts, tallies)
    journey = await ledger.reading.journey(theirs)
    shown = repr(journey)
    assert all(word not in shown for word in (WORD, "anna", "secret"))
    assert "receipt', words='ticket 40, answered'" in shown
    assert [(one.receipt.id, one.receipt.how) for one in journey.steps if one.receipt] == [(40, "answered")]
    assert await ledger.people.participants(40) == {"b@x"}
    with pytest.raises(Gone):
        await ledger.intake.octets(theirs)
    kept = await ledger.reading.journey(other)
    assert (kept.plan, kept.message.message_id) == (f"plan of {WORD}", "two@b.x")
    assert await ledger.intake.octets(other)


async def test_a_reply_to_a_forgotten_mail_finds_its_ticket_and_the_same_mail_is_known(ledger):
    theirs = await rested(ledger, 1, own="secret@anna.x", ticket=40)
    await ledger.forgetting.forget([theirs], LATER)
    async with ledger.database.read() as connection:
        assert "secret@anna.x" not in (await connection.execute(select(thread_ids.c.msgid))).scalars().all()
    looked = await ledger.threads.look_up("new@b.x", "d", ["secret@anna.x"])
    assert (looked.ticket, looked.strong) == (40, True)
    await keep(ledger, 2)
    joined = await ledger.threads.join(await claim(ledger), "reply@b.x", "d2", ["secret@anna.x"], LATER)
    assert (joined.ticket, joined.strong, joined.evidence) == (40, True, "secret@anna.x")
    await keep(ledger, 3)
    again = await claim(ledger)
    assert (await ledger.threads.join(again, "secret@anna.x", "d1", [], LATER)).same_as == theirs
    anew = await ledger.threads.join(again, "secret@anna.x", "d1", [], LATER, again=True)
    assert (anew.ticket, anew.same_as) == (40, None)


async def test_a_forgotten_original_is_not_taken_again(ledger):
    theirs = await rested(ledger, 1)
    await ledger.forgetting.forget([theirs], LATER)
    assert await keep(ledger, 1, octets=MAIL) == []
    cursor = await ledger.intake.cursor("support", "INBOX")
    rebuilt = Kept(Key("support", "INBOX", 8, 1), MAIL, len(MAIL), NOW)
    assert await ledger.intake.keep([rebuilt], [1], "support", "INBOX", cursor, LATER) == []


async def test_what_is_on_its_way_is_named_and_not_touched(ledger):
    theirs = await rested(ledger, 1)
    (on_its_way,) = await keep(ledger, 2, octets=MAIL)
    heads = await ledger.forgetting.unnamed(0)
    assert heads == [(on_its_way, MAIL)]
    assert await ledger.forgetting.count_unnamed() == 1
    await ledger.forgetting.name({theirs: "somebody@else", on_its_way: "anna@x"})
    found = await ledger.forgetting.written_by("anna@x", {on_its_way})
    assert [(one.id, one.at_rest, one.state) for one in found] == [
        (theirs, True, State.DONE),
        (on_its_way, False, State.RECEIVED),
    ]
    assert await ledger.forgetting.forget([theirs, on_its_way], LATER) == [theirs]
    assert await ledger.intake.octets(on_its_way) == MAIL
    assert await ledger.forgetting.unnamed(on_its_way) == []
