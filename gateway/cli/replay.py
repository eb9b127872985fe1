"""`halo-mailgate replay --dry-run`: which kept mail today's configuration would decide differently, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.common import (
    EX_NOT_FOUND,
    EX_UNAVAILABLE,
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
from gateway.cli.progress import progress
from gateway.visible import one_line

if TYPE_CHECKING:
    from config.settings import Settings
    from gateway.replay import Looked, Range

ONLY_DRY = (
    "replay only shows what would be decided, so say --dry-run; to have a message that is set aside decided anew: "
    "`halo-mailgate release MESSAGE`, or `halo-mailgate quarantine assign MESSAGE TICKET`"
)
WHEN = 'a day ("2026-11-01"), a time ("2026-11-01T09:30"), or so long ago ("36h", "30d")'
OFFLINE = "HaloPSA was not asked: every ticket is taken to be there, and people to be to it what they were then."


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


def replay(
    config: ConfigOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show it; there is no other way.")] = False,
    since: Annotated[str | None, typer.Option("--since", help=f"What was kept since then: {WHEN}.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="What was kept before then, in the same words.")] = None,
    mailbox: Annotated[str | None, typer.Option("--mailbox", help="Only this mailbox, by its name.")] = None,
    message: Annotated[
        list[int] | None, typer.Option("--message", min=1, help="Only this message. May be repeated.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="List what would be decided as before, too.")] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Do not ask HaloPSA: tickets and people are taken to be as they were.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", min=0, help="List so many at the most; all are counted.")] = 200,
    shadow: ShadowOption = False,
    json: JsonOption = False,
) -> None:
    """Run today's rules over kept mail and list what would be decided differently. Nothing is done or changed.

    Change [policy] or a [[rule]], and see here what it would have meant for the mail of the last weeks.
    """
    if not dry_run:
        fail(ONLY_DRY, EX_USAGE)
    if since is None and not message:
        fail("say since when, such as --since 30d, or which --message", EX_USAGE)
    chosen = settings(config, need_secrets=not offline)
    names = [one.name for one in chosen.mailbox]
    if mailbox is not None and mailbox not in names:
        fail(f"there is no mailbox {mailbox!r}; there are {', '.join(names)}", EX_USAGE)
    from gateway.observe import logs
    from gateway.replay import Range

    logs.configure(chosen.log_format, "error")
    end = _when("--until", until)
    if end is None and not message:
        end = datetime.now(UTC)  # what comes meanwhile is not looked for
    wanted = Range(_when("--since", since), end, mailbox, tuple(message or ()))
    found, counts, kinds = go(
        lambda: _work(chosen, wanted, offline=offline, all_=all_, limit=limit, shadow=shadow, quiet=json)
    )
    if not counts and message:
        fail("there is no such message; `halo-mailgate messages` lists them", EX_NOT_FOUND)
    if json:
        totals = {"counts": {str(one): count for one, count in counts.items()}, "differences": dict(kinds)}
        print_json({"offline": offline, **totals, "messages": [_as_json(one) for one in found]})
        return
    _show(found, counts, kinds, all_=all_)
    if offline:
        say(OFFLINE)


async def _work(
    chosen: Settings, wanted: Range, *, offline: bool, all_: bool, limit: int, shadow: bool, quiet: bool
) -> tuple[list[Looked], Counter[str], Counter[str]]:
    from gateway.errors import Trouble
    from gateway.replay import Outcome, opened

    listed: list[Looked] = []
    counts: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    worth = {Outcome.DIFFERENT, Outcome.SAME} if all_ else {Outcome.DIFFERENT}
    async with reading(chosen, shadow=shadow) as ledger:
        try:
            async with opened(chosen, ledger, offline=offline) as found:
                with progress("looking at", await found.count(wanted), quiet=quiet) as step:
                    async for one in found.over(wanted):
                        counts[one.outcome] += 1
                        if one.difference is not None:
                            kinds[one.difference.kind] += 1
                        if one.outcome in worth and len(listed) < limit:
                            listed.append(one)
                        step(1)
        except Trouble as trouble:
            said = trouble.words or trouble.cause
            fail(f"HaloPSA could not be asked: {said}; --offline does without it", EX_UNAVAILABLE)
    return listed, counts, kinds


def _when(option: str, text: str | None) -> datetime | None:
    """A time as people write it, by the clock of this host; so long ago, if it is a span."""
    if text is None:
        return None
    from config.units import duration

    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        pass
    try:
        return datetime.now(UTC) - duration(text)
    except ValueError:
        fail(f"{option} {text!r} is no time: write {WHEN}", EX_USAGE)


def _as_json(one: Looked) -> dict[str, object]:
    message, difference = one.message, one.difference
    return {
        "message": message.id,
        "received_at": message.received_at,
        "mailbox": message.key.account,
        "ticket": message.ticket,
        "outcome": one.outcome,
        "then": one.decided,
        "now": one.decided if difference is None else difference.now,
        "kind": None if difference is None else difference.kind,
        "because": None if difference is None else difference.because,
        "changes": [] if difference is None else [asdict(change) for change in difference.changes],
    }


def _show(found: list[Looked], counts: Counter[str], kinds: Counter[str], *, all_: bool) -> None:
    from gateway.replay import Outcome

    for one in found:
        received = one.message.received_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        ticket = "" if one.message.ticket is None else f"  ticket {one.message.ticket}"
        say(f"message {one.message.id}  {received}  {one.message.key.account}{ticket}")
        words = f"as before: {one.decided}" if one.difference is None else one.difference.words
        say(f"    {one_line(words)}")
        if one.difference is not None:
            say(f"    by {one_line(one.difference.because)}")
    same, different = counts[Outcome.SAME], counts[Outcome.DIFFERENT]
    left_out = different + same * all_ - len(found)
    if left_out > 0:
        say(f"… and {left_out} more: --limit")
    say(f"{same + different} messages: {same} decided as before, {different} differently")
    for kind, count in kinds.most_common():
        say(f"{count:9,}  {kind}")
    for outcome in (Outcome.GONE, Outcome.UNDECIDED, Outcome.UNREADABLE):
        if counts[outcome]:
            say(f"{outcome}: {counts[outcome]}")
