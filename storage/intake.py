"""Mail on its way in: octets kept before anything else, and how far each folder was read.

Promises: `keep` stores the octets, the row and the moved cursor in one transaction; the same key twice is kept once,
and so is the same mail under the new key that a rebuilt folder gave it: the message that we have then gets that key.
Octets are packed before the transaction begins, so that it is short. Knows nothing of IMAP: UIDs are numbers that grow.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.errors import Gone
from storage.hosts import watched
from storage.model import Cursor, Disposal, Fate, Kept, Key, Seen
from storage.packing import Packed, ready, unpack
from storage.rows import count, day_of, note
from storage.states import State
from storage.tables import cursors, messages, moment, moment_or_none, octets, stamp

GIVEN = "(ingest)"
"""The folder in the keys of mails that were handed over: there is none, and nothing to do to it."""


Tally = Counter[tuple[str, int, str]]
"""What a transaction counted: numbers by account, day, and fate or what else is counted."""


class Intake:
    """The facet of the ledger that watchers use."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def cursor(self, account: str, folder: str) -> Cursor | None:
        """How far this folder was read; None before the first contact."""
        async with self._database.read() as connection:
            where = (cursors.c.account == account) & (cursors.c.folder == folder)
            row = (await connection.execute(select(cursors).where(where))).one_or_none()
        if row is None:
            return None
        since, swept = moment(row.first_contact_at), moment_or_none(row.swept_at)
        return Cursor(row.uidvalidity, row.last_uid, _unpack(row.backlog), since, row.first_uid, swept)

    async def set_cursor(self, account: str, folder: str, cursor: Cursor, now: datetime) -> None:
        """Begin a folder, or begin it anew after its UIDVALIDITY changed."""
        values = {
            "uidvalidity": cursor.uidvalidity,
            "last_uid": cursor.last_uid,
            "backlog": _pack(cursor.backlog),
            "first_contact_at": stamp(cursor.first_contact_at),
            "updated_at": stamp(now),
            "first_uid": cursor.last_uid,
            "swept_at": None,
        }
        where = (cursors.c.account == account) & (cursors.c.folder == folder)
        async with self._database.write(f"mailbox {account}") as connection:
            await watched(connection, account, self._database.host)
            if not (await connection.execute(update(cursors).where(where).values(values))).rowcount:
                await connection.execute(insert(cursors).values(account=account, folder=folder, **values))

    async def keep(
        self, mails: Sequence[Kept], seen: Sequence[int], account: str, folder: str, cursor: Cursor, now: datetime,
        *, too_old: int = 0,
    ) -> list[int]:  # fmt: skip
        """Keep mails of one folder and move the cursor past the UIDs `seen`; ids of the new ones.

        Of those seen that are not among `mails`, so many were `too_old` to be taken; the others had vanished.
        """
        kept: list[int] = []
        done, tally = set(seen), Tally()
        packed = await ready(mails)
        async with self._database.write(f"mailbox {account}") as connection:
            await watched(connection, account, self._database.host)
            for mail in packed:
                new = await _keep_one(connection, mail, now, tally)
                if new is not None:
                    kept.append(new)
            where = (
                (cursors.c.account == account)
                & (cursors.c.folder == folder)
                & (cursors.c.uidvalidity == cursor.uidvalidity)
            )
            row = (await connection.execute(select(cursors.c.last_uid, cursors.c.backlog).where(where))).one()
            backlog = tuple(uid for uid in _unpack(row.backlog) if uid not in done)
            old = set(_unpack(row.backlog))
            last = max([row.last_uid, *(uid for uid in done if uid not in old)])
            moved = update(cursors).where(where).values(last_uid=last, backlog=_pack(backlog), updated_at=stamp(now))
            await connection.execute(moved)
            day, without = day_of(stamp(now)), len(done.difference(mail.key.uid for mail in mails))
            tally[account, day, Seen.SEEN] += len(done)
            tally[account, day, Seen.TOO_OLD] += too_old
            tally[account, day, Seen.VANISHED] += without - too_old
            await count(connection, tally)
        return kept

    async def keep_old(self, mails: Sequence[Kept], now: datetime) -> list[int]:
        """Keep mails from before the first contact that were asked for later; the folder's cursor stays.

        One that is kept already, under whatever key of its folder, is passed by.
        """
        kept: list[int] = []
        tally = Tally()
        packed = await ready(mails)
        async with self._database.write(f"mailbox {mails[0].key.account}" if mails else None) as connection:
            for mail in packed:
                tally[mail.mail.key.account, day_of(stamp(now)), Seen.SEEN] += 1
                new = await _keep_one(connection, mail, now, tally)
                if new is not None:
                    kept.append(new)
            await count(connection, tally)
        return kept

    async def keep_given(self, account: str, octets: bytes, now: datetime, sender: str = "") -> tuple[int, bool]:
        """Keep a mail that a mail server of this host hands over: its message, and whether it is new.

        The same octets twice are kept once: a server that was not told of the first time gives them again.
        """
        (packed,) = await ready([Kept(Key(account, GIVEN, 1, 0), octets, len(octets), now, sender=sender)])
        its = (messages.c.account == account) & (messages.c.folder == GIVEN)
        day = day_of(stamp(now))
        tally = Tally({(account, day, Seen.SEEN): 1})
        async with self._database.write(f"mailbox {account}") as connection:
            same = select(messages.c.id).where(its & (messages.c.sha256 == packed.sha256)).limit(1)
            found = (await connection.execute(same)).scalar_one_or_none()
            if found is not None:
                tally[account, day, Seen.KNOWN] += 1
                await count(connection, tally)
                return found, False
            last = (await connection.execute(select(func.max(messages.c.uid)).where(its))).scalar_one_or_none()
            numbered = replace(packed.mail, key=Key(account, GIVEN, 1, (last or 0) + 1))
            new = await _keep_one(connection, replace(packed, mail=numbered), now, tally)
            await count(connection, tally)
        assert new is not None  # its number is one that nobody had
        return new, True

    async def known(self, account: str, folder: str, uidvalidity: int, uids: Sequence[int]) -> frozenset[int]:
        """Which of `uids` are kept."""
        found: set[int] = set()
        async with self._database.read() as connection:
            for start in range(0, len(uids), 500):
                some = uids[start : start + 500]
                where = (
                    (messages.c.account == account)
                    & (messages.c.folder == folder)
                    & (messages.c.uidvalidity == uidvalidity)
                    & messages.c.uid.in_(some)
                )
                found.update((await connection.execute(select(messages.c.uid).where(where))).scalars())
        return frozenset(found)

    async def octets(self, message: int) -> bytes:
        """The octets as they came. Gone: they are no longer kept. ValueError: they are damaged."""
        gone = select(messages.c.gone_at).where(messages.c.id == message)
        chunks = select(octets.c.packed, octets.c.data).where(octets.c.message == message).order_by(octets.c.seq)
        async with self._database.read() as connection:
            since: float | None = (await connection.execute(gone)).scalar_one_or_none()
            if since is not None:
                raise Gone(message, moment(since))
            rows = (await connection.execute(chunks)).all()
        return await asyncio.to_thread(lambda: b"".join(unpack(row.packed, row.data) for row in rows))


