"""The outermost ASGI application: notes each request, obeys faults, keeps the rate limit, hands the rest inside.

Promises: a request is read whole before anything is decided, so that a write may land although its caller has gone.
`requests` has every request but those to `/_sandbox`, in the order of arrival, with the status that went out. Knows
nothing of tickets.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.sandbox.faults import TOO_LARGE, Fault, Faults
from gateway.sandbox.habits import Habits
from gateway.sandbox.model import RequestSeen

_CONTROL = "/_sandbox/"


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


@dataclass(slots=True)
class Door:
    """Wraps the application of one instance. `hang_up` closes the connection of a scope without a word."""

    inside: ASGIApp
    faults: Faults
    now: Callable[[], datetime]
    rate_limit: int | None
    habits: Habits
    hang_up: Callable[[Scope], None]
    requests: list[RequestSeen] = field(default_factory=list)
    _recent: deque[datetime] = field(default_factory=deque)
    _late: set[asyncio.Task[None]] = field(default_factory=set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        try:
            body = await Request(scope, receive).body()
        except ClientDisconnect:
            return  # gone before it had said everything: nothing was asked
        method, path = scope["method"], scope["path"]

        async def perform() -> Answer:
            return await self._perform(scope, body)

        if path.startswith(_CONTROL):
            await _send(send, await perform())
            return
        seen = RequestSeen(method, path, dict(parse_qsl(scope["query_string"].decode("latin-1"))), self.now())
        self.requests.append(seen)
        struck = self.faults.take(method, path)
        answer = await perform() if struck is None else await self._fail(struck, perform)
        if answer is None:
            self.hang_up(scope)
            while (await receive())["type"] != "http.disconnect":
                pass  # a return before the connection is gone would be answered with a 500
            return
        seen.status = answer.status
        await _send(send, answer)

    async def _fail(self, fault: Fault, perform: Callable[[], Awaitable[Answer]]) -> Answer | None:
        real = await perform() if fault.write == "first" else None
        if fault.write == "late" and fault.do != "pass":
            self._perform_later(fault.delay, perform)
        else:
            await asyncio.sleep(fault.delay)
        match fault.do:
            case "drop":
                return None
            case "pass":
                return real or await perform()
            case "cut":
                real = real or await perform()
                return _plain(real.status, real.body[: len(real.body) // 2], b"application/json; charset=utf-8")
            case "answer":
                more = [(b"retry-after", fault.retry_after.encode())] if fault.retry_after is not None else []
                return _plain(fault.status, fault.body.encode(), fault.content_type.encode(), *more)

    def _perform_later(self, delay: float, perform: Callable[[], Awaitable[Answer]]) -> None:
        async def later() -> None:
            await asyncio.sleep(delay)
            await perform()

        task = asyncio.create_task(later())
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def landed(self) -> None:
        """Wait until every late write has landed."""
        while self._late:
            await asyncio.gather(*self._late)

    async def close(self) -> None:
        """Give up the writes that have not landed yet."""
        for task in self._late:
            task.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)

    async def _perform(self, scope: Scope, body: bytes) -> Answer:
        if self.rate_limit is not None and scope["path"].lower().startswith("/api/"):
            now = self.now()
            window = self.habits.window
            while self._recent and self._recent[0] <= now - window:
                self._recent.popleft()
            if len(self._recent) >= self.rate_limit:
                minutes = f"{window / timedelta(minutes=1):g}"
                words = f"Rate Limit Reached - {self.rate_limit} Requests per rolling {minutes} minute window."
                left = math.ceil((self._recent[0] + window - now).total_seconds())
                more = [(b"retry-after", b"%d" % left)] if self.habits.retry_after else []
                return _plain(429, words.encode(), b"text/plain; charset=utf-8", *more)
            self._recent.append(now)
        most = self.habits.largest_body
        if most is not None and len(body) > most and not scope["path"].startswith(_CONTROL):
            return _plain(413, TOO_LARGE.encode(), b"text/html")
        return await _whole_answer(self.inside, scope, body)


def _plain(status: int, body: bytes, content_type: bytes, *more: tuple[bytes, bytes]) -> Answer:
    length = str(len(body)).encode()
    return Answer(status, ((b"content-type", content_type), (b"content-length", length), *more), body)


async def _whole_answer(inside: ASGIApp, scope: Scope, body: bytes) -> Answer:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await inside(dict(scope), receive, send)
    start, *rest = sent
    return Answer(start["status"], tuple(start["headers"]), b"".join(message.get("body", b"") for message in rest))


async def _send(send: Send, answer: Answer) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)})
    await send({"type": "http.response.body", "body": answer.body})
