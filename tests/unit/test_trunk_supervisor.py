"""The daemon's tasks: nothing that one mailbox or one message does makes it deaf, busy, or slow to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from fakes.ledgers import HOUR, ME
from fakes.messages import mail
from fakes.trunk import Folder, Halo, always, desk_with

from gateway import retry, watching
from gateway.bell import Bell
from gateway.cluster import Member
from gateway.doubles import Doubles
from gateway.errors import Misconfigured, Transient
from gateway.intake import FolderPolicy, Watcher
from gateway.lapse import seconds
from gateway.supervisor import Supervisor
from gateway.watching import Account, Watch
from storage.states import State

SECOND = timedelta(seconds=1)


@asynccontextmanager
async def daemon(tmp_path, halo, *folders, stop_time=5.0, workers=4, mail_to=(), prepare=None):
    """(supervisor, desk): the folders are the mailboxes support, support1, …; time is real."""
    async with desk_with(tmp_path, halo, clock=None, mail_to=mail_to) as made:
        bell = Bell()
        object.__setattr__(made.desk, "clock", now)
        object.__setattr__(made.desk, "settled", bell.settled)
        watches = [
            Watch(
                Watcher(
                    FolderPolicy("support" + (str(number) if number else ""), "INBOX", "all", "seen"),
                    folder,
                    made.ledger,
                    now,
                    arrived=bell.arrived,
                    stopping=bell.stopping,
                ),
                timedelta(milliseconds=50),
                Account(),
                bell=bell,
                alarm=made.alarm,
                clock=now,
            )
            for number, folder in enumerate(folders)
        ]
        supervisor = Supervisor(
            bell, made.desk, watches, made.alarm, workers=workers, stop_time=timedelta(seconds=stop_time),
            prepare=prepare or nothing_to_prepare,
            doubles=Doubles(made.ledger, halo, now, made.alarm, timedelta(minutes=3)),
            member=Member(made.ledger, ME, HOUR, ["support"], now, bell=bell, alarm=made.alarm, joined_at=seconds()),
        )  # fmt: skip
        yield supervisor, made


async def nothing_to_prepare():
    """As with a Halo that answers."""


def now():
    from datetime import UTC, datetime

    return datetime.now(UTC)


async def until(condition, seconds=5.0):
    for _ in range(int(seconds / 0.02)):
        if await condition() if asyncio.iscoroutinefunction(condition) else condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen")


@asynccontextmanager
async def running(supervisor):
    task = asyncio.create_task(supervisor.run())
    try:
        yield task
    finally:
        supervisor.stop()
        await asyncio.wait_for(task, 10)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(retry, "FIRST", timedelta(milliseconds=100))
    monkeypatch.setattr(watching, "MENDING", timedelta(milliseconds=100))


async def test_a_bug_met_in_one_mailbox_stops_no_other(tmp_path):
    bad, good = Folder(), Folder()
    bad.broken += [ValueError("a bug")] * 1000
    good.add(mail(message_id="a@c.example"))
    async with daemon(tmp_path, Halo(), bad, good) as (supervisor, made), running(supervisor) as task:
        await until(lambda: good.disposed)
        assert not task.done()
        await until(lambda: made.alarm.is_open("mailbox support"))
        bad.broken.clear()
        bad.add(mail(message_id="b@c.example"))
        await until(lambda: bad.disposed)
        await until(lambda: not made.alarm.is_open("mailbox support"))
        assert await made.ledger.reading.alerts() == []


async def test_a_bug_between_worker_and_ledger_does_not_end_the_daemon(tmp_path):
    folder = Folder()
    folder.add(mail(message_id="a@c.example"))
    async with daemon(tmp_path, Halo(), folder) as (supervisor, made):
        inner, left = made.ledger.work.claim, [2]

        async def claim(*arguments, **named):
            left[0] -= 1
            if left[0] >= 0:
                raise ValueError("a bug")
            return await inner(*arguments, **named)

        made.ledger.work.claim = claim
        async with running(supervisor) as task:
            await until(lambda: folder.disposed)
            assert not task.done()


async def test_idle_workers_rest_while_another_works(tmp_path):
    folder = Folder()
    folder.add(mail(message_id="a@c.example"))
    halo = Halo()
    inner = halo.create_ticket

    async def slow(step, marker):
        await asyncio.sleep(1.0)
        return await inner(step, marker)

    halo.create_ticket = slow
    async with daemon(tmp_path, halo, folder) as (supervisor, made):
        claims = []
        inner_claim = made.ledger.work.claim

        async def claim(*arguments, **named):
            claims.append(1)
            return await inner_claim(*arguments, **named)

        made.ledger.work.claim = claim
        async with running(supervisor):
            await until(lambda: folder.disposed)
        assert len(claims) < 30


async def test_once_does_not_sit_out_a_long_rest(tmp_path):
    folder = Folder()
    folder.add(mail(message_id="a@c.example"))
    halo = Halo(fail={"create_ticket": always(Transient("rate_limited", "429", retry_after=timedelta(hours=1)))})
    async with daemon(tmp_path, halo, folder) as (supervisor, made):
        assert await asyncio.wait_for(supervisor.once(), 5) is False
        assert (await made.message()).state is State.DEFERRED


async def test_once_sees_through_what_is_freed_by_another(tmp_path):
    folder = Folder()
    folder.add(mail(message_id="a@c.example"))
    folder.add(mail(message_id="a@c.example", headers={"X-Other": "copy"}))
    for number in range(5):
        folder.add(mail(message_id=f"{number}@c.example", in_reply_to="a@c.example"))
    halo = Halo()
    inner = halo.create_ticket

    async def slow(step, marker):
        await asyncio.sleep(0.3)
        return await inner(step, marker)

    halo.create_ticket = slow
    async with daemon(tmp_path, halo, folder) as (supervisor, _):
        assert await asyncio.wait_for(supervisor.once(), 10) is True
        assert (len(halo.tickets), halo.calls.count("add_action")) == (1, 5)
        assert len(folder.disposed) == 7


async def test_a_mailbox_that_stays_down_is_told_once_and_works_again(tmp_path):
    folder, other = Folder(), Folder()
    folder.broken += [Transient("connection_refused", "refused")] * 3
    serving = daemon(tmp_path, Halo(), folder, other, mail_to=["op@acme.example"])
    async with serving as (supervisor, made), running(supervisor):
        await until(lambda: made.letters.alerts)
        folder.add(mail(message_id="a@c.example"))
        await until(lambda: folder.disposed)
        assert not made.alarm.is_open("mailbox support")
        assert len(made.letters.alerts) == 1


async def test_a_stop_waits_for_the_step_in_hand_and_no_longer(tmp_path):
    folder = Folder()
    folder.add(mail(message_id="a@c.example"))
    halo = Halo()
    inner, begun = halo.create_ticket, asyncio.Event()

    async def slow(step, marker):
        begun.set()
        await asyncio.sleep(0.3)
        return await inner(step, marker)

    halo.create_ticket = slow
    async with daemon(tmp_path, halo, folder) as (supervisor, made):
        task = asyncio.create_task(supervisor.run())
        await begun.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(task, 2)
        assert len(halo.tickets) == 1
        assert (await made.receipts())["ticket"] == "answered"


async def test_a_second_signal_or_the_end_of_the_stop_time_cuts_what_hangs(tmp_path):
    for folder_name, stop_time, signals in (("one", 60.0, 2), ("two", 0.3, 1)):
        (tmp_path / folder_name).mkdir()
        folder = Folder()
        folder.add(mail(message_id="a@c.example"))
        halo, begun = Halo(), asyncio.Event()

        async def hang(*_, begun=begun):
            begun.set()
            await asyncio.sleep(3600)

        halo.create_ticket = hang
        async with daemon(tmp_path / folder_name, halo, folder, stop_time=stop_time) as (supervisor, made):
            task = asyncio.create_task(supervisor.run())
            await begun.wait()
            started = time.monotonic()
            for _ in range(signals):
                os.kill(os.getpid(), signal.SIGTERM)
                await asyncio.sleep(0.1)
            await asyncio.wait_for(task, 3)
            assert time.monotonic() - started < 2
            assert (await made.message()).state is State.ACTIVE  # the next start adopts it
            assert (await made.ledger.steps.of(1))["ticket"].intent_at is not None


async def test_an_alert_that_cannot_be_written_stops_nobody(tmp_path):
    folder = Folder()
    folder.broken += [ValueError("a bug")]
    async with daemon(tmp_path, Halo(), folder, mail_to=["op@acme.example"]) as (supervisor, made):

        async def broken(*_):
            raise UnicodeEncodeError("ascii", "ü", 0, 1, "")

        made.letters.alert = broken
        async with running(supervisor) as task:
            folder.add(mail(message_id="a@c.example"))
            await until(lambda: folder.disposed)
            assert not task.done()


async def test_what_is_wrong_with_halo_is_told_at_the_start(tmp_path):
    async def refused():
        raise Misconfigured("unknown_name", "status 'Nwe' is not known; there are: 1 New")

    async with daemon(tmp_path, Halo(), Folder(), prepare=refused) as (supervisor, made):
        assert not await supervisor.once()
        (alert,) = await made.ledger.reading.alerts()
        assert "there are: 1 New" in alert.words


async def test_a_halo_that_is_down_at_the_start_is_no_alert(tmp_path):
    async def down():
        raise Transient("unreachable")

    async with daemon(tmp_path, Halo(), Folder(), prepare=down) as (supervisor, made):
        assert await supervisor.once()
        assert await made.ledger.reading.alerts() == []
