"""Waiting for mail: pushed where the server can, looked for where it cannot, and never on a connection that is dead."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest
from fakes.faulty_imap import CAPABILITY, FaultyImap, hang_up, refuses, says, silence

from gateway.errors import Transient
from gateway.imap import session, source
from gateway.imap.source import ImapSource

IDLES = f"{CAPABILITY} IDLE"
LONG = 30.0


@asynccontextmanager
async def idling(capability=IDLES, **changes):
    async with FaultyImap({1: b"a: b\r\n\r\nc"}, capability=capability, **changes) as server:
        box = ImapSource(server.mailbox())
        await box.open()
        await box.uids()
        try:
            yield server, box
        finally:
            await box.close()


async def begun(server):
    while not server.idling:
        await asyncio.sleep(0.005)


async def waiting(server, box, seconds=LONG, until=None):
    task = asyncio.create_task(box.wait(seconds, until or asyncio.Event()))
    await begun(server)
    return task


async def test_what_is_pushed_ends_the_wait_and_is_found_without_selecting_again():
    async with idling() as (server, box):
        task = await waiting(server, box)
        server.mails[2] = b"d: e\r\n\r\nf"
        await server.push(b"* 2 EXISTS\r\n* 1 RECENT\r\n")
        assert await asyncio.wait_for(task, 2) is True
        said = len(server.commands)
        await box.refresh()
        assert await box.uids(after=1) == [2]
        assert [one.split()[0] for one in server.commands[said:]] == ["UID"]


async def test_chatter_ends_no_wait():
    async with idling() as (server, box):
        task = await waiting(server, box)
        await server.push(b"* OK still here\r\n* 1 FETCH (FLAGS (\\Seen))\r\n* 1 EXISTS\r\n")
        await asyncio.sleep(0.05)
        assert not task.done()
        task.cancel()


async def test_a_mail_that_takes_the_place_of_an_expunged_one_is_news():
    async with idling() as (server, box):
        task = await waiting(server, box)
        await server.push(b"* 1 EXPUNGE\r\n* 1 EXISTS\r\n")
        assert await asyncio.wait_for(task, 2) is True


async def test_news_between_two_waits_is_not_forgotten():
    async with idling() as (server, box):
        server.faults["UID STORE"] = says(b"* 2 EXISTS\r\n")
        await box.dispose([1], "seen")
        assert await box.wait(LONG, asyncio.Event()) is True


async def test_the_wait_ends_when_it_is_asked_to_and_the_connection_is_of_use():
    async with idling() as (server, box):
        until = asyncio.Event()
        task = await waiting(server, box, until=until)
        until.set()
        assert await asyncio.wait_for(task, 2) is False
        assert await box.uids() == [1]
        assert "DONE" in server.commands


async def test_it_is_begun_anew_again_and_again(monkeypatch):
    monkeypatch.setattr(source, "RENEWED", 0.05)
    async with idling() as (server, box):
        assert await box.wait(0.3, asyncio.Event()) is False
        assert server.commands.count("DONE") >= 4


async def test_a_server_that_is_dead_and_keeps_the_connection_is_noticed(monkeypatch):
    monkeypatch.setattr(source, "RENEWED", 0.05)
    monkeypatch.setattr(session, "PROBE", 0.1)
    async with idling() as (server, box):
        task = await waiting(server, box)
        for talk in server.idling:
            talk.done = _nothing
        with pytest.raises(Transient) as caught:
            await asyncio.wait_for(task, 2)
        assert caught.value.cause == "timeout"


async def _nothing(text=""):
    await asyncio.Event().wait()


@pytest.mark.parametrize("fault", [hang_up(b"* BYE maintenance\r\n"), hang_up(), silence, says(b"* 1", then=None)])
async def test_an_idle_that_never_begins_ends_with_an_error(monkeypatch, fault):
    monkeypatch.setattr(session, "PROBE", 0.1)
    async with idling(faults={"IDLE": fault}) as (_, box):
        with pytest.raises(Transient):
            await asyncio.wait_for(box.wait(LONG, asyncio.Event()), 2)


async def test_a_hang_up_in_mid_idle_is_noticed_at_once():
    async with idling() as (server, box):
        task = await waiting(server, box)
        for talk in list(server.idling):
            await talk.send(b"* BYE shutting down\r\n")
            talk.writer.close()
        with pytest.raises(Transient, match="shutting down"):
            await asyncio.wait_for(task, 2)


@pytest.mark.parametrize("faults", [{"IDLE": refuses("NO not now")}, {}])
async def test_without_idle_the_connection_is_tried_all_the_same(monkeypatch, faults):
    monkeypatch.setattr(source, "RENEWED", 0.05)
    async with idling(IDLES if faults else CAPABILITY, faults=faults) as (server, box):
        before = server.commands.count("NOOP")
        server.faults["NOOP"] = says(b"* 2 EXISTS\r\n")
        assert await asyncio.wait_for(box.wait(LONG, asyncio.Event()), 2) is True
        assert server.commands.count("NOOP") == before + 1


async def test_a_cancelled_wait_takes_the_connection_with_it():
    async with idling() as (server, box):
        task = await waiting(server, box)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(Transient):
            await box.uids()
