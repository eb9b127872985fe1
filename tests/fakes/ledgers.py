"""Mail in a ledger, for tests of what happens to it there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from storage.hosts import Identity
from storage.ledger import Ledger
from storage.model import Cursor, Kept, Key
from storage.tables import hosts

ME = Identity("here", 1)
HOUR = timedelta(hours=1)

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


async def keep(ledger: Ledger, *uids: int, account: str = "support", octets: bytes = b"mail") -> list[int]:
    cursor = await ledger.intake.cursor(account, "INBOX")
    if cursor is None:
        cursor = Cursor(7, 0, (), NOW)
        await ledger.intake.set_cursor(account, "INBOX", cursor, NOW)
    mails = [Kept(Key(account, "INBOX", 7, uid), octets, len(octets), NOW) for uid in uids]
    return await ledger.intake.keep(mails, uids, account, "INBOX", cursor, NOW)


async def die(ledger: Ledger) -> None:
    """The host is dead: killed, or frozen past its lease."""
    async with ledger.database.write() as connection:
        await connection.execute(update(hosts).where(hosts.c.id == ledger.database.host).values(until=0.0))


async def restart(ledger: Ledger, now: datetime) -> int:
    """The process was killed and starts again: how many messages it had in hand."""
    await die(ledger)
    await ledger.hosts.join(ME, HOUR, now)
    adopted = await ledger.work.adopt(now)
    await ledger.work.hurry(now)
    return adopted


async def claim(ledger: Ledger, now: datetime = NOW):
    found = await ledger.work.claim("worker", now)
    assert found is not None
    return found
