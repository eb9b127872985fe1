"""`halo-mailgate backfill NAME`: old mail of a mailbox becomes tickets too, in silence, behind what comes in now."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.common import EX_TEMPFAIL, EX_UNAVAILABLE, EX_USAGE, ConfigOption, JsonOption, fail, go, settings
from gateway.cli.out import print_json, say, tell
from gateway.cli.progress import progress

if TYPE_CHECKING:
    from config.settings import Mailbox, Settings
    from gateway.backfill import Backfill, Range

LOOK = 1.0
"""Seconds between two looks at how far the daemon is."""

STILL = 30.0
"""Seconds without any progress after which no daemon seems to be at work."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(backfill)


def backfill(
    name: Annotated[str, typer.Argument(help="The mailbox, by its name.")],
    config: ConfigOption = None,
    folder: Annotated[str | None, typer.Option("--folder", help="Another folder than the mailbox's first.")] = None,
    since: Annotated[
        datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], help="What came on this day or later.")
    ] = None,
    before: Annotated[
        datetime | None, typer.Option("--before", formats=["%Y-%m-%d"], help="What came before this day.")
    ] = None,
    unseen: Annotated[bool, typer.Option("--unseen", help="Only what nobody has read.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="Everything, from the first mail on.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count what would become of it; HaloPSA is not asked.")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Follow the daemon until all of it is dealt with.")
    ] = True,
    json: JsonOption = False,
) -> None:
    """Make tickets of old mail: no acknowledgements, original dates, conversations together, live mail first.

    It may be stopped at any time: the same command goes on where it was.
    """
    chosen = settings(config)
    mailbox = next((one for one in chosen.mailbox if one.name == name), None)
    if mailbox is None:
        fail(f"there is no mailbox {name!r}; there are {', '.join(one.name for one in chosen.mailbox)}", EX_USAGE)
    if not (since or before or unseen or all_):
        fail("say which mail: --since DATE, --before DATE, --unseen, or --all for everything", EX_USAGE)
    if folder is not None and folder not in mailbox.all_folders:
        watched = ", ".join(mailbox.all_folders)
        fail(f"mailbox {name} does not watch {folder!r}; it watches {watched}: add it to `folders` first", EX_USAGE)
    from gateway.backfill import Range
    from gateway.observe import logs

    logs.configure(chosen.log_format, "error")
    wanted = Range(_day(since), _day(before), unseen)
    go(lambda: _work(chosen, mailbox, folder or mailbox.folder, wanted, dry_run=dry_run, wait=wait, json=json))


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment is not None else None


async def _work(
    chosen: Settings, mailbox: Mailbox, folder: str, wanted: Range, *, dry_run: bool, wait: bool, json: bool
) -> None:
    from gateway.app import now
    from gateway.backfill import Backfill
    from gateway.errors import Trouble
    from storage.ledger import open_ledger

    ledger = await open_ledger(chosen.state, writing=True)
    try:
        async with Backfill(chosen, mailbox, folder, ledger, now) as old:
            try:
                uids, known = await old.find(wanted)
                await (_count(old, uids, known, mailbox, json=json) if dry_run else _keep(old, uids, known, json=json))
            except Trouble as trouble:
                fail(f"mailbox {mailbox.name}: {trouble.words or trouble.cause}; run it again later", EX_UNAVAILABLE)
            if wait and not dry_run:
                await _follow(old, quiet=json)
    finally:
        await ledger.close()


async def _count(old: Backfill, uids: list[int], known: int, mailbox: Mailbox, *, json: bool) -> None:
    counts: Counter[str] = Counter()
    with progress("looking at", len(uids), quiet=json) as step:
        async for seen in old.outlook(uids, counts):
            step(seen)
    if json:
        print_json({"mails": len(uids), "kept_already": known, "outcomes": dict(counts.most_common())})
        return
    say(f"{len(uids)} mails would be taken; {known} that match are kept already.")
    for outcome, count in counts.most_common():
        say(f"{count:9,}  {outcome}")
    say(f'No acknowledgement would be sent. Their originals: when_done = "{mailbox.when_done}".')
    say("HaloPSA was not asked: replies that name a ticket by its number are taken to belong to it.")


async def _keep(old: Backfill, uids: list[int], known: int, *, json: bool) -> None:
    new = 0
    with progress("keeping", len(uids), quiet=json) as step:
        async for seen, kept in old.keep(uids, _Waits().say):
            new += kept
            step(seen)
    if json:
        print_json({"mails": len(uids), "kept": new, "kept_already": known})
    else:
        say(f"{new} mails kept for the daemon; {known} were kept already.")


async def _follow(old: Backfill, *, quiet: bool) -> None:
    """Until all is at rest, or nothing moves any more."""
    everything, before = await old.progress()
    loop = asyncio.get_running_loop()
    moved, done = loop.time(), before
    with progress("making tickets", everything, quiet=quiet) as step:
        step(before, skip=True)
        while done < everything:
            await asyncio.sleep(LOOK)
            everything, latest = await old.progress()
            step(latest - done)
            if latest > done:
                moved, done = loop.time(), latest
            elif loop.time() - moved > STILL:
                break
    if done < everything:
        left = everything - done
        fail(
            f"{left} mails are kept and wait, but nothing has moved for {STILL:.0f} s: does the daemon run? "
            "See `halo-mailgate check`",
            EX_TEMPFAIL,
        )


class _Waits:
    """Says why nothing moves, at first and then once a minute."""

    def __init__(self) -> None:
        self._told: float | None = None

    def say(self, why: str) -> None:
        """It waits, for this reason."""
        from time import monotonic

        if self._told is None or monotonic() - self._told >= 60:
            self._told = monotonic()
            tell(f"waiting for room: {why}")
