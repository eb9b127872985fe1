"""A folder held against the ledger: what was missed is found, told of and taken, and nothing else is."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from fakes.trunk import NOW
from fakes.watching import watching
from sqlalchemy import text

from gateway import holes
from gateway.alarm import Alarm
from gateway.bell import Bell
from gateway.errors import Transient
from gateway.holes import EVERY, Holes
from gateway.watching import Account, Watch
from storage.model import Seen

KEY = "holes in support"


@asynccontextmanager
async def comparing(tmp_path, **more):
    async with watching(tmp_path, **more) as desk:
        desk.alarm = Alarm(desk.ledger, desk.clock, None, ())
        desk.holes = Holes(desk.watcher, desk.alarm, desk.clock)
        yield desk


async def forget(desk, *uids):
    """As a bug would, or somebody at the database: they were never kept."""
    async with desk.ledger.database.write() as connection:
        for uid in uids:
            its = f"(SELECT id FROM messages WHERE uid = {uid})"
            for table in ("octets", "journal"):
                await connection.execute(text(f"DELETE FROM {table} WHERE message IN {its}"))
            await connection.execute(text(f"DELETE FROM messages WHERE uid = {uid}"))


async def compare(desk) -> bool:
    """A whole comparison, an hour later; whether it found a hole."""
    desk.clock.now += EVERY
    found = False
    while desk.holes.due():
        found = await desk.holes.look() or found
    return found


async def alerts(desk) -> dict[str, str]:
    return {one.key: one.words for one in await desk.ledger.reading.alerts()}


async def test_a_missed_mail_is_told_of_and_taken_and_the_alert_ends(tmp_path):
    async with comparing(tmp_path) as desk:
        desk.folder.uidnext = 4
        await desk.watcher.collect()
        for number in range(4, 8):
            desk.folder.add(b"mail %d" % number)
        await desk.watcher.collect()
        await forget(desk, 5)
        assert await compare(desk)
        words = (await alerts(desk))[KEY]
        assert 'the folder "INBOX" has a mail that was not in the ledger (UID 5): taken now' in words
        (folder,) = await desk.ledger.sweeps.folders()
        assert folder.open_holes == (5,)
        assert await desk.watcher.collect() == 1
        assert await desk.octets() == [b"mail %d" % number for number in range(4, 8)]
        assert KEY in await alerts(desk)
        assert not await compare(desk)
        assert await alerts(desk) == {}
        (folder,) = await desk.ledger.sweeps.folders()
        assert (folder.open_holes, folder.swept_at) == ((), desk.clock())
        assert (await desk.ledger.balance.of())["support"][Seen.HOLE] == 1


async def test_a_folder_without_holes_raises_nothing_and_is_looked_at_in_slices(tmp_path, monkeypatch):
    monkeypatch.setattr(holes, "SLICE", 3)
    async with comparing(tmp_path, batch=50) as desk:
        await desk.watcher.collect()
        for _ in range(10):
            desk.folder.add()
        await desk.watcher.collect()
        looks = []
        inner = desk.folder.uids

        async def uids(**asked):
            looks.append((asked["after"], asked["upto"]))
            return await inner(**asked)

        desk.folder.uids = uids
        desk.folder.add()  # not looked at by the watch yet: it is no hole
        assert not await compare(desk)
        assert looks == [(0, 3), (3, 6), (6, 9), (9, 10)]
        assert await alerts(desk) == {}
        assert not desk.holes.due()


async def test_many_holes_are_all_taken_and_five_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(holes, "SLICE", 4)
    async with comparing(tmp_path) as desk:
        await desk.watcher.collect()
        for number in range(12):
            desk.folder.add(b"%d" % number)
        await desk.watcher.collect()
        await forget(desk, *range(1, 13))
        assert await compare(desk)
        assert "has 12 mails that were not in the ledger (UID 1, 2, 3, 4, 5 …)" in (await alerts(desk))[KEY]
        assert await desk.watcher.collect() == 12
        assert not await compare(desk)


async def test_mail_that_is_not_to_be_taken_is_no_hole(tmp_path):
    async with comparing(tmp_path, first_contact="new") as desk:
        desk.folder.add(b"from before", NOW - timedelta(hours=1))
        await desk.watcher.collect()
        desk.folder.add(b"new")
        desk.folder.add(b"a draft")
        desk.folder.hidden.add(3)
        desk.folder.add(b"newer")
        await desk.watcher.collect()
        assert not await compare(desk)
        desk.folder.rebuild()
        await desk.watcher.collect()
        assert not await compare(desk)
        assert await desk.octets() == [b"a draft", b"new", b"newer"]  # it has a new UID, and its flag is gone


async def test_a_draft_that_became_mail_is_taken_however_old_it_is(tmp_path):
    async with comparing(tmp_path, first_contact="new") as desk:
        await desk.watcher.collect()
        desk.folder.add(b"a draft", NOW - timedelta(days=40))
        desk.folder.hidden.add(1)
        desk.folder.add(b"new")
        await desk.watcher.collect()
        desk.folder.hidden.clear()
        assert await compare(desk)
        await desk.watcher.collect()
        assert await desk.octets() == [b"a draft", b"new"]
        (draft,) = await desk.ledger.reading.page(limit=1)
        assert (draft.key.uid, draft.backfill) == (1, False)


async def test_a_hole_whose_mail_vanishes_is_closed_as_vanished(tmp_path):
    async with comparing(tmp_path) as desk:
        await desk.watcher.collect()
        desk.folder.add(b"mail")
        desk.folder.add(b"other")
        await desk.watcher.collect()
        await forget(desk, 1)
        assert await compare(desk)
        desk.folder.mails.pop(1)
        assert await desk.watcher.collect() == 0
        assert not await compare(desk)
        assert await alerts(desk) == {}
        assert (await desk.ledger.balance.of())["support"][Seen.VANISHED] == 1


async def test_a_comparison_that_breaks_goes_on_where_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(holes, "SLICE", 2)
    async with comparing(tmp_path) as desk:
        await desk.watcher.collect()
        for number in range(6):
            desk.folder.add(b"%d" % number)
        await desk.watcher.collect()
        await forget(desk, 1, 6)
        desk.clock.now += EVERY
        assert await desk.holes.look()
        desk.folder.broken.append(Transient("connection_lost"))
        with pytest.raises(Transient):
            await desk.holes.look()
        assert desk.watcher.uidvalidity is None
        await desk.watcher.collect()
        assert not await desk.holes.look()
        assert await desk.holes.look()
        assert "has 2 mails that were not in the ledger (UID 1, 6)" in (await alerts(desk))[KEY]
        await desk.watcher.collect()
        assert len(await desk.octets()) == 6


async def test_a_folder_that_is_rebuilt_in_the_middle_is_begun_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(holes, "SLICE", 2)
    async with comparing(tmp_path) as desk:
        await desk.watcher.collect()
        for number in range(6):
            desk.folder.add(b"%d" % number)
        await desk.watcher.collect()
        desk.clock.now += EVERY
        await desk.holes.look()
        desk.folder.rebuild()
        await desk.watcher.collect()
        while desk.holes.due():
            assert not await desk.holes.look()
        assert await alerts(desk) == {}


async def test_once_compares_no_more_often_than_a_daemon(tmp_path):
    async with comparing(tmp_path) as desk:
        await desk.watcher.collect()
        desk.folder.add(b"mail")
        await desk.watcher.collect()
        assert not await desk.holes.once()
        await forget(desk, 1)
        desk.holes = Holes(desk.watcher, desk.alarm, desk.clock)
        assert not await desk.holes.once()
        desk.clock.now += EVERY
        desk.holes = Holes(desk.watcher, desk.alarm, desk.clock)
        assert await desk.holes.once()


async def test_a_watch_takes_what_was_missed_and_new_mail_comes_between_two_slices(tmp_path, monkeypatch):
    monkeypatch.setattr(holes, "SLICE", 1)
    async with comparing(tmp_path) as desk:
        await desk.watcher.collect()
        for number in range(8):
            desk.folder.add(b"mail %d" % number)
        await desk.watcher.collect()
        await forget(desk, 8)
        inner, looks = desk.folder.uids, []

        async def uids(**asked):
            looks.append(asked.get("upto"))
            if asked.get("upto") == 3:
                desk.folder.add(b"mail 8")
            return await inner(**asked)

        desk.folder.uids = uids
        bell, taken = Bell(), asyncio.Event()
        watch = Watch(desk.watcher, timedelta(hours=1), Account(), bell=bell, alarm=desk.alarm, clock=desk.clock)
        keep = desk.ledger.intake.keep

        async def kept(mails, *rest, **more):
            found = await keep(mails, *rest, **more)
            if any(one.key.uid == 8 for one in mails):
                taken.set()
            return found

        desk.ledger.intake.keep = kept
        task = asyncio.create_task(watch.run())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(taken.wait(), 10)
        bell.stop_all()
        await asyncio.wait_for(task, 10)
        assert await desk.octets() == [b"mail %d" % number for number in range(9)]
        assert looks[:6] == [None, 1, 2, 3, None, 4]  # None: the look at all that is new
        assert KEY in await alerts(desk)
