"""Arrivals to the ledger, and settled originals out of the way: everything between one folder and the ledger.

Promises: octets are in the ledger before anything else happens to a mail; a folder is touched only for messages whose
outcome is settled, only as `when_done` says, and only while it has the UIDVALIDITY of their keys; mail that was there
before the first contact is taken only as `first_contact` says; a mail that vanished meanwhile is passed by. Fails with
Transient and Misconfigured of its source and with the ledger's errors; every call may be repeated. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gateway.errors import Trouble
from gateway.left_out import written
from gateway.observe import maillog
from gateway.ports import Arrival, Clock, FolderState, MailSource
from gateway.room import Room
from parsers.message import author_of, delivered_at
from storage.errors import LedgerBusy
from storage.ledger import Ledger
from storage.model import Cursor, Disposal, Kept, Key

ANSWERED_WITHIN = timedelta(days=3)
"""Mail from longer before the first contact becomes tickets in silence, after what comes in now."""

FETCHED_AT_ONCE = 500
"""UIDs given to the source in one go: the cursor moves with every batch, this only bounds the list."""


@dataclass(frozen=True, slots=True)
class FolderPolicy:
    """What the configuration says of one folder."""

    account: str
    folder: str
    first_contact: str | date  # "new", "unseen", "all", or a date
    when_done: str  # "nothing", "seen", "delete", "move:FOLDER"
    called: str = ""  # by people: the account, and the folder if it is not the account's first

    @property
    def label(self) -> str:
        """What to call it in logs and alerts."""
        return self.called or self.account


def kept_of(arrival: Arrival, key: Key, *, backfill: bool = False) -> Kept:
    """What the ledger keeps of an arrival. `backfill`: it is old, and nobody is to be told of it."""
    portions, sender = written(arrival.portions), author_of(arrival.octets)
    return Kept(key, arrival.octets, arrival.size, arrival.internal_date, portions, backfill, sender)


class Watcher:
    """One folder of one account."""

    def __init__(
        self,
        policy: FolderPolicy,
        source: MailSource,
        ledger: Ledger,
        clock: Clock,
        *,
        arrived: Callable[[], None],
        stopping: Callable[[], bool],
        room: Room | None = None,
    ) -> None:
        """`room`: what is asked before each batch; without it there always is some."""
        self.policy = policy
        self.source = source
        self._ledger = ledger
        self._clock = clock
        self._arrived = arrived
        self._stopping = stopping
        self._room = room
        self._state: FolderState | None = None
        self.looked_at: datetime | None = None
        """When the folder was last looked at without an error."""
        self.held_back = False
        """Whether mail was left in the folder the last time, because there was no room for it."""
        self.busy_at: datetime | None = None
        """When a batch of mails was last dealt with: a first contact may last for hours."""

    @property
    def ledger(self) -> Ledger:
        """Where the mails are kept."""
        return self._ledger

    @property
    def uidvalidity(self) -> int | None:
        """Of the folder as it was last looked at; None without a connection."""
        return self._state.uidvalidity if self._state is not None else None

    async def collect(self) -> int:
        """Connect if need be and keep whatever is new; returns how many mails were kept."""
        try:
            state = await (self.source.refresh() if self._state is not None else self.source.open())
            self._state = state
            cursor = await self._cursor(state)
            new = await self.source.uids(after=cursor.last_uid)
            kept = await self._keep(cursor, [*cursor.backlog, *new])
        except Trouble:
            await self.hang_up()
            raise
        self.looked_at = self._clock()
        return kept

    async def sweep(self) -> int:
        """Treat the originals of settled messages as configured; returns how many."""
        if self._state is None:
            return 0
        done = 0
        policy, disposals = self.policy, self._ledger.disposals
        try:
            while pending := await disposals.pending(policy.account, policy.folder, self._state.uidvalidity):
                ids, uids = [one[0] for one in pending], [one[1] for one in pending]
                if policy.when_done != "nothing":
                    await self.source.dispose(uids, policy.when_done)
                await disposals.disposed(ids, Disposal.DONE, policy.when_done, self._clock())
                maillog.disposed(policy.account, policy.when_done, len(ids))
                done += len(ids)
        except Trouble:
            await self.hang_up()
            raise
        return done

    async def hang_up(self) -> None:
        """Close the connection; the next `collect` makes a new one."""
        self._state = None
        await self.source.close()

    async def _cursor(self, state: FolderState) -> Cursor:
        """How far the folder was read under its present UIDVALIDITY."""
        policy, now = self.policy, self._clock()
        cursor = await self._ledger.intake.cursor(policy.account, policy.folder)
        if cursor is not None and cursor.uidvalidity == state.uidvalidity:
            return cursor
        last = state.uidnext - 1
        if cursor is None:
            backlog, since = await self._before_first_contact(), now
        else:
            since = cursor.first_contact_at
            backlog = await self._after_rebuild(since.date())
            await self._ledger.disposals.gone(policy.account, policy.folder, state.uidvalidity, now)
            maillog.uidvalidity_changed(policy.account, cursor.uidvalidity, state.uidvalidity)
        fresh = Cursor(state.uidvalidity, last, tuple(uid for uid in backlog if uid <= last), since, first_uid=last)
        await self._ledger.intake.set_cursor(policy.account, policy.folder, fresh, now)
        maillog.first_contact(policy.account, len(fresh.backlog))
        return fresh

    async def _before_first_contact(self) -> list[int]:
        match self.policy.first_contact:
            case "all":
                return await self.source.uids()
            case "unseen":
                return await self.source.uids(unseen=True)
            case date() as since:
                return await self.source.uids(since=since)
            case _:
                return []

    async def _after_rebuild(self, since: date) -> list[int]:
        """The folder was rebuilt: what may be new is offered again; mail known by its content has its outcome."""
        if self.policy.first_contact == "all":
            return await self.source.uids()
        if isinstance(self.policy.first_contact, date):
            since = min(since, self.policy.first_contact)
        return await self.source.uids(since=since - timedelta(days=1))  # SEARCH SINCE knows no hours and no zones

    async def _keep(self, cursor: Cursor, uids: Sequence[int]) -> int:
        total = 0
        self.held_back = False
        # A later one was missed when it came (see `holes`): it is no older than those that were not.
        backlog = frozenset(uid for uid in cursor.backlog if uid <= cursor.first_uid)
        for start in range(0, len(uids), FETCHED_AT_ONCE):
            wanted = list(uids[start : start + FETCHED_AT_ONCE])
            position = 0
            if await self._full():
                return total
            async with aclosing(self.source.fetch(wanted)) as batches:  # what it holds of memory is given back at once
                async for batch in batches:
                    last = wanted.index(batch[-1].uid, position) + 1 if batch else position
                    total += await self._keep_batch(cursor, backlog, batch, wanted[position:last])
                    position = last
                    if self._stopping() or (position < len(wanted) and await self._full()):
                        return total  # a first contact may last for hours
            if position < len(wanted):  # the rest has vanished since it was listed
                await self._keep_batch(cursor, backlog, [], wanted[position:])
        return total

    async def _full(self) -> bool:
        self.held_back = self._room is not None and not await self._room.there_is()
        return self.held_back

    async def _keep_batch(
        self, cursor: Cursor, backlog: frozenset[int], batch: Sequence[Arrival], seen: Sequence[int]
    ) -> int:
        policy = self.policy
        self.busy_at = self._clock()
        wanted = [one for one in batch if one.uid not in backlog or not self._too_old(cursor, one)]
        mails = [
            kept_of(
                one,
                Key(policy.account, policy.folder, cursor.uidvalidity, one.uid),
                backfill=one.uid in backlog and self._is_old(cursor, one),
            )
            for one in wanted
        ]
        too_old = len(batch) - len(wanted)
        try:
            kept = await self._ledger.intake.keep(
                mails, seen, policy.account, policy.folder, cursor, self._clock(), too_old=too_old
            )
        except LedgerBusy as trouble:
            if self._room is not None:
                self._room.met(trouble)
            raise
        if kept:
            if self._room is not None:
                self._room.took(len(kept))
            maillog.kept(policy.account, len(kept), kept[0], kept[-1])
            self._arrived()
        return len(kept)

    def _too_old(self, cursor: Cursor, one: Arrival) -> bool:
        """Offered again after a rebuild, but from before the first contact, when such mail was not to be taken."""
        if self.policy.first_contact != "new" or one.internal_date is None:
            return False
        return one.internal_date < cursor.first_contact_at or self._is_old(cursor, one)

    def _is_old(self, cursor: Cursor, one: Arrival) -> bool:
        """From so long before the first contact that nobody waits for an answer any more.

        Mailboxes are moved, and mail then has the day of the move: the server that took it first knows better.
        """
        if one.internal_date is None:
            return False
        times = (one.internal_date, delivered_at(one.octets) or one.internal_date)
        return min(times) < cursor.first_contact_at - ANSWERED_WITHIN
