"""`/_sandbox/`: pages for people, that show what a sandbox holds: its tickets, and one with its log and its files.

Promises: works without JavaScript; everything that came in is shown escaped, HTML only inside of a frame that may
neither run anything nor load anything but the pictures that this server gave links for; files are handed out, never
shown. Reads only. Knows nothing of who posted what.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.sandbox.picklists import CLOSED, PRIORITIES, RESOLVED, SLA_STATES, STATUSES
from gateway.sandbox.sla import sla

if TYPE_CHECKING:
    from gateway.sandbox.model import Action, Ticket
    from gateway.sandbox.sandbox import Sandbox

_GUARDED: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src %s; frame-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_FRAME_HEAD: Final = (
    "<!DOCTYPE html><meta charset=utf-8><style>body{font:15px/1.5 system-ui,sans-serif;"
    "margin:8px 12px;color:#1c2430;background:#fff}img{max-width:100%}</style>"
)
"""A frame by `srcdoc` is under the policy of its page."""
_PAGES: Final = Environment(
    loader=PackageLoader("gateway.sandbox", "pages"), autoescape=True, undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip


def routes(sandbox: Sandbox) -> list[BaseRoute]:
    """The routes below `/_sandbox`."""

    async def tickets(request: Request) -> Response:
        words = request.query_params.get("text", "")[:200]
        open_only = request.query_params.get("open", "") == "1"
        shown = [_row(sandbox, one) for one in reversed(sandbox.tickets) if _wanted(one, words, open_only=open_only)]
        page = _PAGES.get_template("tickets.html.j2").render(
            dialect=sandbox.dialect, tickets=shown, count=len(sandbox.tickets), text=words, open_only=open_only
        )
        return HTMLResponse(page, headers=_guarded(request))

    async def ticket(request: Request) -> Response:
        found = next((one for one in sandbox.tickets if one.id == request.path_params["id"]), None)
        if found is None:
            return PlainTextResponse("there is no such ticket", 404, headers=_guarded(request))
        rich = sandbox.dialect == "documented"
        page = _PAGES.get_template("ticket.html.j2").render(
            dialect=sandbox.dialect,
            ticket=_row(sandbox, found),
            fields={name: _said(value) for name, value in sorted(found.fields.items()) if value not in (None, "")},
            **_frame(found.fields.get("details_html"), found.fields.get("details"), rich=rich),
            actions=[_entry(one, rich=rich) for one in sandbox.actions if one.ticket_id == found.id],
            files=[one for one in sandbox.attachments if one.ticket_id == found.id],
        )
        return HTMLResponse(page, headers=_guarded(request))

    async def file(request: Request) -> Response:
        held = next((one for one in sandbox.attachments if one.id == request.path_params["id"]), None)
        if held is None:
            return PlainTextResponse("there is no such file", 404, headers=_guarded(request))
        name = quote(held.filename.encode("utf-8", "replace"))
        headers = {**_guarded(request), "Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        return Response(held.octets, media_type="application/octet-stream", headers=headers)

    async def here(_: Request) -> Response:
        return RedirectResponse("/_sandbox/tickets/", 302)

    return [
        Route("/", here, methods=["GET"]),
        Route("/tickets/", tickets, methods=["GET"]),
        Route("/tickets/{id:int}", ticket, methods=["GET"]),
        Route("/files/{id:int}", file, methods=["GET"]),
    ]


def _guarded(request: Request) -> dict[str, str]:
    """The headers of a page: pictures come from here, by the links that uploads were answered."""
    return {**_GUARDED, "Content-Security-Policy": _POLICY % f"data: {request.base_url}api/Attachment/image"}


def _wanted(ticket: Ticket, words: str, *, open_only: bool) -> bool:
    if open_only and (ticket.deleted or ticket.fields.get("status_id") in (RESOLVED, CLOSED)):
        return False
    return words.casefold() in f"{ticket.id} {ticket.fields.get('summary', '')}".casefold()


def _row(sandbox: Sandbox, ticket: Ticket) -> dict[str, Any]:
    fields = ticket.fields
    clocks = sla(ticket, sandbox.now())
    priority = PRIORITIES.get(fields.get("priority_id") or 0)
    user = next((one for one in sandbox.users if one.id == fields.get("user_id")), None)
    client = next((one for one in sandbox.clients if one.id == fields.get("client_id")), None)
    return {
        "id": ticket.id,
        "summary": fields.get("summary") or "",
        "status": STATUSES.get(fields.get("status_id") or 0, ""),
        "priority": priority.name if priority else "",
        "client": client.name if client else "",
        "requester": user.name if user else fields.get("user_name") or fields.get("reportedby") or "",
        "created": _said(ticket.created),
        "resolve_by": _said(clocks.resolve_by),
        "sla": SLA_STATES[clocks.resolution],
        "deleted": ticket.deleted,
        "actions": sum(one.ticket_id == ticket.id for one in sandbox.actions),
        "files": sum(one.ticket_id == ticket.id for one in sandbox.attachments),
    }


def _entry(action: Action, *, rich: bool) -> dict[str, Any]:
    fields = action.fields
    return {
        "id": action.id,
        "at": _said(action.created),
        "outcome": fields.get("outcome") or fields.get("actiontype_id") or "",
        "who": fields.get("who") or fields.get("emailfrom") or "",
        "hidden": bool(fields.get("hiddenfromuser")),
        **_frame(fields.get("note_html"), fields.get("note"), rich=rich),
    }


def _frame(markup: object, text: object, *, rich: bool) -> dict[str, Any]:
    """The document of a frame: HTML as it came, else the text; the frame is what keeps it from doing anything.

    `rich`: whether the text may be HTML itself, as documented.
    """
    plain = text if isinstance(text, str) else ""
    shown = markup if isinstance(markup, str) and markup else plain
    if (shown is plain and not rich) or not shown.lstrip().startswith("<"):
        shown = f"<pre style='white-space:pre-wrap;font:inherit;margin:0'>{html.escape(shown)}</pre>"
    lines = shown.count("\n") + shown.count("<br") + shown.count("<p") + len(shown) // 120
    return {"frame": _FRAME_HEAD + shown, "height": min(max(64, 30 * lines + 60 + 90 * shown.count("<img")), 480)}


def _said(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return str(value) if value is not None else ""
