"""Everything one instance holds, in memory.

Promises: ids are never used twice; a deleted ticket stays held but is no longer found; actions are numbered from 1
within their ticket. Id ranges of the kinds do not overlap near their beginnings, so that one taken for another is found
out. Checks nothing: what may be stored is the end points' business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any

from gateway.sandbox.model import Action, Client, StoredAttachment, Ticket, User


class Store:
    """The tables of one instance; begins with client 1, the catch-all that every HaloPSA has."""

    def __init__(self) -> None:
        self.tickets: dict[int, Ticket] = {}
        self.actions: dict[int, list[Action]] = {}
        self.attachments: dict[int, StoredAttachment] = {}
        self._by_ticket: dict[int, list[StoredAttachment]] = {}
        self.users: dict[int, User] = {}
        self.clients: dict[int, Client] = {}
        self._ticket_ids = count(1001)
        self._attachment_ids = count(5001)
        self._user_ids = count(301)
        self._client_ids = count(1)
        self.add_client("Unknown")

    def ticket(self, ticket_id: int | None) -> Ticket | None:
        """The ticket, unless there is none or it was deleted."""
        ticket = self.tickets.get(ticket_id) if ticket_id is not None else None
        return None if ticket is None or ticket.deleted else ticket

    def add_ticket(self, fields: Mapping[str, Any], at: datetime) -> Ticket:
        """Keep a new ticket."""
        ticket = Ticket(next(self._ticket_ids), dict(fields), deleted=False, created=at)
        self.tickets[ticket.id] = ticket
        self.actions[ticket.id] = []
        return ticket

    def change_ticket(self, ticket_id: int, fields: Mapping[str, Any], *, deleted: bool | None = None) -> Ticket:
        """Change the fields named, and whether the ticket counts as deleted."""
        old = self.tickets[ticket_id]
        new = replace(old, fields={**old.fields, **fields}, deleted=old.deleted if deleted is None else deleted)
        self.tickets[ticket_id] = new
        return new

    def add_action(self, ticket_id: int, fields: Mapping[str, Any], at: datetime, *, opening: bool = False) -> Action:
        """Write an entry on a ticket."""
        entries = self.actions[ticket_id]
        action = Action(len(entries) + 1, ticket_id, dict(fields), at, opening)
        entries.append(action)
        return action

    def add_attachment(
        self,
        ticket_id: int,
        filename: str,
        octets: bytes,
        at: datetime,
        *,
        action_id: int | None = None,
        content_type: str = "application/octet-stream",
        fields: Mapping[str, Any] | None = None,
    ) -> StoredAttachment:
        """Keep an attachment of a ticket, or of one of its actions."""
        attachment = StoredAttachment(
            next(self._attachment_ids), ticket_id, action_id, filename, octets, at, content_type, dict(fields or {})
        )
        self.attachments[attachment.id] = attachment
        self._by_ticket.setdefault(ticket_id, []).append(attachment)
        return attachment

    def attachments_of(self, ticket_id: int, action_id: int | None = None) -> list[StoredAttachment]:
        """The attachments of a ticket, or of one of its actions alone, in the order in which they came."""
        held = self._by_ticket.get(ticket_id, [])
        return [attachment for attachment in held if action_id is None or attachment.action_id == action_id]

    def add_client(self, name: str, domain: str = "", emaildomain: str = "") -> Client:
        """Add a customer organisation and its site."""
        number = next(self._client_ids)
        self.clients[number] = Client(number, name, 100 + number, domain, emaildomain)
        return self.clients[number]

    def add_user(
        self,
        name: str,
        emailaddress: str,
        client_id: int,
        site_id: int,
        *,
        email2: str = "",
        email3: str = "",
        inactive: bool = False,
    ) -> User:
        """Add a customer's person."""
        number = next(self._user_ids)
        self.users[number] = User(number, name, emailaddress, client_id, site_id, email2, email3, inactive)
        return self.users[number]
