"""`/api/Users` and `/api/Client`: look-up by text, and adding a user as observed.

Promises: `search` is fuzzy (a part of a name or of any address, whatever its case), so that a caller has to compare for
itself; `advanced_search` as observed knows the exact filter on `emailaddress` alone. Inactive users are left out unless
`includeinactive=true`. Answers are envelopes in both dialects.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.sandbox import search, views
from gateway.sandbox.instance import Instance
from gateway.sandbox.model import User
from gateway.sandbox.refusals import Refusal, not_found

_EXACT = 2


@dataclass(frozen=True, slots=True)
class People:
    """The end points."""

    instance: Instance

    async def users(self, request: Request) -> Response:
        """GET /Users."""
        instance = self.instance
        query = instance.query(request, "GET /Users")
        exact = _exact_address(query.get("advanced_search"))
        found = [user for user in instance.store.users.values() if _matches(user, query, exact)]
        shown = search.page(found, query, by_count=instance.observed)
        rows = [views.user_row(instance, user) for user in shown]
        return JSONResponse({"record_count": len(found), "users": rows})

    async def user(self, request: Request) -> Response:
        """GET /Users/{id}, as observed."""
        self.instance.query(request, "GET /Users/{id}")
        user = self.instance.store.users.get(request.path_params["id"])
        if user is None:
            raise not_found("user")
        return JSONResponse(views.user_row(self.instance, user))

    async def add_user(self, request: Request) -> Response:
        """POST /Users, as observed."""
        elements = await self.instance.elements(request, "POST /Users")
        sites = {client.site_id: client for client in self.instance.store.clients.values()}
        for element in elements:
            if not element.get("name"):
                raise Refusal(400, "Please enter a name for this User")
            if element.get("site_id") not in sites:
                raise Refusal(400, "Please select a Site for this User")
        written = [self._write(element, sites[element["site_id"]].id) for element in elements]
        return JSONResponse(views.user_row(self.instance, written[-1]), 201)

    def _write(self, element: Mapping[str, Any], client_id: int) -> User:
        return self.instance.store.add_user(
            element["name"],
            element.get("emailaddress") or "",
            client_id,
            int(element["site_id"]),
            email2=element.get("email2") or "",
            email3=element.get("email3") or "",
            inactive=bool(element.get("inactive")),
        )

    async def clients(self, request: Request) -> Response:
        """GET /Client."""
        query = self.instance.query(request, "GET /Client")
        text = query.get("search", "").casefold()
        found = [client for client in self.instance.store.clients.values() if text in client.name.casefold()]
        shown = search.page(found, query, by_count=self.instance.observed)
        return JSONResponse({"record_count": len(found), "clients": [views.client_row(client) for client in shown]})


def _matches(user: User, query: Mapping[str, Any], exact: str | None) -> bool:
    if user.inactive and not query.get("includeinactive"):
        return False
    if query.get("client_id", user.client_id) != user.client_id or query.get("site_id", user.site_id) != user.site_id:
        return False
    if exact is not None and user.emailaddress.casefold() != exact:
        return False
    text = f"{user.name}\n{user.emailaddress}\n{user.email2}\n{user.email3}".casefold()
    return query.get("search", "").casefold() in text


def _exact_address(text: str | None) -> str | None:
    """The address of an `advanced_search` such as `[{"filter_name":"emailaddress","filter_type":2,…}]`."""
    if text is None:
        return None
    try:
        (only,) = json.loads(text)
        name, kind, value = only["filter_name"], only["filter_type"], only["filter_value"]
    except (ValueError, TypeError, KeyError) as error:
        raise Refusal(400, "The advanced_search is not valid") from error
    if (name, kind) != ("emailaddress", _EXACT) or not isinstance(value, str):
        raise Refusal(400, "This advanced_search is not supported")
    return value.casefold()
