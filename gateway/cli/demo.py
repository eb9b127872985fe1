"""`halo-mailgate demo`: see it work, on nothing but this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli import out
from gateway.cli.common import fail, go


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    serve: Annotated[bool, typer.Option("--serve", help="Keep everything running, to send mail in by hand.")] = False,
) -> None:
    """Start a mail server and a HaloPSA sandbox inside, and run the real daemon on sample messages."""
    try:
        from gateway.demo import demo as play
    except ModuleNotFoundError as missing:
        fail(f"the demo needs {missing.name}; install it with: pip install 'halo-mailgate[demo]'", 1)
    status = go(lambda: play(serve=serve, console=out.console(highlight=False)))
    if status:
        raise typer.Exit(status)
