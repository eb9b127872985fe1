"""A folder in memory, a real ledger, and a watcher between them.

async with watching(tmp_path) as desk:
    desk.folder.add(b"mail")
    await desk.watcher.collect()
"""

from __future__ import annotations

from contextlib import asynccontextmanager

from fakes.trunk import Folder, StandingClock
from gateway.intake import FolderPolicy, Watcher
from storage.ledger import open_ledger
from storage.model import Fate


class Desk:
    """A folder, a ledger and a watcher between them."""

    def __init__(self, folder, ledger, first_contact, when_done):
        self.room = None
        self.folder, self.ledger, self.clock = folder, ledger, StandingClock()
        self.policy = FolderPolicy("support", "INBOX", first_contact, when_done)
        self.stop: list[bool] = []
        self.restart()

    def restart(self):
        """A new daemon's watcher: it remembers nothing."""
        self.arrivals: list[bool] = []
        self.watcher = Watcher(
            self.policy,
            self.folder,
            self.ledger,
            self.clock,
            arrived=lambda: self.arrivals.append(True),
            stopping=lambda: bool(self.stop),
            room=self.room,
        )

    async def octets(self):
        messages = await self.ledger.reading.page(limit=1000)
        return sorted([await self.ledger.intake.octets(one.id) for one in messages])

    async def settle(self):
        while claim := await self.ledger.work.claim("w", self.clock()):
            await self.ledger.work.settle(claim, "new", Fate.TICKET, self.clock())


@asynccontextmanager
async def watching(tmp_path, *, first_contact="all", when_done="seen", batch=2):
    ledger = await open_ledger(f"sqlite:///{tmp_path / 'l.db'}", daemon=True)
    try:
        yield Desk(Folder(batch=batch), ledger, first_contact, when_done)
    finally:
        await ledger.close()
