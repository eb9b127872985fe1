"""What an operator may decide about senders, closed tickets, loops and routing.

Promises: frozen values like all settings; every default keeps strangers' words from customers and answers from loops.
Knows nothing of how a decision is carried out.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from config.errors import refused
from config.kinds import Closed, Domain, Duration, Id, Line, Name, Octets, Pattern, TemplateName, TimeOfDay

Outcome = Literal["append", "hidden", "new", "quarantine"]
Kind = Literal[
    "none", "auto_generated", "auto_reply", "out_of_office", "bounce", "delay", "read_receipt", "feedback_report",
    "mailing_list", "calendar",
]  # fmt: skip
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
OUTCOMES = (
    '"append", "hidden" (for agents only, with a warning), "new" (a new ticket, linked by a note) or "quarantine"'
)
FEW = Annotated[int, Field(strict=True, ge=0, le=1000)]
COUNT = Annotated[int, Field(strict=True, ge=1, le=100_000)]


class Section(BaseModel):
    """A table of the configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Policy(Section):
    """Who may write on which ticket. Each key may be given otherwise for one mailbox, under [mailbox.policy]."""

    stranger_signed: Outcome = Field(
        default="hidden",
        description=f"A stranger to the ticket whose mail has our signed reference: {OUTCOMES}.",
    )
    stranger_thread: Outcome = Field(
        default="hidden",
        description="A stranger whose mail answers, by its Message-ID, one that we know.",
    )
    stranger_number: Outcome = Field(
        default="new", description="A stranger whose mail has nothing but the number of a ticket."
    )
    failed_authentication: Outcome = Field(
        default="hidden",
        description="A mail whose From failed SPF, DKIM and DMARC, whoever it says it is from. One that belongs to no "
        'ticket opens one for nobody in particular, or is set aside with "quarantine".',
    )
    authentication_servers: tuple[Domain, ...] = Field(
        default=(),
        description="Names (authserv-id) that your own mail servers write into Authentication-Results; all others are "
        'ignored. "microsoft365" for a mailbox at Exchange Online, whose fields have no name. Without one no From '
        "counts as verified, and agents have no rights by mail.",
        examples=[["mx.acme.example"]],
    )
    trusted_lists: tuple[Domain, ...] = Field(
        default=(),
        description="Domains of mailing lists and groups that are trusted to say for whom they wrote From "
        "(X-Original-From, X-Original-Sender), where From passed authentication for that domain. Whoever else is named "
        "by such a field or by Reply-To is unproved: never shown to a customer on a ticket that is there.",
        examples=[["groups.acme.example"]],
    )
    closed: Closed = Field(
        default="reopen",
        description='Mail to a closed or resolved ticket: "reopen" it, "reopen:14d" (later than that a new ticket, '
        'linked by a note), "new" (always), or "note" (for agents only, it stays closed).',
    )
    reopen_status_id: Id = Field(
        default=0, description="The status of a ticket that is opened again; 0: that of new tickets."
    )
    reopenings: FEW = Field(default=3, description="How often one ticket may be opened again within an hour.")


class People(Section):
    """Whose mail it is."""

    match_domains: StrictBool = Field(
        default=True,
        description="Whether a sender whom HaloPSA does not know belongs to the client that has the domain: HaloPSA "
        "says so at the client or its site, or several users have it, all of one client. Mail providers' never count.",
    )
    shared_domains: tuple[Domain, ...] = Field(
        default=(),
        description="More domains whose users have nothing in common: providers that the built-in list has not.",
        examples=[["isp.example"]],
    )
    client_domains: tuple[Domain, ...] = Field(
        default=(),
        description="Domains that are one client's, though the built-in list has them as a provider's. HaloPSA must "
        "still say whose they are.",
        examples=[["hosting.example"]],
    )
    create_users: StrictBool = Field(
        default=False,
        description="Whether a person who opens a ticket from such a domain becomes a user of that client, at its only "
        "or its main site. In the observed dialect only.",
    )


