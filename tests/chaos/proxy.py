"""A TCP proxy that does to connections what networks do, each by a fate that is drawn when it opens.

A connection is a talk in turns: octets of the client's that come after octets of the server's begin the next turn. A
fate strikes at its turn, or at the first one after it whose octets are `worth` it:

    refuse        the connection is reset at once
    half_open     it opens, and nothing goes either way any more
    cut_request   the server gets some of the turn's octets, then both sides are cut off
    cut_answer    the client gets some of the turn's answer, then it is cut off
    lost_answer   the server answers the turn, and its client is cut off without a word of that
    late          the client is cut off at once; the server gets the turn's octets `delay` seconds later
    slow          octets drip, both ways

`mode` is a fate for every connection, open ones too, for as long as it is set. `met` counts what has struck.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

CHUNK = 65536
QUIET = 0.1
"""Seconds without octets after which a turn that is held back counts as whole."""

DRIPS = 24
"""Pieces that a slow connection makes of what it carries."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a connection. `octets`: how many of a turn or an answer pass before a cut."""

    kind: str = "fine"
    turn: int = 1
    octets: int = 0
    delay: float = 0.0


FINE = Fate()


@dataclass(slots=True)
class Link:
    """One connection under way."""

    fate: Fate
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    upstream: asyncio.StreamReader
    up: asyncio.StreamWriter
    turn: int = 0
    answered: bool = True
    struck: bool = False
    held: bool = False  # its server's side is in the hands of a late write


@dataclass(slots=True)
class Proxy:
    """In front of 127.0.0.1:`upstream`. `fates` draws one for each connection; `worth` says which turns it strikes."""

    name: str
    upstream: int
    fates: Callable[[], Fate] = lambda: FINE
    worth: Callable[[bytes], bool] = lambda _: True
    port: int = 0
    mode: Fate | None = None
    drip: float = 0.02  # seconds between the pieces of a slow connection
    met: Counter[str] = field(default_factory=Counter)
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _late: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await asyncio.sleep(0)  # what was accepted already gets its task
        await self.hang_up()
        for task in self._late:
            task.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)

    async def hang_up(self) -> None:
        """Cut every connection."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def landed(self) -> None:
        """Wait until every late write has been delivered."""
        while self._late:
            await asyncio.gather(*self._late, return_exceptions=True)

    @property
    def under_way(self) -> int:
        """Late writes that have not been delivered yet."""
        return len(self._late)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # a cancelled one ends here: nobody waits for it but `hang_up`
        finally:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fate = self.mode or self.fates()
        if fate.kind == "refuse":
            self.met["refuse"] += 1
            return
        if fate.kind == "half_open" and fate.turn <= 1:
            self.met["half_open"] += 1
            await _swallow(reader)
            return
        upstream, up = await asyncio.open_connection("127.0.0.1", self.upstream)
        link = Link(fate, reader, writer, upstream, up)
        ways = [asyncio.create_task(self._there(link)), asyncio.create_task(self._back(link))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            try:
                await asyncio.gather(*ways, return_exceptions=True)
            finally:  # who is cancelled a second time must not leave it open either
                if not link.held:
                    up.transport.abort()

    async def _there(self, link: Link) -> None:
        """From the client to the server, until one of them has gone or fate strikes."""
        while octets := await link.reader.read(CHUNK):
            if link.answered:
                link.turn, link.answered = link.turn + 1, False
            if self.mode is not None and self.mode.kind in {"refuse", "half_open"}:
                self.met[self.mode.kind] += 1
                if self.mode.kind == "half_open":
                    await _swallow(link.reader)
                return
            if self._strikes(link, octets):
                match link.fate.kind:
                    case "cut_request":
                        self.met["cut_request"] += 1
                        link.up.write(octets[: link.fate.octets % len(octets)])
                        await link.up.drain()
                        return
                    case "late":
                        self.met["late"] += 1
                        whole = await _whole(link.reader, octets)
                        link.held = True
                        task = asyncio.create_task(self._deliver(link, whole))
                        self._late.add(task)
                        task.add_done_callback(self._late.discard)
                        task.add_done_callback(lambda _: link.up.transport.abort())
                        return
                    case "half_open":
                        self.met["half_open"] += 1
                        await _swallow(link.reader)
                        return
            await self._pass(link, link.up, octets)

    async def _back(self, link: Link) -> None:
        """From the server to the client."""
        while octets := await link.upstream.read(CHUNK):
            link.answered = True
            if self.mode is not None and self.mode.kind == "half_open":
                continue
            if link.struck and link.fate.kind == "lost_answer":
                self.met["lost_answer"] += 1
                return
            if link.struck and link.fate.kind == "cut_answer":
                self.met["cut_answer"] += 1
                link.writer.write(octets[: link.fate.octets % len(octets)])
                await link.writer.drain()
                link.writer.close()  # what was written reaches the client before the end
                await link.writer.wait_closed()
                return
            await self._pass(link, link.writer, octets)

    def _strikes(self, link: Link, octets: bytes) -> bool:
        """Whether fate strikes with these octets. What strikes the answer is kept until that comes."""
        if link.struck or link.turn < link.fate.turn or not self.worth(octets):
            return False
        link.struck = link.fate.kind != "fine"
        return link.struck

    async def _pass(self, link: Link, to: asyncio.StreamWriter, octets: bytes) -> None:
        if link.fate.kind == "slow" or (self.mode is not None and self.mode.kind == "slow"):
            self.met["slow"] += 1
            size = max(1, len(octets) // DRIPS)
            for at in range(0, len(octets), size):
                to.write(octets[at : at + size])
                await to.drain()
                await asyncio.sleep(self.drip)
            return
        to.write(octets)
        await to.drain()

    async def _deliver(self, link: Link, octets: bytes) -> None:
        """The late write: the client is gone, and its octets arrive all the same."""
        try:
            await asyncio.sleep(link.fate.delay)
            link.up.write(octets)
            await link.up.drain()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await link.upstream.read(CHUNK)
            self.met["landed late"] += 1
        except OSError:
            self.met["never landed"] += 1  # the server had hung up meanwhile


async def _swallow(reader: asyncio.StreamReader) -> None:
    while await reader.read(CHUNK):
        pass


async def _whole(reader: asyncio.StreamReader, octets: bytes) -> bytes:
    """The turn's octets and those that follow at once."""
    with contextlib.suppress(TimeoutError):
        while True:
            async with asyncio.timeout(QUIET):
                more = await reader.read(CHUNK)
            if not more:
                break
            octets += more
    return octets
