"""`halo-mailgate parse`: what the gateway reads out of a mail, without configuration, server or ledger."""

from __future__ import annotations

import json as jsonlib
import sys
from pathlib import Path
from typing import Annotated, Any, Self

import typer

from gateway.cli.common import fail
from gateway.cli.files import EX_NOINPUT, MOST_OCTETS, readable


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(parse)


def parse(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE|FOLDER|-...",
            help="Mails as files, folders of *.eml (or Maildirs), or - for one mail on standard input.",
        ),
    ],
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a mail, one a line, for programs.")] = False,
) -> None:
    """Read mails and say what is in them: sender, new text, quotation, attachments, kind. Changes nothing."""
    unread: list[Path] = []
    with _Progress(jsonl) as progress:
        for path, octets, cut in readable(paths, unread):
            progress.show(path)
            _print(path, octets, cut=cut, jsonl=jsonl)
    if unread:
        fail(f"{len(unread)} of the paths could not be read; look at their names and permissions", EX_NOINPUT)


def _print(path: Path, octets: bytes, *, cut: bool, jsonl: bool) -> None:
    from parsers import parse as understand
    from parsers.view import as_object

    found: dict[str, Any] = {"path": str(path), **as_object(understand(octets))}
    if cut:
        found["defects"].append(f"limit: file, only the first {MOST_OCTETS} octets were read")
    if jsonl:
        # ASCII, so that no locale and no half of a surrogate pair can stop it.
        sys.stdout.write(jsonlib.dumps(found) + "\n")
    else:
        from gateway.cli.summary import show

        show(found)


class _Progress:
    """How many mails are read, where somebody looks at a terminal while the answers go elsewhere."""

    def __init__(self, jsonl: bool) -> None:
        self.shown = jsonl and sys.stderr.isatty() and not sys.stdout.isatty()
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.shown:
            sys.stderr.write(f"\r\x1b[K{self.count} mails read\n")

    def show(self, path: Path) -> None:
        self.count += 1
        if self.shown and self.count % 10 == 1:
            name = "".join(one for one in path.name[:60] if one.isprintable())
            sys.stderr.write(f"\r\x1b[K{self.count} {name}")
            sys.stderr.flush()
