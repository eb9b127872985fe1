"""Lasting numbers for the files of a Maildir, as an IMAP server gives them: each file gets the next one, for ever.

Promises: the list is on disk before a number is used; a number is never given twice under one validity; a list that is
lost or spoilt begins anew with another validity, so that nobody takes an old number for a new mail. Fails with OSError.
Knows nothing of what is in the files.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

from storage import private

LIST_FILE = "halo-mailgate-uids"
"""The file's name in the Maildir, beside cur, new and tmp. Its first line: version, validity, next number."""

SHADOW_FILE = "halo-mailgate-uids-shadow"
"""That of a daemon in shadow mode: two that wrote one list would give one number to two mails."""


class Numbers:
    """The list of one Maildir."""

    def __init__(self, maildir: Path, name: str = LIST_FILE) -> None:
        self._path = maildir / name
        self.validity = 0
        self.next = 1
        self._by_name: dict[str, int] = {}

    def load(self) -> None:
        """Read the list, or begin one."""
        try:
            read = _read(self._path.read_text(encoding="utf-8", errors="surrogateescape"))
        except FileNotFoundError:
            read = None
        if read is None:
            self.validity, self.next, self._by_name = max(int(time.time()), self.validity + 1), 1, {}
        else:
            self.validity, self.next, self._by_name = read

    def number(self, names: Iterable[str]) -> dict[int, str]:
        """The files by number; new ones, in the order given, get the next; those that are gone are forgotten."""
        present = list(names)
        new = [one for one in present if one not in self._by_name]
        gone = self._by_name.keys() - set(present)
        if new or gone or not self._path.exists():
            for one in gone:
                del self._by_name[one]
            for one in new:
                self._by_name[one] = self.next
                self.next += 1
            self._write()
        return dict(sorted((self._by_name[one], one) for one in present))

    def _write(self) -> None:
        lines = [f"1 {self.validity} {self.next}", *(f"{number} {name}" for name, number in self._by_name.items())]
        temporary = self._path.with_name(f"{self._path.name}.new")
        with private.opened(temporary, empty=True) as out:
            out.write("\n".join(lines) + "\n")
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _read(text: str) -> tuple[int, int, dict[str, int]] | None:
    """Validity, next number and numbers by name; None for what is no list."""
    first, *lines = text.splitlines() or [""]
    words = first.split()
    numbers = [line.partition(" ") for line in lines]
    digits = [*words, *(number for number, _, _ in numbers)]
    if len(words) != 3 or words[0] != "1" or not all(one.isascii() and one.isdigit() for one in digits):
        return None
    by_name = {name: int(number) for number, _, name in numbers}
    if max(by_name.values(), default=0) >= int(words[2]):
        return None
    return int(words[1]), int(words[2]), by_name
