"""Small things that must survive a restart: what was learned of the other side, and open alerts.

Promises: one value a key; an alert is open until it is cleared, and counts how often it was raised.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from storage.database import Database
from storage.tables import alerts, meta, stamp


class Notes:
    """The facet of the ledger that remembers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def recall(self, key: str) -> str | None:
        """What was remembered under `key`."""
        async with self._database.read() as connection:
            return (await connection.execute(select(meta.c.value).where(meta.c.key == key))).scalar_one_or_none()

    async def remember(self, key: str, value: str) -> None:
        """Remember `value` under `key`, in place of what was there."""
        async with self._database.write("notes") as connection:
            if not (await connection.execute(update(meta).where(meta.c.key == key).values(value=value))).rowcount:
                await connection.execute(insert(meta).values(key=key, value=value))

    async def settle(self, key: str, value: str) -> str:
        """Remember `value` unless something is remembered already; what is remembered then."""
        held = await self.recall(key)
        if held is not None:
            return held
        async with self._database.write("notes") as connection:
            known = select(meta.c.value).where(meta.c.key == key)
            other: str | None = (await connection.execute(known)).scalar_one_or_none()
            if other is not None:
                return other
            await connection.execute(insert(meta).values(key=key, value=value))
        return value

    async def raise_alert(self, key: str, words: str, now: datetime) -> None:
        """Open an alert, or count it again."""
        async with self._database.write("notes") as connection:
            again = update(alerts).where(alerts.c.key == key)
            again = again.values(words=words, last=stamp(now), count=alerts.c.count + 1)
            if not (await connection.execute(again)).rowcount:
                new = insert(alerts).values(key=key, words=words, since=stamp(now), last=stamp(now), count=1)
                await connection.execute(new)

    async def may_tell(self, key: str, now: datetime, again: timedelta) -> bool:
        """Whether the operator is to be told of an alert by mail now. It counts as told: of several hosts one tells."""
        quiet = alerts.c.told_at.is_(None) | (alerts.c.told_at <= stamp(now - again))
        async with self._database.write() as connection:
            telling = update(alerts).where((alerts.c.key == key) & quiet).values(told_at=stamp(now))
            return bool((await connection.execute(telling)).rowcount)

    async def clear_alert(self, key: str) -> bool:
        """Close an alert; whether it was open."""
        async with self._database.write() as connection:
            return bool((await connection.execute(delete(alerts).where(alerts.c.key == key))).rowcount)
