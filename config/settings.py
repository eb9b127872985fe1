"""What an operator may decide, declared once: the file, the environment and the example are all read off these classes.

Promises: frozen values, each field checked by itself; `load` checks them against one another and says where a bad one
came from. Every default is safe. Secrets are `SecretStr` and never appear in a repr. Fails with pydantic's
`ValidationError` when built by hand; `load` turns that into `BadConfiguration`. Knows nothing of what the gateway does
with a setting.

`description` is the comment in gateway.example.toml; `examples` is what that file shows for a field without a default.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue, SecretStr, StrictBool
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from config import units
from config.errors import refused
from config.keeping import Keeping
from config.kinds import (
    AddrSpec,
    ApiRoot,
    AuthRoot,
    CaFile,
    Duration,
    FirstContact,
    Id,
    Keyword,
    Line,
    Name,
    Port,
    References,
    Reserve,
    ReversePath,
    Security,
    Size,
    State,
    Text,
    WhenDone,
)
from config.oauth import OAuth
from config.office import OfficeHours
from config.operation import Alerts, Cluster, Metrics, Tls
from config.policy import FEW, Budgets, People, Policy, Rule, Section

SECURITY = '"tls" (from the first octet), "starttls" (compulsory upgrade) or "none"'
BY_NAME = "as `halo-mailgate picklist` lists it, instead of"
SHOWN: dict[str, JsonValue] = {"shown": True}
"""Marks a key that most people must write, though a default lets some do without."""
CA_FILE = "PEM file of the certificate authorities to trust instead of the system's"


def _some(value: tuple[Mailbox, ...]) -> tuple[Mailbox, ...]:
    if not value:
        raise refused("there is no mailbox to watch", "add a section [[mailbox]]")
    return value


class Halo(Section):
    """HaloPSA: where it is and how the gateway logs in."""

    url: ApiRoot = Field(
        description="Address of the HaloPSA instance; the API is at {url}/api.", examples=["https://acme.halopsa.com"]
    )
    auth_url: AuthRoot = Field(
        default_factory=lambda data: f"{data['url']}/auth",
        description="Address of its authorisation server; the token is at {auth_url}/token. Default: {url}/auth.",
        examples=["https://acme.halopsa.com/auth"],
    )
    tenant: Line = Field(default="", description="Name of the tenant; hosted instances only.", examples=["acme"])
    client_id: Text = Field(
        description="Client ID of the API application (Configuration > Integrations > HaloPSA API).",
        examples=["00000000-0000-0000-0000-000000000000"],
    )
    client_secret: SecretStr = Field(
        description="Its secret. Better kept in the credential halo-client-secret than here.",
        examples=["…"],
    )
    dialect: Literal["auto", "documented", "observed"] = Field(
        default="auto", description='Which HaloPSA this is: "documented", "observed", or "auto" to find out by reading.'
    )
    ambiguity_window: Duration = Field(
        default=timedelta(seconds=180), description="No effect in doubt is sent again earlier than this."
    )
    outcome: Line = Field(
        default="Email Update",
        description='Outcome of an email action; compulsory in the "observed" dialect. `check` verifies it.',
    )
    timeout: Duration = Field(default=timedelta(seconds=30), description="Time limit of one HTTP request.")
    requests: Annotated[int, Field(strict=True, ge=10)] = Field(
        default=500,
        description="Requests in any request_window at the most; HaloPSA has been seen to stop a tenant at 700 in 5m.",
    )
    request_window: Duration = Field(default=timedelta(minutes=5), description="The rolling window of that limit.")
    files_per_mail: FEW = Field(
        default=25, description="Files of a mail attached one by one; beyond, they are listed and the mail is attached."
    )
    ca_file: CaFile | None = Field(default=None, description=f"{CA_FILE}.", examples=["/etc/halo-mailgate/halo-ca.pem"])


class Ticket(Section):
    """What a ticket opened by mail gets where nothing says otherwise. `check` verifies the ids."""

    client_id: Id = Field(default=1, description="The catch-all client, for senders nobody knows.")
    tickettype_id: Id = Field(default=1, description="Ticket type.")
    status_id: Id = Field(default=1, description="Status.")
    priority_id: Id = Field(default=3, description="Priority.")
    client: Line = Field(default="", description=f"The client by its name, {BY_NAME} client_id.", examples=["Unknown"])
    tickettype: Line = Field(
        default="", description=f"The ticket type by its name, {BY_NAME} tickettype_id.", examples=["Incident"]
    )
    status: Line = Field(default="", description=f"The status by its name, {BY_NAME} status_id.", examples=["New"])
    say_response_time: bool = Field(
        default=False, description="Whether acknowledgements say within which time the priority promises an answer."
    )
    priority: Line = Field(
        default="", description=f"The priority by its name, {BY_NAME} priority_id.", examples=["Medium"]
    )


class Matching(Section):
    """How a reply is recognised that names no message which the ledger knows."""

    subject_references: References = Field(
        default=("[ID:{id}]",),
        description="Ticket references in subjects, {id} being the number, with or without leading zeros. The first is "
        "written into acknowledgements; HaloPSA writes [ID:0012345] unless told otherwise.",
        examples=[["[ID:{id}]", "Ticket #{id}"]],
    )

    quoted_references: StrictBool = Field(
        default=False,
        description="Whether ticket references count that stand in the text, quotations too, and not in the subject.",
    )

    @property
    def references(self) -> tuple[tuple[str, str], ...]:
        """What stands before and after each number."""
        return tuple((before, after) for before, _, after in (one.partition("{id}") for one in self.subject_references))


class Smtp(Section):
    """The mail server that takes acknowledgements and alerts."""

    host: Text = Field(default="127.0.0.1", description="Its name or address.")
    port: Port = Field(default=25, description='Usually 25 on this host, 587 with "starttls", 465 with "tls".')
    security: Security = Field(default="none", description=f"{SECURITY}. Certificates are verified.")
    username: Line = Field(default="", description="Login name; empty for no login.")
    password: SecretStr = Field(
        default=SecretStr(""), description="Its password. Better kept in the credential smtp-password than here."
    )
    oauth: OAuth | None = Field(
        default=None,
        description="OAuth 2.0 in place of a password: a table [smtp.oauth], as for a mailbox.",
        examples=[{"provider": "microsoft", "tenant": "acme.example", "client_id": "…"}],
    )
    templates: CaFile | None = Field(
        default=None,
        description="A folder with your own texts of acknowledgements (Jinja2), such as acknowledgement.de.txt.j2 or "
        "MAILBOX/acknowledgement.html.j2; README.md says how they are found. Try them with `ack preview`.",
        examples=["/etc/halo-mailgate/templates"],
    )
    reverse_path: ReversePath = Field(
        default="null",
        description='Envelope sender: "null" (RFC 3834 section 3.3), or an address of ours that may receive bounces.',
    )
    timeout: Duration = Field(default=timedelta(seconds=30), description="Time limit of one SMTP command.")
    ca_file: CaFile | None = Field(default=None, description=f"{CA_FILE}.", examples=["/etc/halo-mailgate/smtp-ca.pem"])


class Mailbox(Section):
    """One folder of one mail account. Write one such section for each."""

    name: Name = Field(
        description="Short name for logs; its credential is mailbox-NAME-password.", examples=["support"]
    )
    address: AddrSpec = Field(
        description="The address that people write to; acknowledgements come from it.",
        examples=["support@acme.example"],
    )
    aliases: tuple[AddrSpec, ...] = Field(
        default=(), examples=[["help@acme.example"]],
        description="More addresses that mail reaches it by: they are never copied in, answered, or taken for a "
        "customer. `check` shows those that it has seen.",
    )  # fmt: skip
    from_name: Line = Field(default="", description="Display name of acknowledgements.", examples=["Acme Support"])
    source: Literal["imap", "maildir", "ingest"] = Field(
        default="imap",
        description='Where its mail is from: "imap", "maildir" (a folder of this host) or "ingest" (only what '
        "`halo-mailgate ingest` is given; that command works for every mailbox).",
    )
    maildir: CaFile | None = Field(
        default=None, description="The Maildir, with its cur, new and tmp.", examples=["/var/mail/support"]
    )
    host: Line = Field(
        default="", description="The IMAP server.", examples=["imap.acme.example"], json_schema_extra=SHOWN
    )
    port: Port = Field(default=993, description='Usually 993 with "tls", 143 with "starttls".')
    security: Security = Field(default="tls", description=f"{SECURITY}. Certificates are verified.")
    username: Line = Field(
        default="", description="Login name.", examples=["support@acme.example"], json_schema_extra=SHOWN
    )
    password: SecretStr = Field(
        default=SecretStr(""),
        description="Its password. Better kept in the credential mailbox-NAME-password than here.",
        examples=["…"],
    )
    oauth: OAuth | None = Field(
        default=None,
        description="OAuth 2.0 in place of a password: a table [mailbox.oauth] with provider, grant, tenant, client_id "
        "and client_secret, certificate or service_account; see README.",
        examples=[{"provider": "microsoft", "tenant": "acme.example", "client_id": "…"}],
    )
    folder: Text = Field(
        default="INBOX",
        description="The folder to watch: its name, with / between levels, or its use, such as '\\Junk'.",
    )
    folders: tuple[Text, ...] = Field(
        default=(), description="Further folders of this account to watch.", examples=[["Escalations", "Voicemail"]]
    )
    poll_interval: Duration = Field(
        default=timedelta(seconds=30),
        description="How often to look whatever the server announces; with IDLE mail is seen at once all the same.",
    )
    first_contact: FirstContact = Field(
        default="new",
        description='What to take of the mail that was there before the gateway: "new" (none), "unseen", "all", or '
        'what came since a date such as "2026-01-31".',
    )
    when_done: WhenDone = Field(
        default="seen",
        description='What to do with a settled mail: "nothing", "seen" (mark it), "delete", "move:Archive/Tickets", or '
        "to the folder of a use: 'move:\\Archive'.",
    )
    keyword: Keyword = Field(
        default="", description="A keyword that settled mail gets too, where the server has keywords.",
        examples=["$HaloTicket"],
    )  # fmt: skip
    acknowledge: StrictBool = Field(default=True, description="Whether senders are told the number of their ticket.")
    language: Literal["auto", "en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da"] = Field(
        default="auto",
        description='Language of acknowledgements: "auto" (of the sender) or one of '
        '"en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da" for everybody.',
    )
    fallback_language: Literal["en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da"] = Field(
        default="en", description="Where the sender's language is not told by their words, or is another."
    )
    answers: tuple[Literal["reopened", "refused", "oversized"], ...] = Field(
        default=(),
        description="Of what else senders are told, under the same limits: their mail opened a ticket again "
        '("reopened"), it was set aside by a rule or as a stranger\'s ("refused"; no ticket is named), it was too '
        'large to be taken whole ("oversized").',
        examples=[["reopened", "oversized"]],
    )
    plus_addressing: StrictBool = Field(
        default=False,
        description="Whether mail to NAME+anything@ reaches this mailbox too: then answers to acknowledgements go to "
        "an address that has the signed reference in it.",
    )
    max_message_size: Size = Field(
        default=units.size("50MB"), description="Of a larger mail only this much is fetched; the ticket says so."
    )
    timeout: Duration = Field(
        default=timedelta(seconds=45), description="How long the server may be silent while it owes an answer."
    )
    ca_file: CaFile | None = Field(default=None, description=f"{CA_FILE}.", examples=["/etc/halo-mailgate/imap-ca.pem"])
    policy: Policy = Field(
        default=Policy(), description="Keys of [policy] that are otherwise for this mailbox, under [mailbox.policy]."
    )
    office_hours: OfficeHours | None = Field(
        default=None,
        description="Office hours of this mailbox, in place of [office_hours].",
        examples=[{"time_zone": "Europe/Berlin", "open": ["mon-sun 00:00-24:00"]}],
    )

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address of it, in lower case; its own first."""
        return tuple(one.lower() for one in (self.address, *self.aliases))

    @property
    def all_folders(self) -> tuple[str, ...]:
        """Every folder to watch."""
        return (self.folder, *self.folders)


