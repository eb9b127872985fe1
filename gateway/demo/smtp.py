"""An SMTP server in this event loop (aiosmtpd) that delivers mail for one address and keeps all other mail.

Promises: listens on loopback before `async with` enters and is gone, with its connections, after it; whatever it
accepted is in `kept` or was delivered before it said 250. Mail never leaves this process. Knows nothing of the gateway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True, slots=True)
class KeptMail:
    """One mail as it came: `reverse_path` is "" for the null reverse-path."""

    reverse_path: str
    recipients: tuple[str, ...]
    octets: bytes = field(repr=False)


class DemoSmtp:
    """The server. Mail for `local` goes to `deliver` with its Return-Path (RFC 5321 §4.4), other mail to `kept`."""

    def __init__(self, local: str = "", deliver: Callable[[bytes], Awaitable[object]] | None = None) -> None:
        self.host = "127.0.0.1"
        self.port = 0
        self.kept: list[KeptMail] = []
        self._local = local.lower()
        self._deliver = deliver
        self._server: asyncio.Server | None = None
        self._talks: list[SMTP] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.get_running_loop().create_server(self._protocol, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for talk in self._talks:
            if talk.transport is not None:
                talk.transport.abort()
        await asyncio.sleep(0)  # lets the aborted transports say that they are gone
        await self._server.wait_closed()

    def _protocol(self) -> SMTP:
        talk = SMTP(self, hostname="mail.harbourpine.example", enable_SMTPUTF8=True, loop=asyncio.get_running_loop())
        self._talks = [one for one in self._talks if one.transport is not None]
        self._talks.append(talk)
        return talk

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802
        """A mail has come in whole: the hook of aiosmtpd."""
        octets = bytes(envelope.original_content or b"")
        reverse_path = str(envelope.mail_from or "").strip("<>")  # the null reverse-path comes as "<>"
        ours = [one for one in envelope.rcpt_tos if str(one).lower() == self._local]
        others = tuple(str(one) for one in envelope.rcpt_tos if str(one).lower() != self._local)
        if ours and self._deliver is not None:
            await self._deliver(b"Return-Path: <" + reverse_path.encode("utf-8", "replace") + b">\r\n" + octets)
        if others:
            self.kept.append(KeptMail(reverse_path, others, octets))
        return "250 2.0.0 kept"
