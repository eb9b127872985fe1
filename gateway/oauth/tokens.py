"""Access tokens for mail: asked for once however many wait, renewed early, dropped when a server refuses one.

Promises: one request at a time; a token is renewed when a tenth of its life, at least five minutes of a long one, is
left; a new refresh token that a server gives (Microsoft rotates them) is remembered before the access token is used.
Answers are bounded in size and time. No token, secret or assertion is in any error, log or repr. Fails: `errors`.
Knows nothing of IMAP and SMTP.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

from config.oauth import OAuth
from gateway.errors import Misconfigured, Transient
from gateway.oauth import errors, grants
from gateway.ports import Clock
from gateway.secrecy import know
from gateway.trust import Minimum, client_context

TIMEOUT = 20.0
LARGEST_ANSWER = 200_000
EARLY = 300.0  # seconds before its end that a token is renewed, or a tenth of a short life
UNSAID = 300.0  # seconds that a token is used if the server does not say how long it lives
FRESH = 30.0  # a token that was asked for so short ago is not asked for again because a server refuses it

Recall = Callable[[], Awaitable[str | None]]
Remember = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Token:
    """What came of a request. `refresh`: a refresh token to use from now on, "" for none."""

    access: str
    life: float  # seconds
    refresh: str = ""
    scope: str = ""

    def __repr__(self) -> str:
        """Without what is secret."""
        return f"<token for {self.life:.0f} s>"


async def nothing() -> str | None:
    """Where no refresh token is kept."""
    return None


async def forget(_token: str) -> None:
    """Where none can be kept."""


class Tokens:
    """The token of one account. `where` names its settings to people."""

    def __init__(
        self,
        oauth: OAuth,
        username: str,
        clock: Clock,
        *,
        where: str,
        minimum: Minimum = "1.2",
        recall: Recall = nothing,
        remember: Remember = forget,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        know(oauth.client_secret.get_secret_value(), oauth.refresh_token.get_secret_value())
        self.oauth = oauth
        self._username = username
        self._clock = clock
        self.where = where
        self._minimum = minimum
        self._recall = recall
        self._remember = remember
        self._monotonic = monotonic
        self._turn = asyncio.Lock()
        self._token: Token | None = None
        self._asked = self._until = float("-inf")

    async def get(self) -> str:
        """The access token, renewed if need be."""
        async with self._turn:
            if self._token is None or self._monotonic() >= self._until:
                self._token = await self._renewed()
                self._asked = self._monotonic()
                early = min(EARLY, self._token.life / 10)
                self._until = self._asked + self._token.life - early
            return self._token.access

    @property
    def left(self) -> float:
        """Seconds for which the present token is still given out."""
        return max(0.0, self._until - self._monotonic()) if self._token is not None else 0.0

    def refused(self, token: str) -> bool:
        """A mail server did not accept this token: whether another one may be worth a try."""
        if self._token is None or self._token.access != token:
            return True
        old = self._monotonic() - self._asked > FRESH
        self._token = None
        return old

    async def ask(self, form: dict[str, str], url: str) -> tuple[int, dict[str, Any]]:
        """One POST: the status and the JSON object that came. Transient, Misconfigured: no answer of this kind came."""
        try:
            async with asyncio.timeout(TIMEOUT), self._http() as http, http.stream("POST", url, data=form) as answer:
                octets = bytearray()
                async for chunk in answer.aiter_bytes():
                    octets += chunk
                    if len(octets) > LARGEST_ANSWER:
                        raise Transient("token_nonsense", f"{self.where}: the token's server sends too much")
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError) as error:
            trouble = errors.of_exception(error, self.where)
        else:
            try:
                document = json.loads(octets)
            except (ValueError, RecursionError):
                document = None
            if isinstance(document, dict):
                return status, document
            trouble = errors.of_answer(status if status >= 300 else 502, None, self.where)
        raise trouble  # out here, so that the foreign error, which holds the request, is not attached to it

    async def _renewed(self) -> Token:
        refresh = ""
        if self.oauth.grant == "refresh_token":
            refresh = await self._recall() or self.oauth.refresh_token.get_secret_value()
            if not refresh:
                cure = "run `halo-mailgate mailbox login`, or provide the credential"
                raise Misconfigured(errors.REFUSED, f"{self.where}: nobody has consented yet: {cure}")
        know(refresh)
        form = grants.token_form(self.oauth, self._username, self._clock(), refresh)
        status, document = await self.ask(form, self.oauth.token_at)
        token = self.read(status, document)
        if token.refresh and token.refresh != refresh and self.oauth.grant == "refresh_token":
            await self._remember(token.refresh)
        return token

    def read(self, status: int, document: dict[str, Any]) -> Token:
        """The token in an answer; else what the answer means."""
        access = document.get("access_token")
        if (
            status != 200
            or not isinstance(access, str)
            or not access.isascii()
            or not access.isprintable()
            or not access
        ):
            raise errors.of_answer(502 if status == 200 else status, document, self.where)
        refresh = document.get("refresh_token")
        know(access, refresh if isinstance(refresh, str) else "")
        return Token(access, _seconds(document.get("expires_in")), refresh if isinstance(refresh, str) else "")

    async def keep(self, refresh_token: str) -> None:
        """Use this refresh token from now on."""
        await self._remember(refresh_token)

    def _http(self) -> httpx.AsyncClient:
        context = client_context(self.oauth.ca_file, self._minimum)
        return httpx.AsyncClient(verify=context, timeout=TIMEOUT, trust_env=True, follow_redirects=False)


def _seconds(said: object) -> float:
    try:
        seconds = float(said) if isinstance(said, int | float | str) else UNSAID
    except (ValueError, OverflowError):
        return UNSAID
    return seconds if math.isfinite(seconds) and 0 < seconds <= 86400 * 365 else UNSAID
