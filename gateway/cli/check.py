"""`halo-mailgate check`: is everything reachable, known and allowed? A table, with cures."""

from __future__ import annotations

from dataclasses import asdict

import typer

from gateway.cli import out
from gateway.cli.common import ConfigOption, JsonOption, ShadowOption, go, settings
from gateway.cli.out import print_json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(check)


def check(config: ConfigOption = None, shadow: ShadowOption = False, json: JsonOption = False) -> None:
    """Log in to every mailbox, HaloPSA and the mail server, verify the ids of [ticket], and show open alerts."""
    chosen = settings(config)
    from gateway.checkup import checkup
    from gateway.observe import logs

    logs.configure(chosen.log_format, "error")
    found = go(lambda: checkup(chosen, config, shadow=shadow))
    if json:
        print_json([asdict(one) for one in found])
    else:
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in ("", "what", "said", "cure"):
            table.add_column(name, overflow="fold")
        for one in found:
            mark = Text("well", style="green") if one.well else Text("NOT", style="bold red")
            table.add_row(mark, Text(one.what), Text(one.said), Text("" if one.well else one.cure))
        out.console().print(table)
    if not all(one.well for one in found):
        raise typer.Exit(1)
