"""The balance as people and programs read it: a table and sentences, or JSON with names that stay.

Promises: what does not agree is said with its cure; nothing from the configuration reaches the terminal as a control
sequence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from gateway.cli import out
from gateway.cli.out import say
from gateway.visible import printable
from storage.balance import PASSED_BY, Account, Difference, total
from storage.model import Fate, Seen
from storage.sweeps import Folder

NAMES: Mapping[Fate | Seen, str] = {
    Seen.SEEN: "seen",
    Seen.KNOWN: "known",
    Seen.FOUND_AGAIN: "found_again",
    Seen.TOO_OLD: "too_old",
    Seen.VANISHED: "vanished",
    Seen.FETCHED: "fetched",
    Fate.TICKET: "tickets",
    Fate.ACTION: "actions",
    Fate.QUARANTINED: "quarantined",
    Fate.BROKEN: "broken",
    Fate.IGNORED: "ignored",
    Fate.SAME_AGAIN: "same_again",
    Fate.DISCARDED: "discarded",
    Fate.WAITING: "waiting",
    Seen.HOLE: "holes_found",
}
"""What each number is called, in JSON too: monitoring holds on to these."""

ALWAYS = (Seen.FETCHED, Fate.TICKET, Fate.ACTION, Fate.WAITING)
"""Columns that are shown even if all their numbers are 0."""

EPOCH = date(1970, 1, 1)


def _numbers(one: Account) -> dict[str, int]:
    return {name: one[what] for what, name in NAMES.items()}


def as_json(
    accounts: Mapping[str, Account], differences: Sequence[Difference], folders: Sequence[Folder]
) -> dict[str, object]:
    """All numbers, by names that monitoring may hold on to."""
    return {
        "total": _numbers(total(accounts.values())),
        "mailboxes": [
            {"mailbox": name, "balanced": one.balanced, **_numbers(one)} for name, one in sorted(accounts.items())
        ],
        "folders": [
            {
                "mailbox": one.account,
                "folder": one.folder,
                "compared_at": one.swept_at.isoformat() if one.swept_at is not None else None,
                "open_holes": list(one.open_holes),
            }
            for one in folders
        ],
        "differences": [
            {
                "mailbox": one.account,
                "day": EPOCH + timedelta(days=one.day),
                "what": _name(one.what),
                "counted": one.counted,
                "found": one.found,
            }
            for one in differences
        ],
    }


def _name(what: str) -> str:
    return next((name for one, name in NAMES.items() if one == what), what)


def show(accounts: Mapping[str, Account], day: date | None) -> None:
    """The table: a line for each mailbox, and their total."""
    from rich.table import Table
    from rich.text import Text

    say(f"mail kept on {day} (UTC)" if day is not None else "all mail that was ever kept")
    if not accounts:
        return
    everything = total(accounts.values())
    shown = [what for what in NAMES if what in ALWAYS or everything[what]]
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("mailbox", no_wrap=True)
    for what in shown:
        table.add_column(NAMES[what].replace("_", " "), justify="right", no_wrap=True)
    for name, one in sorted(accounts.items()):
        table.add_row(Text(printable(name)), *(f"{one[what]:,}" for what in shown))
    if len(accounts) > 1:
        table.add_row("total", *(f"{everything[what]:,}" for what in shown), style="bold")
    console = out.console()
    out.console(width=console.width if console.is_terminal else 240).print(table)


def judge(
    accounts: Mapping[str, Account],
    differences: Sequence[Difference],
    open_holes: Sequence[Folder],
    *,
    verified: bool,
    repaired: bool,
) -> None:
    """The last lines: each thing that does not agree with its cure, or that all of it does."""
    wrong = {name: one for name, one in sorted(accounts.items()) if not one.balanced}
    for name, its in wrong.items():
        say(f"NOT balanced: {printable(name)}: {_equations(its)}")
    for hole in open_holes:
        uids = ", ".join(map(str, hole.open_holes[:5])) + (" …" if len(hole.open_holes) > 5 else "")
        where = f"{printable(hole.account)}, folder {printable(hole.folder)}, UID {uids}"
        say(f"NOT balanced: missed mail is not read yet: {where}; `halo-mailgate run` reads it")
    for one in differences:
        where = f"{printable(one.account)}, {EPOCH + timedelta(days=one.day)} (UTC), {_name(one.what)}"
        said = "put right" if repaired else "NOT right"
        say(f"{said}: {where}: counted {one.counted:,}, but there are {one.found:,}")
    left = [] if repaired else differences
    if left:
        say("cure: `halo-mailgate balance --repair` sets the counters right by the messages; please report it")
    elif wrong and not verified:
        say("cure: `halo-mailgate balance --verify` counts all messages anew and shows which number is wrong")
    elif wrong:
        say("cure: the counters are right, and a message neither waits nor is at rest: please report this bug")
    if not (wrong or open_holes or left):
        say(f"balanced: {_equations(total(accounts.values()))}")


def _equations(one: Account) -> str:
    parts = [f"{one[what]:,} {_in_words(what)}" for what in NAMES if isinstance(what, Fate)]
    fetched = f"{one[Seen.FETCHED]:,} fetched {_is(one[Seen.FETCHED], one.outcomes)} {' + '.join(parts)}"
    passed = [f"{one[what]:,} {_in_words(what)}" for what in PASSED_BY if one[what]]
    seen_is = _is(one[Seen.SEEN], one[Seen.FETCHED] + one.passed_by)
    return f"{fetched}; {one[Seen.SEEN]:,} seen {seen_is} {' + '.join([f'{one[Seen.FETCHED]:,} fetched', *passed])}"


def _is(one: int, other: int) -> str:
    return "=" if one == other else f"is not {other:,} ="


def _in_words(what: Fate | Seen) -> str:
    return "ignored by rule" if what is Fate.IGNORED else NAMES[what].replace("_", " ")
