"""`halo-mailgate explain`: the whole way of one message, from its arrival to Halo's numbers."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.common import (
    EX_NOT_FOUND,
    EX_USAGE,
    ConfigOption,
    JsonOption,
    ShadowOption,
    fail,
    go,
    reading,
    settings,
)
from gateway.cli.out import print_json
from storage.ledger import Ledger
from storage.reading import Journey

MARKER = re.compile(r"(?:\[?mail reference )?([0-9A-HJKMNP-TV-Z]{10})\]?", re.IGNORECASE)
TICKET = re.compile(r"(?:ticket[: ]?|#|\[ID:)0*([0-9]{1,18})\]?", re.IGNORECASE)
NUMBER = re.compile(r"[0-9]{1,18}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(explain)


def explain(
    message: Annotated[
        str, typer.Argument(help="A message's number, a mail reference, a Message-ID, or a ticket as ticket:123.")
    ] = "",
    file: Annotated[
        Path | None,
        typer.Option(
            "--file", help="A mail in a file, or - for standard input: what would become of it. Does nothing."
        ),
    ] = None,
    mailbox: Annotated[
        str | None, typer.Option("--mailbox", help="With --file: by which mailbox it comes in; else whom it names.")
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="With --file: do not ask HaloPSA; named tickets are taken to be there.")
    ] = False,
    shadow: ShadowOption = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Tell a message's way: its arrival, what each rule said, the steps at Halo, why it was acknowledged or not."""
    if (file is None) == (not message):
        fail("name a message, or a mail with --file", EX_USAGE)
    if file is not None and shadow:
        fail("--shadow looks at messages that were kept: leave it out with --file", EX_USAGE)
    if file is not None:
        from gateway.cli.prospect import explain_file

        explain_file(file, config, mailbox, offline=offline, json=json)
        return
    chosen = settings(config, need_secrets=False)

    async def work() -> list[Journey]:
        async with reading(chosen, shadow=shadow) as ledger:
            found = [await ledger.reading.journey(one) for one in await find(ledger, message)]
            return [one for one in found if one is not None]

    journeys = go(work)
    if not journeys:
        fail(f"nothing is known of {message!r}; `halo-mailgate messages` lists what is", EX_NOT_FOUND)
    if json:
        print_json([as_json(one) for one in journeys])
        return
    from gateway.cli.journey import show

    for journey in journeys:
        show(journey, shadow=shadow)


async def find(ledger: Ledger, name: str) -> list[int]:
    """Numbers of the messages that `name` may mean; a plain number is a message before it is a ticket."""
    name = name.strip()
    if match := TICKET.fullmatch(name):
        return await ledger.reading.find(ticket=int(match[1]))
    if NUMBER.fullmatch(name) and await ledger.reading.journey(int(name)) is not None:
        return [int(name)]
    if (match := MARKER.fullmatch(name)) and (found := await ledger.reading.find(marker=match[1].upper())):
        return found
    if NUMBER.fullmatch(name):
        return await ledger.reading.find(ticket=int(name))
    from parsers.message_ids import parse_message_ids

    ids = parse_message_ids(name)
    return await ledger.reading.find(message_id=ids[0]) if ids else []


def as_json(journey: Journey) -> dict[str, object]:
    """A journey as programs read it; the plan's texts are mail and stay out."""
    from gateway.cli.journey import verdicts_of

    decision, verdicts = verdicts_of(journey)
    return {
        "message": asdict(journey.message),
        "decision": decision,
        "verdicts": [{"rule": one.rule, "said": one.said} for one in verdicts],
        "steps": [asdict(one) for one in journey.steps],
        "journal": [asdict(one) for one in journey.journal],
        "waiting": list(journey.waiting),
    }
