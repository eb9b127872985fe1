"""What the gateway knows of a message, decides about it and means to do: frozen values, no behaviour.

Promises: values only; every variant of a union is listed in its alias, so that `match` with `assert_never` is checked.
Knows nothing of how facts are gathered or effects performed. An effect of ours is a `Step`: an *Action* is Halo's word
for an entry on a ticket.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from parsers.model import ParsedEmail


@dataclass(frozen=True, slots=True)
class AccountPolicy:
    """What rules may know of the mailbox account that a mail came in by."""

    name: str
    address: str
    acknowledge: bool = True


@dataclass(frozen=True, slots=True)
class Requester:
    """The Halo user behind an address; `user_id` None for a sender nobody knows (the catch-all client's)."""

    address: str
    name: str = ""
    client_id: int | None = None
    site_id: int | None = None
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class TicketView:
    """A Halo ticket as far as decisions need it; `merged_into` names the ticket that took it over."""

    id: int
    summary: str = ""
    client_id: int | None = None
    user_id: int | None = None
    status_id: int | None = None
    merged_into: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """The world as one message needs it, asked once. Rules see this and nothing else."""

    mail: ParsedEmail
    account: AccountPolicy
    own_addresses: frozenset[str]  # every address of ours, lower case
    own_message: bool = False  # the Message-ID is one that we gave to an acknowledgement
    same_as: int | None = None  # the earlier message (ledger id) with the same Message-ID and content
    thread_ticket: int | None = None  # the ticket of the conversation that In-Reply-To or References name
    thread_evidence: str = ""  # the field and the msg-id that named it
    subject_ticket: int | None = None  # the number of a ticket reference in the subject
    ticket: TicketView | None = None  # what Halo says of the ticket above; None: there is none, or it is gone
    requester: Requester | None = None
    truncated: bool = False  # the octets we kept end before the mail does


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """Open a ticket for this mail."""

    reason: str
    acknowledge: bool
    acknowledge_reason: str  # why, or why not


@dataclass(frozen=True, slots=True)
class AddCorrespondence:
    """Add this mail to a ticket as email correspondence."""

    reason: str
    ticket_id: int
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Ignore:
    """Do nothing, on purpose; the mail counts as settled."""

    reason: str


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Set the mail aside, whole, until an operator releases or discards it."""

    reason: str


Decision = OpenTicket | AddCorrespondence | Ignore | Quarantine


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule said of a message, kept for `explain`."""

    rule: str
    said: str


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both forms. `html` is safe; neither holds our trailer yet."""

    plain: str
    html: str


@dataclass(frozen=True, slots=True)
class CreateTicket:
    """Open a ticket at Halo. Ids that the configuration decides are filled in by the plan."""

    summary: str
    details: Text
    requester: Requester
    client_id: int
    tickettype_id: int
    status_id: int
    priority_id: int
    date_occurred: datetime
    message_id: str | None = None
    name: str = "ticket"


@dataclass(frozen=True, slots=True)
class AddAction:
    """Add one entry of email correspondence to a ticket."""

    ticket_id: int
    note: Text
    requester: Requester
    subject: str
    sent_to: tuple[str, ...]
    cc: tuple[str, ...]
    date: datetime
    hidden: bool = False
    message_id: str | None = None
    name: str = "action"


@dataclass(frozen=True, slots=True)
class UploadAttachment:
    """Upload attachment number `index` of the mail (from 0). `ticket_id` None: the ticket that this plan opened."""

    index: int
    filename: str
    media_type: str
    size: int
    sha256: str
    inline: bool
    ticket_id: int | None = None
    name: str = ""  # "attachment-1", …
    content_id: str | None = None  # by which the text shows it


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Tell the sender the ticket's number. `message_id` (no brackets) is fixed before the first try.

    `respond_within`: minutes in which the ticket's priority promises an answer, if that is to be said.
    """

    to: Requester
    message_id: str
    in_reply_to: str | None
    references: tuple[str, ...]
    subject: str
    name: str = "acknowledgement"
    respond_within: int | None = None


@dataclass(frozen=True, slots=True)
class ShowPictures:
    """Let the text of the ticket that this plan opened show its pictures, if Halo gave links for them.

    A new ticket comes before its attachments; a reply comes after its pictures, and needs no such step.
    """

    name: str = "pictures"


@dataclass(frozen=True, slots=True)
class NoteRefused:
    """Say on the ticket, for agents only, which attachments Halo would not take; nothing if it took them all."""

    ticket_id: int | None = None
    name: str = "note"


Step = CreateTicket | AddAction | UploadAttachment | Acknowledge | ShowPictures | NoteRefused


@dataclass(frozen=True, slots=True)
class Plan:
    """Decided once and stored; a retry resumes it and never decides anew. Step names are unique in a plan."""

    decision: Decision
    steps: tuple[Step, ...] = ()
    verdicts: tuple[Verdict, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof of an effect, kept in the ledger for ever.

    `id` is the other side's number (ticket, action within its ticket, attachment); `how` says how we know: "answered",
    "found" (by look-up after a doubt), for an acknowledgement "sent", "refused", "unknown", "budget", "given_up", for
    an attachment "refused", or "not_needed". `link`: where an attachment can be seen, if Halo said so.
    """

    id: int | None
    how: str
    words: str = ""
    link: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a look-up may go by: the marker, when the intent was recorded, and the newest ticket known before it."""

    marker: str
    since: datetime
    ticket_floor: int | None = None
    taken: frozenset[int] = frozenset()  # ids on the other side that are another step's receipt