async def _keep_one(connection: AsyncConnection, packed: Packed, now: datetime, tally: Tally) -> int | None:
    mail, digest = packed.mail, packed.sha256
    key, day = mail.key, day_of(stamp(now))
    same = (
        (messages.c.account == key.account)
        & (messages.c.folder == key.folder)
        & (messages.c.uidvalidity == key.uidvalidity)
        & (messages.c.uid == key.uid)
    )
    if (await connection.execute(select(messages.c.id).where(same))).first() is not None:
        tally[key.account, day, Seen.KNOWN] += 1
        return None
    if await _found_again(connection, mail, digest, now):
        tally[key.account, day, Seen.FOUND_AGAIN] += 1
        return None
    row = insert(messages).values(
        account=key.account,
        folder=key.folder,
        uidvalidity=key.uidvalidity,
        uid=key.uid,
        size=mail.size,
        kept_size=len(mail.octets),
        sha256=digest,
        internal_date=None if mail.internal_date is None else stamp(mail.internal_date),
        received_at=stamp(now),
        state=State.RECEIVED,
        due_at=stamp(now),
        portions=mail.portions,
        backfill=int(mail.backfill),
        sender=mail.sender.lower(),
    )
    new: int = (await connection.execute(row.returning(messages.c.id))).scalar_one()
    for seq, (how, data) in enumerate(packed.chunks):
        await connection.execute(insert(octets).values(message=new, seq=seq, data=data, packed=how))
    tally[key.account, day, Seen.FETCHED] += 1
    tally[key.account, day, Fate.WAITING] += 1
    await note(connection, new, now, "kept", f"{key.account} {key.folder} uid {key.uid}, {mail.size} octets")
    return new


async def _found_again(connection: AsyncConnection, mail: Kept, digest: str, now: datetime) -> bool:
    """Whether this is a message of an earlier UIDVALIDITY of its folder: it may then be disposed of under this key."""
    key = mail.key
    if not mail.octets or len(mail.octets) != mail.size:  # what we could not read tells nothing of what it is
        return False
    where = (
        (messages.c.sha256 == digest)
        & (messages.c.size == mail.size)
        & (messages.c.account == key.account)
        & (messages.c.folder == key.folder)
        & (messages.c.uidvalidity != key.uidvalidity)
    )
    first = select(messages.c.id).where(where).order_by(messages.c.id).limit(1)
    found = (await connection.execute(first)).scalar_one_or_none()
    if found is None:
        return False
    values = {"uidvalidity": key.uidvalidity, "uid": key.uid, "disposal": Disposal.PENDING}
    await connection.execute(update(messages).where(messages.c.id == found).values(values))
    await note(connection, found, now, "found again", f"{key.account} {key.folder} uid {key.uid}")
    return True


def _pack(uids: Sequence[int]) -> str:
    return " ".join(map(str, uids))


def _unpack(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split()))
