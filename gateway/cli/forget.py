"""`halo-mailgate forget`: erase one person's mail from the ledger, while the daemon works."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated

import typer

from config.settings import Settings
from gateway.cli import out
from gateway.cli.common import EX_NOT_FOUND, EX_TEMPFAIL, EX_USAGE, ConfigOption, JsonOption, fail, go, settings
from gateway.cli.out import print_json, say
from gateway.visible import printable
from parsers.mailboxes import mailbox_of
from storage.forgetting import Written
from storage.ledger import Ledger, open_ledger
from storage.states import State

AT_ONCE = 20  # messages erased in one transaction: writers wait for it
SHOWN = 20
UNTOUCHED = (
    "not touched, because it is not the ledger's: the originals in the mailbox, backups of the ledger, and HaloPSA"
)


@dataclass(slots=True)
class Found:
    """What the ledger has of a person."""

    written: list[Written]
    rows: dict[str, int]  # beside their messages, by table
    erased: list[int] = field(default_factory=list)
    wiped: bool | None = True
    unwiped: bool = False  # an erasure of before left something in the files

    @property
    def tickets(self) -> list[int]:
        """At HaloPSA, that hold the person's mail."""
        return sorted({one.ticket for one in self.written if one.ticket is not None})

    @property
    def at_rest(self) -> list[int]:
        """What may be erased."""
        return [one.id for one in self.written if one.at_rest]

    @property
    def on_their_way(self) -> list[int]:
        """What may not, because somebody works on it or will; after the erasure those that were not erased."""
        return [one.id for one in self.written if one.id not in (self.erased or self.at_rest)]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(forget)


def forget(
    address: Annotated[str, typer.Argument(help="The author's address: the mails' From, in upper or lower case.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would go.")] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Erase what the ledger holds of a person: the octets and texts of their mail, their address, their Message-IDs.

    That there was a message, what became of it and its ticket's number stay. Exit status 75: some of it is still on its
    way, or the files could not be wiped; run it again.
    """
    address = address.strip().lower()
    if "@" not in address or not address.isprintable():
        fail(f"{printable(address)!r} is no address; write it like anna@customer.example", EX_USAGE)
    if not (yes or dry_run) and (json or not sys.stdin.isatty()):
        fail("nobody can be asked here; add --yes, or look first with --dry-run", EX_USAGE)
    chosen = settings(config, need_secrets=False)
    found = go(lambda: _survey(chosen, address, note=not dry_run))
    if not found.written and not any(found.rows.values()) and not found.unwiped:
        if json:
            print_json(_as_json(address, found, dry_run=dry_run))
            raise typer.Exit(EX_NOT_FOUND)
        fail(f"the ledger holds nothing of {printable(address)}", EX_NOT_FOUND)
    if not json:
        _show(address, found)
    if not dry_run:
        if not yes:
            typer.confirm("Erase it? Nothing brings it back", abort=True)
        go(lambda: _erase(chosen, address, found))
    if json:
        print_json(_as_json(address, found, dry_run=dry_run))
    elif not dry_run:
        _tell(found)
    if not dry_run and (found.on_their_way or found.wiped is False):
        raise typer.Exit(EX_TEMPFAIL)


async def _survey(chosen: Settings, address: str, *, note: bool) -> Found:
    """Everything of one person. `note`: authors that are found out are recorded for the next time."""
    ledger = await open_ledger(chosen.state, writing=note)
    try:
        theirs = await _unrecorded(ledger, address, note=note)
        written = await ledger.forgetting.written_by(address, theirs)
        rows = await ledger.forgetting.named_in(address, mailbox_of(address))
        return Found(written, rows, unwiped=await ledger.forgetting.unwiped())
    finally:
        await ledger.close()


async def _unrecorded(ledger: Ledger, address: str, *, note: bool) -> set[int]:
    """Among the messages whose author nobody recorded, those of the person."""
    from parsers.message import author_of

    theirs: set[int] = set()
    count, done, last = await ledger.forgetting.count_unnamed(), 0, 0
    while some := await ledger.forgetting.unnamed(last):
        authors = {one: (await asyncio.to_thread(author_of, head)).lower() for one, head in some}
        theirs |= {one for one, author in authors.items() if author == address}
        if note:
            await ledger.forgetting.name({one: author for one, author in authors.items() if author})
        last, done = some[-1][0], done + len(some)
        if out.on_terminal(err=True):
            out.tell_again(f"{done} of {count} messages looked into whose author is not recorded")
    if count and out.on_terminal(err=True):
        out.tell_again("")
    return theirs


async def _erase(chosen: Settings, address: str, found: Found) -> None:
    ledger = await open_ledger(chosen.state, writing=True)
    try:
        ids = found.at_rest
        for start in range(0, len(ids), AT_ONCE):
            found.erased += await ledger.forgetting.forget(ids[start : start + AT_ONCE], datetime.now(UTC))
        await ledger.forgetting.forget_address(address, mailbox_of(address))
        found.wiped = await ledger.forgetting.wipe()
    finally:
        await ledger.close()


def _show(address: str, found: Found) -> None:
    kept = sum(one.kept for one in found.written)
    say(f"{printable(address)} is the author of {len(found.written)} messages, of {kept} the mail is kept:")
    for one in found.written[:SHOWN]:
        ticket = "" if one.ticket is None else f", ticket {one.ticket}"
        say(f"  message {one.id}: {one.fate if one.at_rest else f'on its way ({one.state})'}{ticket}")
    if len(found.written) > SHOWN:
        say(f"  and {len(found.written) - SHOWN} more")
    rows = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in found.rows.items() if count)
    say(f"the address stands in other places too: {rows}" if rows else "the address stands nowhere else")


def _tell(found: Found) -> None:
    say(f"erased {len(found.erased)} messages; what became of each stays known, so that nothing is done twice")
    if found.tickets:
        say(f"HaloPSA holds this person's mail in tickets {_list(found.tickets)}")
    say(UNTOUCHED)
    aside = [one.id for one in found.written if one.state in {State.QUARANTINED, State.BROKEN}]
    if aside:
        say(f"set aside, and only to be discarded now (`quarantine discard`): {_list(aside)}")
    if found.on_their_way:
        say(f"still on their way, and not touched: {_list(found.on_their_way)}; run it again when they rest")
    if found.wiped is False:
        said = "the file could not be written anew, and may hold some of it: somebody uses it, or the disk is full"
        say(f"{said}; run it again")
    if found.wiped is None:
        say("PostgreSQL overwrites what was deleted in its own time (VACUUM), and its WAL archive is a backup")


def _list(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))


def _as_json(address: str, found: Found, *, dry_run: bool) -> dict[str, object]:
    return {
        "address": address,
        "dry_run": dry_run,
        "messages": [one.id for one in found.written],
        "erased": found.erased,
        "on_their_way": found.on_their_way,
        "tickets": found.tickets,
        "rows": found.rows,
        "wiped": found.wiped,
    }
