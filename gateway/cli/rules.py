"""`halo-mailgate rules test`: which mail each rule of the configuration takes, tried on mails in files."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli import out
from gateway.cli.common import EX_NOT_FOUND, EX_USAGE, ConfigOption, JsonOption, fail, settings
from gateway.cli.files import EX_NOINPUT, readable
from gateway.cli.out import print_json, say
from gateway.visible import printable

app = typer.Typer(help="The routing rules of the configuration: test them.")


def register(parent: typer.Typer) -> None:
    """Add the command."""
    parent.add_typer(app, name="rules", no_args_is_help=True)


@app.callback()
def rules() -> None:
    """The routing rules of the configuration."""


@app.command("test")
def try_(
    paths: Annotated[
        list[Path], typer.Argument(metavar="FOLDER|FILE...", help="Folders of *.eml (or Maildirs), or single mails.")
    ],
    config: ConfigOption = None,
    mailbox: Annotated[
        str | None, typer.Option("--mailbox", help="As if they came in by this one; else by whom they were sent to.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Print which rules took each mail and what they want for it. Changes nothing and asks nobody."""
    from gateway.routing import route
    from gateway.whatif import mailbox_of
    from parsers import parse

    chosen = settings(config, need_secrets=False)
    names = [one.name for one in chosen.mailbox]
    if mailbox is not None and mailbox not in names:
        fail(f"there is no mailbox {mailbox!r}; there are {', '.join(names)}", EX_USAGE)
    rows: list[dict[str, Any]] = []
    unread: list[Path] = []
    for path, octets, _ in readable(paths, unread):
        mail = parse(octets)
        account = mailbox or mailbox_of(chosen, mail).name
        found = route(chosen.rule, mail, account, mail.date or datetime.now(UTC))
        rows.append(
            {"path": str(path), "mailbox": account, "subject": mail.subject, "rules": found.taken, "wants": found}
        )
    counts = Counter(name for row in rows for name in row["rules"])
    if json:
        print_json(
            {
                "mails": [{**row, "wants": wishes(row["wants"])} for row in rows],
                "rules": {one.name: counts[one.name] for one in chosen.rule},
            }
        )
    else:
        _show(rows)
        for one in chosen.rule:
            say(f"{one.name}: {counts[one.name]} of {len(rows)}")
        if not chosen.rule:
            say("the configuration has no [[rule]]")
    if unread:
        fail(f"{len(unread)} of the paths could not be read; look at their names and permissions", EX_NOINPUT)
    if not rows:
        fail("there is no mail in it: files named *.eml, or a Maildir", EX_NOT_FOUND)


def wishes(found: object) -> dict[str, object]:
    """What rules want for a mail, without what they say nothing of."""
    from dataclasses import asdict

    from gateway.model import Routing

    assert isinstance(found, Routing)
    return {
        name: value for name, value in asdict(found).items() if name != "taken" and value not in (None, "", (), False)
    }


def _show(rows: list[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("mail", "subject", "taken by", "which want"):
        table.add_column(name, overflow="fold")
    for row in rows:
        wanted = ", ".join(f"{name} = {value}" for name, value in wishes(row["wants"]).items())
        subject = printable(row["subject"][:60])
        table.add_row(printable(Path(row["path"]).name), subject, ", ".join(row["rules"]) or "no rule", wanted)
    if rows:
        out.console(highlight=False).print(table, markup=False)
