"""A ledger's way from SQLite to PostgreSQL.

Promises: the source is held alone, checked for damage first and never deleted; the target gets all of it in one
transaction, or nothing; before that ends, both sides are read in the order of their keys and compared, table by table,
octets included. Then the source is marked, and a daemon refuses it from then on. A move that broke off is repeated; one
that broke off before the mark only sets the mark. What a host had in hand is in nobody's. Fails with LedgerUnusable,
which names the cure. Knows nothing of what the tables mean, but that dead hosts and what they held stay behind.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import URL, LargeBinary, Table, create_engine, make_url
from sqlalchemy.exc import ArgumentError

from storage import schema
from storage.copies import MOST_FAULTS, faults
from storage.database import DAEMON_LOCK, lock_file
from storage.errors import LedgerUnusable
from storage.tables import Text, meta, metadata

BEHIND = frozenset({"hosts", "leases", "spending"})
"""Tables of what daemons are doing: they have ended."""

NOBODYS = {("messages", "host"), ("messages", "owner")}
"""Who has a message in hand: numbers of hosts begin anew at the target, and must not come to mean another."""

BATCH = 1000
OCTETS_BATCH = 8  # of at most 256 KiB each

Progress = Callable[[str, int, int], None]
"""Told of a table, how many of its rows are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved: rows of each table, and their digest."""

    rows: dict[str, int]
    digests: dict[str, str]
    again: bool  # it was there already; only the mark was missing


def move(state: str, to: str, now: datetime, progress: Progress = lambda _table, _done, _all: None) -> Moved:
    """Bring the ledger at `state` (SQLite) to the empty database `to` (PostgreSQL)."""
    source, target = _addresses(state, to)
    path = Path(str(source.database))
    damaged = faults(state)
    held = lock_file(path)
    try:
        if damaged:
            said = f"the ledger {path} is damaged ({damaged[0]}; at most {MOST_FAULTS} are looked for)"
            raise LedgerUnusable(said, "put the last backup in its place, and move that")
        with contextlib.closing(_opened(path)) as old:
            _refuse_unready(source, old)
            moved = _to_postgresql(old, target, progress)
            where = f"{target.render_as_string()} on {now:%Y-%m-%d %H:%M} UTC"
            with old:
                old.execute("INSERT INTO meta (key, value) VALUES (?, ?)", (schema.MOVED, where))
    except sqlite3.Error as error:
        raise LedgerUnusable(f"the ledger {path} cannot be read ({error})", "see `ledger check`") from None
    finally:
        held.close()
    return moved


def _addresses(state: str, to: str) -> tuple[URL, URL]:
    source = make_url(state)
    if source.get_backend_name() != "sqlite":
        raise LedgerUnusable("this ledger is not on SQLite", "a PostgreSQL ledger is moved with pg_dump and pg_restore")
    try:
        target = make_url(to)
    except ArgumentError:
        raise LedgerUnusable("--to is no address of a database", "write postgresql://USER@HOST/DATABASE") from None
    if target.get_backend_name() != "postgresql" or target.drivername != "postgresql":
        raise LedgerUnusable(
            f"a ledger cannot be moved to {target.drivername}", "write postgresql://USER@HOST/DATABASE"
        )
    return source, target


def _opened(path: Path) -> sqlite3.Connection:
    opened = sqlite3.connect(path, isolation_level="IMMEDIATE")
    opened.text_factory = lambda octets: octets.decode("utf-8", "replace")
    opened.execute("PRAGMA synchronous = FULL")
    return opened


def _refuse_unready(source: URL, old: sqlite3.Connection) -> None:
    engine = create_engine(source)
    try:
        with engine.connect() as connection:
            schema.check(connection)
            schema.refuse_moved(connection)
    finally:
        engine.dispose()
    (found,) = old.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    if int(found) != schema.SCHEMA:
        raise LedgerUnusable(f"the ledger has schema {found}, this halo-mailgate knows {schema.SCHEMA}", "update it")


def _to_postgresql(old: sqlite3.Connection, target: URL, progress: Progress) -> Moved:
    try:
        with psycopg.connect(target.render_as_string(hide_password=False), autocommit=True) as new:
            alone = new.execute("SELECT pg_try_advisory_lock(%s)", (DAEMON_LOCK,)).fetchone()
            if not alone or not alone[0]:
                raise LedgerUnusable(f"a halo-mailgate run is using {target.render_as_string()}", "stop it first")
            schema.upgrade(target.set(drivername="postgresql+psycopg"))
            with new.transaction():
                return _carry(old, new, target, progress)
    except psycopg.Error as error:
        said = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        cure = "nothing was moved; mend that and move it again"
        raise LedgerUnusable(f"{target.render_as_string()} could not take the ledger ({said})", cure) from None


def _carry(old: sqlite3.Connection, new: psycopg.Connection[Any], target: URL, progress: Progress) -> Moved:
    tables = [table for table in metadata.sorted_tables if table.name not in BEHIND]
    there = [table.name for table in tables if table is not meta and _any(new, table)]
    rows, digests = {}, {}
    for table in tables:
        (count,) = old.execute(f"SELECT count(*) FROM {table.name}").fetchone()  # noqa: S608 - a name of ours

        def done(number: int, name: str = table.name, count: int = count) -> None:
            progress(name, number, count)

        given = _Digest(_of_sqlite(old, table), done)
        if there:  # perhaps this very ledger
            for _ in given:
                pass
        else:
            _write(new, table, given)
        rows[table.name], digests[table.name] = given.rows, given.value
    for table in tables:
        taken = _Digest(_of_postgresql(new, table))
        for _ in taken:
            pass
        if (taken.rows, taken.value) != (rows[table.name], digests[table.name]):
            if there:
                said = f"the database {target.render_as_string()} holds another ledger's {', '.join(there)}"
                raise LedgerUnusable(said, "name an empty one: `createdb` makes it")
            said = f"{table.name} did not arrive as it was sent: {taken.rows} rows of {rows[table.name]}"
            raise LedgerUnusable(said, "nothing was moved; check the server, and move it again")
    return Moved(rows, digests, bool(there))


def _any(new: psycopg.Connection[Any], table: Table) -> bool:
    return new.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(table.name))).fetchone() is not None


class _Digest:
    """Rows on their way, counted, with a digest of all that went by."""

    def __init__(self, rows: Iterable[tuple[Any, ...]], progress: Callable[[int], None] = lambda _: None) -> None:
        self._rows, self._progress, self._hash, self.rows = rows, progress, hashlib.sha256(), 0

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        for row in self._rows:
            self._hash.update(b"".join(_canonical(value) for value in row))
            self.rows += 1
            if self.rows % BATCH == 0:
                self._progress(self.rows)
            yield row
        self._progress(self.rows)

    @property
    def value(self) -> str:
        return self._hash.hexdigest()


def _canonical(value: object) -> bytes:
    """A value as octets that begin with their length: no two rows look the same."""
    octets = value if isinstance(value, bytes) else b"" if value is None else str(value).encode()
    return b"%s%d:%s" % (b"-" if value is None else b"+", len(octets), octets)


def _columns(table: Table) -> list[str]:
    return [column.name for column in table.c if (table.name, column.name) not in NOBODYS]


def _of_sqlite(old: sqlite3.Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    """All rows in the order of their key, as PostgreSQL takes them."""
    names = ", ".join(f'"{name}"' for name in _columns(table))
    key = ", ".join(f'"{column.name}"' for column in table.primary_key)
    texts = [isinstance(table.c[name].type, Text) for name in _columns(table)]
    where = f"WHERE key <> '{schema.MOVED}'" if table is meta else ""
    cursor = old.execute(f"SELECT {names} FROM {table.name} {where} ORDER BY {key}")  # noqa: S608 - all of it is ours
    while some := cursor.fetchmany(_batch(table)):
        for row in some:
            yield tuple(
                value.replace("\0", "") if text and isinstance(value, str) else value
                for value, text in zip(row, texts, strict=True)
            )


def _of_postgresql(new: psycopg.Connection[Any], table: Table) -> Iterator[tuple[Any, ...]]:
    """The same. Texts in the order of their octets, as SQLite has them."""
    keys = [sql.Identifier(column.name) for column in table.primary_key]
    order = [
        sql.SQL('{} COLLATE "C"').format(name) if isinstance(column.type, Text) else name
        for name, column in zip(keys, table.primary_key, strict=True)
    ]
    names = sql.SQL(", ").join(map(sql.Identifier, _columns(table)))
    query = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(
        names, sql.Identifier(table.name), sql.SQL(", ").join(order)
    )
    with new.cursor(name="all_of_it", binary=True) as cursor:
        cursor.itersize = _batch(table)
        yield from cursor.execute(query)


def _write(new: psycopg.Connection[Any], table: Table, rows: _Digest) -> None:
    name, columns = sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, _columns(table)))
    if table is meta:
        new.execute(sql.SQL("DELETE FROM {}").format(name))  # what the schema wrote; the source has the same
    with new.cursor() as cursor, cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(name, columns)) as copy:
        for row in rows:
            copy.write_row(row)
    sequence = new.execute("SELECT pg_get_serial_sequence(%s, %s)", (table.name, table.primary_key.columns[0].name))
    (found,) = sequence.fetchone() or (None,)
    if found is not None and rows.rows:
        newest = sql.SQL("SELECT setval(%s, max({})) FROM {}").format(
            sql.Identifier(table.primary_key.columns[0].name), name
        )
        new.execute(newest, (found,))


def _batch(table: Table) -> int:
    return OCTETS_BATCH if any(isinstance(column.type, LargeBinary) for column in table.c) else BATCH
