"""The schema's version: who may use a ledger, and how it is brought up to date.

Promises: `upgrade` runs the Alembic migrations in one transaction and records the schema's number and the oldest code
that may still use it; `check` refuses a ledger only when this code is older than that, or when the ledger was not
upgraded yet. Fails with LedgerUnusable. Knows nothing of rows.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event, inspect, select, text, update

from storage.errors import LedgerUnusable
from storage.tables import meta

SCHEMA = 7
"""The schema that this code knows. A migration raises it by one."""

OLDEST_CODE = 5
"""The oldest schema number whose code works on what this code writes. Raised only by a migration that breaks it."""

LOCK = 0x68616C6F + 2

MOVED = "moved_to"
"""The mark (a key of `meta`) of a ledger that goes on elsewhere; its value says where, and since when."""


def prepare_sqlite(connection: Any, _: object) -> None:
    """Set up one SQLite connection that writes. auto_vacuum only takes before the first table, hence the order."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "auto_vacuum = INCREMENTAL",
        "busy_timeout = 10000",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def begin_immediate(connection: Connection) -> None:
    """A transaction that will write takes the write lock before it reads: the driver's default loses updates."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def upgrade(url: URL) -> None:
    """Bring the ledger up to this code's schema; nothing if it is there already, or newer and still usable."""
    is_sqlite = url.get_backend_name() == "sqlite"
    engine = create_engine(url)
    if is_sqlite:
        event.listen(engine, "connect", prepare_sqlite)
        event.listen(engine, "begin", begin_immediate)
    try:
        with engine.begin() as connection:
            if not is_sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
            found, _ = _versions(connection)
            if found is not None and found >= SCHEMA:
                return
            if found is None and inspect(connection).get_table_names():
                raise LedgerUnusable(
                    f"the database {url.render_as_string()} holds tables that are not a ledger's",
                    "give `state` a database of its own",
                )
            from alembic import command  # a second to import, and needed once in a schema's life
            from alembic.config import Config

            config = Config()
            config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.execute(text("DELETE FROM meta WHERE key IN ('schema', 'oldest_code')"))
            connection.execute(
                meta.insert(),
                [{"key": "schema", "value": str(SCHEMA)}, {"key": "oldest_code", "value": str(OLDEST_CODE)}],
            )
    finally:
        engine.dispose()


def check(connection: Connection) -> None:
    """Refuse a ledger that this code must not use."""
    found, oldest = _versions(connection)
    if found is None:
        raise LedgerUnusable("the database holds no ledger yet", "`halo-mailgate run` makes it")
    if oldest > SCHEMA:
        raise LedgerUnusable(
            f"the ledger has schema {found} and needs code that knows schema {oldest}; this one knows {SCHEMA}",
            "install the newer version again, or restore a backup from before the upgrade",
        )
    if found < SCHEMA:
        raise LedgerUnusable(
            f"the ledger has schema {found}, this halo-mailgate needs {SCHEMA}",
            "`halo-mailgate run` upgrades it at its start",
        )


def try_out(connection: Connection) -> None:
    """Write something that changes nothing; refuse a ledger whose tables are not those that its version has."""
    found, _ = _versions(connection)
    connection.execute(update(meta).where(meta.c.key == "schema").values(value=str(found)))
    migrated = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    if migrated != f"{found:04}":
        raise LedgerUnusable(
            f"the ledger says that it has schema {found}, and its tables are of migration {migrated or 'none'}",
            "restore a backup: parts of two ledgers were put together",
        )


def refuse_moved(connection: Connection) -> None:
    """Refuse to write to a ledger that goes on elsewhere: its mail would be worked on twice."""
    where = connection.execute(select(meta.c.value).where(meta.c.key == MOVED)).scalar()
    if where is not None:
        address = where.partition(" on ")[0]
        raise LedgerUnusable(f"this ledger was moved to {where}", f'set `state = "{address}"` in the configuration')


def _versions(connection: Connection) -> tuple[int | None, int]:
    if not inspect(connection).has_table("meta"):
        return None, 0
    versions = select(meta.c.key, meta.c.value).where(meta.c.key.in_(["schema", "oldest_code"]))
    found: dict[str, str] = {row[0]: row[1] for row in connection.execute(versions)}
    return (int(found["schema"]), int(found["oldest_code"])) if len(found) == 2 else (None, 0)
