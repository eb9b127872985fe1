"""Mails given as files and folders on the command line."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from gateway.cli.out import tell

EX_NOINPUT = 66
STANDARD_INPUT = Path("-")
MOST_OCTETS = 256 * 1024 * 1024  # of one file: no mail server takes more, and a disk image given by mistake is larger


def read_mail(path: Path) -> tuple[bytes, bool]:
    """The octets of a file, or of standard input for "-", and whether they were cut. OSError: it cannot be read."""
    if path == STANDARD_INPUT:
        octets = sys.stdin.buffer.read(MOST_OCTETS + 1)
    else:
        with path.open("rb") as file:
            octets = file.read(MOST_OCTETS + 1)
    return octets[:MOST_OCTETS], len(octets) > MOST_OCTETS


def mails(paths: Iterable[Path]) -> Iterator[Path]:
    """The files meant; folders (or Maildirs) are searched for mails, in the order of their names."""
    for path in paths:
        if path != STANDARD_INPUT and path.is_dir():
            yield from sorted(one for one in path.rglob("*") if _is_mail(one))
        else:
            yield path


def _is_mail(path: Path) -> bool:
    return (path.suffix.lower() == ".eml" or path.parent.name in {"cur", "new"}) and path.is_file()


def readable(paths: Iterable[Path], unread: list[Path]) -> Iterator[tuple[Path, bytes, bool]]:
    """Every mail with its octets and whether they were cut; what cannot be read is said, and noted in `unread`."""
    for path in mails(paths):
        try:
            octets, cut = read_mail(path)
        except OSError as error:
            unread.append(path)
            tell(f"halo-mailgate: {path}: {error.strerror or error}")
            continue
        yield path, octets, cut
