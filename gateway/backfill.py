"""Mail from before the first contact, asked for later: found, counted, and kept for the daemon to work on in silence.

Promises: what is kept already is passed by, so that a run that was stopped, or killed, is taken up by running it again;
the folder is read and nothing in it is changed; mail that is coming in now belongs to the daemon and is left to it. The
ledger marks what is kept as old: no acknowledgement, no ticket opened again, behind all live mail. Fails with the kinds
of `gateway.errors` and the ledger's errors. Knows nothing of progress bars.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Self

from config.settings import Mailbox, Settings
from gateway.app import accounts, habits, make_room, make_source, now, own_addresses
from gateway.decide import decide
from gateway.errors import Misconfigured
from gateway.evidence import named_ids
from gateway.facts import Gatherer
from gateway.intake import kept_of
from gateway.keyring import Keyring
from gateway.model import AddCorrespondence, Decision, Ignore, OpenTicket, Quarantine
from gateway.oauth.logins import Logins
from gateway.ports import Arrival, Clock, MailSource
from gateway.whatif import Nobody
from parsers import parse
from parsers.model import ParsedEmail
from storage.ledger import Ledger
from storage.model import Cursor, Key

AT_ONCE = 500
"""UIDs given to the source in one go."""

LOOK = 2.0
"""Seconds after which to look again whether there is room."""


@dataclass(frozen=True, slots=True)
class Range:
    """Which mail is wanted: received since a day, before a day, unseen only; all of it if nothing is said."""

    since: date | None = None
    before: date | None = None
    unseen: bool = False


class Backfill:
    """One folder of one mailbox. Use within `async with`."""

    def __init__(self, settings: Settings, mailbox: Mailbox, folder: str, ledger: Ledger, clock: Clock) -> None:
        self._settings = settings
        self._mailbox = mailbox
        self._folder = folder
        self._ledger = ledger
        self._clock = clock
        self._source: MailSource = make_source(settings, mailbox, Logins(settings, ledger, now), folder)
        self._room = make_room(settings, ledger)
        self._uidvalidity = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._source.close()

    async def find(self, wanted: Range) -> tuple[list[int], int]:
        """UIDs of mails to keep, oldest first, and how many of those that match are kept already.

        Misconfigured: the daemon has not seen yet that the folder was rebuilt.
        """
        name, folder = self._mailbox.name, self._folder
        state = await self._source.open()
        self._uidvalidity = state.uidvalidity
        cursor = await self._ledger.intake.cursor(name, folder)
        if cursor is None:  # the daemon was never here: what is new begins now
            cursor = Cursor(state.uidvalidity, state.uidnext - 1, (), self._clock())
            await self._ledger.intake.set_cursor(name, folder, cursor, self._clock())
        if cursor.uidvalidity != state.uidvalidity:
            said = f'the folder "{folder}" was rebuilt (it has a new UIDVALIDITY): let the daemon look at it first'
            raise Misconfigured("rebuilt", said)
        found = await self._source.uids(since=wanted.since, before=wanted.before, unseen=wanted.unseen)
        waiting = frozenset(cursor.backlog)
        old = [uid for uid in found if uid <= cursor.last_uid and uid not in waiting]
        known = await self._ledger.intake.known(name, folder, state.uidvalidity, old)
        return [uid for uid in old if uid not in known], len(known)

    async def keep(self, uids: Sequence[int], waits: Callable[[str], None]) -> AsyncIterator[tuple[int, int]]:
        """Keep them, oldest first: (how many were dealt with, how many of these are new to the ledger) at a time.

        While there is no room for more it waits; `waits` is told why, each time that it has looked.
        """
        async for seen, batch in self._batches(uids):
            while not await self._room.there_is():
                waits(self._room.said)
                await asyncio.sleep(LOOK)
            mails = [kept_of(one, self._key(one), backfill=True) for one in batch]
            kept = await self._ledger.intake.keep_old(mails, self._clock())
            self._room.took(len(kept))
            yield seen, len(kept)

    async def outlook(self, uids: Sequence[int], counts: Counter[str]) -> AsyncIterator[int]:
        """Count in `counts` what would become of them, without asking HaloPSA; how many were looked at, at a time."""
        gatherer = Gatherer(
            self._ledger,
            Nobody(),
            self._clock,
            own_addresses(self._settings),
            Keyring(self._ledger, self._clock),
            habits(self._settings),
        )
        account, ids = accounts(self._settings)[self._mailbox.name], set[str]()

        async def catch_all() -> int:
            return self._settings.ticket.client_id

        async for seen, batch in self._batches(uids):
            for one in batch:
                mail = await asyncio.to_thread(parse, one.octets, whole=not one.truncated)
                arrived = one.internal_date or datetime.now(UTC)
                facts = await gatherer.preview(mail, account, catch_all=catch_all, arrived=arrived)
                decision, _ = decide(replace(facts, backfill=True, truncated=one.truncated))
                counts[_outcome(decision, mail, ids)] += 1
            yield seen

    async def progress(self) -> tuple[int, int]:
        """Of what was asked for of this mailbox, ever: how many there are, and how many are at rest."""
        return await self._ledger.reading.backfill(self._mailbox.name)

    def _key(self, one: Arrival) -> Key:
        return Key(self._mailbox.name, self._folder, self._uidvalidity, one.uid)

    async def _batches(self, uids: Sequence[int]) -> AsyncIterator[tuple[int, list[Arrival]]]:
        """Arrivals, and how many UIDs each batch stands for: some may have vanished."""
        for start in range(0, len(uids), AT_ONCE):
            wanted, done = list(uids[start : start + AT_ONCE]), 0
            async for batch in self._source.fetch(wanted):
                last = wanted.index(batch[-1].uid, done) + 1
                yield last - done, batch
                done = last
            if done < len(wanted):
                yield len(wanted) - done, []


def _outcome(decision: Decision, mail: ParsedEmail, ids: set[str]) -> str:
    """What a decision comes to; `ids` are the msg-ids of the mails before it and of those that they name."""
    own, named = mail.message_id, named_ids(mail)
    twice = own is not None and f"own {own}" in ids
    joins = any(one in ids for one in named) or (own is not None and own in ids)
    ids.update(named)
    if own is not None:
        ids.update((own, f"own {own}"))
    match decision:
        case OpenTicket() if twice:
            return "the same as another of these"
        case OpenTicket() if joins:
            return "added to the ticket of another of these"
        case OpenTicket():
            return "new tickets"
        case AddCorrespondence():
            return "added to tickets that there are"
        case Ignore():
            return f"ignored: {decision.reason}"
        case Quarantine():
            return f"set aside: {decision.reason}"
