"""Copies of a ledger that is in use, and whether one is whole. SQLite; PostgreSQL has pg_dump and checksums of its own.

Promises: a copy is of one moment, is checked before it has its name, and never takes the place of another file; writers
are not held up. Fails with LedgerUnusable, which names the cure, and then leaves nothing behind. Knows nothing of what
the tables mean.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import make_url

from storage import private
from storage.errors import LedgerUnusable

PAGES = 2048  # copied at a time: 8 MB between two looks at the progress
MOST_FAULTS = 20


def backup(state: str, target: Path, progress: Callable[[int, int], None] = lambda _left, _all: None) -> int:
    """Copy the ledger at `state` to the new file `target`; its size in octets. `progress`: pages left, and all."""
    source = _file(state)
    if target.exists():
        raise LedgerUnusable(f"{target} is there already", "name a new file, or take that one away")
    part = target.with_name(f".{target.name}.part")
    try:
        part.unlink(missing_ok=True)  # of a copy that broke off
        private.made(part)  # it holds mail
        with contextlib.closing(_reading(source)) as held, contextlib.closing(sqlite3.connect(part)) as copy:
            held.execute("BEGIN")
            held.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the moment of which the copy is
            held.backup(copy, pages=PAGES, progress=lambda _, left, pages: progress(left, pages))
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, and nothing beside it
        faults = _faults(part)
        if faults:
            raise LedgerUnusable(f"the copy is damaged ({faults[0]})", f"look at {source} with `ledger check`")
        with part.open("rb") as written:
            os.fsync(written.fileno())
        os.link(part, target)  # unlike rename, never over another file
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return target.stat().st_size
    except (OSError, sqlite3.Error) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise LedgerUnusable(
            f"{source} could not be copied to {target} ({said})", "make room there, and let this user write there"
        ) from None
    finally:
        for one in (part, part.with_name(f"{part.name}-journal"), part.with_name(f"{part.name}-wal")):
            one.unlink(missing_ok=True)


def faults(state: str) -> list[str]:
    """What SQLite finds damaged in a ledger, at most MOST_FAULTS; nothing if it is whole. Reads all of it."""
    source = _file(state)
    try:
        return _faults(source)
    except sqlite3.Error as error:
        return [str(error)]


def _faults(path: Path) -> list[str]:
    with contextlib.closing(_reading(path)) as opened:
        found = [str(row[0]) for row in opened.execute(f"PRAGMA integrity_check({MOST_FAULTS})")]
        if found == ["ok"]:
            found = [f"row {row[1]} of {row[0]} names a row of {row[2]} that is not there"
                     for row in opened.execute("PRAGMA foreign_key_check").fetchmany(MOST_FAULTS)]  # fmt: skip
    return found


def _reading(path: Path) -> sqlite3.Connection:
    quoted = str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    return sqlite3.connect(f"file:{quoted}?mode=ro", uri=True, timeout=10)


def _file(state: str) -> Path:
    url = make_url(state)
    if url.get_backend_name() != "sqlite":
        raise LedgerUnusable("this ledger is on PostgreSQL", "use pg_dump, which copies it while it is in use")
    path = Path(str(url.database))
    if not path.is_file():
        raise LedgerUnusable(f"there is no ledger at {path}", "correct `state` in the configuration")
    return path
