"""`halo-mailgate balance`: what came in and what became of it, and whether the two agree."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.balance_sheet import EPOCH, as_json, judge, show
from gateway.cli.common import EX_NOT_FOUND, EX_USAGE, ConfigOption, JsonOption, fail, go, reading, settings
from gateway.cli.out import print_json
from storage.balance import Account, Difference
from storage.sweeps import Folder

if TYPE_CHECKING:
    from config.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(balance)


def balance(
    config: ConfigOption = None,
    day: Annotated[
        str | None, typer.Option("--day", help="Only mail kept on this day (UTC): YYYY-MM-DD, today or yesterday.")
    ] = None,
    mailbox: Annotated[str | None, typer.Option("--mailbox", help="Only this mailbox, by its name.")] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Count all messages anew and compare; this reads the whole ledger.")
    ] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Like --verify, and set counters right that differ.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Hold what came in against what became of it; exit status 1 if they do not agree."""
    chosen_day = _day(day)
    chosen = settings(config, need_secrets=False)
    accounts, differences, folders = go(lambda: _counted(chosen, chosen_day, mailbox, verify or repair, repair))
    if mailbox is not None and mailbox not in {one.name for one in chosen.mailbox} | accounts.keys():
        fail(f"there is no mailbox {mailbox!r}; there are {', '.join(one.name for one in chosen.mailbox)}", EX_USAGE)
    open_holes = [one for one in folders if one.open_holes]
    agree = all(one.balanced for one in accounts.values()) and not open_holes and (repair or not differences)
    if json:
        found = as_json(accounts, differences, folders)
        print_json({"day": chosen_day, "balanced": agree, "verified": verify or repair, **found})
    else:
        show(accounts, chosen_day)
        judge(accounts, differences, open_holes, verified=verify or repair, repaired=repair)
    if not agree:
        raise typer.Exit(EX_NOT_FOUND)


def _day(said: str | None) -> date | None:
    if said is None:
        return None
    today = datetime.now(UTC).date()
    if said in {"today", "yesterday"}:
        return today - timedelta(days=said == "yesterday")
    try:
        return date.fromisoformat(said)
    except ValueError:
        fail(f"--day {said!r} is no day: say YYYY-MM-DD, today or yesterday (UTC)", EX_USAGE)


async def _counted(
    chosen: Settings, day: date | None, mailbox: str | None, verify: bool, repair: bool
) -> tuple[dict[str, Account], list[Difference], list[Folder]]:
    from storage.ledger import open_ledger

    number = (day - EPOCH).days if day is not None else None
    differences: list[Difference] = []
    if repair:
        writing = await open_ledger(chosen.state, writing=True)
        try:
            differences = await writing.balance.mend(number)
        finally:
            await writing.close()
    async with reading(chosen) as ledger:
        if verify and not repair:
            differences = await ledger.balance.recount(number)
        accounts = await ledger.balance.of(number, mailbox)
        folders = await ledger.sweeps.folders()
    return (
        accounts,
        [one for one in differences if mailbox in {None, one.account}],
        [one for one in folders if mailbox in {None, one.account}],
    )
