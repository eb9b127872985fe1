"""What a ledger is for: the real thing, or the shadow of one, in which nothing that it tells of was done.

Promises: a shadow has a database of its own, named after the real one, and says what it is from its first moment on; a
ledger is opened only as what it is, so that neither is ever taken for the other. Fails with LedgerUnusable.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert, make_url, select

from storage.database import Database, open_database
from storage.errors import LedgerUnusable
from storage.tables import cursors, messages, meta

SHADOW = "shadow"
KEY = "purpose"
ENDS = ("-shadow", "_shadow")


def shadow_of(state: str) -> str:
    """Where the shadow of the ledger at `state` is: `ledger-shadow.db` beside `ledger.db`; DATABASE_shadow."""
    url = make_url(state)
    name = str(url.database)
    if url.get_backend_name() == "sqlite":
        path = Path(name)
        stem = path.stem if path.stem.endswith(ENDS) else f"{path.stem}-shadow"
        return url.set(database=str(path.with_name(stem + path.suffix))).render_as_string(hide_password=False)
    database = name if name.endswith(ENDS) else f"{name}_shadow"
    return url.set(database=database).render_as_string(hide_password=False)


async def open_fit(state: str, *, shadow: bool, writing: bool, upgrade: bool, lease: timedelta) -> Database:
    """Open the ledger at `state`, or (`shadow`) the shadow of it, as that and nothing else."""
    try:
        where = shadow_of(state) if shadow else state
        database = await open_database(where, writing=writing, upgrade=upgrade, lease=lease)
    except LedgerUnusable as unusable:
        raise (_for_shadow(unusable, state) if shadow else unusable) from None
    try:
        await _check(database, shadow=shadow, begin=upgrade)
    except BaseException:
        await database.close()
        raise
    return database


def _for_shadow(unusable: LedgerUnusable, state: str) -> LedgerUnusable:
    """The same refusal with the cure that helps where a shadow is wanted."""
    url = make_url(shadow_of(state))
    if url.get_backend_name() != "sqlite" and "does not exist" in unusable.said:
        return LedgerUnusable(unusable.said, f"make it for the shadow alone, such as by `createdb {url.database}`")
    return LedgerUnusable(unusable.said, unusable.cure.replace("`halo-mailgate run`", "`halo-mailgate run --shadow`"))


async def _check(database: Database, *, shadow: bool, begin: bool) -> None:
    """Refuse a ledger of the other purpose. `begin`: one that nothing was kept in yet becomes what is wanted."""
    async with database.read() as connection:
        held = (await connection.execute(select(meta.c.value).where(meta.c.key == KEY))).scalar_one_or_none()
        if (held == SHADOW) == shadow:
            return
        used = [(await connection.execute(select(one.c.account).limit(1))).first() for one in (messages, cursors)]
    where = database.url.render_as_string()
    if not shadow:
        raise LedgerUnusable(
            f"the ledger {where} is a shadow's: nothing of what it tells was done",
            "correct `state` in the configuration; --shadow looks into the shadow of the ledger that `state` names",
        )
    if not begin or any(one is not None for one in used):
        raise LedgerUnusable(
            f"the ledger {where} is no shadow's",
            "a shadow needs a database of its own: correct `state`, or move that one away",
        )
    async with database.write() as connection:
        await connection.execute(insert(meta).values(key=KEY, value=SHADOW))
