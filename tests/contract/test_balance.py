"""Every message has one outcome and every UID is accounted for, on each database."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from fakes.ledgers import NOW, claim, keep, restart
from sqlalchemy import delete, insert, text

from storage.balance import LOOKED_UP, Account, Difference, total
from storage.model import Cursor, Fate, Kept, Key, Seen
from storage.rows import day_of
from storage.states import State
from storage.tables import messages, stamp, tallies

DAY = day_of(stamp(NOW))


async def only(ledger, **asked) -> Account:
    (one,) = (await ledger.balance.of(**asked)).values()
    return one


async def test_each_end_of_a_message_is_counted_as_what_it_is(ledger):
    await keep(ledger, *range(1, 10))
    for fate in (Fate.TICKET, Fate.ACTION, Fate.ACTION, Fate.IGNORED, Fate.SAME_AGAIN):
        await ledger.work.settle(await claim(ledger), "", fate, NOW)
    await ledger.work.hold(await claim(ledger), "stranger", "", NOW)
    await ledger.work.break_(await claim(ledger), "too_deep", "", NOW)
    discarded = await claim(ledger)
    await ledger.work.hold(discarded, "stranger", "", NOW)
    await ledger.work.discard(discarded.message.id, NOW)
    found = await only(ledger)
    ends = {"ticket": 1, "action": 2, "ignored": 1, "same_again": 1, "quarantined": 1, "broken": 1, "discarded": 1}
    assert {name: count for name, count in found.counts.items() if count} == {
        **ends,
        "waiting": 1,
        "seen": 9,
        "fetched": 9,
    }
    assert found.balanced
    assert await ledger.balance.recount() == []
    counts = await ledger.reading.counts()
    assert (counts[State.DONE], counts[State.QUARANTINED], counts[State.BROKEN], counts[State.RECEIVED]) == (6, 1, 1, 1)


async def test_what_is_passed_by_is_counted_too(ledger):
    await keep(ledger, 1, 2)
    cursor = await ledger.intake.cursor("support", "INBOX")
    await ledger.intake.keep([], [3, 4, 5], "support", "INBOX", cursor, NOW, too_old=2)
    await keep(ledger, 1)
    await ledger.intake.set_cursor("support", "INBOX", Cursor(8, 9, (), NOW), NOW)
    again = Kept(Key("support", "INBOX", 8, 10), b"mail", 4, NOW)
    cursor = await ledger.intake.cursor("support", "INBOX")
    assert await ledger.intake.keep([again], [10], "support", "INBOX", cursor, NOW) == []
    found = await only(ledger)
    expected = {"seen": 7, "fetched": 2, "waiting": 2, "too_old": 2, "vanished": 1, "known": 1, "found_again": 1}
    assert {name: count for name, count in found.counts.items() if count} == expected
    assert found.balanced
    assert await ledger.balance.recount() == []


async def test_mail_that_was_given_or_asked_for_later_is_counted(ledger):
    await ledger.intake.keep_given("support", b"given", NOW)
    await ledger.intake.keep_given("support", b"given", NOW)
    old = [Kept(Key("support", "INBOX", 7, uid), b"old %d" % uid, 5, NOW, backfill=True) for uid in (1, 2)]
    await ledger.intake.keep_old(old, NOW)
    await ledger.intake.keep_old(old[:1], NOW)
    found = await only(ledger)
    assert (found[Seen.SEEN], found[Seen.FETCHED], found[Seen.KNOWN], found.balanced) == (5, 3, 2, True)


async def test_a_day_is_that_of_keeping_whenever_a_message_comes_to_rest(ledger):
    midnight = NOW.replace(hour=0) + timedelta(days=1)
    for number, at in enumerate((midnight - timedelta(microseconds=1), midnight), 1):
        await ledger.intake.keep_given(f"box {number}", b"mail", at)
    await ledger.work.settle(await claim(ledger, midnight), "", Fate.TICKET, midnight + timedelta(days=3))
    assert {name: one.counts for name, one in (await ledger.balance.of(DAY)).items()} == {
        "box 1": {"seen": 1, "fetched": 1, "waiting": 0, "ticket": 1}
    }
    assert (await only(ledger, day=DAY + 1))[Fate.WAITING] == 1
    assert await ledger.balance.of(DAY + 3) == {}
    assert list(await ledger.balance.of(None, "box 2")) == ["box 2"]
    for day in (None, DAY, DAY + 1):
        assert await ledger.balance.recount(day) == []


@pytest.mark.parametrize(
    ("spoilt", "equation"),
    [
        ("DELETE FROM journal; DELETE FROM octets; DELETE FROM messages WHERE id = 2", False),  # a message is lost
        ("UPDATE messages SET state = 'done' WHERE id = 2", False),  # and one came to rest uncounted
        ("UPDATE tallies SET count = count + 1 WHERE fate = 'fetched'", False),
        ("DELETE FROM tallies WHERE fate = 'ticket'", False),
        ("UPDATE tallies SET count = 3 WHERE fate = 'seen'", False),
        ("UPDATE messages SET fate = 'action' WHERE id = 1", True),  # only counting anew can see this
    ],
)
async def test_a_ledger_that_does_not_agree_with_itself_shows(ledger, spoilt, equation):
    await keep(ledger, 1, 2)
    await ledger.work.settle(await claim(ledger), "", Fate.TICKET, NOW)
    async with ledger.database.write() as connection:
        for one in spoilt.split(";"):
            await connection.execute(text(one))
    assert (await only(ledger)).balanced is equation
    wrong = await ledger.balance.recount()
    if "state = " not in spoilt:
        assert wrong
    assert await ledger.balance.mend() == wrong
    assert await ledger.balance.recount() == []
    assert (await only(ledger)).balanced is ("state = " not in spoilt)


async def test_a_difference_says_where_it_is(ledger):
    await keep(ledger, 1, 2)
    async with ledger.database.write() as connection:
        await connection.execute(text("UPDATE tallies SET count = 5 WHERE fate = 'waiting'"))
    assert await ledger.balance.recount() == [Difference("support", DAY, "waiting", 5, 2)]
    assert await ledger.balance.recount(DAY - 1) == []


@pytest.mark.parametrize("seed", range(6))
async def test_after_whatever_happens_the_counters_are_those_of_a_recount(ledger, seed):
    chance = random.Random(seed)
    now, uid, in_hand, ends = NOW, 0, [], list(Fate)[1:5]
    aside = (State.QUARANTINED, State.BROKEN)
    for _ in range(60):
        now += timedelta(hours=chance.randrange(5))
        what = chance.choice(("keep", "keep", "claim", "claim", "settle", "hold", "break", "release", "discard", "die"))
        if what == "keep":
            account = chance.choice(("support", "sales"))
            cursor = await ledger.intake.cursor(account, "INBOX") or Cursor(7, 0, (), now)
            if cursor.last_uid == 0:
                await ledger.intake.set_cursor(account, "INBOX", cursor, now)
            seen = list(range(uid + 1, uid + chance.randrange(2, 6)))
            uid = seen[-1]
            mails = [Kept(Key(account, "INBOX", 7, one), b"%d" % one, 2, now) for one in seen[chance.randrange(2) :]]
            await ledger.intake.keep(mails, seen, account, "INBOX", cursor, now)
        elif what == "claim":
            found = await ledger.work.claim("w", now)
            in_hand += [found] if found is not None else []
        elif what == "die":
            await restart(ledger, now)
            in_hand.clear()
        elif what in {"settle", "hold", "break"} and in_hand:
            mine = in_hand.pop()
            match what:
                case "settle":
                    await ledger.work.settle(mine, "", chance.choice(ends), now)
                case "hold":
                    await ledger.work.hold(mine, "rule", "", now)
                case "break":
                    await ledger.work.break_(mine, "bug", "", now)
        elif what in {"release", "discard"} and (page := await ledger.reading.page(aside)):
            await getattr(ledger.work, what)(chance.choice(page).id, now)
    assert await ledger.balance.recount() == []
    accounts = await ledger.balance.of()
    assert all(one.balanced for one in accounts.values())
    assert total(accounts.values())[Seen.SEEN] == uid
    days = [one for day in range(DAY, DAY + 20) for one in (await ledger.balance.of(day)).values()]
    assert {k: v for k, v in total(days).counts.items() if v} == {
        k: v for k, v in total(accounts.values()).counts.items() if v
    }


async def test_a_missed_mail_is_an_open_hole_until_it_is_read(ledger):
    await keep(ledger, 1, 3)
    await ledger.sweeps.take("support", "INBOX", 7, [2], NOW)
    await ledger.sweeps.take("support", "INBOX", 7, [2], NOW)
    await ledger.sweeps.take("support", "INBOX", 8, [4], NOW)  # of another UIDVALIDITY
    (folder,) = await ledger.sweeps.folders()
    assert (folder.open_holes, folder.swept_at) == ((2,), None)
    assert await ledger.sweeps.known("support", "INBOX", 7, 1, 3) == {3}
    cursor = await ledger.intake.cursor("support", "INBOX")
    assert (cursor.backlog, cursor.last_uid) == ((2,), 3)
    await keep(ledger, 2)
    await ledger.sweeps.swept("support", "INBOX", 7, NOW)
    (folder,) = await ledger.sweeps.folders()
    assert (folder.open_holes, folder.swept_at) == ((), NOW)
    found = await only(ledger)
    assert (found[Seen.HOLE], found[Seen.SEEN], found.balanced) == (1, 3, True)


async def test_old_mail_that_is_still_to_be_read_is_no_hole(ledger):
    await ledger.intake.set_cursor("support", "INBOX", Cursor(7, 12_000, tuple(range(1, 12_001)), NOW), NOW)
    await ledger.sweeps.take("support", "INBOX", 7, [12_003, 12_001], NOW)
    (folder,) = await ledger.sweeps.folders()
    assert folder.open_holes == (12_001, 12_003)


async def test_of_very_many_that_wait_the_counter_is_believed(ledger):
    """Counting them one by one would take the longer the more there are."""
    row = {"account": "support", "folder": "INBOX", "uidvalidity": 7, "size": 1, "kept_size": 1, "sha256": "x"}
    row |= {"received_at": stamp(NOW), "due_at": stamp(NOW), "state": "received"}
    async with ledger.database.write() as connection:
        many = [{**row, "uid": uid} for uid in range(LOOKED_UP + 100)]
        await connection.execute(insert(messages), many)
        some = [{"account": "support", "day": DAY, "fate": name} for name in ("seen", "fetched", "waiting")]
        await connection.execute(insert(tallies), [{**one, "count": len(many)} for one in some])
    assert (await only(ledger, day=DAY)).balanced
    async with ledger.database.write() as connection:
        await connection.execute(delete(messages).where(messages.c.uid < 50))
    assert (await only(ledger, day=DAY)).balanced
    async with ledger.database.write() as connection:
        await connection.execute(delete(messages).where(messages.c.uid < 150))
    assert not (await only(ledger, day=DAY)).balanced  # few enough to be counted
