"""`halo-mailgate ledger …`: copy the ledger while it is in use, see whether it is whole, move it to PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import out
from gateway.cli.common import EX_NOT_FOUND, EX_UNAVAILABLE, ConfigOption, JsonOption, fail, settings
from gateway.cli.out import print_json, say

app = typer.Typer(help="The ledger: copy it while it is in use, see whether it is whole, move it.")
MEGABYTE = 1_000_000


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="ledger", no_args_is_help=True)


@app.callback()
def ledger() -> None:
    """The ledger as a file."""


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The copy; it must not be there yet.")],
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Copy the ledger, of this moment, while the daemon goes on. To restore: stop it, put the copy in its place."""
    state = settings(config, need_secrets=False).state
    from storage.copies import backup as copy
    from storage.errors import LedgerUnusable

    try:
        with _progress(quiet=json) as show:
            size = copy(
                state, file.absolute(), lambda left, pages: show(f"{100 * (pages - left) // max(1, pages)} % copied")
            )
    except LedgerUnusable as unusable:
        fail(str(unusable), EX_UNAVAILABLE)
    if json:
        print_json({"file": str(file), "octets": size})
    else:
        say(f"copied to {file}, {size / MEGABYTE:.1f} MB, and found whole")


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="A copy to look at; else the ledger itself.")] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Read all of the ledger, or of a copy, and say what is damaged; exit status 1 if something is."""
    state = settings(config, need_secrets=False).state if file is None else f"sqlite:///{file.absolute()}"
    from storage.copies import faults
    from storage.errors import LedgerUnusable

    try:
        found = faults(state)
    except LedgerUnusable as unusable:
        fail(str(unusable), EX_UNAVAILABLE)
    if json:
        print_json({"whole": not found, "faults": found})
    elif not found:
        say("the ledger is whole")
    if found and not json:
        cure = "stop the daemon and put the last backup in its place"
        fail(f"damaged: {'; '.join(found)}: {cure}", EX_NOT_FOUND)
    if found:
        raise typer.Exit(EX_NOT_FOUND)


@app.command()
def move(
    to: Annotated[str, typer.Option("--to", help="An empty PostgreSQL database: postgresql://USER@HOST/DATABASE.")],
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Bring the ledger from SQLite to PostgreSQL, mail in hand included. Stop the daemon before; nothing is deleted."""
    state = settings(config, need_secrets=False).state
    from sqlalchemy import make_url

    from storage.errors import LedgerUnusable
    from storage.moving import move as bring

    try:
        with _progress(quiet=json) as show:
            moved = bring(state, to, datetime.now(UTC), lambda table, done, count: show(f"{table}: {done} of {count}"))
    except LedgerUnusable as unusable:
        fail(str(unusable), EX_UNAVAILABLE)
    if json:
        print_json({"rows": moved.rows, "digests": moved.digests, "was_there": moved.again})
        return
    said = "had been moved before" if moved.again else "was moved and compared"
    say(f"the ledger {said}: {moved.rows['messages']} messages, {sum(moved.rows.values())} rows")
    say(f'set `state = "{make_url(to).render_as_string()}"` in the configuration, then start the daemon')
    say("the old file stays as it is, and no daemon will use it")


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """One line that changes, while somebody looks; it is gone at the end."""
    shown = out.on_terminal(err=True) and not quiet

    def show(words: str) -> None:
        if shown:
            out.tell_again(words)

    try:
        yield show
    finally:
        show("")
