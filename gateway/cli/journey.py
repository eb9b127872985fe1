"""A message's journey, printed for people."""

from __future__ import annotations

from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from gateway import plan_json
from gateway.cli import out
from gateway.model import OpenTicket, Verdict
from gateway.receipts import SHADOW
from gateway.steps import Plan
from gateway.visible import printable
from storage.model import Message, StepRecord
from storage.reading import Journey
from storage.states import State


def verdicts_of(journey: Journey) -> tuple[dict[str, object] | None, tuple[Verdict, ...]]:
    """The decision as a dictionary and what each rule said; nothing before it was decided."""
    plan = _plan(journey)
    if plan is None:
        return None, ()
    return {"kind": type(plan.decision).__name__, **asdict(plan.decision)}, plan.verdicts


def show(journey: Journey, *, shadow: bool = False) -> None:
    """Print one journey. `shadow`: nothing of it was done."""
    console = out.console(highlight=False)
    message = journey.message
    say(console, f"[bold]Message {message.id}[/bold]  ", _headline(message, shadow=shadow))
    if shadow:
        say(console, "  in the shadow: nothing of this was done", "")
    key = message.key
    say(
        console,
        "  came      ",
        f"{_time(message)}  by {key.account}, {key.folder}, UID {key.uid}, UIDVALIDITY {key.uidvalidity}",
    )
    kept = "kept whole" if not message.truncated else f"kept only the first {message.kept_size}"
    if message.gone_at is not None:
        kept = f"no longer kept since {message.gone_at.astimezone():%Y-%m-%d %H:%M:%S}"
    say(console, "  octets    ", f"{message.size}, {kept}, SHA-256 {message.sha256[:16]}…")
    if message.message_id:
        say(console, "  Message-ID", f" <{message.message_id}>")
    plan = _plan(journey)
    if plan is not None:
        _show_rules(console, plan)
    _show_steps(console, journey, [step.name for step in plan.steps] if plan is not None else [])
    _show_journal(console, journey)
    if journey.waiting:
        say(console, "  waiting for it: ", ", ".join(map(str, journey.waiting)))
    console.print()


def say(console: Console, styled: str, plain: str) -> None:
    """One line: our own words styled, foreign words never read as markup."""
    from rich.text import Text

    line = Text.from_markup(styled)
    line.append(plain)
    console.print(line, soft_wrap=True)


def _headline(message: Message, *, shadow: bool) -> str:
    state = (
        f"{message.state}, {message.cause or message.reason}" if message.cause or message.reason else str(message.state)
    )
    words = f" ({message.words})" if message.words else ""
    ticket = f", ticket {message.ticket}" if message.ticket is not None else ""
    waits = f", waits for message {message.waits_for}" if message.waits_for else ""
    cure = ""
    if message.gone_at is not None and message.state is not State.DONE:
        cure = f"; to be done with it: halo-mailgate quarantine discard {message.id}"
    elif message.state in {State.QUARANTINED, State.BROKEN} and not shadow:
        cure = f"; to let it go its way: halo-mailgate quarantine release {message.id}"
    return f"{state}{words}{ticket}{waits}{cure}"


def _show_rules(console: Console, plan: Plan) -> None:
    console.print("  [bold]rules[/bold]")
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 4))
    for verdict in plan.verdicts:
        table.add_row(_plain(verdict.rule), _plain(verdict.said))
    if isinstance(plan.decision, OpenTicket):
        yes = "yes" if plan.decision.acknowledge else "no"
        table.add_row("acknowledge?", _plain(f"{yes}: {plan.decision.acknowledge_reason}"))
    else:
        table.add_row("acknowledge?", "no: only a new ticket is acknowledged")
    console.print(table)


def _show_steps(console: Console, journey: Journey, planned: list[str]) -> None:
    """Those of the plan; when it is no longer kept those that have begun."""
    names = planned or list(dict.fromkeys(one.name for one in journey.steps))
    if not names:
        return
    console.print("  [bold]steps[/bold]")
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 4))
    records = {one.name: one for one in journey.steps}
    for name in names:
        record = records.get(name)
        table.add_row(_plain(name), _plain(_progress(record)), _plain(_reference(record)))
    console.print(table)


def _progress(record: StepRecord | None) -> str:
    if record is None or (record.receipt is None and record.intent_at is None):
        return "not begun"
    if record.receipt is None:
        return "in doubt: it may have happened, and is looked up before it is sent again"
    if record.receipt.how == SHADOW:
        number = "" if record.receipt.id is None else f", as {record.receipt.id}"
        return f"{SHADOW}: {record.receipt.words}{number}"
    number = "" if record.receipt.id is None else f"{record.receipt.id} at Halo, "
    words = f": {record.receipt.words}" if record.receipt.words else ""
    return f"{number}{record.receipt.how.replace('_', ' ')}{words}"


def _reference(record: StepRecord | None) -> str:
    return f"mail reference {record.marker}" if record is not None and record.marker else ""


def _show_journal(console: Console, journey: Journey) -> None:
    console.print("  [bold]journal[/bold]")
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 4))
    for entry in journey.journal:
        table.add_row(
            entry.at.astimezone().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3], _plain(entry.event), _plain(entry.words)
        )
    table.add_row("", "original", f"in its folder: {journey.message.disposal}")
    console.print(table)


def _plan(journey: Journey) -> Plan | None:
    try:
        return None if journey.plan is None else plan_json.read(journey.plan)
    except ValueError:
        return None


def _time(message: Message) -> str:
    return message.received_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _plain(words: str) -> str:
    from rich.markup import escape

    return escape(printable(words))
