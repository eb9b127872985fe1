"""What all mailboxes of one process share: how many connect at once, and how much of mail is held in memory.

Promises: at most `CONNECTING` connections to one server are being opened at a time, so that hundreds of mailboxes at a
start are no storm, and a server that does not answer holds up no other server's; mails on their way hold at most about
`HELD` octets over all mailboxes, small ones and large ones out of separate shares, so that a few large mails on slow
lines do not stop the small ones. First come, first served. Fails never. Knows nothing of IMAP.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator

CONNECTING = 8
HELD = 128 << 20


class Share:
    """A number of octets that many may hold parts of; whoever wants more than all of it waits until all is free."""

    def __init__(self, octets: int) -> None:
        self._all = self._free = octets
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @contextlib.asynccontextmanager
    async def holding(self, octets: int) -> AsyncIterator[None]:
        """Hold `octets` while the block runs."""
        wanted = min(octets, self._all)
        await self._take(wanted)
        try:
            yield
        finally:
            self._free += wanted
            self._serve()

    async def _take(self, wanted: int) -> None:
        if not self._waiting and wanted <= self._free:
            self._free -= wanted
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

    def __init__(self, *, connecting: int = CONNECTING, held: int = HELD) -> None:
        self._connecting = connecting
        self._servers: dict[tuple[str, int], asyncio.Semaphore] = {}
        self.batches = Share(held // 2)
        self.large = Share(held // 2)

    def server(self, host: str, port: int) -> asyncio.Semaphore:
        """To be held while a connection to this server is opened."""
        return self._servers.setdefault((host.lower(), port), asyncio.Semaphore(self._connecting))
