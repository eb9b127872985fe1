"""What the sandbox holds: tickets, actions, attachments, users, clients, and the requests that it has seen.

Promises: values; only `RequestSeen` changes, once, when its answer goes out. Times are aware and in UTC. Knows nothing
of HTTP or dialects: `fields` keep the names that were posted, and dates in them are datetimes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

DialectName = Literal["documented", "observed"]


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket. `fields` is everything posted for it plus what the server set itself."""

    id: int
    fields: Mapping[str, Any]
    deleted: bool
    created: datetime


@dataclass(frozen=True, slots=True)
class Action:
    """One entry on a ticket. `id` is its number within the ticket, from 1; `opening`: the server wrote it itself."""

    id: int
    ticket_id: int
    fields: Mapping[str, Any]
    created: datetime
    opening: bool = False


@dataclass(frozen=True, slots=True)
class StoredAttachment:
    """One attachment with its octets."""

    id: int
    ticket_id: int
    action_id: int | None
    filename: str
    octets: bytes = field(repr=False)
    created: datetime
    content_type: str = "application/octet-stream"
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class User:
    """A customer's person. An address may belong to several users."""

    id: int
    name: str
    emailaddress: str
    client_id: int
    site_id: int
    email2: str = ""
    email3: str = ""
    inactive: bool = False


@dataclass(frozen=True, slots=True)
class Client:
    """A customer organisation with its one site; `domain` is of its record, `emaildomain` of its site's."""

    id: int
    name: str
    site_id: int
    domain: str = ""
    emaildomain: str = ""


@dataclass(slots=True)
class RequestSeen:
    """One request to the API or for a token. `status` None: nothing was answered (yet, or ever)."""

    method: str
    path: str
    query: Mapping[str, str]
    at: datetime
    status: int | None = None
