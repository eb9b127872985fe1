"""An SMTP server to send to: keeps what it gets, and misbehaves on request.

    async with SmtpSink() as sink:
        sink.replies["RCPT"] = "451 4.2.0 later"     # to the command; "." is the reply to the mail itself
        sink.drop = "after_data"                     # hang up once the mail is in `messages`

It runs in the caller's event loop, on a port of its own on 127.0.0.1, which it keeps over `stop` and `start`.
"""

# ruff: noqa: N802 - the names are aiosmtpd's

from __future__ import annotations

import asyncio
import ssl
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

Moment = Literal["before_data", "in_data", "after_data"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One mail that the server took. `mail_from` is "" for the null reverse-path."""

    mail_from: str
    rcpt_tos: tuple[str, ...]
    octets: bytes = field(repr=False)
    options: tuple[str, ...] = ()


class SmtpSink:
    """`login`: the user and password it wants. `tls`: its certificate; `implicit_tls` from the first octet on."""

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        implicit_tls: bool = False,
        login: tuple[str, str] | None = None,
        utf8: bool = False,
        most: int = 64 << 20,
    ) -> None:
        self.host = "127.0.0.1"
        self.port = 0
        self.tls = tls
        self.implicit_tls = implicit_tls
        self.login = login
        self.utf8 = utf8
        self.most = most  # octets of one mail
        self.messages: list[Delivery] = []
        self.commands: list[str] = []  # verbs, in the order they came, on all connections
        self.replies: dict[str, str] = {}  # verb, or "." for the end of the mail -> what to answer instead
        self.drop: Moment | None = None  # hang up: at the DATA command, inside the mail, or after taking it
        self.silent: set[str] = set()  # verbs, or ".", that are never answered
        self.enough = ""  # what it does at the second mail of a connection: "hangs up" or "says 421"
        self.sessions = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Transport] = set()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, on the port of before if there was one."""
        context = self.tls if self.implicit_tls else None
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Dialogue(self), self.host, self.port, ssl=context, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse connections, and cut those that are open."""
        if self._server is not None:
            self._server.close()
            for transport in list(self._open):
                transport.abort()
            await self._server.wait_closed()
            self._server = None
            await asyncio.sleep(0)


class _Keeper:
    """aiosmtpd's handler: takes every mail."""

    def __init__(self, sink: SmtpSink) -> None:
        self.sink = sink

    async def handle_DATA(self, server: _Dialogue, session: Session, envelope: Envelope) -> str:
        sink, content = self.sink, envelope.content
        assert isinstance(content, bytes)
        if "." in sink.replies:
            return sink.replies["."]
        options = tuple(map(str, envelope.mail_options))
        sink.messages.append(
            Delivery((envelope.mail_from or "").strip("<>"), tuple(envelope.rcpt_tos), content, options)
        )
        if sink.drop == "after_data":
            server.hang_up()
        if "." in sink.silent:
            await asyncio.sleep(3600)
        return "250 2.0.0 taken"


class _Dialogue(SMTP):
    """One connection."""

    def __init__(self, sink: SmtpSink) -> None:
        self.sink = sink
        self.mails = 0
        super().__init__(
            _Keeper(sink),
            hostname="sink.example",
            ident="sink",
            loop=asyncio.get_running_loop(),
            data_size_limit=sink.most,
            enable_SMTPUTF8=sink.utf8,
            tls_context=None if sink.implicit_tls else sink.tls,
            authenticator=self._admit if sink.login else None,
            auth_require_tls=sink.tls is not None and not sink.implicit_tls,
            timeout=60,
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.sink.sessions += 1
        self.sink._open.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.sink._open = {one for one in self.sink._open if not one.is_closing()}
        super().connection_lost(error)

    def hang_up(self) -> None:
        assert isinstance(self.transport, asyncio.Transport)
        self.transport.abort()

    async def push(self, status: str | bytes) -> None:
        if isinstance(status, str) and status.startswith("220 sink") and "GREETING" in self.sink.replies:
            status = self.sink.replies["GREETING"]
        await super().push(status)

    def _admit(self, server: Any, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        assert self.sink.login is not None
        user, password = self.sink.login
        return AuthResult(success=(data.login, data.password) == (user.encode(), password.encode()), handled=False)

    async def smtp_EHLO(self, arg: str) -> None:
        if not await self._otherwise("EHLO"):
            await super().smtp_EHLO(arg)

    async def smtp_STARTTLS(self, arg: str) -> None:
        if not await self._otherwise("STARTTLS"):
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:
        if not await self._otherwise("AUTH"):
            await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str) -> None:
        self.mails += 1
        if self.sink.enough and self.mails > 1:
            if self.sink.enough == "says 421":
                await self.push("421 4.7.0 so many and no more")
            self.hang_up()
            return
        if await self._otherwise("MAIL"):
            return
        if self.sink.login and not (self.session and self.session.authenticated):
            await self.push("530 5.7.0 Authentication required")
            return
        await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str) -> None:
        address = arg.partition(":")[2].strip(" <>").lower()
        if not await self._otherwise(f"RCPT {address}" if f"RCPT {address}" in self.sink.replies else "RCPT"):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:
        if self.sink.drop == "before_data":
            self.hang_up()
        elif self.sink.drop == "in_data":
            await self.push("354 go on")
            await self._reader.readline()
            self.hang_up()
        elif not await self._otherwise("DATA"):
            await super().smtp_DATA(arg)

    async def smtp_RSET(self, arg: str) -> None:
        if not await self._otherwise("RSET"):
            await super().smtp_RSET(arg)

    async def smtp_QUIT(self, arg: str) -> None:
        if not await self._otherwise("QUIT"):
            await super().smtp_QUIT(arg)

    async def _otherwise(self, verb: str) -> bool:
        """Answer as the test wants it, if it wants something."""
        self.sink.commands.append(verb.partition(" ")[0])
        if verb in self.sink.silent:
            await asyncio.sleep(3600)
        reply = self.sink.replies.get(verb)
        if reply is not None:
            await self.push(reply)
        return reply is not None


def make_certificate(folder: Path, name: str = "localhost", address: str = "127.0.0.1") -> tuple[ssl.SSLContext, Path]:
    """A server's context with a certificate of its own making, and the file that a client must trust."""
    cert, key = folder / "smtp-cert.pem", folder / "smtp-key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", f"/CN={name}"),
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-keyout", str(key), "-out", str(cert)),
            *("-addext", f"subjectAltName=DNS:{name},IP:{address}"),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    return context, cert
