"""Fetching mails in batches of bounded size, and getting past the one that a server cannot deliver.

Promises: at most about one batch is held (`BATCH_OCTETS`, or one mail of `limit` octets), and over all mailboxes no
more than their `Gate` lets pass; octets are exactly what the server sent. One mail never stops the others for good:
those on their way when a connection died are fetched alone next time; one that kills the connection `TRIALS` times,
each time just after another mail could be read on it, is given up and delivered as far as it came, marked truncated.
While nothing can be read, nothing is given up. Fails: like `session`; the connection is then gone. Knows nothing of why
mails are wanted.

Observed: Dovecot hangs up in mid-literal when the size in its index is wrong, Gmail answers NO "Some messages could
not be FETCHed", and Exchange's RFC822.SIZE differs from the octets it sends.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

from gateway.errors import Transient
from gateway.imap.bodystructure import portions
from gateway.imap.gate import Gate
from gateway.imap.names import uid_set
from gateway.imap.rows import FetchRow
from gateway.imap.session import Session
from gateway.ports import Arrival, Portion

GROUP = 100  # UIDs of one command that asks for sizes or changes flags
BATCH_MAILS = 50
BATCH_OCTETS = 2 << 20
PIECE = 2 << 20  # larger mails come alone and in pieces of this size
SMALL_PIECE = 64 << 10  # of a mail under suspicion: what came before the break is worth having
SALVAGE = 1 << 20  # how much of such a mail's beginning is kept from one connection to the next
TRIALS = 3

_SIZES = "(UID RFC822.SIZE)"
_WHOLE = "(UID INTERNALDATE BODY.PEEK[])"


@dataclass(slots=True)
class Suspect:
    """A mail that was on its way when a connection died."""

    failures: int = 0
    proven: int = 0  # of these, how many came when the server was well otherwise
    size: int = 0
    arrival: Arrival | None = None  # its beginning, from the last trial


class Suspects:
    """Remembers across connections. UIDs of one UIDVALIDITY: make a new one when that changes."""

    def __init__(self) -> None:
        self._by_uid: dict[int, Suspect] = {}

    def __contains__(self, uid: object) -> bool:
        return uid in self._by_uid

    def get(self, uid: int) -> Suspect:
        """What is known against this mail; an empty record if nothing is."""
        return self._by_uid.get(uid, Suspect())

    def note(self, uid: int) -> Suspect:
        """The record of this mail, kept from now on."""
        return self._by_uid.setdefault(uid, Suspect())

    def clear(self, uids: Iterable[int]) -> None:
        """These could be read."""
        for uid in uids:
            self._by_uid.pop(uid, None)

    @contextmanager
    def watching(self, uids: Sequence[int]) -> Iterator[None]:
        """Whatever of `uids` is on its way when the connection dies in here becomes suspect."""
        try:
            yield
        except Transient:
            for uid in uids:
                self.note(uid).failures += 1
            raise


class Fetcher:
    """Fetches from the folder that `session` has selected. `limit`: octets of one mail to fetch at most."""

    def __init__(self, session: Session, limit: int, suspects: Suspects, gate: Gate | None = None) -> None:
        self._session = session
        self._limit = limit
        self._suspects = suspects
        self._gate = gate or Gate()

    async def batches(self, uids: Sequence[int]) -> AsyncGenerator[list[Arrival], None]:
        """As `MailSource.fetch` promises."""
        for run in runs(uids, self._suspects):
            if run[0] in self._suspects:
                async with self._gate.large.holding(self._limit):
                    if arrival := await self._suspect(run[0]):
                        yield [arrival]
                        del arrival
                continue
            with self._suspects.watching(run):
                sizes = await self._sizes(run)
            for batch in by_size([(uid, sizes[uid]) for uid in run if uid in sizes], self._limit):
                octets = min(sum(sizes[uid] for uid in batch), self._limit)
                share = self._gate.large if octets > BATCH_OCTETS else self._gate.batches
                async with share.holding(octets):  # until it is in the ledger
                    if arrivals := await self._batch(batch, sizes):
                        yield arrivals
                    del arrivals  # before the next batch comes

    async def _sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """RFC822.SIZE of each mail that is there; `limit` + 1 for one whose size the server does not tell."""
        found, _ = await self._session.uid_fetch(uids, _SIZES)
        sizes = {uid: row.size for uid, row in found.items() if row.size is not None}
        for uid in await self._still_there([uid for uid in uids if uid not in sizes]):
            again, _ = await self._session.uid_fetch([uid], _SIZES)
            size = again[uid].size if uid in again else None
            sizes[uid] = self._limit + 1 if size is None else size
        return sizes

    async def _batch(self, uids: Sequence[int], sizes: dict[int, int]) -> list[Arrival]:
        with self._suspects.watching(uids):
            if len(uids) == 1 and sizes[uids[0]] > min(PIECE, self._limit):
                alone = await self._alone(uids[0], sizes[uids[0]], PIECE)
                return [alone] if alone else []
            found, _ = await self._session.uid_fetch(uids, _WHOLE)
            arrivals = {uid: self._arrival(uid, found.pop(uid)) for uid in uids if _has_body(found.get(uid))}
            for uid in await self._still_there([uid for uid in uids if uid not in arrivals]):
                if alone := await self._alone(uid, sizes[uid], PIECE):
                    arrivals[uid] = alone
            return [arrivals[uid] for uid in uids if uid in arrivals]

    async def _suspect(self, uid: int) -> Arrival | None:
        """One mail that may be why a connection died."""
        suspect = self._suspects.note(uid)
        if suspect.proven >= TRIALS:
            self._suspects.clear([uid])
            return suspect.arrival or Arrival(uid, b"", max(1, suspect.size))
        server_well = suspect.failures > 1 and await self._another_can_be_read(uid, suspect.failures)
        arrival = None
        try:
            with self._suspects.watching([uid]):
                size = (await self._sizes([uid])).get(uid)
                if size is not None:
                    suspect.size = size
                    arrival = await self._alone(uid, size, SMALL_PIECE)
        except Transient:
            suspect.proven += server_well
            raise
        self._suspects.clear([uid])
        return arrival

    async def _alone(self, uid: int, size: int, piece: int) -> Arrival | None:
        """One mail in pieces, at most `limit` octets. The last piece is the one that comes short, whatever `size`.

        None: it is gone. One that is there and has no body to show is delivered empty and truncated.
        """
        octets = BytesIO()  # its value is not copied once more at the end
        date = None
        try:
            while (at := octets.tell()) < self._limit:
                wanted = min(piece, self._limit - at)
                found, answer = await self._session.uid_fetch([uid], f"(UID INTERNALDATE BODY.PEEK[]<{at}.{wanted}>)")
                row = found.get(uid)
                if row is None or row.body is None:
                    self._session.expect(answer)
                    if not at and not await self._still_there([uid]):
                        return None
                    break
                if len(row.body) > wanted and not at:  # a server that knows no partial fetch
                    return self._arrival(uid, row)
                date = date or row.internal_date
                octets.write(row.body[:wanted])
                if len(row.body) < wanted:
                    return Arrival(uid, octets.getvalue(), octets.tell(), date)
        except Transient:
            beginning = bytes(octets.getbuffer()[:SALVAGE])
            self._suspects.note(uid).arrival = Arrival(uid, beginning, max(size, octets.tell() + 1), date)
            raise
        if octets.tell() == size:
            return Arrival(uid, octets.getvalue(), size, date)
        told = await self._portions(uid) if octets.tell() >= self._limit else ()
        return Arrival(uid, octets.getvalue(), max(size, octets.tell() + 1), date, told)

    async def _portions(self, uid: int) -> tuple[Portion, ...]:
        """The parts of a mail that is too large; none if the server cannot tell them."""
        found, _ = await self._session.uid_fetch([uid], "(UID BODYSTRUCTURE)")
        return portions(found[uid].structure) if uid in found else ()

    def _arrival(self, uid: int, row: FetchRow) -> Arrival:
        """The literal is trusted, not RFC822.SIZE; beyond the limit it is cut."""
        assert row.body is not None
        return Arrival(uid, bytes(memoryview(row.body)[: self._limit]), len(row.body), row.internal_date)

    async def _still_there(self, uids: Sequence[int]) -> list[int]:
        if not uids:
            return []
        await self._session.noop()  # FETCH may not tell of what others have expunged
        return await self._session.uid_search("UID", uid_set(uids))

    async def _another_can_be_read(self, uid: int, failures: int) -> bool:
        """Whether a mail that is less suspect can be read now: then a failure is that mail's and not the server's."""
        others = {other: self._suspects.get(other).failures for other in await self._session.uid_search("ALL")}
        less = [other for other, its_failures in others.items() if its_failures < failures and other != uid]
        if not less:
            return False
        best = min(less, key=lambda other: (others[other], abs(other - uid)))
        with self._suspects.watching([best]):
            found, _ = await self._session.uid_fetch([best], "(UID BODY.PEEK[]<0.1>)")
        return _has_body(found.get(best))


def runs(uids: Sequence[int], suspects: Suspects) -> Iterator[list[int]]:
    """`uids` in order, in groups of at most `GROUP`, each suspect by itself."""
    run: list[int] = []
    for uid in uids:
        if run and (len(run) == GROUP or uid in suspects):
            yield run
            run = []
        if uid in suspects:
            yield [uid]
        else:
            run.append(uid)
    if run:
        yield run


def by_size(sizes: Sequence[tuple[int, int]], limit: int) -> Iterator[list[int]]:
    """UIDs in order, in batches of bounded count and octets; a mail that needs more than one piece by itself."""
    batch: list[int] = []
    octets = 0
    for uid, size in sizes:
        large = size > min(PIECE, limit)
        if batch and (large or len(batch) == BATCH_MAILS or octets + size > BATCH_OCTETS):
            yield batch
            batch, octets = [], 0
        if large:
            yield [uid]
        else:
            batch.append(uid)
            octets += size
    if batch:
        yield batch


def _has_body(row: FetchRow | None) -> bool:
    return row is not None and row.body is not None
