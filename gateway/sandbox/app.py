"""The Starlette application of one instance: which path is served by what.

Promises: every path under /api needs a token, but for `/api/authinfo`; as observed paths are the same whatever their
case. A path outside the API is answered with a log-in page and 200, as a web application does when a base URL is wrong.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.sandbox import picklists, refusals, views
from gateway.sandbox.actions import Actions
from gateway.sandbox.attachments import Attachments
from gateway.sandbox.auth import Auth
from gateway.sandbox.faults import NAMED
from gateway.sandbox.instance import Instance
from gateway.sandbox.people import People
from gateway.sandbox.refusals import Refusal
from gateway.sandbox.tickets import Tickets

Endpoint = Callable[[Request], Awaitable[Response]]


def application(instance: Instance, auth: Auth, control: list[BaseRoute]) -> ASGIApp:
    """The whole application, `control` being the routes that watch and steer it."""

    def api(path: str, endpoint: Endpoint, method: str = "GET") -> Route:
        async def admitted(request: Request) -> Response:
            auth.admit(request)
            return await endpoint(request)

        return Route(path.lower() if instance.observed else path, admitted, methods=[method])

    tickets, attachments = Tickets(instance), Attachments(instance)
    actions, people = Actions(instance, tickets), People(instance)
    routes = [
        api("/api/Tickets", tickets.post, "POST"),
        api("/api/Tickets", tickets.search),
        api("/api/Tickets/{id:int}", tickets.one),
        api("/api/Actions", actions.post, "POST"),
        api("/api/Actions", actions.log),
        api("/api/Attachment", attachments.post, "POST"),
        api("/api/Attachment", attachments.list),
        api("/api/Users", people.users),
        api("/api/Client", people.clients),
        *(api(f"/api/{name}", endpoint) for name, endpoint in _picklists(instance).items()),
    ]
    if instance.observed:
        routes += [
            api("/api/Tickets/{id:int}", tickets.delete, "DELETE"),
            api("/api/Actions/{id:int}", actions.one),
            api("/api/Attachment/{id:int}", attachments.one),
            api("/api/Users", people.add_user, "POST"),
            api("/api/Users/{id:int}", people.user),
            Route("/api/attachment/image", attachments.picture, methods=["GET"]),
            Route("/api/authinfo", _authinfo(auth), methods=["GET"]),
        ]

    async def elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith("/api/"):
            auth.admit(Request(scope, receive))
            raise refusals.not_found("resource")
        await HTMLResponse(NAMED["login_page"].body)(scope, receive, send)

    def refused(_: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)
        return refusals.answer(error, instance.dialect)

    def wrong_method(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return refusals.answer(Refusal(error.status_code, error.detail), instance.dialect)

    inside = Starlette(
        routes=[
            Route("/auth/token", auth.token, methods=["POST"]),
            *routes,
            Mount("/_sandbox", routes=control),
        ],
        exception_handlers={Refusal: refused, HTTPException: wrong_method},
    )
    inside.router.redirect_slashes = False
    inside.router.default = elsewhere
    return _whatever_case(inside) if instance.observed else inside


def _whatever_case(inside: ASGIApp) -> ASGIApp:
    async def lowered(scope: Scope, receive: Receive, send: Send) -> None:
        await inside({**scope, "path": scope["path"].lower()}, receive, send)

    return lowered


def _picklists(instance: Instance) -> dict[str, Endpoint]:
    """The configuration lists: bare in both dialects. Outcomes are unknown to the documented one."""

    def listed(name: str, rows: Callable[[dict[str, Any]], list[dict[str, Any]]]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            return JSONResponse(rows(instance.query(request, f"GET /{name}")))

        return endpoint

    lists: dict[str, Callable[[dict[str, Any]], list[dict[str, Any]]]] = {
        "Status": lambda query: picklists.list_statuses(excludeclosed=query.get("excludeclosed", False)),
        "Priority": lambda _: picklists.list_priorities(instance.dialect),
        "TicketType": lambda _: picklists.list_ticket_types(),
        "Agent": lambda _: picklists.list_agents(),
        "Team": lambda _: picklists.list_teams(),
        "Category": lambda _: picklists.list_categories(),
        "Site": lambda _: [views.site_row(client) for client in instance.store.clients.values()],
    }
    if instance.observed:
        lists["Outcome"] = lambda query: picklists.list_outcomes(
            hidden=query.get("showhidden", False), system=query.get("showsystemactions", "").lower() == "true"
        )
    return {name: listed(name, rows) for name, rows in lists.items()}


def _authinfo(auth: Auth) -> Endpoint:
    async def authinfo(request: Request) -> Response:
        return JSONResponse({"auth_url": f"{request.base_url}auth", "tenant_id": auth.tenant or ""})

    return authinfo
