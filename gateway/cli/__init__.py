"""The command line: thin, quick to start, errors that name the cure.

Exit status, after sysexits.h: 0 well; 1 something found wrong (`check`, `balance`) or not found; 64 usage; 66 a file
cannot be read; 69 the ledger cannot be used now; 75 `run --once` or `forget` left messages for later; 78 the
configuration is wrong.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from gateway.cli import (
    ack,
    backfill,
    balance,
    check,
    cluster,
    demo,
    explain,
    forget,
    ingest,
    keys,
    ledger,
    mailbox,
    messages,
    parse,
    picklist,
    quarantine,
    replay,
    rules,
    run,
    sandbox,
    tickets,
)
from gateway.cli.common import EX_TEMPFAIL
from gateway.cli.out import guard, print_json, say

app = typer.Typer(
    name="halo-mailgate",
    help="Mail in, HaloPSA ticket out: each message exactly once, and you can always see why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
working = (run, check, cluster, mailbox, ingest, backfill, messages, quarantine, explain, balance)
for module in (*working, replay, parse, ack, rules, keys, ledger, forget, tickets, picklist, sandbox, demo):
    module.register(app)


@app.command()
def version(
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Print the version of halo-mailgate and of the ledger's schema."""
    from gateway import __version__
    from storage.schema import SCHEMA

    if json:
        print_json({"version": __version__, "schema": SCHEMA})
    else:
        say(f"halo-mailgate {__version__} (ledger schema {SCHEMA})")


def main() -> None:
    """The console script. Files that it makes are for its user alone, whatever the umask was."""
    os.umask(0o077)
    guard()
    try:
        app()
    except SystemExit as leaving:
        if leaving.code == 2 and sys.argv[1:2] == ["ingest"]:  # a slip in its options must not make a mail bounce
            raise SystemExit(EX_TEMPFAIL) from None
        raise
