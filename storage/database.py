"""Connections to the ledger's database: SQLite (WAL, synchronous=FULL) or PostgreSQL.

Promises: `write` is one real transaction; when it returns the change is on disk. On SQLite there is one writer at a
time (BEGIN IMMEDIATE); on PostgreSQL rows are locked by who changes them, and who names a `lock` excludes who names
the same. `read` never holds a writer up. A transaction whose process was frozen is ended by the server within half a
lease, so that it holds nobody up. Only a daemon upgrades the schema, and looks first whether the ledger is sound;
SQLite has one daemon at a time, PostgreSQL any number. Fails with LedgerUnusable at opening and LedgerBusy after it.
Knows nothing of what the tables mean.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from sqlalchemy import event, make_url, text
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage import private, schema, soundness
from storage.errors import LedgerBusy, LedgerUnusable

LOCKS = 0x68616C6F  # "halo": the advisory locks of writing transactions; the second key is the hash of a name
DAEMON_LOCK = LOCKS + 1
"""Shared by all daemons. Daemons of before schema 5, which knew of no others, held it alone."""

LEASE = timedelta(hours=1)
"""Of whoever says nothing else: it sends no heartbeats."""

_MET = frozenset({"40001", "40P01"})  # serialization failure, deadlock detected
_FULL = ("database or disk is full", "no space left", "disk i/o error", "file too large")


class Database:
    """One ledger. Make it with `open_ledger`; `close` when done."""

    def __init__(self, url: URL, writer: AsyncEngine | None, reader: AsyncEngine) -> None:
        self.url = url
        self._writer = writer
        self._reader = reader
        self._turn = asyncio.Lock()
        self._held: IO[str] | AsyncConnection | None = None
        self.host: int | None = None
        """Which host we are, among those that share the ledger; none as long as we are no daemon."""
        self.mended: list[str] = []
        """What others were allowed to do to the ledger's files, and no longer are."""
        self.examined = True
        """Whether the look at the start came to the end of the file."""

    @property
    def is_sqlite(self) -> bool:
        """Whether the ledger is a file of ours."""
        return self.url.get_backend_name() == "sqlite"

    @asynccontextmanager
    async def write(self, lock: str | None = None) -> AsyncIterator[AsyncConnection]:
        """One transaction that may change the ledger; committed at the end, undone by any exception.

        `lock`: one at a time of those that name the same. On SQLite that is so of all.
        """
        if self._writer is None:
            raise LedgerUnusable("the ledger was opened for reading", "open it for writing")
        async with self._turn if self.is_sqlite else nullcontext():
            with _translated():
                async with self._writer.begin() as connection:
                    if lock is not None and not self.is_sqlite:
                        names = {"locks": LOCKS, "name": lock}
                        await connection.execute(text("SELECT pg_advisory_xact_lock(:locks, hashtext(:name))"), names)
                    yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """One transaction that only reads."""
        with _translated():
            async with self._reader.begin() as connection:
                yield connection

    async def hold(self) -> None:
        """Become a daemon of this ledger, on SQLite the only one, until `close` or the end of the process."""
        if self.is_sqlite:
            self._held = lock_file(Path(str(self.url.database)))
            return
        connection = await self._reader.connect()
        held = await connection.execute(text("SELECT pg_try_advisory_lock_shared(:k)"), {"k": DAEMON_LOCK})
        if not held.scalar():
            await connection.close()
            raise LedgerUnusable("a halo-mailgate run that wants this ledger for itself is using it", "stop it first")
        await connection.commit()
        self._held = connection

    async def close(self) -> None:
        """Give everything back."""
        if isinstance(self._held, AsyncConnection):
            with suppress(SQLAlchemyError, OSError):  # said, because the server may notice the hanging up too late
                await self._held.execute(text("SELECT pg_advisory_unlock_shared(:k)"), {"k": DAEMON_LOCK})
            await self._held.close()
        elif self._held is not None:
            self._held.close()
        self._held = None
        engines = (self._reader, self._writer)  # SQLite's last connection removes the WAL: one that may write
        for engine in dict.fromkeys(engines):
            if engine is not None:
                await engine.dispose()


