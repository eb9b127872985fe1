"""HaloPSA, the mail server and the mailboxes in shadow mode: asked as always, and never changed.

Promises: reads go to the real HaloPSA; a write is pretended, and its receipt says "shadow". A ticket that would have
been opened gets a number from FIRST on, and is known under it from then on, over restarts, so that the answer to it is
decided as in real life; so is a ticket that would have been opened again. Nothing pretended can be in doubt: what a
dead process had begun is pretended again. A user who would have been made is not remembered: the next mail says it
again. No mail is sent, though the budgets count as if. Fails with what reading fails with, and the ledger's errors.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count

from config.operation import Alerts, Metrics
from config.settings import Settings
from gateway.errors import Permanent
from gateway.model import Agent, Requester, TicketView
from gateway.ports import Clock, TicketDirectory
from gateway.receipts import SHADOW, Doubt, Receipt
from gateway.steps import Acknowledge, AddAction, CreateTicket, CreateUser, Reopen, Text, UploadAttachment
from storage.ledger import Ledger

FIRST = 1_000_000_000_001
"""The first number of a ticket that is not there: HaloPSA's own have 31 bits."""

TICKET, MARKER, REOPENED, LATEST = "shadow ticket {}", "shadow marker {}", "shadow reopened {}", "shadow latest ticket"


def untouching(settings: Settings) -> Settings:
    """The configuration under which no folder is touched, no operator written to, and no port taken."""
    mailboxes = tuple(one.model_copy(update={"when_done": "nothing"}) for one in settings.mailbox)
    return settings.model_copy(update={"mailbox": mailboxes, "alerts": Alerts(), "metrics": Metrics()})


