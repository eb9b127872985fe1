"""Back pressure: while there is no room for more, fetching stops and nothing else does, and it goes on by itself."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from fakes.watching import watching

from gateway import room as rooms
from gateway.alarm import Alarm
from gateway.room import DISK, FRESH, FULL_FOR, WAITING, Room, disk_short, folder_of
from storage.errors import LedgerBusy
from storage.model import Fate

MB = 1_000_000


class Disk:
    """Stands for os.statvfs: `free` octets are left."""

    f_frsize = 1000

    def __init__(self, free: int) -> None:
        self.free = free

    @property
    def f_bavail(self) -> int:
        return self.free // 1000

    def __call__(self, folder):
        return self


@pytest.fixture
def disk(monkeypatch):
    made = Disk(1000 * MB)
    monkeypatch.setattr(rooms.os, "statvfs", made)
    return made


def roomy(desk, tmp_path, *, most=1000, reserve=0):
    alarm = Alarm(desk.ledger, desk.clock, None, ())
    desk.room = Room(desk.ledger, desk.clock, tmp_path, most_waiting=most, reserve=reserve, alarm=alarm)
    desk.restart()
    return alarm


async def collect(desk) -> int:
    desk.clock.move(FRESH)
    return await desk.watcher.collect()


async def test_fetching_stops_at_most_waiting_and_goes_on_below_nine_tenths_of_it(tmp_path):
    async with watching(tmp_path, batch=2) as desk:
        alarm = roomy(desk, tmp_path, most=10)
        for number in range(40):
            desk.folder.add(b"mail %d" % number)
        assert await collect(desk) == 12  # the batch that passed the limit was kept
        assert desk.watcher.held_back
        assert alarm.is_open(WAITING)
        (alert,) = await desk.ledger.reading.alerts()
        assert "more than 10 messages wait" in alert.words
        assert "most_waiting" in alert.words
        assert await collect(desk) == 0
        for _ in range(2):
            claim = await desk.ledger.work.claim("w", desk.clock())
            await desk.ledger.work.settle(claim, "new", Fate.TICKET, desk.clock())
        assert await collect(desk) == 0  # ten wait: not below nine tenths
        claim = await desk.ledger.work.claim("w", desk.clock())
        await desk.ledger.work.settle(claim, "new", Fate.TICKET, desk.clock())
        assert await collect(desk) == 2
        while desk.watcher.held_back:
            await desk.settle()
            await collect(desk)
        assert await desk.ledger.reading.alerts() == []
        assert len(await desk.octets()) == 40
        assert await desk.watcher.sweep() > 0


async def test_a_disk_that_is_nearly_full_stops_fetching_until_there_is_a_tenth_more(tmp_path, disk):
    async with watching(tmp_path) as desk:
        alarm = roomy(desk, tmp_path, reserve=200 * MB)
        desk.folder.add(b"one")
        disk.free = 200 * MB - 1000
        assert await collect(desk) == 0
        (alert,) = await desk.ledger.reading.alerts()
        assert alert.key == DISK
        for said in (str(tmp_path), "200.0 MB free", "`reserve` is 200.0 MB", "220.0 MB are free"):
            assert said in alert.words
        disk.free = 219 * MB
        assert await collect(desk) == 0
        disk.free = 220 * MB
        assert await collect(desk) == 1
        assert not alarm.is_open(DISK)
        disk.free = 201 * MB  # above the reserve: it does not stop again
        desk.folder.add(b"two")
        assert await collect(desk) == 1


async def test_what_is_in_hand_is_kept_and_settled_all_the_same(tmp_path, disk):
    async with watching(tmp_path) as desk:
        roomy(desk, tmp_path, reserve=200 * MB)
        disk.free = 0
        await desk.ledger.intake.keep_given("support", b"handed over", desk.clock())
        await desk.settle()
        assert await desk.octets() == [b"handed over"]


async def test_a_database_that_says_it_is_full_is_left_alone_for_a_while(tmp_path):
    async with watching(tmp_path) as desk:
        alarm = roomy(desk, tmp_path)
        desk.folder.add(b"one")
        inner = desk.ledger.intake.keep

        async def full(*_, **__):
            raise LedgerBusy("no space left on device", full=True)

        desk.ledger.intake.keep = full
        with pytest.raises(LedgerBusy):
            await desk.watcher.collect()
        desk.ledger.intake.keep = inner
        assert await desk.watcher.collect() == 0
        assert alarm.is_open(DISK)
        assert "make room" in (await desk.ledger.reading.alerts())[0].words
        desk.clock.move(FULL_FOR)
        assert await desk.watcher.collect() == 1
        assert not alarm.is_open(DISK)


async def test_a_ledger_that_is_busy_for_another_reason_is_not_full(tmp_path):
    async with watching(tmp_path) as desk:
        alarm = roomy(desk, tmp_path)
        desk.room.met(LedgerBusy("locked"))
        assert await desk.room.there_is()
        assert not alarm.is_open(DISK)


async def test_hundreds_of_mailboxes_that_ask_cost_one_look_a_second(tmp_path):
    async with watching(tmp_path) as desk:
        roomy(desk, tmp_path)
        looks = []
        inner = desk.ledger.reading.waiting

        async def waiting(most):
            looks.append(most)
            return await inner(most)

        desk.ledger.reading.waiting = waiting
        for _ in range(300):
            assert await desk.room.there_is()
        assert len(looks) == 1
        desk.clock.move(-timedelta(hours=1))  # a clock that is set back
        assert await desk.room.there_is()
        assert len(looks) == 2


async def test_what_waits_is_counted_no_further_than_need_be(tmp_path):
    async with watching(tmp_path, batch=20) as desk:
        for number in range(20):
            desk.folder.add(b"mail %d" % number)
        await desk.watcher.collect()
        claim = await desk.ledger.work.claim("w", desk.clock())
        await desk.ledger.work.defer(claim, desk.clock(), "x", "", desk.clock())
        await desk.ledger.work.claim("w", desk.clock())
        assert [await desk.ledger.reading.waiting(most) for most in (5, 20, 100)] == [5, 20, 20]
        await desk.settle()
        assert await desk.ledger.reading.waiting(100) == 1  # the one in hand


def test_where_a_ledger_lies():
    assert str(folder_of("sqlite:////var/lib/x/ledger.db")) == "/var/lib/x"
    assert folder_of("postgresql://halo@db/mail") is None


def test_no_reserve_and_no_file_are_never_short(tmp_path):
    assert disk_short(tmp_path, 0) == ""
    assert disk_short(None, 1 << 60) == ""
    assert str(tmp_path) in disk_short(tmp_path, 1 << 60)
    assert os.statvfs(tmp_path).f_bavail >= 0
