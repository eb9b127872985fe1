"""Requests of several hosts out of one budget: so many in any window, by the database's clock.

Promises: what hosts set aside never adds up to more than the limit in any window. Fails with LedgerBusy. Knows nothing
of what is requested.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, func, insert, select

from storage.database import Database
from storage.rows import database_time
from storage.tables import spending


class Spending:
    """The facet of the ledger that shares a budget out. For PostgreSQL: on SQLite one host has it all."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reserve(self, count: int, limit: int, window: timedelta) -> tuple[int, float]:
        """Set aside up to `count` requests of `limit` in any `window`: how many, and if none, seconds to wait."""
        seconds = window.total_seconds()
        async with self._database.write("spending") as connection:
            at = float((await connection.execute(select(database_time(connection)))).scalar_one())
            await connection.execute(delete(spending).where(spending.c.at <= at - seconds))
            spent, oldest = (
                await connection.execute(select(func.sum(spending.c.count), func.min(spending.c.at)))
            ).one()
            granted = max(0, min(count, limit - int(spent or 0)))
            if granted:
                row = {"host": self._database.host or 0, "at": at, "count": granted}
                await connection.execute(insert(spending).values(row))
                return granted, 0.0
        return 0, max(0.05, float(oldest) + seconds - at) if oldest is not None else 1.0

    async def left(self, limit: int, window: timedelta) -> int:
        """How many requests of `limit` in any `window` nobody has set aside yet."""
        async with self._database.read() as connection:
            since = database_time(connection) - window.total_seconds()
            spent = select(func.coalesce(func.sum(spending.c.count), 0)).where(spending.c.at > since)
            return max(0, limit - int((await connection.execute(spent)).scalar_one()))
