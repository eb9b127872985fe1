"""The hosts: each runs the installed command, is killed at random instants and started again, and now and then frozen.

A host has a clock of its own (libfaketime reads an offset from a file) and, where this machine lets us have name
spaces, names of its own (a file is mounted over /etc/hosts). What a host has not is in `missing`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fakes.stack import COMMAND

NAME = "localhost"
"""Of the servers: the gateway speaks without TLS to no other host. With an empty /etc/hosts it is not found."""

STILLBORN = 8
QUICK_START, SLOWEST_START = 2.0, 20.0  # seconds

LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))


def name_space() -> list[str]:
    """How to start something with mounts of its own; [] if nobody lets us."""
    with tempfile.TemporaryDirectory() as folder:
        for option in ("-m", "-rm"):
            tried = ["unshare", option, "mount", "--bind", folder, folder]
            with contextlib.suppress(OSError):
                if subprocess.run(tried, capture_output=True, check=False).returncode == 0:
                    return ["unshare", option]
    return []


@dataclass
class Host:
    """One host. `life`: the shortest and the longest time, in seconds, that the command is at work before it is killed.

    One life in `STILLBORN` ends while the command still starts. Where a start takes long, the machine is busy and all
    of life takes longer, or nothing would ever be done.
    """

    name: str
    config: Path
    folder: Path
    chance: random.Random
    life: tuple[float, float]
    separate: list[str]
    freeze: tuple[float, float]  # how long it stands still when it is frozen
    freezes: float  # share of its lives in which it is
    counts: Counter[str]
    ready: asyncio.Event  # cleared while hosts may not start
    limit: int = resource.RLIM_INFINITY  # of the size of its files
    process: asyncio.subprocess.Process | None = None

    def __post_init__(self) -> None:
        self.hosts, self.clock = self.folder / f"hosts-{self.name}", self.folder / f"clock-{self.name}"
        self.log = self.folder / f"log-{self.name}"
        self.socket = self.folder / f"notify-{self.name}"
        self.at_work = asyncio.Event()
        self.slowness = 1.0
        self.resolves(yes=True)
        self.step(0)

    # What it believes

    def resolves(self, *, yes: bool) -> None:
        """Whether it finds the servers' names."""
        self.hosts.write_text(f"127.0.0.1 {NAME}\n" if yes else "")  # in place: the mount shows this very file

    def step(self, seconds: int) -> None:
        """Set its clock to so many seconds before or after the right time."""
        beside = self.clock.with_suffix(".new")  # whole at every instant, for it may be read at any
        beside.write_text(f"{seconds:+d}\n")
        beside.replace(self.clock)

    # Its process

    async def start(self) -> asyncio.subprocess.Process:
        """Start the command."""
        environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
        environment |= {"PYTHONSAFEPATH": "1", "NOTIFY_SOCKET": str(self.socket)}
        self.at_work.clear()
        if LIBRARIES:
            environment |= {
                "FAKETIME_TIMESTAMP_FILE": str(self.clock), "FAKETIME_CACHE_DURATION": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "FAKETIME_FORCE_MONOTONIC_FIX": "0", "NO_FAKE_STAT": "1",
            }  # fmt: skip
        preload = [f"LD_PRELOAD={LIBRARIES[0]}"] if LIBRARIES else []
        run = ["env", *preload, *COMMAND, "run", "--config", str(self.config)]
        if self.separate:
            mount = 'mount --bind "$0" /etc/hosts && exec "$@"'
            run = [*self.separate, "sh", "-c", mount, str(self.hosts), *run]
        if shutil.which("setpriv"):
            run = ["setpriv", "--pdeathsig", "KILL", *run]  # it dies with the driver
        self.note("started")
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *run, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, env=environment
            )
        if self.limit != resource.RLIM_INFINITY:
            self.limited(self.limit)
        return self.process

    def limited(self, octets: int) -> None:
        """Let its files grow to so many octets and no further."""
        self.limit = octets
        if self.process is not None and self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (octets, resource.RLIM_INFINITY))

    def note(self, words: str) -> None:
        """A line of ours among those of the command."""
        with self.log.open("a") as log:
            log.write(f"-- {datetime.now(UTC):%H:%M:%S.%f} {words}\n")

    async def kill(self) -> None:
        """SIGKILL; returns when it is gone."""
        process = self.process
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
                self.counts["kills"] += 1
                self.note("killed")
        await process.wait()
        for left in Path("/dev/shm").glob(f"*faketime_*_{process.pid}"):
            left.unlink(missing_ok=True)
        self.process = None

    async def live(self) -> None:
        """Life after life, until cancelled."""
        chance = self.chance
        async with self._listening():
            try:
                while True:
                    await self.ready.wait()
                    span, freezes = chance.uniform(*self.life), chance.random() < self.freezes
                    at, still = chance.uniform(0.1, 1.0), chance.uniform(*self.freeze)
                    stillborn, short = chance.random() < 1 / STILLBORN, chance.uniform(0.1, 1.2)
                    process = await self.start()
                    if stillborn:
                        await _ends(process, short)
                    else:
                        await self._begins(process)
                        if freezes and not await _ends(process, at):
                            await self._frozen(process, still)
                        await _ends(process, span * self.slowness)
                    if process.returncode is not None and self.ready.is_set():
                        self.counts["ends by itself"] += 1
                        await asyncio.sleep(0.5)
                    await self.kill()
            finally:
                await self.kill()

    async def _begins(self, process: asyncio.subprocess.Process) -> None:
        """Until it is at work, or has ended, or takes too long."""
        begun = time.monotonic()
        ways = [asyncio.create_task(self.at_work.wait()), asyncio.create_task(process.wait())]
        try:
            await asyncio.wait(ways, timeout=SLOWEST_START, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
        if self.at_work.is_set():
            self.note(f"at work after {time.monotonic() - begun:.1f} s")
            self.slowness = min(max(1.0, (time.monotonic() - begun) / QUICK_START), 5.0)

    @contextlib.asynccontextmanager
    async def _listening(self) -> AsyncIterator[None]:
        """Hear it say that it is at work, as systemd would."""
        self.socket.unlink(missing_ok=True)
        at_work = self.at_work

        class Ear(asyncio.DatagramProtocol):
            def datagram_received(self, data: bytes, _: object) -> None:
                if b"READY=1" in data:
                    at_work.set()

        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(Ear, str(self.socket), family=socket.AF_UNIX)
        try:
            yield
        finally:
            transport.close()

    async def _frozen(self, process: asyncio.subprocess.Process, seconds: float) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGSTOP)
            self.counts["freezes"] += 1
            self.note(f"frozen for {seconds:.1f} s")
            await _ends(process, seconds)
            if process.returncode is None:
                process.send_signal(signal.SIGCONT)


async def _ends(process: asyncio.subprocess.Process, within: float) -> bool:
    """Whether it ends within this time."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within):
            await process.wait()
        return True
    return False
