"""What the commands about HaloPSA share: the client, troubles as sentences, names as ids, tickets as rows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer

from config.settings import Settings
from gateway.cli import out
from gateway.cli.common import EX_CONFIG, EX_NOT_FOUND, EX_TEMPFAIL, EX_USAGE, fail, go
from gateway.errors import Ambiguous, Misconfigured, Permanent, Trouble
from gateway.visible import printable

if TYPE_CHECKING:
    from gateway.halo.client import Halo
    from gateway.halo.records import TicketRecord

T = TypeVar("T")

TicketArgument = Annotated[int, typer.Argument(help="The ticket's number.", min=1)]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", help="Any other field: --set category_1=Hardware. May be repeated.")
]
FIELDS_WITH_NAMES: Final = {
    "status_id": "status",
    "priority_id": "priority",
    "tickettype_id": "tickettype",
    "client_id": "client",
    "agent_id": "agent",
    "user_id": "user",
    "site_id": "site",
}


def ask(chosen: Settings, work: Callable[[Halo], Awaitable[T]]) -> T:
    """Do the work with a client; what goes wrong is said with its cure and an exit status.

    78: the configuration or a name is wrong. 1: HaloPSA refuses. 75: try again later, or look whether it was done.
    """
    from gateway.halo.client import Halo
    from gateway.observe import logs

    logs.configure(chosen.log_format, "error")

    async def run() -> T:
        async with Halo(chosen.halo) as halo:
            return await work(halo)

    try:
        return go(run)
    except Misconfigured as trouble:
        fail(_said(trouble), EX_CONFIG)
    except Permanent as trouble:
        fail(_said(trouble), EX_NOT_FOUND)
    except Ambiguous as trouble:
        fail(f"{_said(trouble)}; it may have been done: look before you repeat it", EX_TEMPFAIL)
    except Trouble as trouble:
        fail(f"{_said(trouble)}; try again later", EX_TEMPFAIL)


def _said(trouble: Trouble) -> str:
    return trouble.words or trouble.cause


async def ids_of(halo: Halo, given: Mapping[str, str | None]) -> dict[str, object]:
    """Fields with ids, from ids or names; those that were not given are left out."""
    return {
        name: await halo.picklists.resolve(FIELDS_WITH_NAMES[name], value)
        for name, value in given.items()
        if value is not None
    }


def other_fields(pairs: Sequence[str] | None) -> dict[str, object]:
    """What `--set` gives: numbers, true and false are sent as such."""
    found: dict[str, object] = {}
    for pair in pairs or ():
        name, equals, value = pair.partition("=")
        if not equals or not name.isidentifier():
            fail(f"--set {pair!r} is no field: write NAME=VALUE", EX_USAGE)
        found[name] = _value(value)
    return found


def _value(text: str) -> object:
    if text in {"true", "false"}:
        return text == "true"
    return int(text) if text.removeprefix("-").isdigit() and text.isascii() else text


async def ticket_or_fail(halo: Halo, ticket_id: int) -> TicketRecord:
    """The ticket, or exit status 1."""
    found = await halo.tickets.get(ticket_id)
    if found is None:
        fail(f"there is no ticket {ticket_id}; `halo-mailgate tickets search` finds those that there are", EX_NOT_FOUND)
    return found


def html_of(text: str) -> str:
    """Plain text from the command line as HaloPSA takes it."""
    from parsers.markup import text_to_html

    return text_to_html(text)


def plain_of(html: str) -> str:
    """HTML of HaloPSA as a terminal shows it: no control character of a stranger gets there."""
    from parsers.markup import html_to_text

    return clean(html_to_text(html)[0] if "<" in html else html)


def clean(text: str) -> str:
    """Text of HaloPSA without control characters."""
    return printable(text)


def moment(at: datetime) -> str:
    """A time as people here read it."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M")


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table for people on standard output."""
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for one in head:
        shown.add_column(one, justify="right" if one in {"ticket", "id", "size", "minutes"} else "left")
    for row in rows:
        shown.add_row(*(_cell(one) for one in row))
    out.console().print(shown, markup=False)


def _cell(value: object) -> Any:
    from rich.text import Text

    if isinstance(value, datetime):
        return Text(moment(value))
    return Text("" if value is None else clean(str(value)))
