"""`halo-mailgate run`: the daemon, or one round of it."""

from __future__ import annotations

from typing import Annotated

import typer

from config.errors import BadConfiguration
from gateway.cli.common import EX_CONFIG, EX_TEMPFAIL, ConfigOption, fail, go, settings
from gateway.errors import Misconfigured


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(run)


def run(
    config: ConfigOption = None,
    once: Annotated[
        bool, typer.Option("--once", help="Drain what is there, then exit: 0 all done, 75 something waits.")
    ] = False,
    shadow: Annotated[
        bool,
        typer.Option("--shadow", help="Decide and explain, in a ledger beside the real one, and touch nothing."),
    ] = False,
) -> None:
    """Fetch mail and make tickets of it, until SIGTERM."""
    chosen = settings(config)
    from config.load import find
    from gateway.exposure import exposed
    from gateway.preview import problems

    open_to_others = exposed(chosen, find(config), shadow=shadow)
    if grave := [one for one in open_to_others if one.grave]:
        fail("somebody else could change what the daemon does:\n  - " + "\n  - ".join(map(str, grave)), EX_CONFIG)
    if broken := problems(chosen):  # templates are tried out: after it is known that they are nobody else's
        fail(str(BadConfiguration(tuple(broken))), EX_CONFIG)
    from gateway.observe import logs

    logs.configure(chosen.log_format, chosen.log_level)

    async def work() -> bool:
        from gateway.app import compose

        async with compose(
            chosen, shadow=shadow, exposed=[str(one) for one in open_to_others if not one.passing]
        ) as supervisor:
            if once:
                return await supervisor.once()
            await supervisor.run()
            return True

    try:
        drained = go(work)
    except Misconfigured as wrong:
        fail(wrong.words, EX_CONFIG)
    if not drained:
        raise typer.Exit(EX_TEMPFAIL)
