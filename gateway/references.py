"""Signed references: a ticket's number that only we can have written. Pure.

    hm-1-40-7v3kq2…   the key's id, the ticket's number, HMAC-SHA256 over both in base32 (RFC 4648 §6, lower case)

Promises: a reference verifies only with a key of ours; one that was cut on its way still does while 128 bits of the
code are left. It proves that its writer has a mail of ours about that ticket, and nothing about who that is. Letters
have no case, because local parts and clients change it. Fails: never on mail. Knows nothing of where keys are kept.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from parsers.model import AutomationKind, ParsedEmail

SHORTEST = 26  # letters of 5 bits: 130 bits
LONGEST_LOCAL_PART = 64  # octets, RFC 5321 §4.5.3.1.1
MOST_CHECKED = 20  # references of one mail
MOST_IDS = 50
LONGEST_TEXT = 200_000  # characters of the text that are searched
NO_ANSWERS = frozenset({AutomationKind.BOUNCE, AutomationKind.DELAY})
LARGEST_TICKET = 2**31 - 1
REFERENCE = re.compile(r"(?<![a-z0-9])hm-([a-z0-9]{1,8})-([1-9][0-9]{0,9})-([a-z2-7]{26,52})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Key:
    """One key. `id` stands in every reference that it made."""

    id: str
    secret: bytes = field(repr=False)


def new_key(number: int) -> Key:
    """A key with 256 random bits."""
    return Key(str(number), secrets.token_bytes(32))


def sign(key: Key, ticket_id: int) -> str:
    """The whole reference: 256 bits."""
    return f"hm-{key.id}-{ticket_id}-{_code(key, ticket_id)}"


def verify(keys: Sequence[Key], text: str) -> int | None:
    """The ticket of the first reference in a text that one of the keys made."""
    return next(verified(keys, text), None)


def verified(keys: Sequence[Key], text: str) -> Iterator[int]:
    """The tickets of all references in a text that our keys made, in order."""
    for count, match in enumerate(REFERENCE.finditer(text)):
        if count == MOST_CHECKED:
            return
        key_id, ticket_id, code = match[1].lower(), int(match[2]), match[3].lower()
        if ticket_id > LARGEST_TICKET:
            continue
        for key in keys:
            if key.id == key_id and hmac.compare_digest(_code(key, ticket_id)[: len(code)], code):
                yield ticket_id
                break


def in_message_id(message_id: str, reference: str) -> str:
    """A msg-id with the reference at the end of its left part."""
    left, _, host = message_id.rpartition("@")
    return f"{left}.{reference}@{host}"


def behind_plus(address: str, reference: str) -> str:
    """An address with the reference, cut to 130 bits, behind a plus; empty if there is no room for it."""
    local, _, domain = address.rpartition("@")
    head, _, code = reference.rpartition("-")
    made = f"{local}+{head}-{code[:SHORTEST]}"
    return f"{made}@{domain}" if len(made) <= LONGEST_LOCAL_PART and '"' not in local else ""


def replied(mail: ParsedEmail) -> tuple[str, ...]:
    """The Message-IDs that look like ours and that a mail answers, if it is one of somebody who had them to answer.

    A report that a mail did not arrive names it too.
    """
    if mail.automation.kind in NO_ANSWERS or mail.null_reverse_path:
        return ()
    ids = dict.fromkeys((*mail.in_reply_to, *reversed(mail.references)))
    return tuple(one for one in list(ids)[:MOST_IDS] if REFERENCE.search(one))


def signed_tickets(mail: ParsedEmail, keys: Sequence[Key]) -> Iterator[tuple[int, str]]:
    """Every ticket that a signed reference of the mail names, and where it stands: what is hardest to lose first."""
    if not keys:
        return
    report = mail.delivery_report
    returned = report.original_message_id if report is not None else None
    places: list[tuple[str, str]] = [
        ("the returned mail", returned or ""),
        *(("the address it was sent to", one) for one in mail.delivered),
        *(("the address it was sent to", one.address) for one in (*mail.to, *mail.cc)),
        *(("In-Reply-To", one) for one in mail.in_reply_to),
        *(("References", one) for one in list(reversed(mail.references))[:MOST_IDS]),
        ("the text", mail.body.text[:LONGEST_TEXT]),
        ("the quoted text", mail.body.quoted_text[:LONGEST_TEXT]),
    ]
    seen: set[int] = set()
    for place, text in places:
        for ticket in verified(keys, text) if "hm-" in text.lower() else ():
            if ticket not in seen:
                seen.add(ticket)
                yield ticket, place


def _code(key: Key, ticket_id: int) -> str:
    said = f"halo-mailgate reference\0{key.id}\0{ticket_id}".encode()
    return base64.b32encode(hmac.new(key.secret, said, hashlib.sha256).digest()).decode().lower().rstrip("=")
