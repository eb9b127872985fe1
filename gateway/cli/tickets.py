"""`halo-mailgate tickets …`: HaloPSA's tickets from the command line, read and written."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli import halo as shared
from gateway.cli.common import EX_NOT_FOUND, EX_USAGE, ConfigOption, JsonOption, fail, settings
from gateway.cli.halo import SetOption, TicketArgument
from gateway.cli.out import print_json, say, tell

if TYPE_CHECKING:
    from gateway.halo.client import Halo
    from gateway.halo.records import ActionRecord, AttachmentRecord, TicketRecord
    from gateway.halo.workflow import Verdict

EX_NOINPUT = 66
SHOWN_BY_NAME = ("status", "priority", "tickettype")
app = typer.Typer(help="HaloPSA's tickets: search, show, create, update, resolve, note, time, files, SLA.")
StatusOption = Annotated[str | None, typer.Option("--status", help="Its id or name.")]
PriorityOption = Annotated[str | None, typer.Option("--priority", help="Its id or name.")]
TypeOption = Annotated[str | None, typer.Option("--type", help="The ticket type, its id or name.")]
ClientOption = Annotated[str | None, typer.Option("--client", help="Its id or name.")]
AgentOption = Annotated[str | None, typer.Option("--agent", help="Its id or name.")]
UserOption = Annotated[str | None, typer.Option("--user", help="The requester, by id or name.")]


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="tickets", no_args_is_help=True)


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="Words to look for; without them all tickets.")] = "",
    client: ClientOption = None,
    status: StatusOption = None,
    open_only: Annotated[bool, typer.Option("--open", help="Only open tickets.")] = False,
    since: Annotated[str | None, typer.Option("--since", help="Occurred on this day or later: 2026-03-01.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Occurred on this day or earlier.")] = None,
    order: Annotated[str, typer.Option("--order", help="The field to sort by.")] = "id",
    ascending: Annotated[bool, typer.Option("--ascending", help="The lowest first.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 50,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List tickets, the newest first."""
    from gateway.halo.tickets import Search

    days = (_day(since, "--since"), _day(until, "--until"))

    async def work(halo: Halo) -> tuple[list[TicketRecord], dict[int, str], dict[int, str]]:
        ids: dict[str, Any] = await shared.ids_of(halo, {"client_id": client, "status_id": status})
        wanted = Search(**ids, open_only=open_only, text=text, occurred_from=days[0], occurred_to=days[1],
                        order=order, orderdesc=not ascending)  # fmt: skip
        found: list[TicketRecord] = []
        async for one in halo.tickets.search(wanted):
            found.append(one)
            if len(found) >= limit:
                break
        return found, await halo.picklists.names("status"), await halo.picklists.names("priority")

    found, statuses, priorities = shared.ask(settings(config), work)
    if json:
        print_json([_plain(one) for one in found])
        return
    rows = [
        (
            one.id, one.dateoccurred, statuses.get(one.status_id or 0, one.status_name),
            priorities.get(one.priority_id or 0, one.priority_name), one.client_name, one.user_name, one.summary,
        )
        for one in found
    ]  # fmt: skip
    shared.table(("ticket", "occurred", "status", "priority", "client", "requester", "summary"), rows)
    if len(found) == limit:
        say(f"there may be more: --limit {2 * limit}")


