"""Whether a ledger may be worked with: looked at when a daemon starts, within bounds.

Promises: the look ends within its time, however large the file is; what it did not come to is read by `examine`, for
as long as that takes, beside the work. A file is found damaged, never mended. Fails with LedgerUnusable, which names
the cure. SQLite keeps no checksums: what is wrong inside a value is not seen here (a packed chunk has its own).
PostgreSQL sees to its own pages; there it is asked whether it takes writes.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

from storage.errors import LedgerUnusable

LOOK = 10.0
"""Seconds at the most that a start waits. A quarter of a gigabyte is read in that time on a slow disk."""

MOST_FAULTS = 5
OFTEN = 20_000
"""Steps of SQLite's machine between two looks at the clock: a few milliseconds."""

CURE = (
    "stop what writes to it, put the last backup (`halo-mailgate ledger backup`) in its place, together with no -wal "
    "and -shm of the old one, and see `halo-mailgate ledger check`; the disk may be failing"
)


def look(path: Path, seconds: float = LOOK) -> bool:
    """Whether all of a file (a new one is whole) could be read in that time. LedgerUnusable: it is damaged."""
    if not path.exists() or not path.stat().st_size:
        return True
    until = time.monotonic() + seconds
    found, whole = _read(path, "quick_check", lambda: time.monotonic() > until)
    if found:
        raise LedgerUnusable(f"the ledger {path} is damaged ({found[0]})", CURE)
    return whole


def examine(path: Path, stop: threading.Event) -> list[str]:
    """What is damaged in a file, all of which is read, indexes against their tables too. `stop` ends it early."""
    return _read(path, "integrity_check", stop.is_set)[0]


def _read(path: Path, check: str, over: Callable[[], bool]) -> tuple[list[str], bool]:
    """(faults, whether all of it was read)."""
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=LOOK, isolation_level=None)) as opened:
            opened.set_progress_handler(over, OFTEN)
            # What every message needs is small, and comes first: the mails themselves may take their time.
            tables = [row[0] for row in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in sorted(tables, key=lambda name: name == "octets"):
                quoted = table.replace("'", "''")
                found = [row[0] for row in opened.execute(f"PRAGMA {check}('{quoted}')").fetchmany(MOST_FAULTS)]
                if found != ["ok"]:
                    return found, True
            found = [f"row {row[1]} of {row[0]} names a row of {row[2]} that is not there"
                     for row in opened.execute("PRAGMA foreign_key_check").fetchmany(MOST_FAULTS)]  # fmt: skip
            if not found:
                found = [row[0] for row in opened.execute(f"PRAGMA {check}({MOST_FAULTS})")]
            return ([] if found == ["ok"] else found), True
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
            return [], False
        return [str(error)], True
