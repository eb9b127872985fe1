"""The access token: OAuth 2.0 client credentials (RFC 6749 §4.4) at {auth_url}/token.

Promises: one renewal at a time, a minute before the token ends; what the server says of its life is trusted. A refused
login is Misconfigured with its cure; everything else is Transient, because asking for a token has no effect that could
be in doubt. The secret never appears in an error. Knows nothing of what the token is for.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import httpx

from config.settings import Halo
from gateway.errors import Misconfigured, Permanent, Trouble
from gateway.halo import errors, words
from gateway.secrecy import know

EARLY: Final = 60.0
_UNSAID: Final = 300.0  # seconds that a token is used if the server does not say how long it lives
_CURES: Final = {
    "invalid_client": "check [halo] client_id, client_secret and tenant",
    "unauthorized_client": "let the API application use the method Client ID and Secret (services)",
    "unsupported_grant_type": "let the API application use the method Client ID and Secret (services)",
    "invalid_scope": "give the API application the permission `all`",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a server; `octets` is its whole body, `beyond` whether that was longer than we read."""

    status_code: int
    headers: httpx.Headers
    octets: bytes
    beyond: bool = False

    @property
    def is_markup(self) -> bool:
        """Whether this is a page for people, as a login or a proxy shows it."""
        kind = self.headers.get("content-type", "").lower()
        return "html" in kind or self.octets[:256].lstrip().startswith(b"<")


Exchange = Callable[[httpx.Request], Awaitable[Answer]]
"""Sends one request without a token. Raises Trouble while resting, on a 3xx, a 429, and where no answer comes."""


class Tokens:
    """Holds the one token. `monotonic` counts seconds."""

    def __init__(self, settings: Halo, exchange: Exchange, monotonic: Callable[[], float]) -> None:
        know(settings.client_secret.get_secret_value())
        self._settings = settings
        self._exchange = exchange
        self._monotonic = monotonic
        self._renewing = asyncio.Lock()
        self._token = ""
        self._until = float("-inf")

    async def get(self) -> str:
        """The token, renewed if need be."""
        if self._monotonic() < self._until:
            return self._token
        async with self._renewing:
            if self._monotonic() >= self._until:
                self._token, life = await self._renew()
                self._until = self._monotonic() + max(life - EARLY, life / 2)
            return self._token

    def drop(self, token: str) -> None:
        """Never give this token out again; one that somebody renewed in the meantime stays."""
        if token == self._token:
            self._until = float("-inf")

    async def _renew(self) -> tuple[str, float]:
        settings = self._settings
        answer = await self._exchange(
            httpx.Request(
                "POST",
                f"{settings.auth_url}/token",
                params={"tenant": settings.tenant} if settings.tenant else None,
                data={
                    "grant_type": "client_credentials",
                    "client_id": settings.client_id,
                    "client_secret": settings.client_secret.get_secret_value(),
                    "scope": "all",
                },
                headers={"Accept": "application/json"},
            )
        )
        if not 200 <= answer.status_code < 300:
            raise self._refused(answer)
        if answer.is_markup:
            raise Misconfigured("login_page", "a page instead of a token: check [halo] auth_url")
        try:
            document = json.loads(answer.octets)
        except (ValueError, RecursionError):
            document = None
        token = document.get("access_token") if isinstance(document, dict) else None
        if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
            raise errors.nonsense("the token's answer makes no sense: check [halo] auth_url", write=False)
        know(token)
        return token, _seconds(document.get("expires_in"))

    def _refused(self, answer: Answer) -> Trouble:
        secret = self._settings.client_secret.get_secret_value()
        said = words.said(answer.octets, (secret,)).replace(secret, "…")
        trouble = errors.of_status(answer.status_code, said, write=False)
        if answer.status_code in {400, 401, 403}:
            word = next((word for word in _CURES if word in said), "invalid_client")
            return Misconfigured(word, f"HaloPSA refuses the login ({said or answer.status_code}); {_CURES[word]}")
        if isinstance(trouble, Permanent):
            return Misconfigured(
                "no_token", f"{trouble.words}; check [halo] auth_url: the token is at {{auth_url}}/token"
            )
        if answer.status_code == 500:  # what a wrong tenant gets
            trouble.words += "; if it lasts, check [halo] tenant"
        return trouble


def _seconds(said: object) -> float:
    """The life of a token as the server says it."""
    try:
        seconds = float(said) if isinstance(said, int | float | str) else _UNSAID
    except (ValueError, OverflowError):
        return _UNSAID
    return seconds if math.isfinite(seconds) and 0 < seconds <= timedelta(days=365).total_seconds() else _UNSAID