@app.command()
def show(ticket: TicketArgument, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Show one ticket with its log and its attachments."""

    async def work(
        halo: Halo,
    ) -> tuple[TicketRecord, list[ActionRecord], list[AttachmentRecord], dict[str, dict[int, str]]]:
        found = await shared.ticket_or_fail(halo, ticket)
        lists = {} if json else {f"{name}_id": await halo.picklists.names(name) for name in SHOWN_BY_NAME}
        return found, await halo.actions.list(ticket), await halo.attachments.list(ticket), lists

    found, log, files, lists = shared.ask(settings(config), work)
    if json:
        print_json(
            {**_plain(found), "actions": [_plain(one) for one in log], "attachments": [_plain(a) for a in files]}
        )
        return
    for name, value in _plain(found).items():
        if value not in (None, "", False) and name != "details":
            said = shared.moment(value) if isinstance(value, datetime) else shared.clean(str(value))
            say(f"{name:18}{said} {lists.get(name, {}).get(getattr(found, name), '')}".rstrip())
    if found.details:
        say("\n" + shared.plain_of(found.details))
    for one in log:
        at = shared.moment(one.at) if one.at else ""
        seen = " (not seen by the client)" if one.hiddenfromuser else ""
        spent = f" {one.minutes:g} min" if one.minutes else ""
        say(f"\n{one.id}. {at} {shared.clean(one.outcome)}{spent}{seen}\n{shared.plain_of(one.note)}")
    if files:
        say()
        _list(files)


@app.command()
def create(
    summary: Annotated[str, typer.Argument(help="One line.")],
    client: Annotated[str, typer.Option("--client", help="Its id or name.")],
    details: Annotated[str, typer.Option("--details", help="Plain text; @FILE reads a file.")] = "",
    status: StatusOption = None,
    priority: PriorityOption = None,
    kind: TypeOption = None,
    user: UserOption = None,
    agent: AgentOption = None,
    fields: SetOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Create a ticket; what is not given is as [ticket] of the configuration says."""
    chosen = settings(config)
    more = shared.other_fields(fields)
    text = _text(details)

    async def work(halo: Halo) -> int:
        ids = await shared.ids_of(
            halo,
            {
                "client_id": client,
                "status_id": status or chosen.ticket.status or str(chosen.ticket.status_id),
                "priority_id": priority or chosen.ticket.priority or str(chosen.ticket.priority_id),
                "tickettype_id": kind or chosen.ticket.tickettype or str(chosen.ticket.tickettype_id),
                "user_id": user,
                "agent_id": agent,
            },
        )
        client_id = ids.pop("client_id")
        assert isinstance(client_id, int)
        return await halo.tickets.create(summary, client_id, **ids, **({"details": text} if text else {}), **more)

    made = shared.ask(chosen, work)
    print_json({"id": made}) if json else say(f"ticket {made} is created")


@app.command()
def update(
    ticket: TicketArgument,
    status: StatusOption = None,
    priority: PriorityOption = None,
    agent: AgentOption = None,
    resolution: Annotated[str | None, typer.Option("--resolution", help="How it was resolved.")] = None,
    fields: SetOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Change fields of a ticket; a change of status is judged before it is sent."""
    more = shared.other_fields(fields) | ({"resolution": resolution} if resolution else {})

    async def work(halo: Halo) -> Verdict:
        from gateway.halo.workflow import Verdict

        found = await shared.ticket_or_fail(halo, ticket)
        given = await shared.ids_of(halo, {"status_id": status, "priority_id": priority, "agent_id": agent})
        given |= more
        if not given:
            fail("nothing to change: give --status, --priority, --agent, --resolution or --set", EX_USAGE)
        status_id = given.pop("status_id", None)
        if isinstance(status_id, int):
            return await halo.tickets.move(found, status_id, **given)
        await halo.tickets.update(ticket, **given)
        return Verdict()

    _judged(shared.ask(settings(config), work), ticket, "changed", json=json)


@app.command()
def resolve(
    ticket: TicketArgument,
    resolution: Annotated[str, typer.Option("--resolution", help="How it was resolved.")] = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Move a ticket to Resolved, with the resolution."""

    async def work(halo: Halo) -> Verdict:
        return await halo.tickets.resolve(await shared.ticket_or_fail(halo, ticket), resolution)

    _judged(shared.ask(settings(config), work), ticket, "resolved", json=json)


@app.command()
def note(
    ticket: TicketArgument,
    text: Annotated[str, typer.Argument(help="Plain text; @FILE reads a file.")],
    client_sees: Annotated[bool, typer.Option("--client-sees", help="Not for agents only.")] = False,
    email_to: Annotated[str, typer.Option("--email-to", help="Kept beside it; nothing is sent.")] = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Write a note on a ticket."""
    words = _text(text)

    async def work(halo: Halo) -> int:
        if client_sees or email_to:
            return await halo.actions.client_note(ticket, words, emailto=email_to)
        return await halo.actions.note(ticket, words)

    made = shared.ask(settings(config), work)
    print_json({"ticket_id": ticket, "id": made}) if json else say(f"note {made} is on ticket {ticket}")


@app.command("log-time")
def log_time(
    ticket: TicketArgument,
    minutes: Annotated[int, typer.Argument(help="Minutes spent.", min=1, max=100_000)],
    text: Annotated[str, typer.Argument(help="What was done.")],
    agent: AgentOption = None,
    charge: Annotated[bool, typer.Option("--charge", help="The client pays for it.")] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Log time on a ticket."""

    async def work(halo: Halo) -> int:
        agent_id: Any = (await shared.ids_of(halo, {"agent_id": agent})).get("agent_id")
        return await halo.actions.log_time(ticket, minutes, shared.html_of(text), agent_id=agent_id, charge=charge)

    made = shared.ask(settings(config), work)
    said = f"{minutes} minutes are on ticket {ticket}, entry {made}"
    print_json({"ticket_id": ticket, "id": made, "minutes": minutes}) if json else say(said)


@app.command()
def attach(
    ticket: TicketArgument,
    files: Annotated[list[Path], typer.Argument(help="Files to upload.")],
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Attach files to a ticket."""
    import mimetypes

    read: list[tuple[str, bytes, str]] = []
    for path in files:
        try:
            read.append((path.name, path.read_bytes(), mimetypes.guess_type(path.name)[0] or ""))
        except OSError as error:
            fail(f"{path}: {error.strerror}; nothing was attached", EX_NOINPUT)

    async def work(halo: Halo) -> list[int]:
        return [
            await halo.attachments.upload(ticket, name, octets, media_type=media_type)
            for name, octets, media_type in read
        ]

    made = shared.ask(settings(config), work)
    if json:
        print_json([{"id": key, "filename": one[0]} for key, one in zip(made, read, strict=True)])
    else:
        say(f"{len(made)} attached to ticket {ticket}: {', '.join(map(str, made))}")


@app.command()
def attachments(ticket: TicketArgument, config: ConfigOption = None, json: JsonOption = False) -> None:
    """List the attachments of a ticket."""
    found = shared.ask(settings(config), lambda halo: halo.attachments.list(ticket))
    print_json([_plain(one) for one in found]) if json else _list(found)


@app.command()
def sla(ticket: TicketArgument, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Say how the SLA of a ticket stands now, and its deadlines."""
    from gateway.halo import sla as clocks
    from gateway.halo.workflow import DONE, PAUSING, stage_of

    async def work(halo: Halo) -> dict[str, object]:
        found = await shared.ticket_or_fail(halo, ticket)
        names = await halo.picklists.names("status")
        stage = stage_of(names.get(found.status_id or 0, found.status_name))
        priority = next((one for one in await halo.picklists.items("priority") if found.priority_id in _ids(one)), {})
        promise = clocks.promise_of(priority)
        made = found.datecreated
        respond_by = made + promise.respond_within if made and promise else None
        resolve_by = found.deadlinedate or (made + promise.resolve_within if made and promise else None)
        done = found.dateresolved or found.dateclosed
        now = datetime.now(UTC)
        standing = clocks.state(
            resolve_by, now, closed=stage in DONE, done_at=done, on_hold=found.slahold or stage in PAUSING
        )
        return {
            "ticket_id": ticket, "state": standing, "status": names.get(found.status_id or 0, found.status_name),
            "priority": priority.get("name", ""), "respond_by": respond_by, "resolve_by": resolve_by,
            "left_minutes": None if resolve_by is None else int((resolve_by - now).total_seconds() // 60),
        }  # fmt: skip

    found = shared.ask(settings(config), work)
    if json:
        print_json(found)
    else:
        for name, value in found.items():
            at = shared.moment(value) if isinstance(value, datetime) else value
            say(f"{name.replace('_', ' '):14}{'' if at is None else at}")


def _ids(priority: Any) -> set[int]:
    from gateway.halo.picklists import ids

    return set(ids([priority]))


def _judged(verdict: Verdict, ticket: int, done: str, *, json: bool) -> None:
    if json:
        print_json({"id": ticket, "done": verdict.allowed, "errors": verdict.errors, "warnings": verdict.warnings})
    else:
        for one in verdict.warnings:
            tell(f"warning: {one}")
    if not verdict.allowed:
        fail(f"ticket {ticket} is not {done}: {'; '.join(verdict.errors)}", EX_NOT_FOUND)
    if not json:
        say(f"ticket {ticket} is {done}")


def _plain(record: TicketRecord | ActionRecord | AttachmentRecord) -> dict[str, object]:
    found = asdict(record)
    found.pop("extra")
    return found


def _list(files: list[AttachmentRecord]) -> None:
    rows = [(one.id, one.filename, one.contenttype, one.filesize, one.datecreated) for one in files]
    shared.table(("id", "file", "type", "size", "made"), rows)


def _text(given: str) -> str:
    """The text, or what a file says, as HTML."""
    if given.startswith("@"):
        try:
            given = Path(given[1:]).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            fail(f"{given[1:]}: {getattr(error, 'strerror', None) or 'is no UTF-8 text'}", EX_NOINPUT)
    return shared.html_of(given)


def _day(text: str | None, option: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"{option} {text!r} is no day: write it as 2026-03-01", EX_USAGE)
