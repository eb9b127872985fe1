"""Whether there is room for more mail: fetching waits while too much is unworked, or the ledger's disk is nearly full.

Promises: what is asked for here stops fetching, never keeping: mail stays in its folder, what is in hand or handed over
is kept, and workers go on, so that receipts can always be written. The operator is told what is short and what helps,
and fetching goes on by itself: below 90 % of `most_waiting`, above 110 % of `reserve`. Of a PostgreSQL server's disk
nothing is known before it is full: then fetching waits FULL_FOR at a time. Quotas are not seen either. Fails with the
ledger's errors. Knows nothing of mailboxes.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import make_url

from gateway.alarm import Alarm
from gateway.ports import Clock
from storage.errors import LedgerBusy
from storage.ledger import Ledger

FRESH = timedelta(seconds=1)
"""How long a count of what waits holds, with what was kept since: hundreds of mailboxes ask before each batch."""

FULL_FOR = timedelta(seconds=30)
"""After the ledger's database said that its disk is full."""

WAITING, DISK = "waiting mail", "disk"
"""The keys of the two alerts."""


def folder_of(state: str) -> Path | None:
    """The folder that a ledger lies in; None: it is a server's."""
    url = make_url(state)
    return Path(str(url.database)).parent if url.get_backend_name() == "sqlite" else None


def disk_short(folder: Path | None, reserve: int, *, needed: int | None = None) -> str:
    """What to tell the operator of a disk with less than `needed` octets (else the reserve) free; "" if it has more."""
    if folder is None or not reserve:
        return ""
    disk = os.statvfs(folder)
    free, needed = disk.f_bavail * disk.f_frsize, needed or reserve
    if free >= needed:
        return ""
    said = f"the disk of {folder} has {_megabytes(free)} free and `reserve` is {_megabytes(reserve)}"
    cure = f"make room until {_megabytes(reserve * 11 // 10)} are free, or lower `reserve`"
    return f"{said}: mail is left in its folders, and what is kept is worked on; {cure}"


class Room:
    """One for the daemon. Without an alarm it tells nobody."""

    def __init__(
        self, ledger: Ledger, clock: Clock, folder: Path | None, *, most_waiting: int, reserve: int,
        alarm: Alarm | None = None,
    ) -> None:  # fmt: skip
        """`folder`: of the ledger, if it is a file; see `folder_of`."""
        self._ledger = ledger
        self._clock = clock
        self._folder = folder
        self._most = most_waiting
        self._reserve = reserve
        self._alarm = alarm
        self._short: dict[str, str] = {}
        self._counted_at: datetime | None = None
        self._waiting = 0
        self._full_until: datetime | None = None

    @property
    def said(self) -> str:
        """What was short when it was last looked at; "" if nothing was."""
        return "; ".join(self._short.values())

    async def there_is(self) -> bool:
        """Whether more may be fetched now."""
        now = self._clock()
        await self._say(DISK, self._disk(now))
        stale = self._counted_at is None or not timedelta() <= now - self._counted_at < FRESH
        if stale or (self._waiting > self._most and WAITING not in self._short):
            await self._say(WAITING, await self._too_much_waits())
            self._counted_at = now
        return not self._short

    def took(self, messages: int) -> None:
        """So many more were kept."""
        self._waiting += messages

    def met(self, trouble: LedgerBusy) -> None:
        """The ledger refused mail; if for want of space, nobody need fetch more of it for a while."""
        if trouble.full:
            self._full_until = self._clock() + FULL_FOR

    def _disk(self, now: datetime) -> str:
        if self._full_until is not None and now < self._full_until:
            return "the disk of the ledger is full: mail is left in its folders; make room on the disk of `state`"
        needed = self._reserve * 11 // 10 if DISK in self._short else None
        return disk_short(self._folder, self._reserve, needed=needed)

    async def _too_much_waits(self) -> str:
        enough = self._most * 9 // 10 if WAITING in self._short else self._most
        self._waiting = await self._ledger.reading.waiting(self._most + 1)
        if self._waiting <= enough:
            return ""
        said = f"more than {enough} messages wait to be worked on"
        cure = "see what holds them up (`halo-mailgate check`), or raise `most_waiting`"
        return f"{said}: mail is left in its folders until fewer than {self._most * 9 // 10 + 1} do; {cure}"

    async def _say(self, key: str, words: str) -> None:
        if words:
            new = key not in self._short
            self._short[key] = words
            if new and self._alarm is not None:
                await self._alarm.raise_(key, words)
        else:
            self._short.pop(key, None)
            if self._alarm is not None:
                await self._alarm.clear(key)


def _megabytes(octets: int) -> str:
    return f"{octets / 1_000_000:,.1f} MB"
