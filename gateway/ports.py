"""The doors of the gateway: what it needs from mailboxes, HaloPSA, the mail server and the clock.

Promises: Protocols only. Every method raises the errors of `gateway.errors` and nothing else that is expected; a
cancelled call leaves its effect in doubt. Knows nothing of who implements a door.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from gateway.model import Agent, Requester, TicketView
from gateway.receipts import Doubt, Receipt
from gateway.steps import Acknowledge, AddAction, CreateTicket, CreateUser, Reopen, Text, UploadAttachment


@dataclass(frozen=True, slots=True)
class FolderState:
    """What SELECT said: UIDs mean something only together with `uidvalidity` (RFC 9051 §2.3.1.1)."""

    uidvalidity: int
    uidnext: int


@dataclass(frozen=True, slots=True)
class Portion:
    """One part of a mail that was not fetched whole: its name ("" for none), type, and encoded size in octets."""

    filename: str
    media_type: str
    octets: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """One mail as fetched. `octets` may end early: then `size` (the server's) is larger than what we hold.

    `portions`: of such a mail all its parts in order, if the server tells them.
    """

    uid: int
    octets: bytes = field(repr=False)
    size: int
    internal_date: datetime | None = None
    portions: tuple[Portion, ...] = ()

    @property
    def truncated(self) -> bool:
        """Whether the mail was larger than the limit, so that only its beginning was fetched."""
        return len(self.octets) < self.size


class MailSource(Protocol):
    """One folder of one account. One caller at a time. Reading never changes the folder: flags stay as they are.

    Any error means the connection is gone; `open` makes a new one.
    """

    async def open(self) -> FolderState:
        """Connect, log in, select. Safe to call again after any error. Misconfigured: the login was refused."""

    async def refresh(self) -> FolderState:
        """Look again at an open folder; a changed UIDVALIDITY shows here."""

    async def uids(
        self, *, after: int = 0, upto: int | None = None, unseen: bool = False, since: date | None = None,
        before: date | None = None,
    ) -> list[int]:  # fmt: skip
        """UIDs greater than `after`, ascending, never `after` itself; mail flagged Deleted or Draft is left out.

        `upto`: no greater ones than this; such a look at a part of the folder does not count as having seen its news.
        `since` and `before`: received on that day or later, and before that day.
        """

    def fetch(self, uids: Sequence[int]) -> AsyncGenerator[list[Arrival], None]:
        """The mails in batches of bounded size, in the order of `uids`. A UID that has vanished is left out."""

    async def dispose(self, uids: Sequence[int], how: str) -> None:
        """Do as `when_done` says: "seen", "delete" or "move:FOLDER". A UID that has vanished is no error."""

    async def wait(self, seconds: float, until: asyncio.Event) -> bool:
        """Return True when something may have arrived; False after `seconds`, or when `until` is set.

        News that came between two calls is not forgotten: the next call returns at once.
        """

    async def close(self) -> None:
        """Log out and hang up; never raises."""


class TicketDirectory(Protocol):
    """HaloPSA as far as deciding needs it: reads only."""

    async def find_requester(self, address: str) -> Requester | None:
        """The user with exactly this address (any of the address fields, case-insensitive), or None."""

    async def find_domain(self, domain: str) -> Requester | None:
        """The client, and the site if there is one only, that a domain belongs to; the address in it is empty.

        A client or a site says so; or, `by_users`, several users have it, all of one client. None: nobody's, or several
        clients', or that of a single user, which says nothing of others who have it.
        """

    async def find_agent(self, address: str) -> Agent | None:
        """The agent with exactly this address, case-insensitive, who is not disabled."""

    async def correspondents(self, ticket_id: int) -> frozenset[str]:
        """Addresses, in lower case, that entries of a ticket which its customer may see were from or to."""

    async def ticket(self, ticket_id: int) -> TicketView | None:
        """One ticket, or None if there is none (deleted ones count as none)."""


class TicketBackend(TicketDirectory, Protocol):
    """HaloPSA as the gateway needs it. Writes raise Ambiguous when the effect may have happened."""

    async def now(self) -> datetime:
        """HaloPSA's time, which dates what it holds, whatever our clock was set to."""

    async def create_user(self, step: CreateUser) -> Receipt:
        """One POST. Permanent: this server makes no users by API, or not this one."""

    async def find_user(self, address: str) -> Receipt | None:
        """The user with exactly this address, asked anew."""

    async def reopen(self, step: Reopen) -> Receipt:
        """One POST that gives a closed ticket an open status; "not_needed" if it is open. Done twice it does no harm.

        Permanent "ticket_gone"; Permanent "workflow": the change is not allowed.
        """

    async def create_ticket(self, step: CreateTicket, marker: str) -> Receipt:
        """One POST. The trailer with `marker` ends the details."""

    async def add_action(self, step: AddAction, marker: str) -> Receipt:
        """One POST. The trailer with `marker` ends the note. Permanent with cause "ticket_gone": no such ticket."""

    async def upload(self, step: UploadAttachment, ticket_id: int, action_id: int | None, octets: bytes) -> Receipt:
        """One POST. The receipt has a link if the server gives one. Permanent "ticket_gone": no such ticket.

        Permanent "cannot_hide": it is for agents only, and this server shows every file to the customer.
        """

    async def add_note(self, ticket_id: int, note: Text, marker: str) -> Receipt:
        """One POST of a note that only agents see. The trailer with `marker` ends it. Permanent "ticket_gone"."""

    async def show_details(self, ticket_id: int, details: Text, marker: str) -> Receipt:
        """One POST that gives a ticket other details; done twice it does no harm."""

    async def find_created(self, step: CreateTicket, doubt: Doubt) -> Receipt | None:
        """The ticket whose trailer has the marker, closed and deleted ones included; every match checked by us."""

    async def find_action(self, ticket_id: int, doubt: Doubt) -> Receipt | None:
        """The action or note of a ticket whose trailer has the marker."""

    async def find_upload(self, step: UploadAttachment, ticket_id: int, doubt: Doubt) -> Receipt | None:
        """The attachment of this name and size that is not older than the intent and not among `taken`.

        The intent is dated by `now`.
        """

    async def close(self) -> None:
        """Close connections; never raises."""


class Mailer(Protocol):
    """Sends acknowledgements."""

    async def acknowledge(
        self, step: Acknowledge, ticket_id: int | None, committing: Callable[[], Awaitable[None]]
    ) -> Receipt:
        """Send one acknowledgement, which names a ticket if there is one.

        `committing` is awaited after RCPT was accepted, just before DATA.
        Transient and Permanent are raised only while nothing can have been sent. Ambiguous: after `committing`.
        """

    async def alert(self, to: Sequence[str], subject: str, text: str) -> None:
        """Tell the operator something by mail. Raises like `acknowledge`."""

    async def close(self) -> None:
        """Say QUIT; never raises."""


Clock = Callable[[], datetime]
"""The time now, with a zone (UTC)."""