class Settings(BaseSettings):
    """The whole configuration. Built by hand it is what it is given; `load` layers file, environment, credentials."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        env_prefix="HALO_MAILGATE_",
        env_nested_delimiter="__",
    )

    state: State = Field(
        default="sqlite:////var/lib/halo-mailgate/ledger.db",
        description='The ledger: an SQLite file, or "postgresql://USER@HOST/DATABASE" (passwords: libpq\'s ~/.pgpass).',
        repr=False,  # a PostgreSQL URL may hold a password all the same
    )
    reserve: Reserve = Field(
        default=units.size("200MB"),
        description="While the file system of an SQLite ledger has less than this free, mail is left in its folders, "
        'and what is kept can still be worked on and get its receipts; "0B": no reserve. Quotas are not seen.',
    )
    most_waiting: Annotated[int, Field(strict=True, ge=1)] = Field(
        default=20_000,
        description="While more kept messages than this wait to be worked on, mail is left in its folders.",
    )
    workers: Annotated[int, Field(strict=True, ge=1, le=64)] = Field(
        default=4, description="How many messages are worked on at the same time."
    )
    stop_time: Duration = Field(
        default=timedelta(seconds=25),
        description="How long a stop may take before work in hand is abandoned (and kept).",
    )
    log_format: Literal["text", "json"] = Field(default="text", description='How events are written: "text" or "json".')
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description='The least that is logged: "debug", "info", "warning" or "error".'
    )
    halo: Halo
    ticket: Ticket = Ticket()
    matching: Matching = Matching()
    people: People = People()
    policy: Policy = Policy()
    budgets: Budgets = Budgets()
    smtp: Smtp = Smtp()
    office_hours: OfficeHours = OfficeHours()
    alerts: Alerts = Alerts()
    cluster: Cluster = Cluster()
    keeping: Keeping = Keeping()
    tls: Tls = Tls()
    metrics: Metrics = Metrics()
    mailbox: Annotated[tuple[Mailbox, ...], AfterValidator(_some)]
    rule: tuple[Rule, ...] = ()

    def policy_of(self, mailbox: Mailbox) -> Policy:
        """What holds for one mailbox: its own keys, and for the others those of [policy]."""
        own = {name: getattr(mailbox.policy, name) for name in mailbox.policy.model_fields_set}
        return self.policy.model_copy(update=own)

    def office_of(self, mailbox: Mailbox) -> OfficeHours:
        """The office hours that hold for one mailbox."""
        return mailbox.office_hours if mailbox.office_hours is not None else self.office_hours

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic-settings'
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What it is given: pydantic-settings' own sources cannot merge into a list nor say where a value is from."""
        return (init_settings,)
