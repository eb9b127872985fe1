"""One mail as `halo-mailgate parse` shows it to people.

Promises: nothing from the mail is read as markup or reaches the terminal as a control sequence.
"""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from gateway.cli import out
from gateway.visible import printable

SHOWN_LINES = 40  # of each text; the whole is in the JSON
SHOWN_ADDRESSES = 5


def show(mail: dict[str, Any]) -> None:
    """Print the object that `parsers.view` makes."""
    console = out.console(highlight=False)
    console.print(Text(printable(mail["path"]), style="bold"))
    for label, value in _facts(mail):
        if value:
            line = Text(f"  {label:<13} ", style="dim")
            line.append(printable(value), style="default")
            console.print(line, soft_wrap=True)
    _block(console, "forwarder's note" if mail["forward"] else "new", mail["reply_text"])
    _block(console, "signature", mail["signature"], style="dim")
    if mail["forward"]:
        _block(console, "what is passed on", mail["forward"]["original_text"] or "")
    else:
        _block(console, "quoted", mail["quoted_text"], style="dim", most=6)
    _attachments(console, mail["attachments"])
    for defect in mail["defects"]:
        console.print(Text(f"  ! {printable(defect)}", style="yellow"), soft_wrap=True)
    console.print()


def _facts(mail: dict[str, Any]) -> list[tuple[str, str]]:
    report, passed_on = mail["delivery_report"], mail["forward"]
    kind, reason = mail["automation"]["kind"], mail["automation"]["reason"]
    return [
        ("From", _people([mail["from"]])),
        ("Sender", _people([mail["sender"]])),
        ("Reply-To", _people(mail["reply_to"])),
        ("To", _people(mail["to"])),
        ("Cc", _people(mail["cc"])),
        ("Date", mail["date"] or ""),
        ("Subject", mail["subject"]),
        ("Message-ID", f"<{mail['message_id']}>" if mail["message_id"] else "none"),
        ("answers", ", ".join(f"<{one}>" for one in mail["in_reply_to"])),
        (
            "written by",
            "a person" if kind == "none" else f"{kind} ({reason})",
        ),
        ("report", _report(report) if report else ""),
        ("passed on", _passed_on(passed_on) if passed_on else ""),
        ("authenticity", ", ".join(_result(one) for one in mail["authentication"])),
    ]


def _people(found: list[dict[str, str] | None]) -> str:
    shown = [f"{one['name']} <{one['address']}>".strip() for one in found if one]
    more = len(shown) - SHOWN_ADDRESSES
    return ", ".join(shown[:SHOWN_ADDRESSES]) + (f" and {more} more" if more > 0 else "")


def _report(report: dict[str, Any]) -> str:
    lines = [
        " ".join(word for word in (one["address"], one["action"], one["status"], one["diagnostic"]) if word)
        for one in report["recipients"][:SHOWN_ADDRESSES]
    ]
    if report["original_message_id"]:
        lines.append(f"of <{report['original_message_id']}>")
    return "; ".join(lines)


def _passed_on(found: dict[str, Any]) -> str:
    sender = " ".join(word for word in (found["original_name"], found["original_sender"]) if word) or "unknown sender"
    about = [word for word in (found["original_subject"], found["original_date"]) if word]
    return f"{found['kind']}: {', '.join([sender, *about])}"


def _result(one: dict[str, Any]) -> str:
    return f"{one['method']}={one['result']}" + (f" ({one['server']})" if one["server"] else "")


def _block(console: Console, label: str, text: str, *, style: str = "default", most: int = SHOWN_LINES) -> None:
    if not text:
        return
    lines = printable(text).split("\n")
    console.print(Text(f"  {label}", style="dim"))
    for line in lines[:most]:
        console.print(Text(f"    {line}".rstrip(), style=style), soft_wrap=True)
    if len(lines) > most:
        console.print(Text(f"    … {len(lines) - most} more lines", style="dim"))


def _attachments(console: Console, found: list[dict[str, Any]]) -> None:
    for one in found:
        line = Text("  attached      ", style="dim")
        line.append(printable(one["filename"]), style="default")
        line.append(f"  {one['media_type']}, {_size(one['size'])}{', in the text' if one['inline'] else ''}")
        console.print(line, soft_wrap=True)


def _size(octets: int) -> str:
    if octets < 1_000:
        return f"{octets} octets"
    return f"{octets / 1_000:.0f} kB" if octets < 1_000_000 else f"{octets / 1_000_000:.1f} MB"
