"""Sends our few mails over aiosmtplib, one connection each.

Promises: implements `gateway.ports.Mailer`. TLS and STARTTLS are verified and never fallen back from. `committing` is
awaited once RCPT was accepted, just before DATA; Transient, Permanent and Misconfigured mean that nothing was sent,
Ambiguous that it may have been. After anything but a reply, cancellation included, the connection is cut, because the
dialogue may be out of step. Knows nothing of the ledger and of retries.

A new connection for each mail costs some milliseconds (acknowledgements are few) and cannot be stale.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from email.utils import make_msgid

import aiosmtplib

from config.settings import Smtp
from gateway.errors import Misconfigured, Permanent, Transient, Trouble
from gateway.model import Acknowledge
from gateway.oauth import sasl
from gateway.oauth.tokens import Tokens
from gateway.ports import Clock
from gateway.receipts import Receipt
from gateway.smtp import acknowledge
from gateway.smtp.addresses import WireAddress, wire
from gateway.smtp.errors import Stage, translate
from gateway.trust import Minimum, client_context
from parsers.subject import Reference

QUIT_SECONDS = 5.0  # farewell is a courtesy: the mail is the server's already
_METHODS = ("plain", "login", "cram-md5")


class SmtpMailer:
    """Writes as one address. Safe to use from several tasks at once."""

    def __init__(
        self,
        settings: Smtp,
        from_address: str,
        *,
        from_name: str = "",
        references: tuple[Reference, ...] = acknowledge.REFERENCES,
        clock: Clock = lambda: datetime.now(UTC),
        tokens: Tokens | None = None,
        minimum: Minimum = "1.2",
    ) -> None:
        """`tokens`: where its access token is from, if it logs in with one; `minimum`: the oldest TLS to speak."""
        self._settings = settings
        self._oauth_tokens = tokens
        self._minimum = minimum
        self._from_address = from_address
        self._from_name = from_name
        self._references = references
        self._clock = clock

    async def acknowledge(
        self, step: Acknowledge, ticket_id: int, committing: Callable[[], Awaitable[None]]
    ) -> Receipt:
        """Send one acknowledgement; the receipt says "sent" and what the server called the mail."""
        octets = acknowledge.compose(
            step,
            ticket_id,
            from_address=self._from_address,
            from_name=self._from_name,
            now=self._clock(),
            references=self._references,
            templates=self._settings.templates,
        )
        said = await self._send([wire(step.to.address)], octets, committing)
        return Receipt(None, "sent", said)

    async def alert(self, to: Sequence[str], subject: str, text: str) -> None:
        """Tell operators; a recipient that is refused does not keep the others from being told."""
        sender = wire(self._from_address)
        octets = acknowledge.compose_alert(
            to,
            subject,
            text,
            from_address=self._from_address,
            from_name=self._from_name,
            message_id=make_msgid(domain=sender.domain)[1:-1],
            now=self._clock(),
        )
        await self._send([wire(one) for one in to], octets, _nothing)

    async def verify(self) -> None:
        """Connect, agree on TLS, log in, say goodbye; no mail is sent. Raises like `acknowledge`."""
        async with self._session():
            pass

    async def close(self) -> None:
        """Nothing is kept open between mails."""

    async def _send(
        self, recipients: Sequence[WireAddress], octets: bytes, committing: Callable[[], Awaitable[None]]
    ) -> str:
        async with self._session() as client:
            with _translated(Stage.ENVELOPE):
                await self._envelope(client, recipients, len(octets))
            await committing()
            with _translated(Stage.DATA):
                response = await client.data(octets)
            return f"{response.code} {' '.join(response.message.split())}"[:200]

    async def _envelope(self, client: aiosmtplib.SMTP, recipients: Sequence[WireAddress], size: int) -> None:
        reverse_path = None if self._settings.reverse_path == "null" else wire(self._settings.reverse_path)
        everybody = [*recipients, wire(self._from_address), *([reverse_path] if reverse_path else [])]
        options, encoding = _sized(client, size), "ascii"
        if any(one.utf8 for one in everybody):  # RFC 6531 §3.4: asked for only where it is needed
            if not client.supports_extension("smtputf8"):
                raise aiosmtplib.SMTPNotSupported("SMTPUTF8")
            options, encoding = [*options, "SMTPUTF8", "BODY=8BITMIME"], "utf-8"
        await client.mail(reverse_path.spec if reverse_path else "", options=options, encoding=encoding)
        refusals = []
        for recipient in recipients:
            try:
                await client.rcpt(recipient.spec, encoding=encoding)
            except aiosmtplib.SMTPRecipientRefused as refusal:
                refusals.append(refusal)
        if len(refusals) == len(recipients):
            raise aiosmtplib.SMTPRecipientsRefused(refusals)

    @contextlib.asynccontextmanager
    async def _session(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """A connection that is ready for MAIL; ended with QUIT, or cut if anything but a reply came between."""
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
        in_step = False
        try:
            with _translated(Stage.CONNECT):
                await client.connect()
                if client.is_ehlo_or_helo_needed:
                    await _introduce(client)
                if settings.username:
                    await self._log_in(client)
            try:
                yield client
            except Trouble as trouble:
                in_step = isinstance(
                    trouble.__context__, aiosmtplib.SMTPResponseException | aiosmtplib.SMTPRecipientsRefused
                )
                raise
            in_step = True
        finally:
            if in_step:
                await _farewell(client)
            _cut(client)

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
        return host if "." in host and host.isascii() and host.isprintable() else wire(self._from_address).domain


@contextlib.contextmanager
def _translated(stage: Stage) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        trouble = translate(error, stage)
        if trouble is None or trouble is error:
            raise
        raise trouble from None  # foreign messages repeat addresses; nobody may print them by accident


def _sized(client: aiosmtplib.SMTP, size: int) -> list[str]:
    """What MAIL says of the size (RFC 1870). Permanent: the server has said that it takes none so large."""
    if not client.supports_extension("size"):
        return []
    most = client.esmtp_extensions.get("size", "").strip()
    if most.isascii() and most.isdigit() and 0 < int(most[:18]) < size:
        raise Permanent("smtp_too_large", f"the mail server takes {most} octets at the most, and this has {size}")
    return [f"SIZE={size}"]


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


async def _nothing() -> None:
    pass
