"""`halo-mailgate keys …`: the keys of signed references."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from gateway.cli.common import ConfigOption, JsonOption, go, reading, settings
from gateway.cli.out import print_json, say

app = typer.Typer(help="The keys that sign references in acknowledgements: list, rotate.")


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="keys", no_args_is_help=True)


@app.command("list")
def list_(config: ConfigOption = None, json: JsonOption = False) -> None:
    """List the keys by their ids, the one that signs first; never what they are."""
    from gateway.keyring import known_keys

    chosen = settings(config, need_secrets=False)

    async def work() -> list[str]:
        async with reading(chosen) as ledger:
            return [key.id for key in await known_keys(ledger)]

    found = go(work)
    if json:
        print_json({"signs": found[:1], "verify": found})
        return
    for number, key in enumerate(found):
        say(f"key {key}: {'signs and verifies' if number == 0 else 'verifies'}")
    if not found:
        say("no key yet: the first acknowledgement makes one")


@app.command()
def rotate(
    forget: Annotated[
        bool, typer.Option("--forget", help="Let references of the old keys be worth nothing: one of them leaked.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Make a key that signs from now on; daemons take it up within half a minute."""
    from gateway.keyring import Keyring
    from storage.ledger import open_ledger

    chosen = settings(config, need_secrets=False)

    async def work() -> str:
        ledger = await open_ledger(chosen.state, writing=True)
        try:
            return (await Keyring(ledger, lambda: datetime.now(UTC)).rotate(forget=forget))[0].id
        finally:
            await ledger.close()

    say(f"key {go(work)} signs from now on; the others {'are forgotten' if forget else 'still verify'}")
