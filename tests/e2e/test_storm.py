"""A real Dovecot behind a network that misbehaves in every way, and the installed daemon in front of it.

Connections are cut in the middle of literals, stay open and say nothing more, end with BYE; the server is killed and
comes back; the folder is rebuilt and renamed; the disk is full. Each mail becomes one ticket, and the daemon is at work
within a minute of the end of each trouble.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
import time
from collections import Counter

import pytest
from fakes.messages import USER, mail
from fakes.stack import Stack


class Weather:
    """A TCP proxy in front of the server. `now` is what becomes of octets on their way to the client."""

    def __init__(self, port: int, seed: int) -> None:
        self._port = port
        self._chance = random.Random(seed)
        self.now = "fine"
        self.met = Counter()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader, writer):
        self._tasks.add(asyncio.current_task())
        with contextlib.suppress(OSError, asyncio.CancelledError):
            upstream, up = await asyncio.open_connection("127.0.0.1", self._port)
            await asyncio.gather(self._there(reader, up), self._back(upstream, writer, up))
        writer.transport.abort()

    async def _there(self, reader, up):
        while octets := await reader.read(65536):
            up.write(octets)
        up.close()

    async def _back(self, upstream, writer, up):
        while octets := await upstream.read(65536):
            match self.now:
                case "cut" if len(octets) > 300 or self._chance.random() < 0.1:
                    self.met["cut"] += 1
                    writer.write(octets[: self._chance.randrange(len(octets))])
                    break
                case "bye" if self._chance.random() < 0.3:
                    self.met["bye"] += 1
                    writer.write(b"* BYE the weather is bad\r\n")
                    break
                case "silent":
                    self.met["silent"] += 1
                    continue
                case "slow":
                    self.met["slow"] += 1
                    for at in range(0, len(octets), 7):
                        writer.write(octets[at : at + 7])
                        await asyncio.sleep(0.001)
                    continue
            writer.write(octets)
        with contextlib.suppress(OSError):
            await writer.drain()
        writer.close()
        up.close()


def one(number):
    files = {"log.txt": b"%d " % number * 4_000} if number % 3 == 0 else None
    return mail(subject=f"Mail {number}", sender=f"c{number}@c{number % 40}.example", message_id=f"{number}@c.example",
                attachments=files)  # fmt: skip


@pytest.mark.timeout(400)
async def test_no_mail_is_lost_or_doubled_and_work_goes_on_within_a_minute(tmp_path, monkeypatch):
    count = 0
    changes = {"first_contact": "all", "poll_interval": "2s", "timeout": "3s", "acknowledge": False, "folder": "Work"}
    stack = Stack(tmp_path, mailbox=changes)
    async with contextlib.AsyncExitStack() as exits:
        weather = await exits.enter_async_context(Weather(stack.dovecot.port, seed=6))
        stack.tables["mailbox"]["port"] = weather.port
        await exits.enter_async_context(stack)

        def deliver(many):
            nonlocal count
            for _ in range(many):
                stack.dovecot.append(USER, one(count), folder="Work")
                count += 1

        async def caught_up(what):
            began = time.monotonic()
            while len({ticket.fields["summary"] for ticket in stack.sandbox.tickets}) < count:
                assert time.monotonic() - began < 60, f"after {what}: {len(stack.sandbox.tickets)} of {count}"
                await asyncio.sleep(0.1)
            print(f"after {what}: at work again within {time.monotonic() - began:.1f} s")

        deliver(10)
        daemon = await stack.start("run")
        await caught_up("the start")
        for trouble in ("cut", "bye", "slow", "silent"):
            weather.now = trouble
            deliver(20)
            await asyncio.sleep(6)
            weather.now = "fine"
            await caught_up(trouble)
            assert weather.met[trouble]

        stack.dovecot.stop()
        await asyncio.sleep(5)
        stack.dovecot.start()
        deliver(10)
        await caught_up("a restart")

        mails = [stack.dovecot.octets(USER, uid, "Work") for uid, _ in stack.dovecot.messages(USER, "Work")]
        stack.dovecot.remove_folder(USER, "Work")  # rebuilt: the same mails, other UIDs
        for octets in mails:
            stack.dovecot.append(USER, octets, folder="Work")
        deliver(10)
        await caught_up("another UIDVALIDITY")

        judge = stack.dovecot._judge(USER)
        judge.rename("Work", "Elsewhere")
        await asyncio.sleep(6)
        assert "no_such_folder" in stack.log
        judge.rename("Elsewhere", "Work")
        deliver(5)
        await caught_up("a folder that was renamed")

        full = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
        full.execute("BEGIN IMMEDIATE")  # no room to write: the ledger cannot take anything
        deliver(10)
        await asyncio.sleep(14)
        full.execute("ROLLBACK")
        full.close()
        await caught_up("a ledger that could not be written")

        await asyncio.sleep(2)
        assert await stack.stop(daemon) == 0
        found = Counter(str(ticket.fields["summary"]) for ticket in stack.sandbox.tickets)
        assert found == {f"Mail {number}": 1 for number in range(count)}
        assert "alert" in stack.log
