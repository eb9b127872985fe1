"""`halo-mailgate parse`: what the gateway reads out of a mail, without configuration, server or ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Self

import typer

from gateway.cli import out
from gateway.cli.common import fail
from gateway.cli.files import EX_NOINPUT, MOST_OCTETS, readable
from gateway.cli.out import print_json


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
        print_json(found, indent=None)
    else:
        from gateway.cli.summary import show

        show(found)


class _Progress:
    """How many mails are read, where somebody looks at a terminal while the answers go elsewhere."""

    def __init__(self, jsonl: bool) -> None:
        self.shown = jsonl and out.on_terminal(err=True) and not out.on_terminal()
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.shown:
            out.tell_again(f"{self.count} mails read", end="\n")

    def show(self, path: Path) -> None:
        self.count += 1
        if self.shown and self.count % 10 == 1:
            out.tell_again(f"{self.count} {path.name[:60]}")
