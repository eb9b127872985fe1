"""`halo-mailgate quarantine …`: what was set aside, why, and what is to become of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from gateway.cli import out
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
from gateway.cli.out import print_json, say
from gateway.visible import one_line
from storage.errors import Gone, IllegalChange
from storage.ledger import Ledger
from storage.model import Message
from storage.states import State

CAUSES = ("stranger", "forged", "loop", "refused", "too_large", "unreadable", "broken", "rule")
LONGEST_SHOWN = 2_000  # characters of a mail's text
MessageArgument = Annotated[int, typer.Argument(help="The message's number, as `quarantine list` shows it.")]
app = typer.Typer(help="What was set aside: list, show, release, assign to a ticket, discard.")


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="quarantine", no_args_is_help=True)
    parent.command()(release)  # what is done most often


def cause_of(message: Message) -> str:
    """The named cause: what HaloPSA refuses has many words of its own."""
    if message.state is State.BROKEN:
        return "broken"
    word = message.cause.partition("_")[0]
    return next((one for one in CAUSES if one in {message.cause, word}), "refused")


@app.command("list")
def list_(
    config: ConfigOption = None,
    cause: Annotated[str | None, typer.Option("--cause", help=f"Only this: {', '.join(CAUSES)}.")] = None,
    mailbox: Annotated[str | None, typer.Option("--mailbox", help="Only this mailbox, by its name.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, newest first.")] = 50,
    before: Annotated[int | None, typer.Option("--before", help="Only smaller numbers: the next page.")] = None,
    shadow: ShadowOption = False,
    json: JsonOption = False,
) -> None:
    """List what is set aside, newest first."""
    if cause is not None and cause not in CAUSES:
        fail(f"unknown cause {cause!r}; there are {', '.join(CAUSES)}", EX_USAGE)
    chosen = settings(config, need_secrets=False)

    async def work() -> tuple[list[Message], int]:
        async with reading(chosen, shadow=shadow) as ledger:
            counts = await ledger.reading.counts()
            found: list[Message] = []
            at = before
            while len(found) < limit:  # a cause is a word about others, which the ledger cannot select
                states = {State.QUARANTINED, State.BROKEN}
                page = await ledger.reading.page(states, account=mailbox, limit=limit, before=at)
                found += [one for one in page if cause is None or cause_of(one) == cause]
                if len(page) < limit:
                    break
                at = page[-1].id
            return found[:limit], counts[State.QUARANTINED] + counts[State.BROKEN]

    found, count = go(work)
    if json:
        print_json({"count": count, "messages": [{"named_cause": cause_of(one), **asdict(one)} for one in found]})
        return
    _table(found)
    say(f"{count} set aside" if count else "nothing is set aside")
    if len(found) == limit:
        say(f"more: --before {found[-1].id}")


@app.command()
def show(
    message: MessageArgument,
    raw: Annotated[bool, typer.Option("--raw", help="The mail itself, every octet as it came.")] = False,
    shadow: ShadowOption = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show a message that is set aside: why, from whom, and how its text begins."""
    from gateway.cli.explain import as_json
    from gateway.cli.journey import show as show_journey
    from parsers import parse
    from parsers.view import as_object

    chosen = settings(config, need_secrets=False)

    async def work() -> None:
        async with reading(chosen, shadow=shadow) as ledger:
            journey = await ledger.reading.journey(message)
            if journey is None:
                fail(f"there is no message {message}; `halo-mailgate quarantine list` shows them", EX_NOT_FOUND)
            try:
                octets = await ledger.intake.octets(message)
            except Gone as gone:
                if raw:
                    fail(str(gone), EX_NOT_FOUND)
                octets = None
        if octets is None:
            if json:
                print_json({"named_cause": cause_of(journey.message), "mail": None, **as_json(journey)})
            else:
                show_journey(journey)
            return
        if raw:
            out.octets(octets)
            return
        mail = parse(octets)
        if json:
            print_json({"named_cause": cause_of(journey.message), "mail": as_object(mail), **as_json(journey)})
            return
        show_journey(journey, shadow=shadow)
        _lines(
            ("from", f"{mail.from_.name} <{mail.from_.address}>" if mail.from_ else "nobody"),
            ("to", ", ".join(one.address for one in mail.to)),
            ("subject", mail.subject),
            ("attachments", ", ".join(one.filename for one in mail.attachments)),
        )
        say("\n" + mail.body.text[:LONGEST_SHOWN])

    go(work)


@app.command()
def release(message: MessageArgument, config: ConfigOption = None) -> None:
    """Let a message go its way: no rule sets it aside again."""
    _change(message, config, lambda ledger, now: ledger.work.release(message, now))
    say(f"message {message} is released; `halo-mailgate explain {message}` shows what becomes of it")


@app.command()
def assign(
    message: MessageArgument,
    ticket: Annotated[int, typer.Argument(min=1, max=2**31 - 1, help="The ticket's number at HaloPSA.")],
    config: ConfigOption = None,
) -> None:
    """Let a message go onto a ticket, visible to its customer; its sender takes part from then on."""
    _change(message, config, lambda ledger, now: ledger.work.release(message, now, ticket=ticket))
    say(f"message {message} goes to ticket {ticket}; `halo-mailgate explain {message}` shows when it is there")


@app.command()
def discard(message: MessageArgument, config: ConfigOption = None) -> None:
    """Let nothing become of a message; its original is treated as `when_done` says."""
    _change(message, config, lambda ledger, now: ledger.work.discard(message, now))
    say(f"message {message} is discarded; the ledger keeps it")


def _change(message: int, config: ConfigOption, change: Callable[[Ledger, datetime], Awaitable[None]]) -> None:
    chosen = settings(config, need_secrets=False)

    async def work() -> None:
        from storage.ledger import open_ledger

        ledger = await open_ledger(chosen.state, writing=True)
        try:
            held = await ledger.reading.message(message)
            if held is None:
                fail(f"there is no message {message}; `halo-mailgate quarantine list` shows them", EX_NOT_FOUND)
            try:
                await change(ledger, datetime.now(UTC))
            except IllegalChange as refused:
                gone = held.gone_at is not None and held.state is not State.DONE
                cure = "it can only be discarded" if gone else "only what is set aside can be"
                fail(f"{refused}; {cure}", EX_NOT_FOUND)
        finally:
            await ledger.close()

    go(work)


def _table(found: list[Message]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("message", justify="right")
    for name in ("received", "mailbox", "cause", "words"):
        table.add_column(name)
    for one in found:
        received = one.received_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        table.add_row(str(one.id), received, one.key.account, cause_of(one), one_line(one.words or one.cause))
    if found:
        out.console().print(table, markup=False)


def _lines(*rows: tuple[str, str]) -> None:
    for name, value in rows:
        say(f"  {name:<12}{one_line(value)}")
