"""Connections to the mail server: made, logged in, kept for a while, shared by all who write.

Promises: TLS and STARTTLS are verified and never fallen back from. Whoever uses a connection has it alone. One that was
kept is asked (RSET) before it is used again, and replaced in silence if it does not answer: a server may hang up on
whoever rests. After anything but a reply, cancellation included, a connection is cut: the dialogue may be out of step.
Fails with the kinds of trouble of `gateway.smtp.errors`, all before anything was sent. Knows nothing of mails.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

import aiosmtplib

from config.settings import Smtp
from gateway.errors import Misconfigured, Transient, Trouble
from gateway.oauth import sasl
from gateway.oauth.tokens import Tokens
from gateway.secrecy import know
from gateway.smtp.errors import Stage, translate
from gateway.trust import Minimum, client_context

QUIT_SECONDS = 5.0  # farewell is a courtesy: the mail is the server's already
KEPT = timedelta(seconds=30)
"""How long a connection may rest before we say goodbye; servers wait minutes (RFC 5321 §4.5.3.2.7)."""
MOST_KEPT = 2
MOST_MAILS = 100
"""Mails over one connection: servers with a limit have about this one (Exchange Online 30 a minute, Exim 1000)."""
_METHODS = ("plain", "login", "cram-md5")


@dataclass(slots=True)
class _Resting:
    client: aiosmtplib.SMTP
    since: float
    mails: int


class Line(NamedTuple):
    """A connection in use. `worn`: mail went over it before."""

    client: aiosmtplib.SMTP
    worn: bool

    def is_tired(self, trouble: Transient) -> bool:
        """Whether the server had enough of this connection, and nothing against the mail.

        Servers take so many mails over one, and then hang up or say 421 (RFC 5321 §3.8).
        """
        return self.worn and (trouble.cause == "smtp_hung_up" or trouble.words.startswith("421"))


class Connections:
    """To one mail server. `kept`: how long a connection is kept for the next mail; zero: never."""

    def __init__(
        self,
        settings: Smtp,
        domain: str,
        *,
        tokens: Tokens | None = None,
        minimum: Minimum = "1.2",
        kept: timedelta = timedelta(),
    ) -> None:
        """`domain`: our name for EHLO where this host has no full one. `tokens`: where an access token is from."""
        know(settings.password.get_secret_value())
        self._settings = settings
        self._domain = domain
        self._oauth_tokens = tokens
        self._minimum = minimum
        self._kept = kept.total_seconds()
        self._resting: list[_Resting] = []
        self._leaving: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def ready(self, *, fresh: bool = False) -> AsyncIterator[Line]:
        """A connection that is ready for MAIL. `fresh`: a new one, whatever is kept."""
        held = None if fresh else await self._rested()
        client, mails = (held.client, held.mails) if held is not None else (await self._connected(), 0)
        in_step = False
        try:
            try:
                yield Line(client, worn=held is not None)
            except Trouble as trouble:
                in_step = isinstance(
                    trouble.__context__, aiosmtplib.SMTPResponseException | aiosmtplib.SMTPRecipientsRefused
                )
                raise
            in_step = True
        finally:
            if not (in_step and self._keep(client, mails + 1)):
                if in_step:
                    await _farewell(client)
                _cut(client)

    async def close(self) -> None:
        """Say goodbye on every connection that is kept; never raises."""
        while self._resting:
            self._leave(self._resting.pop().client)
        if self._leaving:
            await asyncio.gather(*self._leaving, return_exceptions=True)

    async def _rested(self) -> _Resting | None:
        while self._resting:
            held = self._resting.pop()
            answered = False
            try:
                await held.client.rset(timeout=QUIT_SECONDS)
                answered = True
            except (aiosmtplib.SMTPException, OSError):
                continue
            finally:
                if not answered:
                    _cut(held.client)
            return held
        return None

    def _keep(self, client: aiosmtplib.SMTP, mails: int) -> bool:
        if not self._kept or not client.is_connected:
            return False
        if mails >= MOST_MAILS or len(self._resting) >= MOST_KEPT:
            return False
        self._resting.append(_Resting(client, time.monotonic(), mails))
        asyncio.get_running_loop().call_later(self._kept, self._retire)
        return True

    def _retire(self) -> None:
        """Let go whatever has rested for long enough."""
        now = time.monotonic()
        for held in [one for one in self._resting if now - one.since >= self._kept - 0.01]:
            self._resting.remove(held)
            self._leave(held.client)

    def _leave(self, client: aiosmtplib.SMTP) -> None:
        async def leave() -> None:
            try:
                await _farewell(client)
            finally:
                _cut(client)

        task = asyncio.get_running_loop().create_task(leave())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _connected(self) -> aiosmtplib.SMTP:
        settings = self._settings
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            timeout=settings.timeout.total_seconds(),
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            tls_context=await self._trust() if settings.security != "none" else None,
            local_hostname=self._our_name(),
        )
        ready = False
        try:
            with translated(Stage.CONNECT):
                await client.connect()
                if client.is_ehlo_or_helo_needed:
                    await _introduce(client)
                if settings.username:
                    await self._log_in(client)
            ready = True
        finally:
            if not ready:
                _cut(client)
        return client

    async def _log_in(self, client: aiosmtplib.SMTP) -> None:
        """One try by one method: `client.login` would go through them all, and the last answer hides the first."""
        if self._oauth_tokens is not None:
            await self._log_in_by_token(client, self._oauth_tokens)
            return
        username = self._settings.username.encode()
        password = self._settings.password.get_secret_value().encode()
        offered = client.supported_auth_methods
        match next((method for method in _METHODS if method in offered), None):
            case "plain":
                await client.auth_plain(username, password)
            case "login":
                await client.auth_login(username, password)
            case "cram-md5":
                await client.auth_crammd5(username, password)
            case _:
                raise Misconfigured(
                    "smtp_lacks",
                    "the mail server offers no login that we can use; empty [smtp] username if it needs none, "
                    'or write security = "starttls" if it offers logins only then',
                )

    async def _log_in_by_token(self, client: aiosmtplib.SMTP, tokens: Tokens) -> None:
        """Never by a password when this is refused. A token that was used for a while may have been revoked."""
        settings, offered = self._settings, frozenset(one.upper() for one in client.server_auth_methods)
        mechanism = sasl.choose(tokens.oauth.mechanism, offered)
        if mechanism is None:
            said = "the mail server offers neither XOAUTH2 nor OAUTHBEARER"
            raise Misconfigured("smtp_lacks", f'{said}: write security = "starttls", or use a password')
        token = await tokens.get()
        try:
            first = sasl.first_message(mechanism, settings.username, token, host=settings.host, port=settings.port)
        except ValueError:
            raise Misconfigured("smtp_login", "[smtp] username cannot be sent: look for a control character") from None
        answer = await client.execute_command(b"AUTH", mechanism.encode(), base64.b64encode(first))
        why = ""
        if answer.code == aiosmtplib.SMTPStatus.auth_continue:
            why = sasl.why(_unpacked(answer.message))
            answer = await client.execute_command(base64.b64encode(sasl.last_message(mechanism)))
        if answer.code == aiosmtplib.SMTPStatus.auth_successful:
            return
        if answer.code // 100 == 5 and tokens.refused(token):
            raise Transient("smtp_token", "the mail server did not accept the token; the next try has a new one")
        raise aiosmtplib.SMTPAuthenticationError(answer.code, f"{answer.message} {why}".strip())

    async def _trust(self) -> ssl.SSLContext:
        try:
            return await asyncio.to_thread(client_context, self._settings.ca_file, self._minimum)
        except Misconfigured as trouble:
            raise Misconfigured("smtp_ca_file", f"[smtp] {trouble.words}") from trouble

    def _our_name(self) -> str:
        """The name for EHLO: this host's where it is a full one, else our mail domain. Asking DNS could take long."""
        host = socket.gethostname()
        return host if "." in host and host.isascii() and host.isprintable() else self._domain


@contextlib.contextmanager
def translated(stage: Stage) -> Iterator[None]:
    """Whatever the library raises inside, as a kind of trouble."""
    try:
        yield
    except Exception as error:
        trouble = translate(error, stage)
        if trouble is None or trouble is error:
            raise
        raise trouble from None  # foreign messages repeat addresses; nobody may print them by accident


async def _introduce(client: aiosmtplib.SMTP) -> None:
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError:
        if not client.is_connected:
            raise
        await client.helo()


async def _farewell(client: aiosmtplib.SMTP) -> None:
    with contextlib.suppress(aiosmtplib.SMTPException, OSError):
        await client.quit(timeout=QUIT_SECONDS)


def _cut(client: aiosmtplib.SMTP) -> None:
    """Without waiting: `close` would first flush what is left of a mail that we have given up."""
    if isinstance(client.transport, asyncio.Transport):
        client.transport.abort()
    client.close()


def _unpacked(challenge: str) -> bytes:
    try:
        return base64.b64decode(challenge[:10_000])
    except ValueError:
        return b""
