"""Between a folder and the ledger: what is kept, what is passed by, what is touched, over every break."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from fakes.trunk import NOW
from fakes.watching import watching

from gateway.errors import Transient
from storage.errors import LedgerBusy
from storage.model import Disposal, Fate

LOST = Transient("connection_lost")


def names(*numbers):
    return sorted(b"mail %d" % number for number in numbers)


@pytest.mark.parametrize(
    ("first_contact", "kept"), [("new", []), ("unseen", [1, 2]), ("all", [0, 1, 2]), (date(2026, 3, 1), [2])]
)
async def test_first_contact_takes_what_it_says_and_everything_later(tmp_path, first_contact, kept):
    async with watching(tmp_path, first_contact=first_contact) as desk:
        for day in range(3):
            desk.folder.add(b"mail %d" % day, datetime(2026, 2, 27, 12, tzinfo=UTC) + timedelta(days=day))
        desk.folder.flagged.add(1)
        await desk.watcher.collect()
        desk.folder.add(b"mail 9")
        await desk.watcher.collect()
        assert await desk.octets() == names(*kept, 9)


@pytest.mark.parametrize("batches", [0, 1, 2])
async def test_a_break_between_two_batches_loses_and_doubles_nothing(tmp_path, batches):
    async with watching(tmp_path) as desk:
        for number in range(6):
            desk.folder.add(b"mail %d" % number)
        left = [batches]

        async def break_down():
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt  # as a death: no handler of ours sees it

        desk.folder.hook = break_down
        with pytest.raises(KeyboardInterrupt):
            await desk.watcher.collect()
        desk.folder.hook = None
        assert len(await desk.octets()) == batches * 2
        desk.restart()
        desk.folder.add(b"mail 6")
        assert await desk.watcher.collect() == 7 - batches * 2
        assert await desk.octets() == names(*range(7))


async def test_a_ledger_that_fails_between_two_batches_loses_and_doubles_nothing(tmp_path):
    async with watching(tmp_path) as desk:
        for number in range(6):
            desk.folder.add(b"mail %d" % number)
        inner, calls = desk.ledger.intake.keep, []

        async def keep(*arguments, **named):
            calls.append(1)
            if len(calls) == 2:
                raise LedgerBusy("disk full", full=True)
            return await inner(*arguments, **named)

        desk.ledger.intake.keep = keep
        with pytest.raises(LedgerBusy):
            await desk.watcher.collect()
        await desk.watcher.hang_up()
        await desk.watcher.collect()
        assert await desk.octets() == names(*range(6))


async def test_a_mail_that_vanished_is_passed_by_for_good(tmp_path):
    async with watching(tmp_path, batch=1) as desk:
        for number in range(4):
            desk.folder.add(b"mail %d" % number)

        async def vanish():
            desk.folder.mails.pop(2, None)
            desk.folder.mails.pop(4, None)

        desk.folder.hook = vanish
        await desk.watcher.collect()
        assert await desk.octets() == names(0, 2)
        cursor = await desk.ledger.intake.cursor("support", "INBOX")
        assert (cursor.last_uid, cursor.backlog) == (4, ())


async def test_a_lost_connection_is_opened_anew(tmp_path):
    async with watching(tmp_path) as desk:
        desk.folder.add(b"mail 0")
        await desk.watcher.collect()
        desk.folder.broken.append(LOST)
        with pytest.raises(Transient):
            await desk.watcher.collect()
        desk.folder.add(b"mail 1")
        await desk.watcher.collect()
        assert (desk.folder.opened, await desk.octets()) == (2, names(0, 1))


async def test_nothing_is_touched_before_it_is_settled_or_without_a_connection(tmp_path):
    async with watching(tmp_path) as desk:
        desk.folder.add(b"mail 0")
        await desk.watcher.collect()
        assert await desk.watcher.sweep() == 0
        await desk.settle()
        await desk.watcher.hang_up()
        assert await desk.watcher.sweep() == 0
        await desk.watcher.collect()
        assert await desk.watcher.sweep() == 1
        assert desk.folder.disposed == [(1, "seen")]
        assert await desk.watcher.sweep() == 0


async def test_a_disposal_that_breaks_is_repeated(tmp_path):
    async with watching(tmp_path, when_done="delete") as desk:
        desk.folder.add(b"mail 0")
        await desk.watcher.collect()
        await desk.settle()
        desk.folder.broken.append(LOST)
        with pytest.raises(Transient):
            await desk.watcher.sweep()
        desk.restart()
        await desk.watcher.collect()
        assert (await desk.watcher.sweep(), desk.folder.mails) == (1, {})


async def test_uids_of_another_uidvalidity_are_never_touched(tmp_path):
    async with watching(tmp_path, when_done="delete") as desk:
        desk.folder.add(b"mail 0")
        await desk.watcher.collect()
        await desk.settle()
        desk.folder.mails.clear()
        desk.folder.uidvalidity, desk.folder.uidnext = 8, 1
        desk.folder.add(b"mail 1")  # has the UID of the old one
        await desk.watcher.collect()
        assert await desk.watcher.sweep() == 0
        assert list(desk.folder.mails.values()) == [(b"mail 1", NOW)]
        assert (await desk.ledger.reading.journey(1)).message.disposal is Disposal.GONE


async def test_a_folder_rebuilt_in_mid_run_loses_and_doubles_nothing_and_is_swept_on(tmp_path):
    async with watching(tmp_path, when_done="delete") as desk:
        for number in range(3):
            desk.folder.add(b"mail %d" % number)
        await desk.watcher.collect()
        settled = await desk.ledger.work.claim("w", desk.clock())
        await desk.ledger.work.settle(settled, "new", Fate.TICKET, desk.clock())
        desk.folder.rebuild()
        desk.folder.add(b"mail 3")
        assert await desk.watcher.collect() == 1
        assert await desk.octets() == names(0, 1, 2, 3)
        assert await desk.watcher.sweep() == 1
        assert sorted(octets for octets, _ in desk.folder.mails.values()) == names(1, 2, 3)
        await desk.settle()
        await desk.watcher.sweep()
        assert desk.folder.mails == {}


async def test_a_rebuilt_folder_does_not_bring_what_first_contact_left_out(tmp_path):
    async with watching(tmp_path, first_contact="new") as desk:
        desk.folder.add(b"old", NOW - timedelta(hours=1))
        await desk.watcher.collect()
        desk.folder.add(b"mail 1", NOW + timedelta(minutes=1))
        await desk.watcher.collect()
        desk.folder.rebuild()
        desk.folder.add(b"mail 2", NOW + timedelta(minutes=2))
        await desk.watcher.collect()
        assert await desk.octets() == names(1, 2)


async def test_a_mailbox_moved_with_the_dates_of_the_move_brings_no_old_mail(tmp_path):
    def trace(at) -> bytes:
        return f"Received: from a by b;\r\n\t{at:%a, %d %b %Y %H:%M:%S} +0000 (UTC)\r\n".encode()

    async with watching(tmp_path, first_contact="new") as desk:
        await desk.watcher.collect()
        moved = NOW + timedelta(days=30)
        for number in range(3):
            received = trace(NOW - timedelta(days=40 + number)) + trace(NOW + timedelta(days=99))
            desk.folder.add(received + b"Subject: old\r\n\r\n%d" % number, moved)
        desk.folder.add(trace(NOW + timedelta(minutes=5)) + b"\r\nnew", moved)
        desk.folder.add(b"Subject: without a trace\r\n\r\n", moved)
        desk.folder.uidvalidity += 1
        assert await desk.watcher.collect() == 2
        assert [octets[-3:] for octets in await desk.octets()] == [b"new", b"\n\r\n"]


async def test_a_stop_ends_a_long_collection_between_two_batches(tmp_path):
    async with watching(tmp_path) as desk:
        for number in range(10):
            desk.folder.add(b"mail %d" % number)

        async def stop():
            desk.stop.append(True)

        desk.folder.hook = stop
        assert await desk.watcher.collect() == 2
        desk.folder.hook = None
        desk.stop.clear()
        await desk.watcher.collect()
        assert await desk.octets() == names(*range(10))


async def test_a_hundred_thousand_mails_after_a_rebuild_are_judged_in_time(tmp_path):
    async with watching(tmp_path, first_contact="new", batch=500) as desk:
        await desk.watcher.collect()
        for _ in range(100_000):
            desk.folder.add(b"", NOW - timedelta(hours=1))
        desk.folder.uidvalidity += 1
        handed = []

        async def keep(mails, seen, *_, **__):
            handed.extend(seen)
            return []

        desk.ledger.intake.keep = keep
        await desk.watcher.collect()
        assert len(handed) == 100_000