async def open_database(state: str, *, writing: bool, upgrade: bool = False, lease: timedelta = LEASE) -> Database:
    """Open `state` (sqlite:////absolute or postgresql://…).

    With `upgrade`, as a daemon: hold it and bring it up to date. `lease`: how long we live without a heartbeat.
    """
    url = make_url(state)
    backend = url.get_backend_name()
    if backend == "sqlite":
        database = _open_sqlite(url, writing=writing, create=upgrade)
        if upgrade:
            try:
                database.mended = private.ready(Path(str(url.database)))
            except OSError as error:
                raise LedgerUnusable(
                    f"the ledger {url.database} cannot be made ({error.strerror})", _cure(url)
                ) from None
    else:
        url = url.set(drivername="postgresql+psycopg")
        engine = create_async_engine(
            url, pool_pre_ping=True, pool_size=8, max_overflow=8, connect_args=_patience(lease)
        )
        database = Database(url, engine if writing else None, engine)
    try:
        if upgrade:
            await database.hold()
            if database.is_sqlite:
                database.examined = await asyncio.to_thread(soundness.look, Path(str(url.database)))
            await asyncio.to_thread(schema.upgrade, url)
        async with database.read() as connection:
            await connection.run_sync(schema.check)
            if writing:
                await connection.run_sync(schema.refuse_moved)
        if upgrade:
            async with database.write() as connection:
                await connection.run_sync(schema.try_out)
    except LedgerUnusable:
        await database.close()
        raise
    except (SQLAlchemyError, LedgerBusy, OSError) as error:
        await database.close()
        raise LedgerUnusable(
            f"the ledger {url.render_as_string()} cannot be opened ({_short(error)})", _cure(url)
        ) from None
    return database


def _open_sqlite(url: URL, *, writing: bool, create: bool) -> Database:
    path = Path(str(url.database))
    if not path.exists() and not create:
        raise LedgerUnusable(
            f"there is no ledger at {path}", "`halo-mailgate run` makes it; or correct `state` in the configuration"
        )
    if create and not path.parent.is_dir():
        raise LedgerUnusable(f"the folder {path.parent} of the ledger does not exist", "make it, or correct `state`")
    writer = None
    if writing:
        writer = create_async_engine(f"sqlite+aiosqlite:///{path}", pool_size=1, max_overflow=0)
        event.listen(writer.sync_engine, "connect", schema.prepare_sqlite)
        event.listen(writer.sync_engine, "begin", schema.begin_immediate)
        event.listen(writer.sync_engine, "invalidate", _undo)
    quoted = str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    reader = create_async_engine(f"sqlite+aiosqlite:///file:{quoted}?mode=ro&uri=true", pool_size=4, max_overflow=2)
    event.listen(reader.sync_engine, "connect", _prepare_reader)
    event.listen(reader.sync_engine, "begin", _begin_deferred)
    return Database(url, writer, reader)


def _prepare_reader(connection: Any, _: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 10000")
    cursor.execute("PRAGMA query_only = ON")
    cursor.close()


def _begin_deferred(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _undo(connection: Any, _: object, __: object) -> None:
    """A cancelled write is undone at once: a closed connection keeps the lock as long as a statement of it is held."""
    if connection is not None:
        connection.rollback()


def _patience(lease: timedelta) -> dict[str, object]:
    """How long PostgreSQL bears with us: a frozen process must not hold a lock longer than others can wait for it."""
    idle = max(500, min(round(lease.total_seconds() * 500), 10_000))
    times = {"idle_in_transaction_session_timeout": idle, "lock_timeout": 30_000, "tcp_keepalives_idle": 30}
    options = " ".join(f"-c {name}={value}" for name, value in times.items())
    return {"options": options, "connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10}


def is_held(state: str) -> bool:
    """Whether a daemon holds the file of an SQLite ledger now."""
    path = Path(str(make_url(state).database))
    try:
        with path.with_name(path.name + ".lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def lock_file(path: Path) -> IO[str]:
    """Have the ledger file for ourselves until this is closed. LedgerUnusable: a daemon has it."""
    try:
        lock = private.opened(path.with_name(path.name + ".lock"))
    except OSError as error:
        said = f"the lock of the ledger, {path}.lock, cannot be opened ({error.strerror})"
        raise LedgerUnusable(said, "see who has made it, and take it away when no daemon runs") from None
    for tries in range(5):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if tries < 4:
                time.sleep(0.05)  # it may be somebody who only looks whether a daemon runs
                continue
        else:
            break
        lock.seek(0)
        pid = lock.read(20).strip() or "unknown"
        lock.close()
        raise LedgerUnusable(
            f"another halo-mailgate run (process {pid}) is using the ledger {path}", "stop it first"
        ) from None
    lock.seek(0)
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


class _translated:  # noqa: N801
    """Foreign errors of a transaction become ours; any other exception passes.

    A value that the database refuses is a bug of the caller's (ValueError): later it would be refused again.
    """

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DataError | IntegrityError):
            raise ValueError(f"the ledger cannot hold this: {_short(error)}") from None  # noqa: TRY004 - it is no type
        if isinstance(error, DBAPIError | PoolTimeout | OSError | TimeoutError):
            said = _short(error)
            met = getattr(getattr(error, "orig", None), "sqlstate", None) in _MET
            raise LedgerBusy(said, full=any(word in said.lower() for word in _FULL), met=met) from None


def _short(error: BaseException) -> str:
    """The database's own words without the statement and its values, which hold mail."""
    original = getattr(error, "orig", None)
    return str(original or error).splitlines()[0][:200]


def _cure(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return "check that the file is a ledger and that this user may read and write it and its folder"
    return "check that the server runs and that `state` names the right database and user"
