"""HTTP with HaloPSA's API: requests with a token, answers as JSON, failures as trouble.

Promises: a redirect is never followed; an answer is never larger than 16 MB; a 401 or 403 renews the token and tries
once more; after a 429 all callers rest; at the end every failure is one of `gateway.errors`, by the table in
`gateway.halo.errors`. A cancelled call leaves its effect in doubt. Mail text, addresses and secrets are in no error.
Knows nothing of tickets.
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

import httpx

from config.settings import Halo
from gateway import lapse
from gateway.errors import Misconfigured, Transient, Trouble
from gateway.halo import errors, words
from gateway.halo.auth import Answer, Tokens
from gateway.halo.budget import LATE, Budget, Priority
from gateway.halo.pause import Pause, http_date, retry_after
from gateway.halo.purse import Left, Purse, Reserve
from gateway.halo.wire import Payload
from gateway.haste import no_hurry
from gateway.ports import Clock
from gateway.trust import Minimum, client_context

LARGEST_ANSWER: Final = 16 * 1024 * 1024
_LARGE_JSON: Final = 512 * 1024  # parsed beside the event loop
_SLOWEST: Final = 64 * 1024  # octets a second: what a large upload gets beyond the time-out
_LOOPBACK: Final = ("all://localhost", "all://127.0.0.1", "all://[::1]")


class HaloApi:
    """The API at {url}/api. HTTPS_PROXY and NO_PROXY are honoured, except on the way to this host itself."""

    def __init__(
        self,
        settings: Halo,
        *,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        minimum: Minimum = "1.2",
        may_write: Callable[[], bool] = lambda: True,
        reserve: Reserve | None = None,
        left: Left | None = None,
    ) -> None:
        """`may_write` is asked with the last octets of a write in hand.

        `reserve`: others spend from our budget too; `left` tells what they leave.
        """
        for name in ("httpx", "httpcore"):  # they log URLs (addresses, in look-ups) and headers (the token)
            logging.getLogger(name).setLevel(logging.WARNING)
        self.server = settings.url
        self._base = f"{settings.url}/api"
        self._timeout = settings.timeout.total_seconds()
        self._clock = clock
        self._monotonic = monotonic
        self._may_write = may_write
        self.pause = Pause(monotonic)
        """The rest of all callers after a 429."""
        limit, window = settings.requests, settings.request_window.total_seconds()
        purse = None if reserve is None else Purse(reserve, limit, window * (1 + LATE), lapse.seconds, left)
        self.budget = Budget(limit, window, monotonic, purse=purse)
        """What is left of the requests that we allow ourselves."""
        # A connection that idles is closed by us early: one that the server closes under a POST leaves it in doubt.
        self._http = httpx.AsyncClient(
            transport=transport,
            mounts=None if transport else dict.fromkeys(_LOOPBACK),
            verify=_trust(settings, minimum),
            timeout=httpx.Timeout(self._timeout, connect=self._timeout / 3, pool=self._timeout / 3),
            limits=httpx.Limits(max_connections=16, max_keepalive_connections=16, keepalive_expiry=3),
            follow_redirects=False,
            headers={"User-Agent": "halo-mailgate"},
        )
        self.tokens = Tokens(settings, lambda request: self._exchange(request, Priority.URGENT, write=False), monotonic)
        self._told: tuple[datetime, float] | None = None  # the Date field of its last answer, and when that came

    async def now(self) -> datetime:
        """The server's time, good to a second or so, whatever our clock was set to; ours if it never tells its own."""
        if self._told is None:
            await self.tokens.get()
        return self._now()

    def _now(self) -> datetime:
        if self._told is None:
            return self._clock()
        date, at = self._told
        return date + timedelta(seconds=self._monotonic() - at)

    async def read(
        self,
        path: str,
        params: Mapping[str, str | int | bool] | None = None,
        *,
        priority: Priority = Priority.ORDINARY,
    ) -> object:
        """GET `path`; the JSON of the answer. Permanent "not_found": a 404. Never Ambiguous."""
        return await self._call("GET", path, priority, params=params)

    async def write(
        self, path: str, payload: Payload, private: Sequence[str] = (), *, priority: Priority = Priority.URGENT
    ) -> object:
        """POST `payload`; the JSON of the answer. `private`: what an error must not quote."""
        return await self._call("POST", path, priority, payload=payload, private=private)

    async def close(self) -> None:
        """Close connections; never raises."""
        with suppress(Exception):
            await self._http.aclose()

    async def _call(
        self,
        method: str,
        path: str,
        priority: Priority,
        *,
        params: Mapping[str, str | int | bool] | None = None,
        payload: Payload | None = None,
        private: Sequence[str] = (),
    ) -> object:
        write, priority = payload is not None, Priority.SPARE if no_hurry() else priority
        answer, token = await self._try(method, path, priority, params, payload)
        if _token_refused(answer):
            self.tokens.drop(token)
            answer, _ = await self._try(method, path, priority, params, payload)
            if _token_refused(answer):
                status_code = 403 if answer.status_code == 403 else 401
                raise errors.of_status(status_code, words.said(answer.octets, private), write=write)
        return await _document(answer, write=write, private=private)

    async def _try(
        self,
        method: str,
        path: str,
        priority: Priority,
        params: Mapping[str, str | int | bool] | None,
        payload: Payload | None,
    ) -> tuple[Answer, str]:
        token = await self.tokens.get()
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        if payload is not None:
            headers |= {"Content-Type": payload.content_type, "Content-Length": str(payload.length)}
        request = self._http.build_request(
            method,
            self._base + path,
            params=dict(params) if params else None,
            headers=headers,
            content=self._stream(payload) if payload else None,
        )
        return await self._exchange(request, priority, write=payload is not None), token

    async def _exchange(self, request: httpx.Request, priority: Priority, *, write: bool) -> Answer:
        """Send one request as it is. 3xx and 429 are dealt with here, because they mean the same for tokens."""
        self.pause.check()
        await self.budget.take(priority)
        self.pause.check()  # it may have begun while we waited
        sent_at = self._monotonic()
        trouble: Trouble | None = None
        length = int(request.headers.get("content-length", 0))
        try:
            async with asyncio.timeout(self._timeout + length / _SLOWEST):
                answer = await self._send(request)
        except Trouble as ours:
            trouble = ours
        except Exception as error:  # noqa: BLE001  (the table in `errors` is total)
            trouble = errors.of_exception(error, write=write)
        if trouble is not None:
            raise trouble  # out here, so that the foreign error with its URLs and headers is not attached to it
        if 300 <= answer.status_code < 400:
            raise Misconfigured("redirected", _redirected(request, answer))
        asked = retry_after(answer.headers.get("retry-after"), self._now())
        if answer.status_code == 429:
            rest = self.pause.begin(asked, sent_at=sent_at)
            raise errors.of_status(429, words.said(answer.octets), write=write, retry_after=rest)
        if answer.status_code == 503:
            raise errors.of_status(503, words.said(answer.octets), write=write, retry_after=asked)
        if 200 <= answer.status_code < 300:
            self.pause.end()
        return answer

    async def _stream(self, payload: Payload) -> AsyncIterator[bytes]:
        """The octets of a write. The connection is made and the head has left: what is missing is no request yet.

        Nothing is awaited between the question and the writing, so a host that was frozen sends nothing it must not.
        """
        for chunk in payload.chunks():
            if not self._may_write():
                raise Transient("lease_lost", "another host may have taken this over")
            yield chunk

    async def _send(self, request: httpx.Request) -> Answer:
        response = await self._http.send(request, stream=True)
        octets = bytearray()
        beyond = False
        try:
            if (date := http_date(response.headers.get("date"))) is not None:
                self._told = date, self._monotonic()
            async for chunk in response.aiter_bytes():
                octets += chunk
                if beyond := len(octets) > LARGEST_ANSWER:
                    break
        except httpx.HTTPError:
            if response.status_code < 300:
                raise  # a success that is cut off says too little; a refusal has said enough
        finally:
            await response.aclose()
        return Answer(response.status_code, response.headers, bytes(octets), beyond)


