"""What an operator may decide, declared once: the file, the environment and the example are all read off these classes.

Promises: frozen values, each field checked by itself; `load` checks them against one another and says where a bad one
came from. Every default is safe. Secrets are `SecretStr` and never appear in a repr. Fails with pydantic's
`ValidationError` when built by hand; `load` turns that into `BadConfiguration`. Knows nothing of what the gateway does
with a setting.

`description` is the comment in gateway.example.toml; `examples` is what that file shows for a field without a default.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    SecretStr,
    StrictBool,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from config import units
from config.errors import refused

Security = Literal["tls", "starttls", "none"]
SECURITY = '"tls" (from the first octet), "starttls" (compulsory upgrade) or "none"'


def _positive(span: timedelta) -> timedelta:
    if span <= timedelta(0):
        raise refused("must be longer than nothing", 'write a duration above zero, such as "30s"')
    return span


def _worth_fetching(value: object) -> units.Octets:
    octets = units.size(value)
    if octets < 100_000:
        raise refused("leaves no room for a mail", 'write at least "100kB"')
    return octets


def _some(value: tuple[Mailbox, ...]) -> tuple[Mailbox, ...]:
    if not value:
        raise refused("there is no mailbox to watch", "add a section [[mailbox]]")
    return value


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
        host, _port, userinfo = parts.hostname, parts.port, parts.username
    except ValueError:
        raise refused("is not a URL", 'write it like "https://acme.halopsa.com"') from None
    if parts.scheme not in {"http", "https"} or not host:
        raise refused("does not begin with http:// or https:// and a host", 'write it like "https://acme.halopsa.com"')
    if userinfo is not None:
        raise refused("holds a user or a password", "take it out: client_id and client_secret are the credentials")
    if parts.query or parts.fragment:
        raise refused('has something after "?" or "#"', "end the URL before it")
    return value.rstrip("/")


def _api_root(value: str) -> str:
    url = _url(value)
    if url.lower().endswith("/api"):
        raise refused('ends with "/api", which the gateway adds itself', 'leave "/api" off')
    return url


def _auth_root(value: str) -> str:
    url = _url(value)
    if url.lower().endswith("/token"):
        raise refused('ends with "/token", which the gateway adds itself', 'leave "/token" off')
    return url


def _state(value: str) -> str:
    cure = 'write "sqlite:////var/lib/halo-mailgate/ledger.db" (four slashes) or "postgresql://USER@HOST/DATABASE"'
    if value.startswith("postgresql://") and len(value) > len("postgresql://"):
        return value
    if not value.startswith("sqlite:"):
        raise refused("is neither an SQLite nor a PostgreSQL URL", cure)
    path = value.removeprefix("sqlite:///")
    if not path.startswith("/") or path == value or path.endswith("/"):
        raise refused("is not the URL of an SQLite file with an absolute path", cure)
    return value


def _addr_spec(value: str) -> str:
    """Enough of RFC 5321 §4.1.2 to refuse slips; whether the address exists only a mail can tell."""
    local, at, domain = value.rpartition("@")
    if (
        not (at and local and domain)
        or not value.isprintable()
        or any(char in value for char in ' <>,;"@' if char != "@")
    ):
        raise refused("is not a mail address", 'write it like "support@acme.example", without a name or angle brackets')
    if "@" in local or len(value) > 254:
        raise refused("is not a mail address", 'write it like "support@acme.example"')
    if not value.isascii():  # Message-ID and the envelope take nothing else (RFC 5321, RFC 5322)
        raise refused(
            "is not an ASCII address", 'write its domain in the form that DNS has, such as "xn--mller-kva.example"'
        )
    return value


def _reverse_path(value: str) -> str:
    if value == "null":
        return value
    try:
        return _addr_spec(value)
    except ValueError:
        raise refused('is neither "null" nor a mail address', 'write "null" or an address of yours') from None


def _name(value: str) -> str:
    allowed = all(char.isascii() and (char.isalnum() or char in "._-") for char in value)
    if not allowed or not 1 <= len(value) <= 64 or value[0] in ".-":
        raise refused(
            "is not a name",
            'use up to 64 ASCII letters, digits, ".", "_" and "-": it is part of the name of its credential',
        )
    return value


def _text(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise refused("is empty or has control characters", "write the name or address itself")
    return value


def _line(value: str) -> str:
    if not value.isprintable():
        raise refused("has control characters", "write it on one line")
    return value


def _when_done(value: str) -> str:
    folder = value.removeprefix("move:")
    if value in {"nothing", "seen", "delete"} or (folder != value and folder.strip() and folder.isprintable()):
        return value
    raise refused(
        "is not a way to dispose of mail",
        'write "nothing", "seen", "delete" or "move:" with a folder, such as "move:Archive/Tickets"',
    )


def _first_contact(value: object) -> str | date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str):
        if value in {"new", "unseen", "all"}:
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise refused("is not a date", 'write "new", "unseen", "all" or a date such as "2026-01-31"')


def _absolute(value: Path) -> Path:
    if not value.is_absolute():
        raise refused("is not an absolute path", "write the whole path from / on, or leave the line out")
    return value


Duration = Annotated[timedelta, BeforeValidator(units.duration), AfterValidator(_positive)]
Size = Annotated[int, PlainValidator(_worth_fetching)]
Text = Annotated[str, AfterValidator(_text)]
Line = Annotated[str, AfterValidator(_line)]
AddrSpec = Annotated[str, AfterValidator(_addr_spec)]
Port = Annotated[int, Field(strict=True, ge=1, le=65535)]
Id = Annotated[int, Field(strict=True, ge=0)]
CaFile = Annotated[Path, AfterValidator(_absolute)]
FirstContact = Annotated[Literal["new", "unseen", "all"] | date, PlainValidator(_first_contact)]

BY_NAME = "as `halo-mailgate picklist` lists it, instead of"
CA_FILE = "PEM file of the certificate authorities to trust instead of the system's"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Halo(_Section):
    """HaloPSA: where it is and how the gateway logs in."""

    url: Annotated[str, AfterValidator(_api_root)] = Field(
        description="Address of the HaloPSA instance; the API is at {url}/api.", examples=["https://acme.halopsa.com"]
    )
    auth_url: Annotated[str, AfterValidator(_auth_root)] = Field(
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
    ca_file: CaFile | None = Field(default=None, description=f"{CA_FILE}.", examples=["/etc/halo-mailgate/halo-ca.pem"])


class Ticket(_Section):
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


class Smtp(_Section):
    """The mail server that takes acknowledgements and alerts."""

    host: Text = Field(default="127.0.0.1", description="Its name or address.")
    port: Port = Field(default=25, description='Usually 25 on this host, 587 with "starttls", 465 with "tls".')
    security: Security = Field(default="none", description=f"{SECURITY}. Certificates are verified.")
    username: Line = Field(default="", description="Login name; empty for no login.")
    password: SecretStr = Field(
        default=SecretStr(""), description="Its password. Better kept in the credential smtp-password than here."
    )
    reverse_path: Annotated[str, AfterValidator(_reverse_path)] = Field(
        default="null",
        description='Envelope sender: "null" (RFC 3834 section 3.3), or an address of ours that may receive bounces.',
    )
    timeout: Duration = Field(default=timedelta(seconds=30), description="Time limit of one SMTP command.")
    ca_file: CaFile | None = Field(default=None, description=f"{CA_FILE}.", examples=["/etc/halo-mailgate/smtp-ca.pem"])


class Alerts(_Section):
    """How the operator is told of trouble: always by an ERROR event and in `check`, and by mail to these."""

    mail_to: tuple[AddrSpec, ...] = Field(
        default=(), description="Addresses that are told by mail.", examples=[["operator@acme.example"]]
    )


class Metrics(_Section):
    """Numbers for Prometheus, at http://LISTEN/metrics."""

    listen: Annotated[tuple[str, int] | None, BeforeValidator(units.listen)] = Field(
        default=None,
        description='Where they are served, "HOST:PORT"; nowhere if empty. Whoever reaches it may read: no login.',
        examples=["127.0.0.1:9464"],
    )


