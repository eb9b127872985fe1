"""`/_sandbox/…`: watching and steering a sandbox that runs as a process of its own.

    GET    /_sandbox/          pages for people (`page`)
    GET    /_sandbox/state     what it holds, attachments by SHA-256 and size, and the requests it has seen
    POST   /_sandbox/faults    [{"name": "answer_lost", "method": "POST", "path": "/api/Tickets", "count": 1, …}]
                               or all fields of a `Fault`, without a name
    DELETE /_sandbox/faults    no more faults
    POST   /_sandbox/clients, /users, /tickets, /actions    arrays of keyword arguments of `add_client`, `add_user`, …
    POST   /_sandbox/tickets/merge [{"id": 1, "into": 2}], /tickets/delete [{"id": 1}]
    POST   /_sandbox/required      [{"tickettype_id": 1, "field": "category_1"}]
    POST   /_sandbox/habits        {"answers": "array", "largest_body": 1000000, "retry_after": true, …}
    POST   /_sandbox/tokens/expire, /permission/withdraw, /permission/grant

Promises: needs no token; faults and counts leave it alone. A 400 names what is wrong.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, get_args

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.sandbox.faults import Fault, fault
from gateway.sandbox.habits import Habits, Shape

if TYPE_CHECKING:
    from gateway.sandbox.sandbox import Sandbox


def routes(sandbox: Sandbox) -> list[BaseRoute]:
    """The routes below `/_sandbox`."""

    def each(do: Callable[[dict[str, Any]], object]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            try:
                made = [do(element) for element in _objects(await request.json())]
            except (ValueError, TypeError, KeyError) as error:
                return PlainTextResponse(repr(error), 400)
            return JSONResponse([getattr(one, "id", None) for one in made])

        return endpoint

    async def state(_: Request) -> Response:
        return JSONResponse(_state(sandbox))

    def simply(do: Callable[[], object]) -> Callable[[Request], Any]:
        async def endpoint(_: Request) -> Response:
            do()
            return JSONResponse([])

        return endpoint

    async def habits(request: Request) -> Response:
        try:
            _change(sandbox.habits, await request.json())
        except (ValueError, TypeError) as error:
            return PlainTextResponse(repr(error), 400)
        return JSONResponse([])

    return [
        Route("/state", state, methods=["GET"]),
        Route("/faults", each(lambda given: sandbox.faults.add(_fault(given))), methods=["POST"]),
        Route("/faults", simply(sandbox.faults.clear), methods=["DELETE"]),
        Route("/clients", each(lambda given: sandbox.add_client(**given)), methods=["POST"]),
        Route("/users", each(lambda given: sandbox.add_user(**given)), methods=["POST"]),
        Route("/tickets", each(lambda given: sandbox.add_ticket(**given)), methods=["POST"]),
        Route("/actions", each(lambda given: sandbox.add_action(**given)), methods=["POST"]),
        Route("/tickets/merge", each(lambda given: sandbox.merge_ticket(given["id"], given["into"])), methods=["POST"]),
        Route("/tickets/delete", each(lambda given: sandbox.delete_ticket(given["id"])), methods=["POST"]),
        Route("/required", each(lambda given: sandbox.require(**given)), methods=["POST"]),
        Route("/habits", habits, methods=["POST"]),
        Route("/tokens/expire", simply(sandbox.expire_tokens), methods=["POST"]),
        Route("/permission/withdraw", simply(sandbox.withdraw_permission), methods=["POST"]),
        Route("/permission/grant", simply(sandbox.grant_permission), methods=["POST"]),
    ]


def _change(habits: Habits, given: object) -> None:
    """Change the habits named. TypeError, ValueError: the body, a name or a value is none."""
    if not isinstance(given, dict):
        raise TypeError("the body must be an object")
    kinds = {"answers": str, "largest_body": int, "retry_after": bool, "picture_links": bool}
    for name, value in given.items():
        if name not in kinds or not (isinstance(value, kinds[name]) or (value is None and not name.startswith("r"))):
            raise ValueError(f"{name} = {value!r}: there are {', '.join(kinds)}")
        if name == "answers" and value not in {*get_args(Shape), None}:
            raise ValueError(f"answers = {value!r}: there are {', '.join(get_args(Shape))}")
    for name, value in given.items():
        setattr(habits, name, value)


def _objects(body: object) -> list[dict[str, Any]]:
    if isinstance(body, list) and all(isinstance(element, dict) for element in body):
        return body
    raise ValueError("the body must be an array of objects")


def _fault(given: dict[str, Any]) -> Fault:
    name = given.pop("name", None)
    return Fault(**given) if name is None else fault(name, **given)


def _state(sandbox: Sandbox) -> dict[str, Any]:
    return {
        "tickets": [_plain(dataclasses.asdict(ticket)) for ticket in sandbox.tickets],
        "actions": [_plain(dataclasses.asdict(action)) for action in sandbox.actions],
        "attachments": [
            {
                "id": held.id,
                "ticket_id": held.ticket_id,
                "action_id": held.action_id,
                "filename": held.filename,
                "size": len(held.octets),
                "sha256": hashlib.sha256(held.octets).hexdigest(),
            }
            for held in sandbox.attachments
        ],
        "users": [dataclasses.asdict(user) for user in sandbox.users],
        "unknown_fields": sorted(list(pair) for pair in sandbox.unknown_fields),
        "requests": [[seen.method, seen.path, seen.status] for seen in sandbox.requests],
        "faults_pending": len(sandbox.faults.pending),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return value.isoformat() if isinstance(value, datetime) else value