class Budgets(Section):
    """How many acknowledgements may go out, counted in the ledger; what comes above that is silent, and told once."""

    within: Duration = Field(default=timedelta(hours=1), description="The rolling window of these limits.")
    per_address: COUNT = Field(default=3, description="To one mailbox, however its address is spelt.")
    per_domain: COUNT = Field(default=60, description="To all addresses of one domain and the domains below it.")
    per_ticket: COUNT = Field(default=2, description="About one ticket.")
    overall: COUNT = Field(default=500, description="To everybody together.")
    per_reply_to: COUNT = Field(
        default=1,
        description="To one mailbox that a Reply-To names outside of From's domain, or at a provider's that many share:"
        " anybody can name anybody there. Such an answer repeats nothing of the mail.",
    )
    reply_to: COUNT = Field(default=20, description="To all of those together.")
    same_text: COUNT = Field(
        default=2,
        description="A sender whose very same text came so often within a day is taken for a machine: no longer "
        "answered, and nothing is opened again for it.",
    )


class Rule(Section):
    """Routing: the first rule whose conditions all hold is taken; one with `continue` lets later ones add to it.

    Texts are compared without case; "*" stands for anything. Of several in a list one has to match.
    """

    name: Name = Field(description="Shown in `explain` and by `rules test`.", examples=["invoices"])
    mailbox: tuple[Name, ...] = Field(default=(), description="Names of mailboxes.", examples=[["support"]])
    recipient: tuple[Pattern, ...] = Field(
        default=(),
        description='An address of To, Cc or Delivered-To; "support+billing@*" sees the part behind the plus.',
        examples=[["billing@*"]],
    )
    sender: tuple[Pattern, ...] = Field(default=(), description="The address of From.", examples=[["*@bank.example"]])
    domain: tuple[Domain, ...] = Field(
        default=(), description="The domain of From, or one above it.", examples=[["bank.example"]]
    )
    subject: tuple[Pattern, ...] = Field(default=(), description="The whole subject.", examples=[["*invoice*"]])
    header: dict[Line, Pattern] = Field(
        default={}, description="Header fields by name; all of them.", examples=[{"X-Monitor": "*"}]
    )
    words: tuple[Line, ...] = Field(default=(), description="Words or phrases in the text.", examples=[["urgent"]])
    attachment: tuple[Pattern, ...] = Field(default=(), description="The name of an attachment.", examples=[["*.pdf"]])
    automation: tuple[Kind, ...] = Field(
        default=(), description='What wrote it: "none" is a person.', examples=[["auto_generated"]]
    )
    larger_than: Octets | None = Field(default=None, description="Size of the mail.", examples=["10MB"])
    smaller_than: Octets | None = Field(default=None, description="Size of the mail.", examples=["100kB"])
    days: tuple[Day, ...] = Field(
        default=(), description="Days of its arrival, in this host's zone.", examples=[["sat", "sun"]]
    )
    after: TimeOfDay | None = Field(default=None, description="Time of its arrival, from.", examples=["18:00"])
    before: TimeOfDay | None = Field(
        default=None, description="To; earlier than `after` means over midnight.", examples=["08:00"]
    )
    tickettype_id: Id | None = Field(default=None, description="Ticket type of a ticket it opens.", examples=[2])
    status_id: Id | None = Field(default=None, description="Status of it.", examples=[1])
    priority_id: Id | None = Field(default=None, description="Priority of it.", examples=[2])
    client_id: Id | None = Field(
        default=None, description="Client, in place of the catch-all client; a known user's stays.", examples=[12]
    )
    team: Line = Field(default="", description="Team, by its name.", examples=["1st Line Support"])
    agent_id: Id | None = Field(default=None, description="Agent.", examples=[4])
    categories: tuple[Line, ...] = Field(
        default=(), max_length=4, description="Categories 1 to 4.", examples=[["Mail"]]
    )
    custom_fields: dict[Line, Line] = Field(
        default={}, description="Custom fields by name; observed dialect only.", examples=[{"CFSource": "mail"}]
    )
    acknowledge: StrictBool | None = Field(
        default=None, description="Whether the sender is told; never against the rules for machines.", examples=[False]
    )
    template: TemplateName = Field(
        default="",
        description="The acknowledgement's text: NAME.txt.j2 and, if there is one, NAME.html.j2 in [smtp] templates.",
        examples=["out-of-hours"],
    )
    ignore: StrictBool = Field(default=False, description="Do nothing with it; it counts as settled.")
    quarantine: StrictBool = Field(default=False, description="Set it aside until an operator decides.")
    hide: StrictBool = Field(default=False, description="On a ticket, for agents only.")
    continue_: StrictBool = Field(
        default=False, alias="continue", description="Whether rules further down are asked too."
    )

    @model_validator(mode="after")
    def _one_end(self) -> Rule:
        if self.ignore and self.quarantine:
            raise refused("both ignores and quarantines", "leave one of the two out")
        return self
