"""`/auth/token` and who may call: OAuth2 client credentials (RFC 6749 §4.4).

Promises: a token is good until its life ends; permissions live in the token, so that permission given back counts only
for tokens issued afterwards. A wrong secret is 401 `invalid_client`; a wrong tenant breaks the server (500), as
observed.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from gateway.sandbox.refusals import Refusal


@dataclass(slots=True)
class _Grant:
    expires: datetime
    permitted: bool


@dataclass(slots=True)
class Auth:
    """The authorisation server of one instance."""

    client_id: str
    client_secret: str
    tenant: str | None
    lifetime: timedelta
    now: Callable[[], datetime]
    permitted: bool = True
    _grants: dict[str, _Grant] = field(default_factory=dict)

    async def token(self, request: Request) -> Response:
        """POST /auth/token."""
        if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return _refused("invalid_request", "the body must be a form", 400)
        if self.tenant is not None and request.query_params.get("tenant") != self.tenant:
            return PlainTextResponse("Internal Server Error", 500)
        async with request.form() as form:
            if form.get("grant_type") != "client_credentials":
                return _refused("unsupported_grant_type", "only client_credentials", 400)
            given = [str(form.get(name, "")).encode() for name in ("client_id", "client_secret")]
            scope = str(form.get("scope", "all"))
        known = [self.client_id.encode(), self.client_secret.encode()]
        if not all(hmac.compare_digest(*pair) for pair in zip(given, known, strict=True)):
            return _refused("invalid_client", "the client id or secret is wrong", 401)
        token = secrets.token_urlsafe(32)
        self._grants[token] = _Grant(self.now() + self.lifetime, self.permitted)
        seconds = int(self.lifetime / timedelta(seconds=1))
        return JSONResponse({"token_type": "Bearer", "access_token": token, "expires_in": seconds, "scope": scope})

    def admit(self, request: Request) -> None:
        """Refuse a call whose token is missing, unknown or expired (401), or carries no permission (403)."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        grant = self._grants.get(token) if scheme.lower() == "bearer" else None
        if grant is None or grant.expires <= self.now():
            raise Refusal(401, "unauthorized")
        if not grant.permitted:
            raise Refusal(403, "insufficient permissions")

    def expire(self) -> None:
        """End the life of every token."""
        self._grants.clear()

    def withdraw(self) -> None:
        """Take the permission away from every token, and from those to come."""
        self.permitted = False
        for grant in self._grants.values():
            grant.permitted = False


def _refused(error: str, description: str, status: int) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status)
