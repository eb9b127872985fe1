"""A folder held against the ledger, so that a mail that was missed, for whatever reason, is found, told of and taken.

Promises: every mail of the folder that came after its first contact and that the cursor has passed is kept, or waits to
be read; one that is neither is a hole. The operator is told before anything is done about it, then the folder's watch
reads it like any new mail; the alert ends with the next comparison that finds none. A folder is looked through in
slices, so that new mail never waits for more than one. Mail flagged Deleted or Draft counts once the flag is gone.
Fails as the source and the ledger do, and goes on where it was. Knows nothing of why a mail was missed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.alarm import Alarm
from gateway.errors import Trouble
from gateway.intake import Watcher
from gateway.ports import Clock
from storage.model import Cursor

EVERY = timedelta(hours=1)
"""From the end of one comparison to the next. The first follows the first look at the folder after a start."""

SLICE = 5_000
"""UIDs compared at once."""

SHOWN = 5
"""UIDs that are named to the operator."""


class Holes:
    """Those of one watched folder."""

    def __init__(self, watcher: Watcher, alarm: Alarm, clock: Clock) -> None:
        self._watcher = watcher
        self._alarm = alarm
        self._clock = clock
        self._due: datetime | None = None  # at once
        self._at: tuple[int, int] | None = None  # UIDVALIDITY, and the UID up to which the running comparison got
        self._first: list[int] = []
        self._count = 0

    def due(self) -> bool:
        """Whether a comparison runs or is to begin."""
        return self._due is None or self._clock() >= self._due

    async def look(self) -> bool:
        """Compare one slice; whether holes were found in it, which the next look at the folder fills."""
        watcher, policy = self._watcher, self._watcher.policy
        cursor = await watcher.ledger.intake.cursor(policy.account, policy.folder)
        if cursor is None or cursor.uidvalidity != watcher.uidvalidity:  # begun anew, or about to be
            self._end()
            return False
        if self._at is None or self._at[0] != cursor.uidvalidity:
            self._at, self._first, self._count = (cursor.uidvalidity, cursor.first_uid), [], 0
        after = self._at[1]
        upto = min(after + SLICE, cursor.last_uid)
        missed = await self._missed(cursor, after, upto) if after < upto else []
        if missed:
            await self._found(cursor, missed)
        self._at = (cursor.uidvalidity, upto)
        if upto >= cursor.last_uid:
            await watcher.ledger.sweeps.swept(policy.account, policy.folder, cursor.uidvalidity, self._clock())
            if not self._count:
                await self._alarm.clear(self._key)
            self._end()
        return bool(missed)

    async def once(self) -> bool:
        """Compare the whole folder, unless that was done lately; whether holes were found."""
        policy, found = self._watcher.policy, False
        cursor = await self._watcher.ledger.intake.cursor(policy.account, policy.folder)
        if cursor is not None and cursor.swept_at is not None and self._clock() < cursor.swept_at + EVERY:
            return False
        while self.due():
            found = await self.look() or found
        return found

    async def _missed(self, cursor: Cursor, after: int, upto: int) -> list[int]:
        """What the server has and the ledger has not, asked in this order: what is kept meanwhile is no hole."""
        watcher, policy = self._watcher, self._watcher.policy
        try:
            there = await watcher.source.uids(after=after, upto=upto)
        except Trouble:
            await watcher.hang_up()
            raise
        known = await watcher.ledger.sweeps.known(policy.account, policy.folder, cursor.uidvalidity, after, upto)
        unknown = set(there) - known
        return sorted(unknown.difference(cursor.backlog)) if unknown else []

    async def _found(self, cursor: Cursor, missed: list[int]) -> None:
        policy = self._watcher.policy
        self._count += len(missed)
        self._first = [*self._first, *missed][:SHOWN]
        uids = ", ".join(map(str, self._first)) + (" …" if self._count > SHOWN else "")
        some = "a mail that was" if self._count == 1 else f"{self._count} mails that were"
        words = (
            f'the folder "{policy.folder}" has {some} not in the ledger (UID {uids}): taken now, nothing is lost; '
            "`halo-mailgate balance` shows when nothing is open any more. If no draft was moved there and no flag "
            "Deleted taken back, please report it"
        )
        await self._alarm.raise_(self._key, words)
        sweeps, now = self._watcher.ledger.sweeps, self._clock()
        await sweeps.take(policy.account, policy.folder, cursor.uidvalidity, missed, now)

    def _end(self) -> None:
        self._at, self._due = None, self._clock() + EVERY

    @property
    def _key(self) -> str:
        return f"holes in {self._watcher.policy.label}"
