"""Files that are ours alone: made so whatever the umask, and mended where an older version made them otherwise.

Promises: what `made` makes has mode 0600 from its first moment and is made anew: no link that somebody has put there is
followed. `opened` opens a file of ours for writing, which it makes if need be, and follows no link either. `ready` does
it for a ledger's file and what lies beside it, and says what it had to mend. Group rights that somebody gave alone are
left. Fails with OSError; `ready` with LedgerUnusable where a link is in the way. Knows nothing of what is in a file.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import TextIO, cast

from storage.errors import LedgerUnusable

OTHERS = stat.S_IRWXO
BESIDE = ("-wal", "-shm", "-journal", ".lock")
"""What SQLite and we put beside a ledger's file."""

_SAFE = os.O_NOFOLLOW | os.O_CLOEXEC


def made(path: Path) -> bool:
    """Make an empty file; False: there is one of this name. FileExistsError for a link, wherever it points."""
    try:
        number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _SAFE, 0o600)
    except FileExistsError:
        if path.is_symlink() and not path.exists():
            raise
        return False
    try:
        os.fchmod(number, 0o600)  # a umask may have taken even our own rights
    finally:
        os.close(number)
    return True


def opened(path: Path, *, empty: bool = False) -> TextIO:
    """Open for reading and writing; `empty`: without what was in it. Rights of others are taken away if it is ours."""
    made(path)
    number = os.open(path, os.O_RDWR | _SAFE | (os.O_TRUNC if empty else 0))
    try:
        _close_to_others(number)
        return cast("TextIO", os.fdopen(number, "r+", encoding="utf-8", errors="surrogateescape"))
    except BaseException:
        os.close(number)
        raise


def ready(ledger: Path) -> list[str]:
    """Make a ledger's file if there is none, and take away what others may do to it; what was mended, in words.

    What cannot be mended, because the file is another user's, is left: `check` tells of it.
    """
    made(ledger)
    mended = []
    for path in (ledger, *(ledger.with_name(ledger.name + end) for end in BESIDE)):
        if path != ledger and path.is_symlink():
            raise LedgerUnusable(f"{path} is a link to another file", "take it away, and see who has put it there")
        # By name: to close a file that SQLite has open would give up its locks (fcntl(2)).
        with contextlib.suppress(FileNotFoundError, PermissionError):
            before = stat.S_IMODE(path.stat().st_mode)
            if before & OTHERS:
                path.chmod(0o600)
                mended.append(f"{path} had mode {before:04o} and has 0600 now")
    return mended


def _close_to_others(number: int) -> None:
    """Leave an open file to its owner, if it is ours."""
    if os.fstat(number).st_mode & OTHERS:
        with contextlib.suppress(PermissionError):
            os.fchmod(number, 0o600)
