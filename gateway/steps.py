"""What the gateway means to do about a message: frozen values, no behaviour.

Promises: values only; every variant of `Step` is listed in it, so that `match` with `assert_never` is checked. Names of
steps are unique in a plan. Knows nothing of how effects are performed. An effect of ours is a `Step`: an *Action* is
Halo's word for an entry on a ticket.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from gateway.model import Decision, Requester, Verdict
from storage.model import Way


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both forms. `html` is safe; neither holds our trailer yet.

    `pictures`: the addresses of those that `html` shows; no others are let through where it leaves.
    """

    plain: str
    html: str
    pictures: tuple[str, ...] = ()


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
    cc: tuple[str, ...] = ()
    participants: tuple[str, ...] = ()  # who may write on it, in lower case
    team: str = ""
    agent_id: int | None = None
    categories: tuple[str, ...] = ()
    custom_fields: tuple[tuple[str, str], ...] = ()


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
    participants: tuple[str, ...] = ()  # who may write on the ticket from now on, in lower case
    agent_id: int | None = None  # whose it is, if an agent wrote it


ORIGINAL = -1
"""The `index` of the mail itself, as it is kept."""


@dataclass(frozen=True, slots=True)
class UploadAttachment:
    """Upload attachment number `index` of the mail (from 0), or the mail itself (ORIGINAL).

    `ticket_id` None: the ticket that this plan opened.
    """

    index: int
    filename: str
    media_type: str
    size: int
    sha256: str
    inline: bool
    ticket_id: int | None = None
    name: str = ""  # "attachment-1", …
    content_id: str | None = None  # by which the text shows it
    hidden: bool = False  # for agents only


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Tell the sender the ticket's number; of a refused mail, that it has been set aside.

    `message_id` (no brackets) is fixed before the first try, but for the signed reference, which is put before its "@"
    when the ticket has its number.

    `respond_within`: minutes in which the ticket's priority promises an answer, if that is to be said.
    """

    to: Requester
    message_id: str
    in_reply_to: str | None
    references: tuple[str, ...]
    subject: str
    name: str = "acknowledgement"
    respond_within: int | None = None
    reply_to: str = ""  # the mailbox's address, if a signed reference may be put behind a plus in it
    signed: str = ""  # the signed reference; empty in a plan
    template: str = ""  # another text than the usual one
    language: str = "en"
    occasion: str = "opened"  # "reopened", "oversized"; "refused": no ticket is named
    ticket_id: int | None = None  # None: the ticket that this plan opened, if any
    mailbox: str = ""  # by which account it came in: there may be texts of its own
    topic: str = ""  # of the conversation, as Outlook has it
    thread_index: str = ""  # the mail's
    way: Way = Way.UNKNOWN  # how we came to write there


@dataclass(frozen=True, slots=True)
class CreateUser:
    """Make the sender a user of the client whose domain they have, at `requester.site_id`."""

    requester: Requester
    name: str = "user"


@dataclass(frozen=True, slots=True)
class Reopen:
    """Give a closed ticket an open status, if it is still closed by then."""

    ticket_id: int
    status_id: int
    name: str = "reopen"


@dataclass(frozen=True, slots=True)
class TellAgents:
    """A note that only agents see. `ticket_id` None: on the ticket that this plan opened."""

    note: Text
    ticket_id: int | None = None
    name: str = "notice"


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


Step = (
    CreateUser | CreateTicket | AddAction | UploadAttachment | Acknowledge | Reopen | TellAgents | ShowPictures
    | NoteRefused
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """Decided once and stored; a retry resumes it and never decides anew. Step names are unique in a plan."""

    decision: Decision
    steps: tuple[Step, ...] = ()
    verdicts: tuple[Verdict, ...] = field(default=())
