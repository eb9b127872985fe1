"""Mails as customers' programs would write them."""

from __future__ import annotations

from collections.abc import Mapping
from email.message import EmailMessage

USER = "support@acme.example"


def mail(
    *,
    subject: str = "The printer prints only zebras",
    sender: str = "Anna Berg <anna@customer.example>",
    to: str = USER,
    text: str = "Hello,\n\nit does so since this morning.\n\nAnna\n",
    message_id: str | None = None,
    in_reply_to: str | None = None,
    references: str | None = None,
    attachments: Mapping[str, bytes] | None = None,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """One mail as a customer's program would write it."""
    made = EmailMessage()
    made["From"] = sender
    made["To"] = to
    made["Subject"] = subject
    made["Date"] = "Mon, 02 Mar 2026 09:00:00 +0100"
    if message_id is not None:
        made["Message-ID"] = f"<{message_id}>"
    if in_reply_to is not None:
        made["In-Reply-To"] = f"<{in_reply_to}>"
    if references is not None:
        made["References"] = references
    for name, value in (headers or {}).items():
        made[name] = value
    made.set_content(text)
    for name, octets in (attachments or {}).items():
        made.add_attachment(octets, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes().replace(b"\n", b"\r\n")
