"""`halo-mailgate messages`: what stands where."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from gateway.cli import out
from gateway.cli.common import EX_USAGE, ConfigOption, JsonOption, ShadowOption, fail, go, reading, settings
from gateway.cli.out import print_json, say
from storage.model import Message
from storage.states import State

StateOption = Annotated[
    list[str] | None, typer.Option("--state", help=f"Only these: {', '.join(State)}. May be repeated.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(messages)


def messages(
    config: ConfigOption = None,
    state: StateOption = None,
    mailbox: Annotated[str | None, typer.Option("--mailbox", help="Only this mailbox, by its name.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, newest first.")] = 50,
    before: Annotated[
        int | None, typer.Option("--before", help="Only messages with a smaller number: the next page.")
    ] = None,
    shadow: ShadowOption = False,
    json: JsonOption = False,
) -> None:
    """List messages, newest first."""
    states = _states(state or [])
    chosen = settings(config, need_secrets=False)

    async def work() -> tuple[list[Message], dict[State, int]]:
        async with reading(chosen, shadow=shadow) as ledger:
            found = await ledger.reading.page(states, account=mailbox, limit=limit, before=before)
            return found, await ledger.reading.counts()

    found, counts = go(work)
    if json:
        print_json({"counts": counts, "messages": [asdict(one) for one in found]})
        return
    _table(found)
    say("  ".join(f"{name} {count}" for name, count in counts.items() if count) or "no messages yet")
    if len(found) == limit:
        say(f"more: --before {found[-1].id}")


def _states(names: list[str]) -> list[State]:
    unknown = [name for name in names if name not in set(State)]
    if unknown:
        fail(f"unknown state {', '.join(map(repr, unknown))}; there are {', '.join(State)}", EX_USAGE)
    return [State(name) for name in names]


def _table(found: list[Message]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("message", justify="right")
    for name in ("received", "mailbox", "state", "reason", "ticket", "due"):
        table.add_column(name)
    for one in found:
        waits = f"waits for {one.waits_for}" if one.waits_for else ""
        due = one.due_at.strftime("%H:%M:%S") if one.state is State.DEFERRED and one.due_at else ""
        ticket = "" if one.ticket is None else str(one.ticket)
        received = one.received_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        table.add_row(str(one.id), received, one.key.account, one.state, one.cause or one.reason, ticket, waits or due)
    if found:
        out.console().print(table, markup=False)
