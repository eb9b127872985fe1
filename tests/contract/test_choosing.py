"""What a claim may pass by, on every database that the ledger runs on."""

from __future__ import annotations

import asyncio

from fakes.ledgers import NOW, keep
from fakes.ledgers import claim as claimed

from storage.ledger import Ledger
from storage.model import Cursor, Kept, Key, Waiting
from storage.work import FILES, LOOKS


async def keep_of(ledger: Ledger, *senders: str) -> list[int]:
    """One mail of each."""
    cursor = Cursor(7, 0, (), NOW)
    await ledger.intake.set_cursor("support", "INBOX", cursor, NOW)
    mails = [
        Kept(Key("support", "INBOX", 7, uid), b"mail %d" % uid, 8, NOW, sender=sender)
        for uid, sender in enumerate(senders, 1)
    ]
    return await ledger.intake.keep(mails, range(1, len(mails) + 1), "support", "INBOX", cursor, NOW)


def of(sender):
    return lambda waiting: next((one.id for one in waiting if one.sender == sender), None)


async def test_a_choice_sees_the_senders_and_may_pass_by_whom_it_likes(ledger):
    ids = await keep_of(ledger, "Flood@x.example", "flood@x.example", "anna@c.example")
    seen: list[Waiting] = []

    def nobody(waiting):
        seen.extend(waiting)

    assert await ledger.work.claim("w", NOW, choose=nobody) is None
    assert [(one.id, one.sender) for one in seen[:3]] == list(
        zip(ids, ("flood@x.example", "flood@x.example", "anna@c.example"), strict=True)
    )
    found = await ledger.work.claim("w", NOW, choose=of("anna@c.example"))
    assert (found.message.id, found.sender) == (ids[2], "anna@c.example")
    assert (await claimed(ledger)).message.id == ids[0]  # who was passed by is where they were


async def test_somebody_behind_a_flood_is_found(ledger):
    ids = await keep_of(ledger, *["flood@x.example"] * (LOOKS[1] + 5), "anna@c.example")
    found = await ledger.work.claim("w", NOW, choose=of("anna@c.example"))
    assert found.message.id == ids[-1]


async def test_who_wants_to_see_many_sees_them_at_once(ledger):
    await keep_of(ledger, *["flood@x.example"] * (LOOKS[0] + 5))
    seen: list[int] = []

    def look(waiting):
        seen.append(len(waiting))
        return waiting[0].id

    await ledger.work.claim("w", NOW, choose=look)
    await ledger.work.claim("w", NOW, choose=look, wide=True)
    assert seen == [LOOKS[0], LOOKS[0], LOOKS[0] + 4, LOOKS[0] + 4]


async def test_what_has_only_files_left_goes_after_all_others(ledger):
    first, second, third = await keep(ledger, 1, 2, 3)
    await ledger.work.defer(await claimed(ledger), NOW, FILES, "", NOW, count=False)
    await ledger.work.defer(await claimed(ledger), NOW, "halo_unreachable", "", NOW)
    order = [(await claimed(ledger)).message.id for _ in range(3)]
    assert order == [second, third, first]
    assert await ledger.work.claim("w", NOW) is None


async def test_each_is_chosen_by_one_worker(ledger):
    await keep_of(ledger, *["flood@x.example"] * 15, *["anna@c.example"] * 15)
    calls = (ledger.work.claim(f"w{n}", NOW, choose=of("anna@c.example")) for n in range(20))
    ids = [one.message.id for one in await asyncio.gather(*calls) if one is not None]
    assert len(ids) == len(set(ids)) == 15


async def test_a_mail_that_was_handed_over_has_its_sender_too(ledger):
    await ledger.intake.keep_given("support", b"mail", NOW, "Anna@c.example")
    assert (await claimed(ledger)).sender == "anna@c.example"
