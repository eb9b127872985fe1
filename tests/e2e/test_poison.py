"""A mail whose reading ends processes: the daemon dies of it twice, the third try is made alone, and others go on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
from pathlib import Path

import pytest
from fakes.messages import mail
from fakes.stack import Stack

from storage.errors import LedgerError
from storage.model import ALONE
from storage.states import State

SIZE = 32 << 20


async def now(stack):
    """The first message as it stands; None before it is there."""
    try:
        return (await stack.journey()).message
    except (AssertionError, LedgerError):
        return None


def readers(pid: int) -> list[int]:
    """The processes that read for the daemon."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            command = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            if b"gateway.alone" in command:
                found.append(int(child))
    return found


def in_reading(folder: Path, time: int) -> bool:
    """Whether the first message was claimed so often and is not decided: asked of the file itself, which is quicker."""
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(f"file:{folder / 'ledger.db'}?mode=ro", uri=True)) as ledger,
    ):
        row = ledger.execute("SELECT state = 'active' AND plan IS NULL, fence FROM messages WHERE id = 1").fetchone()
        return bool(row and row[0]) and row[1] == time
    return False


async def die_while_it_is_read(stack, folder: Path, time: int) -> None:
    daemon = await stack.start("run")
    while True:
        assert daemon.returncode is None, stack.log[-3000:]
        if in_reading(folder, time):
            daemon.send_signal(signal.SIGSTOP)
            break
        await asyncio.sleep(0.002)
    assert in_reading(folder, time)
    daemon.kill()
    await daemon.communicate()


async def end_readers(daemon, sent: signal.Signals, done) -> int:
    """End each process that reads alone as soon as it appears, until `done`; how many that were."""
    ended = 0
    while not await done():
        for pid in readers(daemon.pid):
            os.kill(pid, sent)
            ended += 1
            await asyncio.sleep(0.3)
        await asyncio.sleep(0.01)
    return ended


@pytest.mark.timeout(180)
async def test_a_mail_that_kills_is_read_alone_and_set_aside_and_others_go_on(tmp_path):
    async with Stack(tmp_path, halo={"requests": 1_000_000}) as stack:
        attached = os.urandom(SIZE)
        stack.deliver(mail(message_id="poison@c.example", subject="poison", attachments={"a.bin": attached}))
        for time in range(1, ALONE + 1):
            await die_while_it_is_read(stack, tmp_path, time)
        for number in range(5):
            sender = f"c{number}@c.example"
            stack.deliver(mail(message_id=f"{number}@c.example", subject=f"Mail {number}", sender=sender))
        daemon = await stack.start("run")

        async def set_aside():
            assert daemon.returncode is None, stack.log[-3000:]
            message = await now(stack)
            return message is not None and message.state is State.BROKEN

        assert await end_readers(daemon, signal.SIGKILL, set_aside) == 1
        for _ in range(300):
            if len(stack.sandbox.tickets) == 5:
                break
            await asyncio.sleep(0.1)
        assert {str(one.fields["summary"]) for one in stack.sandbox.tickets} == {f"Mail {n}" for n in range(5)}
        message = await now(stack)
        assert (message.cause, message.kept_size > SIZE) == ("process_ended", True)
        assert "signal 9" in message.words
        assert daemon.returncode is None
        assert (await stack.call("quarantine", "release", "1"))[0] == 0
        for _ in range(600):
            if (await now(stack)).state is State.DONE:
                break
            await asyncio.sleep(0.1)
        assert stack.log.count("read alone") == 2
        assert len(stack.sandbox.tickets) == 6
        assert await stack.stop(daemon) == 0
        assert (await now(stack)).state is State.DONE
        assert frozenset({"\\Seen"}) in set(stack.flags().values())