async def _document(answer: Answer, *, write: bool, private: Sequence[str]) -> object:
    """The JSON of a success; trouble for everything else."""
    if not 200 <= answer.status_code < 300:
        raise _refusal(answer, write=write, private=private)
    if answer.is_markup:
        if write:
            raise errors.nonsense(errors.LOGIN_PAGE, write=True)
        raise Misconfigured("login_page", errors.LOGIN_PAGE)
    if answer.beyond:
        raise errors.nonsense("the answer is larger than 16 MB", write=write)
    try:
        if len(answer.octets) > _LARGE_JSON:
            return await asyncio.to_thread(json.loads, answer.octets)
        document: object = json.loads(answer.octets)
    except (ValueError, RecursionError):
        pass
    else:
        return document
    raise errors.nonsense("the answer is not JSON", write=write)


def _refusal(answer: Answer, *, write: bool, private: Sequence[str]) -> Trouble:
    return errors.of_status(answer.status_code, words.said(answer.octets, private), write=write)


def _token_refused(answer: Answer) -> bool:
    """Whether a new token may help: permissions live in it, and some end points say 400 of an expired one."""
    if answer.status_code in {401, 403}:
        return True
    if answer.status_code != 400 or len(answer.octets) > 4096:
        return False
    try:
        document = json.loads(answer.octets)
    except (ValueError, RecursionError):
        return False
    said = document.get("error") if isinstance(document, dict) else None
    return said in ("invalid_token", "invalid_grant", "unauthorized")


def _redirected(request: httpx.Request, answer: Answer) -> str:
    """Where the server points; only the host, because the rest may hold a session."""
    try:
        host = httpx.URL(answer.headers.get("location", "")).host or request.url.host
    except httpx.InvalidURL:
        host = "another place"
    which = "auth_url" if request.url.path.endswith("/token") else "url"
    return f"HaloPSA points to {host[:100]} ({answer.status_code}), which is not followed: check [halo] {which}"


def _trust(settings: Halo, minimum: Minimum) -> ssl.SSLContext:
    """The system's authorities, or those of `ca_file` alone."""
    try:
        return client_context(settings.ca_file, minimum)
    except Misconfigured:
        raise Misconfigured("ca_file", "the file of [halo] ca_file cannot be read as certificates (PEM)") from None
