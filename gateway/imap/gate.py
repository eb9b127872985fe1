"""What all mailboxes of one process share: how many connect at once, and how much of mail is held in memory.

Promises: about `CONNECTING` connections to one server are opened at a time, so that hundreds of mailboxes at a start
are no storm; one that does not come about in `OPENING` seconds is waited for by nobody else, and mailboxes in trouble
wait for one another alone. Mails on their way hold at most `HELD` octets and `CREDIT` over all mailboxes, small ones
and large ones out of separate shares; what crawls for longer than `CRAWLING` seconds moves to the credit while that has
room, so that a few mailboxes on slow or broken lines do not stop the others. First come, first served. Fails never.
Knows nothing of IMAP.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator

CONNECTING = 8
OPENING = 3.0
HELD = 128 << 20
CREDIT = 64 << 20
CRAWLING = 20.0


class Share:
    """A number of octets that many may hold parts of; whoever wants more than all of it waits until all is free."""

    def __init__(self, octets: int, credit: Share | None = None) -> None:
        """`credit`: where a hold goes that lasts for long."""
        self._all = self._free = octets
        self._credit = credit
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @contextlib.asynccontextmanager
    async def holding(self, octets: int) -> AsyncIterator[None]:
        """Hold `octets` while the block runs."""
        wanted = min(octets, self._all)
        await self._take(wanted)
        holder = [self]

        def crawls() -> None:
            if self._credit is not None and self._credit.lend(wanted):
                holder[0] = self._credit
                self.give_back(wanted)

        later = asyncio.get_running_loop().call_later(CRAWLING, crawls)
        try:
            yield
        finally:
            later.cancel()
            holder[0].give_back(wanted)

    @property
    def free(self) -> int:
        """Octets that nobody holds."""
        return self._free

    def lend(self, wanted: int) -> bool:
        """Take so many octets if they are free and nobody waits for them."""
        if self._waiting or wanted > self._free:
            return False
        self._free -= wanted
        return True

    def give_back(self, wanted: int) -> None:
        """What was lent."""
        self._free += wanted
        self._serve()

    async def _take(self, wanted: int) -> None:
        if self.lend(wanted):
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((wanted, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it was served just then
                self._free += wanted
            else:
                self._waiting = deque(one for one in self._waiting if one[1] is not turn)
            self._serve()
            raise

    def _serve(self) -> None:
        while self._waiting and self._waiting[0][0] <= self._free:
            wanted, turn = self._waiting.popleft()
            if not turn.done():
                self._free -= wanted
                turn.set_result(None)


class Gate:
    """One for the process."""

    def __init__(self, *, connecting: int = CONNECTING, held: int = HELD, credit: int = CREDIT) -> None:
        self._connecting = connecting
        self._servers: dict[tuple[str, int, bool], asyncio.Semaphore] = {}
        lent = Share(credit)
        self.batches = Share(held // 2, lent)
        self.large = Share(held // 2, lent)

    @contextlib.asynccontextmanager
    async def server(self, host: str, port: int, *, well: bool = True) -> AsyncIterator[None]:
        """To be held while a connection to this server is opened. `well`: the mailbox gave no trouble the last time."""
        lane = self._servers.setdefault((host.lower(), port, well), asyncio.Semaphore(self._connecting))
        await lane.acquire()
        released = False

        def release() -> None:
            nonlocal released
            if not released:
                released = True
                lane.release()

        later = asyncio.get_running_loop().call_later(OPENING, release)
        try:
            yield
        finally:
            later.cancel()
            release()
