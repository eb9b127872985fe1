"""What a daemon does beside its work, now and then: nobody waits for it, and it stops nobody.

Promises: a chore that fails is told in the log and done again when its time comes; one that is done once is not. Fails
never, but for cancellation. Knows nothing of what the chores are.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from gateway.observe import maillog
from gateway.secrecy import mask
from storage import soundness
from storage.errors import LedgerError
from storage.ledger import Ledger

REDACTED = "words are without secrets"
"""The mark of a ledger that was gone through."""


@dataclass(frozen=True, slots=True)
class Chore:
    """One of them. `every` None: once."""

    name: str
    work: Callable[[], Awaitable[object]]
    first: timedelta = timedelta(seconds=5)
    every: timedelta | None = timedelta(hours=1)

    async def once(self) -> None:
        """Do it now."""
        try:
            await self.work()
        except LedgerError as trouble:
            maillog.ledger_trouble(str(trouble))
        except Exception as met:  # noqa: BLE001
            maillog.bug(self.name, met)

    async def run(self, sleep: Callable[[float], Awaitable[None]], stopping: Callable[[], bool]) -> None:
        """Do it whenever its time comes, until the stop. `sleep` takes seconds, and ends at a stop."""
        await sleep(self.first.total_seconds())
        while not stopping():
            await self.once()
            if self.every is None:
                return
            await sleep(self.every.total_seconds())


def redaction(ledger: Ledger, know_all: Callable[[], object]) -> Chore:
    """Take secrets out of what was kept before they were struck out of foreign words; once in the life of a ledger."""

    async def work() -> None:
        if await ledger.notes.recall(REDACTED) is not None:
            return
        know_all()
        changed = await ledger.redaction.redact(mask)
        await ledger.notes.remember(REDACTED, "1")
        if changed:
            maillog.redacted(changed)

    return Chore("redact", work, first=timedelta(), every=None)


def examination(path: Path, tell: Callable[[str], Awaitable[None]]) -> Chore:
    """Read all of a ledger's file, which the start had no time for; `tell` gets what is damaged, or ""."""

    async def work() -> None:
        stop, begun = threading.Event(), time.monotonic()
        try:
            found = await asyncio.to_thread(soundness.examine, path, stop)
        finally:
            stop.set()
        maillog.examined(not found, time.monotonic() - begun)
        await tell(f"the ledger is damaged ({found[0]}): {soundness.CURE}" if found else "")

    return Chore("examine", work, every=None)
