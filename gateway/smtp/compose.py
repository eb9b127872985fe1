"""Mails of ours as octets: header fields that nobody can inject into, message ids that are never bent.

Promises: pure. Every value is cleaned to one line before it becomes a field; the result has CRLF line ends and, unless
an address needs SMTPUTF8, only seven-bit octets. Knows nothing of what a mail is for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any

from gateway.smtp.addresses import WireAddress

LONGEST_ID = 900  # octets; a line ends at 998 (RFC 5322 §2.1.1)
MOST_IDS = 20
_MESSAGE_IDS = frozenset({"message-id", "in-reply-to", "references"})


class _Policy(EmailPolicy):
    """SMTP's policy, but for fields of message ids.

    The standard library turns what is longer than a line into encoded-words, which threading takes for another id; RFC
    5322 §3.6.4 allows no encoding there, so these are folded between ids only.
    """

    def fold_binary(self, name: str, value: Any) -> bytes:
        """One field as octets."""
        if name.lower() in _MESSAGE_IDS:
            folded = "\r\n ".join(str(value).split())
            return f"{name}: {folded}\r\n".encode("ascii")
        return super().fold_binary(name, value)


_SEVEN_BIT = _Policy(linesep="\r\n", max_line_length=78, cte_type="7bit")
_UTF8 = _SEVEN_BIT.clone(utf8=True, cte_type="8bit")


def header(
    *,
    sender: WireAddress,
    sender_name: str,
    to: Sequence[WireAddress],
    subject: str,
    message_id: str,
    date: datetime,
    more: Iterable[tuple[str, str]] = (),
) -> EmailMessage:
    """A mail without its body. `message_id` is without angle brackets and stays as it is."""
    mail = EmailMessage(policy=_UTF8 if sender.utf8 or any(one.utf8 for one in to) else _SEVEN_BIT)
    mail["From"] = _mailbox(sender, clean(sender_name, 80))
    mail["To"] = [_mailbox(one) for one in to]
    mail["Subject"] = clean(subject, 200)
    mail["Date"] = date
    mail["Message-ID"] = f"<{message_id}>"
    for name, value in more:
        mail[name] = value
    return mail


def identifiers(ids: Iterable[str]) -> str:
    """Message ids as a field body: those that can stand in one, the last MOST_IDS of them; "" for none."""
    usable = [one for one in dict.fromkeys(ids) if one and len(one) <= LONGEST_ID and _plain(one)]
    return " ".join(f"<{one}>" for one in usable[-MOST_IDS:])


def clean(text: str, most: int) -> str:
    """One line of at most `most` characters, without control, formatting (bidirectional too) or private characters."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text[: 16 * most]).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def _plain(message_id: str) -> bool:
    return message_id.isascii() and message_id.isprintable() and not set(message_id) & set(" <>")


def _mailbox(address: WireAddress, name: str = "") -> Address:
    local, _, domain = address.spec.rpartition("@")
    return Address(display_name=name, username=local.strip('"'), domain=domain)
