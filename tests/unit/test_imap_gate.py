"""What mailboxes share: one that hangs, drips or fails holds up no other."""

from __future__ import annotations

import asyncio
import time

import pytest
from fakes.faulty_imap import FaultyImap, only_if, silence

from gateway.errors import Transient
from gateway.imap import gate as gates
from gateway.imap.gate import Gate, Share
from gateway.imap.source import ImapSource

MAILS = {uid: b"Subject: %d\r\n\r\nmail %d\r\n" % (uid, uid) for uid in range(1, 4)}


async def fetched(server, gate, limit=30.0):
    source = ImapSource(server.mailbox(limit=limit), gate=gate)
    await source.open()
    try:
        return [one.uid async for batch in source.fetch([1, 2, 3]) for one in batch]
    finally:
        await source.close()


async def cancelled(*tasks):
    for one in tasks:
        one.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def hung(*tasks):
    """Let them get as far as they come."""
    _, pending = await asyncio.wait(tasks, timeout=0.3)
    assert len(pending) == len(tasks)


async def test_logins_that_hang_delay_another_mailbox_of_the_server_for_a_moment(monkeypatch):
    monkeypatch.setattr(gates, "OPENING", 0.5)
    gate = Gate(connecting=2)
    async with FaultyImap(MAILS) as server:
        server.faults["LOGIN"] = silence
        bad = [asyncio.create_task(fetched(server, gate)) for _ in range(6)]
        await hung(*bad)
        assert server.connections == 2
        server.faults.clear()
        begun = time.monotonic()
        assert await asyncio.wait_for(fetched(server, gate), 10) == [1, 2, 3]
        assert time.monotonic() - begun < 4
        await cancelled(*bad)


async def test_a_mailbox_that_hung_before_does_not_even_do_that(monkeypatch):
    monkeypatch.setattr(gates, "OPENING", 60.0)
    gate = Gate(connecting=1)
    async with FaultyImap(MAILS) as server:
        server.faults["LOGIN"] = silence
        bad = ImapSource(server.mailbox(limit=0.2), gate=gate)
        with pytest.raises(Transient):
            await bad.open()
        worse = ImapSource(server.mailbox(limit=30), gate=gate)
        worse._well = False
        again = asyncio.create_task(worse.open())
        await hung(again)
        server.faults.clear()
        assert await asyncio.wait_for(fetched(server, gate), 2) == [1, 2, 3]
        assert bad._well is False
        await cancelled(again)
        await bad.open()
        assert bad._well
        await bad.close()


async def test_fetches_that_hang_with_all_the_memory_delay_another_mailbox_for_a_moment(monkeypatch):
    monkeypatch.setattr(gates, "CRAWLING", 0.5)
    gate = Gate(held=200, credit=1000)
    hangs = only_if(lambda arguments: "BODY.PEEK" in arguments, silence)
    async with FaultyImap(MAILS, faults={"UID FETCH": hangs}) as bad, FaultyImap(MAILS) as good:
        tasks = [asyncio.create_task(fetched(bad, gate)) for _ in range(8)]
        await hung(*tasks)
        assert await asyncio.wait_for(fetched(good, gate), 5) == [1, 2, 3]
        await cancelled(*tasks)
    assert (gate.batches.free, gate.large.free) == (100, 100)


async def test_all_that_is_held_has_an_end(monkeypatch):
    monkeypatch.setattr(gates, "CRAWLING", 0.05)
    credit = Share(100)
    share = Share(100, credit)
    inside = []

    async def hold(number):
        async with share.holding(60):
            inside.append(number)
            await asyncio.sleep(3600)

    tasks = [asyncio.create_task(hold(number)) for number in range(5)]
    await asyncio.sleep(0.4)
    assert inside == [0, 1]  # one in the share, one in the credit
    assert (share.free, credit.free) == (40, 40)
    await cancelled(*tasks)
    assert (share.free, credit.free) == (100, 100)


async def test_who_is_quick_takes_no_credit(monkeypatch):
    monkeypatch.setattr(gates, "CRAWLING", 0.05)
    credit = Share(100)
    share = Share(100, credit)
    for _ in range(3):
        async with share.holding(200):
            assert share.free == 0
    await asyncio.sleep(0.1)
    assert (share.free, credit.free) == (100, 100)
