"""A Maildir as a `MailSource`: what Postfix, Exim, procmail or maildrop deliver into a folder of this host.

Promises: what the port says. Files are only read; `dispose` alone moves, marks or removes them. Names and flags are as
maildir(5) and Maildir++ have them. New mail is seen within LOOK seconds (network file systems tell nobody of changes,
so the folder's time is looked at). Fails: Misconfigured for a folder that is no Maildir or may not be used, Transient
for what the file system refuses now. Knows nothing of the ledger.
"""

from __future__ import annotations

import asyncio
import errno
import os
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from gateway.errors import Misconfigured, Transient, Trouble
from gateway.imap.names import encode_folder
from gateway.maildir.numbers import LIST_FILE, SHADOW_FILE, Numbers
from gateway.ports import Arrival, FolderState

LOOK = 0.5
BATCH_MAILS = 50
BATCH_OCTETS = 2 << 20
_OPERATORS = frozenset({"EACCES", "EPERM", "EROFS", "ENOENT", "ENOTDIR"})

T = TypeVar("T")


class MaildirSource:
    """The Maildir at `path`. `limit`: octets of one mail to read at most. `shadow`: beside another daemon's numbers."""

    def __init__(self, path: Path, *, limit: int, mailbox: str = "", shadow: bool = False) -> None:
        self._path = path
        self._limit = limit
        self._mailbox = mailbox
        self._numbers = Numbers(path, SHADOW_FILE if shadow else LIST_FILE)
        self._files: dict[int, str] = {}  # base names, without folder and flags
        self._seen: tuple[int, int] = (0, 0)
        self._open = False

    async def open(self) -> FolderState:
        """Misconfigured: there is no Maildir, or this user may not use it."""
        await self._do(self._check)
        await self._do(self._numbers.load)
        self._open = True
        return await self.refresh()

    async def refresh(self) -> FolderState:
        """Look again which files there are."""
        if not self._open:
            raise Transient("not_open", "the Maildir is not open")
        await self._do(self._scan)
        return FolderState(self._numbers.validity, self._numbers.next)

    async def uids(
        self, *, after: int = 0, upto: int | None = None, unseen: bool = False, since: date | None = None,
        before: date | None = None,
    ) -> list[int]:  # fmt: skip
        """By the flags in their names, and by the time of delivery."""
        if not self._open:
            raise Transient("not_open", "the Maildir is not open")

        def wanted() -> list[int]:
            seen = self._seen
            found, flags = self._scan()
            if upto is not None:
                self._seen = seen
            return [
                uid
                for uid, path in found.items()
                if uid > after
                and (upto is None or uid <= upto)
                and _is_wanted(path, flags[path], since, before)
                and not (unseen and "S" in flags[path])
            ]

        return await self._do(wanted)

    async def fetch(self, uids: Sequence[int]) -> AsyncGenerator[list[Arrival], None]:
        """In batches of bounded size; a large mail comes alone."""
        batch: list[Arrival] = []
        held = 0
        for uid in uids:
            arrival = await self._do(partial(self._read, uid))
            if arrival is None:
                continue
            size = len(arrival.octets)
            if batch and (len(batch) == BATCH_MAILS or held + size > BATCH_OCTETS):
                yield batch
                batch, held = [], 0
            batch.append(arrival)
            held += size
        if batch:
            yield batch

    async def dispose(self, uids: Sequence[int], how: str) -> None:
        """A move goes into a folder of Maildir++: ".Archive.Tickets" for "Archive/Tickets"."""
        if how == "nothing":
            return
        if how not in {"seen", "delete"} and not how.startswith("move:"):
            raise ValueError("no such way to dispose of mail")

        def disposed() -> None:
            found, _ = self._scan()
            target = _subfolder(self._path, how.removeprefix("move:")) if how.startswith("move:") and uids else None
            for uid in uids:
                if (path := found.get(uid)) is not None:
                    with suppress(FileNotFoundError):  # somebody else was faster
                        _dispose(path, how, target)

        await self._do(disposed)

    async def wait(self, seconds: float, until: asyncio.Event) -> bool:
        """True as soon as the folder's time changes."""
        ends = time.monotonic() + seconds
        while True:
            if await self._do(self._times) != self._seen:
                return True
            left = ends - time.monotonic()
            if until.is_set() or left <= 0:
                return False
            with suppress(TimeoutError):
                async with asyncio.timeout(min(LOOK, left)):
                    await until.wait()

    async def close(self) -> None:
        """Nothing is kept open."""
        self._open = False

    async def _do(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except OSError as error:
            raise self._trouble(error) from None

    def _trouble(self, error: OSError) -> Trouble:
        said = f"{self._path}: {error.strerror or type(error).__name__}"
        if errno.errorcode.get(error.errno or 0) in _OPERATORS:
            cure = "correct maildir, or let the gateway's user read and write it"
            return Misconfigured("maildir", f"{said}: {cure}")
        return Transient("maildir", said)

    def _check(self) -> None:
        missing = [one for one in ("cur", "new", "tmp") if not (self._path / one).is_dir()]
        if missing:
            said = f"{self._path} is no Maildir: it lacks {', '.join(missing)}"
            raise Misconfigured("maildir", f"{said}: make it with maildirmake, or correct maildir")

    def _times(self) -> tuple[int, int]:
        return ((self._path / "new").stat().st_mtime_ns, (self._path / "cur").stat().st_mtime_ns)

    def _scan(self) -> tuple[dict[int, Path], dict[Path, str]]:
        """Files by number, and their flags; whatever was delivered meanwhile is found next time."""
        self._seen = self._times()
        paths: dict[str, Path] = {}
        flags: dict[Path, str] = {}
        for folder in ("new", "cur"):
            for entry in os.scandir(self._path / folder):
                if entry.name.startswith(".") or not entry.is_file():
                    continue
                base, _, info = entry.name.partition(":2,")
                paths[base] = path = Path(entry.path)
                flags[path] = info if folder == "cur" else ""
        in_order = sorted(paths, key=lambda one: (_delivered(one), one))
        found = {uid: paths[name] for uid, name in self._numbers.number(in_order).items()}
        return found, flags

    def _read(self, uid: int) -> Arrival | None:
        found, _ = self._scan() if uid not in self._files or not Path(self._files[uid]).exists() else (None, None)
        if found is not None:
            self._files = {number: str(path) for number, path in found.items()}
        path = self._files.get(uid)
        if path is None:
            return None
        try:
            with Path(path).open("rb") as opened:
                status = os.fstat(opened.fileno())
                octets = opened.read(self._limit)
        except FileNotFoundError:
            return None
        return Arrival(uid, octets, max(status.st_size, len(octets)), datetime.fromtimestamp(status.st_mtime, UTC))


def _is_wanted(path: Path, flags: str, since: date | None, before: date | None) -> bool:
    if set(flags) & set("TD"):
        return False
    if since is None and before is None:
        return True
    try:
        day = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    except FileNotFoundError:
        return False
    return (since is None or day >= since) and (before is None or day < before)


def _delivered(name: str) -> int:
    """The seconds in a name (maildir(5)); 0 for a name of another kind, which is then in order of its letters."""
    seconds = name.partition(".")[0]
    return int(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 20 else 0


def _dispose(path: Path, how: str, target: Path | None) -> None:
    base, _, info = path.name.partition(":2,")
    if how == "delete":
        path.unlink()
    elif target is not None:
        path.rename(target / "cur" / f"{base}:2,{info}")
    else:
        flags = "".join(sorted(set(info) | {"S"}))
        path.rename(path.parent.parent / "cur" / f"{base}:2,{flags}")


def _subfolder(maildir: Path, folder: str) -> Path:
    """The Maildir++ folder of a name, made if need be. A dot in a name is a level, and nothing leads out of it."""
    levels = [encode_folder(one).replace("/", "_") for one in folder.lstrip("\\").split("/") if one]
    path = maildir / ("." + ".".join(levels))
    for one in ("tmp", "new", "cur"):
        (path / one).mkdir(parents=True, exist_ok=True)
    (path / "maildirfolder").touch()
    return path