class Mailbox(_Section):
    """One folder of one mail account. Write one such section for each."""

    name: Annotated[str, AfterValidator(_name)] = Field(
        description="Short name for logs; its credential is mailbox-NAME-password.", examples=["support"]
    )
    address: AddrSpec = Field(
        description="The address that people write to; acknowledgements come from it.",
        examples=["support@acme.example"],
    )
    from_name: Line = Field(default="", description="Display name of acknowledgements.", examples=["Acme Support"])
    host: Text = Field(description="The IMAP server.", examples=["imap.acme.example"])
    port: Port = Field(default=993, description='Usually 993 with "tls", 143 with "starttls".')
    security: Security = Field(default="tls", description=f"{SECURITY}. Certificates are verified.")
    username: Text = Field(description="Login name.", examples=["support@acme.example"])
    password: SecretStr = Field(
        description="Its password. Better kept in the credential mailbox-NAME-password than here.",
        examples=["…"],
    )
    folder: Text = Field(default="INBOX", description="The folder to watch.")
    poll_interval: Duration = Field(
        default=timedelta(seconds=30), description="How often to look even if the server announces nothing."
    )
    first_contact: FirstContact = Field(
        default="new",
        description='What to take of the mail that was there before the gateway: "new" (none), "unseen", "all", or '
        'what came since a date such as "2026-01-31".',
    )
    when_done: Annotated[str, AfterValidator(_when_done)] = Field(
        default="seen",
        description='What to do with a settled mail: "nothing", "seen" (mark it), "move:Archive/Tickets" or "delete".',
    )
    acknowledge: StrictBool = Field(default=True, description="Whether senders are told the number of their ticket.")
    max_message_size: Size = Field(
        default=units.size("50MB"), description="Of a larger mail only this much is fetched; the ticket says so."
    )
    timeout: Duration = Field(default=timedelta(seconds=60), description="Time limit of one IMAP command.")
    ca_file: CaFile | None = Field(default=None, description=f"{CA_FILE}.", examples=["/etc/halo-mailgate/imap-ca.pem"])


class Settings(BaseSettings):
    """The whole configuration. Built by hand it is what it is given; `load` layers file, environment, credentials."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        env_prefix="HALO_MAILGATE_",
        env_nested_delimiter="__",
    )

    state: Annotated[str, AfterValidator(_state)] = Field(
        default="sqlite:////var/lib/halo-mailgate/ledger.db",
        description='The ledger: an SQLite file, or "postgresql://USER@HOST/DATABASE" (passwords: libpq\'s ~/.pgpass).',
        repr=False,  # a PostgreSQL URL may hold a password all the same
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
    smtp: Smtp = Smtp()
    alerts: Alerts = Alerts()
    metrics: Metrics = Metrics()
    mailbox: Annotated[tuple[Mailbox, ...], AfterValidator(_some)]

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
