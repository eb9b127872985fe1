"""What the gateway knows of a message, and what it decides about it: frozen values, no behaviour.

Promises: values only; every variant of a union is listed in its alias, so that `match` with `assert_never` is checked.
Knows nothing of how facts are gathered, nor of what follows from a decision (`steps`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from config.policy import Policy
from parsers.model import Address, ParsedEmail
from storage.model import Way


@dataclass(frozen=True, slots=True)
class AccountPolicy:
    """What rules may know of the mailbox account that a mail came in by."""

    name: str
    address: str
    acknowledge: bool = True
    plus_addressing: bool = False
    language: str = ""  # of acknowledgements; "" for the sender's own
    fallback_language: str = "en"  # where the sender's own is not known
    answers: frozenset[str] = frozenset()  # of what else than a new ticket senders are told: kinds of `Acknowledge`
    policy: Policy = field(default_factory=Policy)
    files_per_mail: int = 25  # that are attached one by one


@dataclass(frozen=True, slots=True)
class Requester:
    """The Halo user behind an address; `user_id` None for a sender nobody knows.

    `client_id` without a user: the address has that client's domain, as HaloPSA says. `by_users`: it does not say so,
    but several of the client's users have it: enough for whose a new ticket is. With neither, the catch-all client's.
    """

    address: str
    name: str = ""
    client_id: int | None = None
    site_id: int | None = None
    user_id: int | None = None
    by_users: bool = False


@dataclass(frozen=True, slots=True)
class TicketView:
    """A Halo ticket as far as decisions need it; `merged_into` names the ticket that took it over.

    `addresses`: of its requester, in lower case. `closed`: resolved or closed; `closed_at`: since when, if Halo says.
    """

    id: int
    summary: str = ""
    client_id: int | None = None
    user_id: int | None = None
    status_id: int | None = None
    merged_into: int | None = None
    addresses: frozenset[str] = frozenset()
    closed: bool = False
    closed_at: datetime | None = None


class Kind(StrEnum):
    """Kinds of evidence for a ticket, strongest first."""

    SIGNED = "signed reference"  # made with our key: whoever has it has a mail of ours
    KNOWN = "known Message-ID"  # of a mail that we kept or wrote
    NUMBER = "number in the subject"  # anybody can write it
    IN_TEXT = "number in the text"
    MENTIONED = "mentioned Message-ID"  # of a mail that nobody but other mails spoke of: anybody can seed it


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sign that a mail belongs to a ticket; `words` say where it stands."""

    kind: Kind
    ticket: int
    words: str


class Standing(StrEnum):
    """What the sender is to the ticket."""

    AGENT = "agent"  # and it is certain that it is
    PARTICIPANT = "participant"  # its requester, or somebody whom its mails were addressed to
    COLLEAGUE = "colleague"  # of the same client, or of the same private domain in one conversation
    OTHER_CLIENT = "another client's"
    STRANGER = "stranger"


class Authenticity(StrEnum):
    """What servers of ours say of From."""

    PASSED = "passed"
    FAILED = "failed"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class Agent:
    """A technician of ours, as Halo lists them."""

    id: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Routing:
    """What the rules of the configuration together want for a mail; None and empty where they want nothing."""

    taken: tuple[str, ...] = ()  # names of the rules
    tickettype_id: int | None = None
    status_id: int | None = None
    priority_id: int | None = None
    client_id: int | None = None
    client_by_sender: bool = False  # because of who the mail says it is from
    team: str = ""
    agent_id: int | None = None
    categories: tuple[str, ...] = ()
    custom_fields: tuple[tuple[str, str], ...] = ()
    acknowledge: bool | None = None
    template: str = ""
    ignore: bool = False
    quarantine: bool = False
    hide: bool = False


@dataclass(frozen=True, slots=True)
class Earlier:
    """The same mail, that was here before: its message, and what became of it in words.

    `again`: a person moved it back, and what became of it was nothing, or is gone: it is worked on once more.
    `unlike`: only its Message-ID is the same, or it is less certain who wrote it (`doubtful`): nothing follows from it.
    """

    message: int
    words: str
    again: bool = False
    unlike: str = ""
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """The world as one message needs it, asked once. Rules see this and nothing else."""

    mail: ParsedEmail
    account: AccountPolicy
    own_addresses: frozenset[str]  # every address of ours, lower case
    own_message: bool = False  # the Message-ID is one that we gave to an acknowledgement
    same_as: int | None = None  # the earlier message (ledger id) with the same Message-ID and content
    evidence: tuple[Evidence, ...] = ()  # all there is, the strongest first
    gone: tuple[int, ...] = ()  # tickets among them that Halo has not, or no longer
    chosen: Evidence | None = None  # the strongest whose ticket there is
    ticket: TicketView | None = None  # that ticket, or the one it was merged into
    standing: Standing = Standing.STRANGER
    standing_words: str = ""  # why
    authenticity: Authenticity = Authenticity.UNVERIFIED
    authenticity_words: str = ""
    author: Address | None = None  # who wrote it: From, or the person whom other fields name
    unproved: str = ""  # why only fields that anybody can write say so; "" where it is From
    agent: Agent | None = None  # the agent who wrote it, if that is certain
    requester: Requester | None = None  # whose mail it counts as
    requester_words: str = ""
    create_user: bool = False  # the requester may become a user
    truncated: bool = False  # the octets we kept end before the mail does
    now: datetime | None = None
    reopened: int = 0  # how often the ticket was opened again lately
    repeats: bool = False  # the sender wrote the very same so often lately that it is taken for a machine
    dead_address: bool = False  # mail to whom we would answer came back
    way: Way = Way.UNKNOWN  # how the mail leads to whom we would answer
    thanks: bool = False  # it only says thanks
    related: bool = False  # it has the ticket's subject, and is to others who take part in it
    routing: Routing = Routing()
    override: str = ""  # what an operator said: "release", or "assign" with the ticket as `ticket`
    own_signature: bool = False  # its Message-ID has a signed reference: we wrote it
    earlier: Earlier | None = None  # the same mail, that was here before
    left_out: tuple[str, ...] = ()  # parts of a mail that was too large, in words
    folder: str = ""  # where it was found
    size: int = 0  # what the server says, in octets
    backfill: bool = False  # it is old, and was asked for later: nobody is told of it
    digest: str = ""  # SHA-256 of what is kept of it; "" of a mail that is not kept


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """Open a ticket for this mail.

    `note`: what agents are to know of it; `split`: it leaves the conversation that it seemed to belong to.
    """

    reason: str
    acknowledge: bool
    acknowledge_reason: str  # why, or why not
    note: str = ""
    split: bool = False


@dataclass(frozen=True, slots=True)
class AddCorrespondence:
    """Add this mail to a ticket as email correspondence.

    `warning` stands above the text; `reopen`: the ticket goes back to work; `agent_id`: it is this agent's;
    `welcome`: whom the mail names takes part from now on; `dead`: addresses that are answered no more, if the ledger
    knows that `answer`, a Message-ID, went to them, or, where `vouched` for by our own server, any about the ticket.
    """

    reason: str
    ticket_id: int
    hidden: bool = False
    warning: str = ""
    reopen: bool = False
    agent_id: int | None = None
    welcome: bool = False
    dead: tuple[str, ...] = ()
    answer: str = ""
    vouched: bool = False


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