class ShadowBackend:
    """A TicketBackend over the reading half of another, and the shadow's own ledger."""

    def __init__(self, halo: TicketDirectory, ledger: Ledger, clock: Clock) -> None:
        self._halo = halo
        self._notes = ledger.notes
        self._clock = clock

    async def now(self) -> datetime:
        """Ours: nothing that is pretended is ever looked for by its age."""
        return self._clock()

    async def find_requester(self, address: str) -> Requester | None:
        """As HaloPSA says."""
        return await self._halo.find_requester(address)

    async def find_domain(self, domain: str) -> Requester | None:
        """As HaloPSA says."""
        return await self._halo.find_domain(domain)

    async def find_agent(self, address: str) -> Agent | None:
        """As HaloPSA says."""
        return await self._halo.find_agent(address)

    async def correspondents(self, ticket_id: int) -> frozenset[str]:
        """As HaloPSA says; of a ticket that is not there the ledger knows as much."""
        return frozenset() if ticket_id >= FIRST else await self._halo.correspondents(ticket_id)

    async def ticket(self, ticket_id: int) -> TicketView | None:
        """As HaloPSA says, but for what would be otherwise by now."""
        if ticket_id >= FIRST:
            held = await self._notes.recall(TICKET.format(ticket_id))
            return None if held is None else _view(ticket_id, held)
        found = await self._halo.ticket(ticket_id)
        if found is None or not found.closed:
            return found
        reopened = await self._notes.recall(REOPENED.format(ticket_id))
        if reopened is None or (found.closed_at is not None and found.closed_at > datetime.fromisoformat(reopened)):
            return found
        return replace(found, closed=False, closed_at=None)

    async def create_user(self, step: CreateUser) -> Receipt:  # noqa: ARG002
        """Pretended."""
        return Receipt(None, SHADOW, "would have been made")

    async def find_user(self, address: str) -> Receipt | None:
        """One whom HaloPSA has."""
        found = await self._halo.find_requester(address)
        return None if found is None or found.user_id is None else Receipt(found.user_id, "found")

    async def reopen(self, step: Reopen) -> Receipt:
        """Pretended, and remembered."""
        if not (await self._there(step.ticket_id)).closed:
            return Receipt(step.ticket_id, "not_needed")
        await self._notes.remember(REOPENED.format(step.ticket_id), self._clock().isoformat())
        return Receipt(step.ticket_id, SHADOW, "would have been opened again")

    async def create_ticket(self, step: CreateTicket, marker: str) -> Receipt:
        """Pretended, and remembered; of one marker there is one ticket."""
        known = await self._notes.recall(MARKER.format(marker))
        number = int(known) if known is not None else await self._numbered(step, marker)
        await self._notes.remember(MARKER.format(marker), str(number))
        return Receipt(number, SHADOW, "would have been opened")

    async def add_action(self, step: AddAction, marker: str) -> Receipt:  # noqa: ARG002
        """Pretended. Permanent "ticket_gone", as ever."""
        await self._there(step.ticket_id)
        return Receipt(None, SHADOW, "would have been added")

    async def upload(
        self,
        step: UploadAttachment,  # noqa: ARG002
        ticket_id: int,  # noqa: ARG002
        action_id: int | None,  # noqa: ARG002
        octets: bytes,  # noqa: ARG002
    ) -> Receipt:
        """Pretended."""
        return Receipt(None, SHADOW, "would have been uploaded")

    async def add_note(self, ticket_id: int, note: Text, marker: str) -> Receipt:  # noqa: ARG002
        """Pretended."""
        return Receipt(None, SHADOW, "would have been written")

    async def show_details(self, ticket_id: int, details: Text, marker: str) -> Receipt:  # noqa: ARG002
        """Pretended."""
        return Receipt(ticket_id, SHADOW, "would have been shown")

    async def find_created(self, step: CreateTicket, doubt: Doubt) -> Receipt | None:
        """Pretended again: the same ticket."""
        return await self.create_ticket(step, doubt.marker)

    async def find_action(self, ticket_id: int, doubt: Doubt) -> Receipt | None:  # noqa: ARG002
        """Pretended again."""
        return Receipt(None, SHADOW, "would have been added")

    async def find_upload(self, step: UploadAttachment, ticket_id: int, doubt: Doubt) -> Receipt | None:  # noqa: ARG002
        """Pretended again."""
        return Receipt(None, SHADOW, "would have been uploaded")

    async def close(self) -> None:
        """Nothing is its own."""

    async def _there(self, ticket_id: int) -> TicketView:
        found = await self.ticket(ticket_id)
        if found is None:
            raise Permanent("ticket_gone", f"ticket {ticket_id} is no longer there")
        return found

    async def _numbered(self, step: CreateTicket, marker: str) -> int:
        """The next free number, which is this ticket's from now on, whoever asks at the same time."""
        latest = await self._notes.recall(LATEST)
        who = step.requester
        held = json.dumps(
            {
                "marker": marker,
                "summary": step.summary,
                "client_id": step.client_id,
                "user_id": who.user_id,
                "status_id": step.status_id,
                "addresses": [who.address.lower()] if who.address else [],
            }
        )
        for number in count(int(latest) + 1 if latest is not None else FIRST):
            if await self._notes.settle(TICKET.format(number), held) == held:
                await self._notes.remember(LATEST, str(number))
                return number
        raise AssertionError("numbers do not end")


class ShadowMailer:
    """A Mailer that sends nothing. What its caller commits to is committed to, so that the budgets count."""

    async def acknowledge(
        self,
        step: Acknowledge,  # noqa: ARG002
        ticket_id: int | None,  # noqa: ARG002
        committing: Callable[[], Awaitable[None]],
    ) -> Receipt:
        """Pretended."""
        await committing()
        return Receipt(None, SHADOW, "would have been sent")

    async def alert(self, to: Sequence[str], subject: str, text: str) -> None:
        """Nobody is told by mail; the log and `check` tell all the same."""

    async def close(self) -> None:
        """Nothing is open."""


def _view(number: int, held: str) -> TicketView:
    known = json.loads(held)
    return TicketView(
        number,
        known["summary"],
        known["client_id"],
        known["user_id"],
        known["status_id"],
        addresses=frozenset(known["addresses"]),
    )
