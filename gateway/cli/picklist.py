"""`halo-mailgate picklist NAME`: what a tenant calls its statuses, priorities, types … and their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli import halo as shared
from gateway.cli.common import EX_USAGE, ConfigOption, JsonOption, fail, settings
from gateway.cli.out import print_json

if TYPE_CHECKING:
    from gateway.halo.client import Halo

NAMES = "status, priority, tickettype, outcome, team, category, agent, client, site, user"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(picklist)


def picklist(
    name: Annotated[str, typer.Argument(help=f"One of {NAMES}.")],
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List the ids and names that may stand in the configuration and in the commands."""
    from gateway.halo.picklists import NAMES as KNOWN

    if name not in KNOWN:
        fail(f"there is no picklist {name!r}; there are {', '.join(KNOWN)}", EX_USAGE)

    async def work(halo: Halo) -> dict[int, str]:
        return await halo.picklists.names(name)

    found = shared.ask(settings(config), work)
    if json:
        print_json([{"id": key, "name": found[key]} for key in sorted(found)])
    else:
        shared.table(("id", name), [(key, found[key]) for key in sorted(found)])
