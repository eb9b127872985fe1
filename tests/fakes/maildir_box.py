"""Maildirs in a temporary folder, filled as an MTA fills them, with the words of `fakes.dovecot`.

What they hold is judged with the standard library's `mailbox`, not with the code under test. Numbers are given in the
order of delivery, as the source promises.
"""

from __future__ import annotations

import mailbox
import os
import shutil
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Self

from gateway.imap.names import encode_folder
from gateway.maildir.source import MaildirSource

LETTERS = {"\\Seen": "S", "\\Flagged": "F", "\\Deleted": "T", "\\Draft": "D"}
FLAGS = {letter: flag for flag, letter in LETTERS.items()}


class MaildirBox:
    user = "one"

    def __enter__(self) -> Self:
        self.root = Path(tempfile.mkdtemp(prefix="maildir-"))
        self._names: dict[str, list[str]] = {}
        self._count = 0
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.root, ignore_errors=True)

    def path(self, user: str) -> Path:
        path = self.root / user
        if not path.exists():
            mailbox.Maildir(path, create=True)
        return path

    def source(self, user: str, **changes: object) -> MaildirSource:
        limit = changes.pop("max_message_size", 50_000_000)
        assert not changes
        return MaildirSource(self.path(user), limit=131072 if limit == "128KiB" else limit)

    def append(self, user: str, octets: bytes, flags: Sequence[str] = (), internal_date: datetime | None = None) -> int:
        """Through tmp, as maildir(5) wants it."""
        self._count += 1
        names = self._names.setdefault(user, [])
        names.append(f"{1_700_000_000 + self._count}.M1P1.host")
        letters = "".join(LETTERS[one] for one in flags)
        temporary = self.path(user) / "tmp" / names[-1]
        temporary.write_bytes(octets)
        if internal_date is not None:
            os.utime(temporary, (internal_date.timestamp(),) * 2)
        name = f"cur/{names[-1]}:2,{letters}" if flags else f"new/{names[-1]}"
        temporary.rename(self.path(user) / name)
        return len(names)

    def _file(self, user: str, uid: int) -> Path:
        (found,) = [one for one in self.path(user).glob("*/*") if one.name.startswith(self._names[user][uid - 1])]
        return found

    def messages(self, user: str, folder: str = "INBOX") -> list[tuple[int, frozenset[str]]]:
        box = mailbox.Maildir(self.path(user))
        if folder != "INBOX":
            box = box.get_folder(".".join(map(encode_folder, folder.split("/"))))
        found = []
        for name, message in box.items():
            base = Path(str(name)).name.partition(":")[0]
            found.append((self._names[user].index(base) + 1, frozenset(FLAGS[one] for one in message.get_flags())))
        return sorted(found, key=lambda one: one[0])

    def octets(self, user: str, uid: int) -> bytes:
        return self._file(user, uid).read_bytes()

    def flag(self, user: str, uid: int, *flags: str) -> None:
        path = self._file(user, uid)
        letters = "".join(LETTERS[one] for one in flags)
        path.rename(self.path(user) / "cur" / f"{path.name.partition(':')[0]}:2,{letters}")

    def expunge(self, user: str, *uids: int) -> None:
        for uid in uids:
            self._file(user, uid).unlink()

    def folders(self, user: str) -> set[str]:
        return set(mailbox.Maildir(self.path(user)).list_folders())
