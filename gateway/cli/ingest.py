"""`halo-mailgate ingest`: one message on standard input, from Postfix, Exim, procmail or a person.

Exit status: 0 the message is kept, and never before; 75 (try again later) for everything that may be mended, a wrong
configuration and an unknown mailbox included, for a mail server must go on holding the message; 69 (give up) only for a
message larger than the mailbox takes: then the server tells its sender. What is said on standard error stands in that
server's log, and holds nothing of the message.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from gateway.cli.common import EX_TEMPFAIL, EX_UNAVAILABLE, ConfigOption, fail, go
from gateway.cli.out import say


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(ingest)


def ingest(
    mailbox: Annotated[str, typer.Option("--mailbox", "-m", help="The mailbox it came in by, by its name.")],
    config: ConfigOption = None,
) -> None:
    """Keep one message from standard input for the daemon: exit status 0 means that it is safe."""
    try:
        _ingest(mailbox, config)
    except typer.Exit as leaving:
        if leaving.exit_code in {0, EX_UNAVAILABLE}:
            raise
        raise typer.Exit(EX_TEMPFAIL) from None
    except Exception as bug:  # noqa: BLE001 - whatever it is, the mail server must keep the message
        fail(f"a bug ({type(bug).__name__}): please report it; the message is to be tried again", EX_TEMPFAIL)


def _ingest(mailbox: str, config: object) -> None:
    from pathlib import Path

    from gateway.cli.common import settings

    chosen = settings(config if isinstance(config, Path) else None, need_secrets=False)
    found = next((one for one in chosen.mailbox if one.name == mailbox), None)
    if found is None:
        names = ", ".join(one.name for one in chosen.mailbox)
        fail(f"there is no mailbox {mailbox!r}; there are {names}: correct --mailbox", EX_TEMPFAIL)
    most = found.max_message_size
    octets = sys.stdin.buffer.read(most + 1)
    if len(octets) > most:
        fail(f"the message is larger than the {most:,} octets that mailbox {mailbox} takes", EX_UNAVAILABLE)
    if not octets.strip():
        fail("there is no message on standard input", EX_TEMPFAIL)

    async def work() -> tuple[int, bool]:
        from gateway.app import now
        from gateway.room import disk_short, folder_of
        from parsers.message import author_of
        from storage.errors import LedgerBusy, LedgerUnusable
        from storage.ledger import open_ledger

        folder = folder_of(chosen.state)
        if folder is not None and folder.is_dir() and (short := disk_short(folder, chosen.reserve)):
            fail(short, EX_TEMPFAIL)
        try:
            ledger = await open_ledger(chosen.state, writing=True)
            try:
                return await ledger.intake.keep_given(mailbox, octets, now(), author_of(octets))
            finally:
                await ledger.close()
        except (LedgerUnusable, LedgerBusy) as trouble:
            fail(f"the ledger cannot be used now: {trouble}", EX_TEMPFAIL)

    number, new = go(work)
    say(f"kept as message {number}" if new else f"kept before as message {number}")
