"""The disk under the ledger is full, or nearly so: nothing is lost or done twice, the operator is told, work goes on.

The ledger lies on a file system of its own, a few megabytes, in a name space of the daemon's. Where this machine lets
nobody have one, the system refuses to let files grow instead: the same for the daemon, but that it is another error.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest
from fakes import stack as stacks
from fakes.messages import mail
from fakes.stack import Stack

SIZE = 6 << 20
MB = 1_000_000


def has_name_spaces(folder: Path) -> bool:
    tried = ["unshare", "-rm", "mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", str(folder)]
    with contextlib.suppress(OSError):
        return subprocess.run(tried, capture_output=True, check=False).returncode == 0
    return False


class Disk:
    """A small file system, or the limit that stands for it."""

    def __init__(self, folder: Path, *, real: bool) -> None:
        self.folder, self.real = folder, real
        self.pid = 0

    @property
    def inside(self) -> Path:
        return Path(f"/proc/{self.pid}/root{self.folder}") if self.real else self.folder

    def fill(self) -> None:
        if not self.real:
            largest = max(one.stat().st_size for one in self.folder.iterdir())
            resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
            return
        with contextlib.suppress(OSError), (self.inside / "filler").open("wb", buffering=0) as filler:
            for size in (65536, 4096):
                with contextlib.suppress(OSError):
                    while filler.write(b"x" * size):
                        pass

    def crowd(self, leave: int) -> None:
        """Take all but so many octets; of a file system that others use too, far more than they may need meanwhile."""
        disk = os.statvfs(self.inside)
        with (self.inside / "filler").open("wb") as filler:
            os.posix_fallocate(filler.fileno(), 0, disk.f_bavail * disk.f_frsize - leave)

    def free(self) -> None:
        if (self.inside / "filler").exists():
            (self.inside / "filler").unlink()
        else:
            resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def small(folder: Path, size: int) -> list[str]:
    """The command, for which `folder` is a file system of this size."""
    mount = f'mount -t tmpfs -o size={size},mode=0700 tmpfs "{folder}" && exec "$@"'
    return ["unshare", "-rm", "sh", "-c", mount, "sh", *stacks.COMMAND]


async def until(stack: Stack, done, seconds: float) -> None:
    begun = time.monotonic()
    while not done():
        assert time.monotonic() - begun < seconds, stack.log[-3000:]
        await asyncio.sleep(0.1)


async def test_a_full_disk_loses_and_doubles_nothing(tmp_path, monkeypatch):
    folder = tmp_path / "disk"
    folder.mkdir()
    disk = Disk(folder, real=has_name_spaces(folder))
    async with Stack(tmp_path, top={"reserve": "0B"}, alerts={"mail_to": ["ops@acme.example"]}) as stack:
        stack.state = f"sqlite:///{folder / 'ledger.db'}"
        stack.write_config()
        if disk.real:
            monkeypatch.setattr(stacks, "COMMAND", small(folder, SIZE))
        daemon = await stack.start("run")
        disk.pid = daemon.pid
        count = 0

        def deliver(number: int) -> None:
            nonlocal count
            for _ in range(number):
                files = {"photo.bin": os.urandom(60_000)}
                stack.deliver(mail(message_id=f"{count}@c.example", subject=f"Mail {count}", attachments=files))
                count += 1

        deliver(3)
        await until(stack, lambda: len(stack.sandbox.attachments) == 3, 30)
        await asyncio.sleep(1)
        disk.fill()
        deliver(15)
        await until(stack, lambda: "make room on the disk" in stack.log, 40)
        await asyncio.sleep(5)
        assert daemon.returncode is None
        assert len(stack.sandbox.tickets) < count
        disk.free()
        deliver(2)
        await until(stack, lambda: len(stack.sandbox.attachments) == count, 60)
        await asyncio.sleep(2)
        assert await stack.stop(daemon) == 0
        found = Counter(str(ticket.fields["summary"]) for ticket in stack.sandbox.tickets)
        assert found == {f"Mail {number}": 1 for number in range(count)}
        told = [one.octets for one in stack.smtp.messages if one.rcpt_tos == ("ops@acme.example",)]
        assert b"needs you: ledger" in told[0]
        assert sum(b"needs you: ledger" in one for one in told) == 1
        assert set(stack.flags().values()) == {frozenset({"\\Seen"})}


@pytest.mark.timeout(240)
async def test_fetching_stops_while_there_is_room_for_receipts_and_goes_on_by_itself(tmp_path, monkeypatch):
    folder = tmp_path / "disk"
    folder.mkdir()
    disk = Disk(folder, real=has_name_spaces(folder))
    size, reserve = 40 * MB, 10 * MB
    if not disk.real:
        here = os.statvfs(folder)
        size = here.f_bavail * here.f_frsize
        reserve = size - 300 * MB
    async with Stack(tmp_path, top={"reserve": f"{reserve}B"}) as stack:
        stack.state = f"sqlite:///{folder / 'ledger.db'}"
        stack.write_config()
        if disk.real:
            monkeypatch.setattr(stacks, "COMMAND", small(folder, size))
        daemon = await stack.start("run")
        disk.pid = daemon.pid

        def deliver(*numbers: int) -> None:
            for number in numbers:
                stack.deliver(mail(message_id=f"{number}@c.example", subject=f"Mail {number}"))

        deliver(0, 1, 2)
        await until(stack, lambda: len(stack.sandbox.tickets) == 3, 30)
        await stack.halo_down()
        deliver(3, 4, 5, 6, 7)
        await until(stack, lambda: stack.log.count("deferred") >= 2, 30)
        await until(stack, lambda: "last=8" in stack.log, 30)
        disk.crowd(reserve // 2)
        deliver(8, 9, 10, 11)
        await until(stack, lambda: "about=disk" in stack.log, 30)
        assert "make room until" in stack.log
        await stack.halo_up()
        await until(stack, lambda: len(stack.sandbox.tickets) == 8, 90)
        seen = frozenset({"\\Seen"})
        await until(stack, lambda: list(stack.flags().values()).count(seen) == 8, 30)  # they have their receipts
        await asyncio.sleep(2)
        assert len(stack.sandbox.tickets) == 8
        assert "last=9" not in stack.log
        disk.free()
        await until(stack, lambda: len(stack.sandbox.tickets) == 12, 60)
        await until(stack, lambda: "alert cleared" in stack.log, 10)
        assert await stack.stop(daemon) == 0
        found = Counter(str(ticket.fields["summary"]) for ticket in stack.sandbox.tickets)
        assert found == {f"Mail {number}": 1 for number in range(12)}
