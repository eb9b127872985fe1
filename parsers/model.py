"""What a mail says, as values.

Promises: frozen, comparable values with no behaviour; every field is filled for every input (an unreadable mail gives
empty fields and `defects`). Fails: never, there is nothing to fail. Knows nothing of HaloPSA, the ledger or settings.

Words: *originators* are From, Sender and Reply-To (RFC 5322 §3.6.2); *identification fields* are Message-ID,
In-Reply-To and References (§3.6.4). A msg-id is kept with its angle brackets off and the host part in lower case.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class AutomationKind(StrEnum):
    """What kind of machine wrote a mail, if one did (RFC 3834, 3464, 8098, 5965, 2919)."""

    NONE = "none"
    AUTO_GENERATED = "auto_generated"  # an alert, a report: nobody wrote it, nobody's mail caused it
    AUTO_REPLY = "auto_reply"
    OUT_OF_OFFICE = "out_of_office"
    BOUNCE = "bounce"
    DELAY = "delay"
    READ_RECEIPT = "read_receipt"
    FEEDBACK_REPORT = "feedback_report"
    MAILING_LIST = "mailing_list"  # a person wrote it, a list passed it on
    CALENDAR = "calendar"


@dataclass(frozen=True, slots=True)
class Automation:
    """The kind and the sign that gave it away, for people: `Auto-Submitted: auto-replied`."""

    kind: AutomationKind = AutomationKind.NONE
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox of an address field: `address` is the addr-spec (domain in lower case), `name` the display-name."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part to be uploaded. `filename` is safe for any file system and never empty; `octets` are decoded."""

    filename: str
    media_type: str
    octets: bytes = field(repr=False)
    sha256: str
    inline: bool = False
    content_id: str | None = None

    @property
    def size(self) -> int:
        """Decoded size in octets."""
        return len(self.octets)


@dataclass(frozen=True, slots=True)
class RecipientReport:
    """One per-recipient block of a DSN (RFC 3464 §2.3)."""

    address: str
    action: str = ""
    status: str = ""
    diagnostic: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """A DSN, or what could be read of a bounce in free form; `original_message_id` is the failed mail's.

    `original_subject` and `original_references` (which it answered, the newest first) are what came back of its header.
    """

    recipients: tuple[RecipientReport, ...] = ()
    original_message_id: str | None = None
    original_subject: str = ""
    original_references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Forward:
    """The mail that was forwarded, as far as the forwarding client wrote it down."""

    kind: str  # "inline" or "attachment"
    original_sender: str | None = None
    original_name: str | None = None
    original_subject: str | None = None
    original_date: str | None = None
    original_to: tuple[str, ...] = ()
    original_text: str | None = None


@dataclass(frozen=True, slots=True)
class AuthenticationResult:
    """One result of an Authentication-Results field (RFC 8601 §2.2): `server` is its authserv-id or ''."""

    server: str
    method: str  # spf, dkim, dmarc, arc, compauth …
    result: str  # pass, fail, none …
    properties: tuple[tuple[str, str], ...] = ()  # `smtp.mailfrom`, `header.d` … and `reason`
    field: int = 0  # which of the fields said so, counted from the newest
    cut: bool = False  # the field goes on beyond what is read of it


@dataclass(frozen=True, slots=True)
class Body:
    """The text of a mail. `html` is safe to show and None when the mail had none; `reply_*` is the new part only.

    Of an inline forward `reply_*` is the forwarder's own note, empty if there is none, and `quoted_text` the rest.
    """

    text: str = ""
    html: str | None = None
    reply_text: str = ""
    reply_html: str | None = None
    signature: str = ""
    quoted_text: str = ""


@dataclass(frozen=True, slots=True)
class ParsedEmail:
    """Everything a support desk asks of one mail.

    `content_digest` identifies the content: equal for two deliveries of one mail whatever their trace fields, list tags
    and list footers say, and None when the mail has no Message-ID; `text_digest` is that of sender, subject and new
    text alone, None for an empty one. `hops` counts Received fields. `headers` holds the first field of each name,
    decoded and cut, names in lower case; `delivered` the addresses that the trace of delivery names. `authentication`
    is what Authentication-Results fields say, newest first.
    """

    message_id: str | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()  # as written: oldest first
    date: datetime | None = None
    subject: str = ""
    base_subject: str = ""  # RFC 5256 §2.1, with the prefixes of other languages
    from_: Address | None = None
    from_doubt: str = ""  # why others may read another author in From, in words; "" if nobody can
    sender: Address | None = None
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    body: Body = field(default_factory=Body)
    attachments: tuple[Attachment, ...] = ()
    automation: Automation = field(default_factory=Automation)
    delivery_report: DeliveryReport | None = None
    forward: Forward | None = None
    authentication: tuple[AuthenticationResult, ...] = ()
    hops: int = 0
    null_reverse_path: bool = False  # Return-Path: <>
    content_digest: str | None = None
    text_digest: str | None = None
    delivered: tuple[str, ...] = ()  # Delivered-To, X-Original-To, Envelope-To: in lower case
    received_by: str = ""  # the host that wrote the topmost Received field, in lower case
    reached: tuple[str, ...] = ()  # those that stand above every Received field: where the last server put it
    size: int = 0  # of the octets that were read
    left_out: tuple[str, ...] = ()  # of a mail that was cut: names of attachments that are not whole
    parts_before_cut: int | None = None  # of a mail that was cut: how many of its leaves are whole
    language: str | None = None  # what the sender writes in, if it is one that we can answer in
    headers: dict[str, str] = field(default_factory=dict)
    repeated: frozenset[str] = frozenset()  # names of fields that stand there more than once
    defects: tuple[str, ...] = ()
