"""Kinds of values in the configuration: each checks itself, and says what is wrong and the cure.

Promises: pure; neither text of a refusal repeats the value. Fails with `errors.refused`. Knows nothing of which
setting it reads, and of other settings.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator

from config import units
from config.errors import refused

Security = Literal["tls", "starttls", "none"]


def _positive(span: timedelta) -> timedelta:
    if span <= timedelta(0):
        raise refused("must be longer than nothing", 'write a duration above zero, such as "30s"')
    return span


def _worth_fetching(value: object) -> units.Octets:
    octets = units.size(value)
    if octets < 100_000:
        raise refused("leaves no room for a mail", 'write at least "100kB"')
    return octets


def _reserve(value: object) -> units.Octets:
    octets = units.size(value)
    if 0 < octets < 1_000_000:
        raise refused("is too little to write receipts in", 'write at least "1MB", or "0B" for none')
    return octets


def _reference(value: str) -> str:
    before, _, after = value.partition("{id}")
    cure = 'write what stands round the number, such as "[ID:{id}]" or "Ticket #{id}"'
    if value.count("{id}") != 1 or len(value) > 60 or not value.isprintable():
        raise refused("does not hold {id} once, in one short line", cure)
    if not before.strip() or before[-1].isdigit() or after[:1].isdigit():
        raise refused("has nothing before {id}, or a digit beside it: any number would be taken for a ticket's", cure)
    return value


def _one(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise refused("names none", 'write at least one, such as "[ID:{id}]"')
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


def _token_url(value: str) -> str:
    if not value:
        return value
    url = _url(value)
    parts = urlsplit(url)
    if parts.scheme != "https" and not _is_loopback(parts.hostname or ""):
        raise refused("would send secrets over the network in the clear", "write https://")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


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


def _keyword(value: str) -> str:
    """An atom (RFC 9051 §9, flag-keyword); a backslash would make it one of the server's own flags."""
    if not value.isascii() or not value.isprintable() or len(value) > 60 or set(value) & set(' (){%*"\\]'):
        raise refused("is not a keyword", 'write one word of ASCII letters, digits, "$", "_" and "-"')
    return value


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


def _domain(value: str) -> str:
    if not value or not value.isascii() or not value.isprintable() or set(value) & set(" @/<>,;"):
        raise refused("is not the name of a domain or a server", 'write it like "mx.acme.example"')
    return value.lower().removeprefix("*.").strip(".")


def _pattern(value: str) -> str:
    if not value.strip() or len(value) > 300 or not value.isprintable() or value.count("*") > 10:
        raise refused(
            "is no pattern", 'write a text in which up to ten "*" stand for anything, such as "*@bank.example"'
        )
    return value.casefold()


def _closed(value: str) -> str:
    how, colon, within = value.partition(":")
    cure = 'write "reopen", "reopen:14d", "new" or "note"'
    if how not in {"reopen", "new", "note"} or (colon and how != "reopen"):
        raise refused("is not a way to treat closed tickets", cure)
    if colon and units.duration(within) <= timedelta(0):
        raise refused("gives no time to open tickets again", cure)
    return value


def _template_name(value: str) -> str:
    return _name(value) if value else value


def _time_of_day(value: object) -> time:
    if isinstance(value, time):
        return value
    try:
        return time.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise refused("is not a time of day", 'write it like "18:00"') from None


Duration = Annotated[timedelta, BeforeValidator(units.duration), AfterValidator(_positive)]
Size = Annotated[int, PlainValidator(_worth_fetching)]
Reserve = Annotated[int, PlainValidator(_reserve)]
Text = Annotated[str, AfterValidator(_text)]
Line = Annotated[str, AfterValidator(_line)]
AddrSpec = Annotated[str, AfterValidator(_addr_spec)]
Port = Annotated[int, Field(strict=True, ge=1, le=65535)]
Id = Annotated[int, Field(strict=True, ge=0)]
CaFile = Annotated[Path, AfterValidator(_absolute)]
FirstContact = Annotated[Literal["new", "unseen", "all"] | date, PlainValidator(_first_contact)]
ApiRoot = Annotated[str, AfterValidator(_api_root)]
AuthRoot = Annotated[str, AfterValidator(_auth_root)]
TokenUrl = Annotated[str, AfterValidator(_token_url)]
State = Annotated[str, AfterValidator(_state)]
ReversePath = Annotated[str, AfterValidator(_reverse_path)]
Name = Annotated[str, AfterValidator(_name)]
WhenDone = Annotated[str, AfterValidator(_when_done)]
Keyword = Annotated[str, AfterValidator(_keyword)]
Listen = Annotated[tuple[str, int] | None, BeforeValidator(units.listen)]
References = Annotated[tuple[Annotated[str, AfterValidator(_reference)], ...], AfterValidator(_one)]
Domain = Annotated[str, AfterValidator(_domain)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Closed = Annotated[str, AfterValidator(_closed)]
TemplateName = Annotated[str, AfterValidator(_template_name)]
TimeOfDay = Annotated[time, PlainValidator(_time_of_day)]
Octets = Annotated[int, BeforeValidator(units.size)]
