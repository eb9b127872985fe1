"""`halo-mailgate cluster`: the hosts of this ledger, what each has, and how far behind they are."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from gateway.cli import out
from gateway.cli.common import EX_NOT_FOUND, ConfigOption, JsonOption, go, reading, settings
from gateway.cli.out import print_json, say
from gateway.visible import printable
from storage.hosts import Host
from storage.reading import Lag

UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(cluster)


def cluster(
    config: ConfigOption = None,
    all_: Annotated[bool, typer.Option("--all", help="Those too that were alive in the last day.")] = False,
    json: JsonOption = False,
) -> None:
    """Show hosts, leases and lag; exit status 1 if no host is alive."""
    chosen = settings(config, need_secrets=False)

    async def work() -> tuple[list[Host], Lag, bool]:
        from gateway.app import now

        async with reading(chosen) as ledger:
            alone = ledger.database.is_sqlite
            return await ledger.hosts.all(now()), await ledger.reading.lag(now()), alone

    found, lag, alone = go(work)
    if alone:  # a lease there has no end: what says that a daemon lives is the lock on its file
        found = [one if _running(chosen.state) else _dead(one) for one in found]
    living = [one for one in found if one.left > 0]
    shown = found if all_ else living
    if json:
        hosts = [asdict(one) | {"alive": one.left > 0, "left": None if alone else round(one.left, 1)} for one in shown]
        print_json({"hosts": hosts, "lag": asdict(lag)})
    else:
        _table(shown, alone=alone)
        say(_said(lag))
    if not living:
        if not json:
            say("no host is alive: start `halo-mailgate run`")
        raise typer.Exit(EX_NOT_FOUND)


def _running(state: str) -> bool:
    from storage.database import is_held

    return is_held(state)


def _dead(one: Host) -> Host:
    from dataclasses import replace

    return replace(one, left=min(one.left, 0.0))


def _table(shown: list[Host], *, alone: bool) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("host", justify="right")
    for name in ("name", "pid", "version", "since", "heartbeat", "lease", "in hand"):
        table.add_column(name, no_wrap=name != "name")
    table.add_column("mailboxes")
    now = datetime.now(UTC)
    for one in shown:
        lease = ("endless" if alone else f"{one.left:.0f} s") if one.left > 0 else "over"
        boxes = ("all" if one.left > 0 else "") if alone else ", ".join(one.mailboxes)
        table.add_row(
            str(one.id), printable(one.name), str(one.pid), one.version, f"{one.started_at.astimezone():%m-%d %H:%M}",
            f"{_span(now - one.beat_at)} ago", lease, str(one.in_hand), boxes,
        )  # fmt: skip
    if shown:
        out.console().print(table, markup=False)


def _span(time: timedelta) -> str:
    """In the largest unit that it fills."""
    seconds = max(0.0, time.total_seconds())
    return next((f"{seconds // size:.0f} {unit}" for size, unit in UNITS if seconds >= size), "0 s")


def _said(lag: Lag) -> str:
    if not lag.due:
        return f"nothing is due; {lag.later} wait for their time"
    return f"{lag.due} are due, the oldest for {lag.oldest:.0f} s; {lag.later} wait for their time"
