"""Writes our few mails and hands them to the mail server.

Promises: implements `gateway.ports.Mailer`. `committing` is awaited once RCPT was accepted, just before DATA;
Transient, Permanent and Misconfigured mean that nothing was sent, Ambiguous that it may have been. Knows nothing of the
ledger and of retries.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from email.utils import make_msgid

import aiosmtplib

from config.settings import Smtp
from gateway.errors import Permanent, Transient
from gateway.office import Office
from gateway.ports import Clock
from gateway.receipts import Receipt
from gateway.secrecy import mask
from gateway.smtp import acknowledge
from gateway.smtp.addresses import WireAddress, wire
from gateway.smtp.connections import Connections, Line, translated
from gateway.smtp.errors import SAID, Stage
from gateway.steps import Acknowledge
from parsers.subject import Reference


class SmtpMailer:
    """Writes as one address. Safe to use from several tasks at once."""

    def __init__(
        self,
        settings: Smtp,
        from_address: str,
        connections: Connections,
        *,
        from_name: str = "",
        references: tuple[Reference, ...] = acknowledge.REFERENCES,
        clock: Clock = lambda: datetime.now(UTC),
        office: Office | None = None,
    ) -> None:
        """`connections` may be shared with others; `office`: the hours that acknowledgements speak of."""
        self._settings = settings
        self._connections = connections
        self._office = office
        self._from_address = from_address
        self._from_name = from_name
        self._references = references
        self._clock = clock

    async def acknowledge(
        self, step: Acknowledge, ticket_id: int | None, committing: Callable[[], Awaitable[None]]
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
            office=self._office,
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
        async with self._connections.ready(fresh=True):
            pass

    async def close(self) -> None:
        """Say goodbye where a connection is kept."""
        await self._connections.close()

    async def _send(
        self, recipients: Sequence[WireAddress], octets: bytes, committing: Callable[[], Awaitable[None]]
    ) -> str:
        async with self._connections.ready() as line:
            try:
                await self._offer(line, recipients, len(octets))
            except Transient as trouble:
                if not line.is_tired(trouble):
                    raise
            else:
                return await self._hand_over(line, octets, committing)
        async with self._connections.ready(fresh=True) as line:
            await self._offer(line, recipients, len(octets))
            return await self._hand_over(line, octets, committing)

    async def _offer(self, line: Line, recipients: Sequence[WireAddress], size: int) -> None:
        with translated(Stage.ENVELOPE):
            await self._envelope(line.client, recipients, size)

    async def _hand_over(self, line: Line, octets: bytes, committing: Callable[[], Awaitable[None]]) -> str:
        await committing()
        with translated(Stage.DATA):
            response = await line.client.data(octets)
        return mask(f"{response.code} {' '.join(response.message[: 8 * SAID].split())}")[:SAID]

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


def _sized(client: aiosmtplib.SMTP, size: int) -> list[str]:
    """What MAIL says of the size (RFC 1870). Permanent: the server has said that it takes none so large."""
    if not client.supports_extension("size"):
        return []
    most = client.esmtp_extensions.get("size", "").strip()
    if most.isascii() and most.isdigit() and 0 < int(most[:18]) < size:
        raise Permanent("smtp_too_large", f"the mail server takes {most} octets at the most, and this has {size}")
    return [f"SIZE={size}"]


async def _nothing() -> None:
    pass
