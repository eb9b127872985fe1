"""Asks the world once for everything that rules may need about one message.

Promises: a message that must wait for another of its conversation gives None, and the ledger knows whom it waits for; a
ticket that is gone frees its conversation for a new one; a merged ticket is followed to its target. Fails with the
errors of the backend and the ledger. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.model import AccountPolicy, Facts, Requester, TicketView
from gateway.ports import Clock, TicketBackend
from parsers.model import ParsedEmail
from parsers.subject import Reference, find_reference
from storage.ledger import Ledger
from storage.model import Claim, Joined

MOST_MERGES = 5
"""Merged tickets followed in a row: more is a ring."""

MOST_LOOKS = 3
"""Times that a conversation is joined anew because its ticket turned out to be gone."""


LARGEST_TICKET = 2**31 - 1
"""Halo's ids have 32 bits. Anybody may write a larger one into a subject, and a server that chokes on it would stop the
mail."""


@dataclass(frozen=True, slots=True)
class Gatherer:
    """Gathers facts; one for all workers."""

    ledger: Ledger
    backend: TicketBackend
    clock: Clock
    own_addresses: frozenset[str]
    references: tuple[Reference, ...] = (("[ID:", "]"),)  # ticket references in subjects

    async def gather(
        self, claim: Claim, mail: ParsedEmail, account: AccountPolicy, *, joined: Callable[[], None]
    ) -> Facts | None:
        """The facts of a claimed message, or None when it must wait for another.

        `joined` is called as soon as its place among the conversations is known, before Halo is asked.
        """
        place, ticket = await self._conversation(claim, mail, joined)
        if place.waits_for is not None:
            return None
        tagged = None
        if ticket is None and place.same_as is None and not place.ours:
            tagged = find_reference(mail.subject, self.references)
            if tagged is not None and tagged > LARGEST_TICKET:
                tagged = None
            if tagged is not None:
                ticket = await self._ticket(tagged)
        return Facts(
            mail=mail,
            account=account,
            own_addresses=self.own_addresses,
            own_message=place.ours,
            same_as=place.same_as,
            thread_ticket=place.ticket,
            thread_evidence=_evidence(mail, place),
            subject_ticket=tagged,
            ticket=ticket,
            requester=await self._requester(mail),
            truncated=claim.message.truncated,
        )

    async def _conversation(
        self, claim: Claim, mail: ParsedEmail, found_place: Callable[[], None]
    ) -> tuple[Joined, TicketView | None]:
        named = [*mail.in_reply_to, *reversed(mail.references)]
        if mail.delivery_report is not None and mail.delivery_report.original_message_id:
            named.insert(0, mail.delivery_report.original_message_id)
        for _ in range(MOST_LOOKS):
            joined = await self.ledger.threads.join(claim, mail.message_id, mail.content_digest, named, self.clock())
            found_place()
            if joined.ticket is None or joined.same_as is not None or joined.ours:
                return joined, None
            ticket = await self._ticket(joined.ticket)
            if ticket is not None:
                if ticket.id != joined.ticket:
                    await self.ledger.threads.moved(joined.conversation, ticket.id)
                return joined, ticket
            await self.ledger.threads.lost_ticket(joined.conversation, joined.ticket, claim.message.id)
        return joined, None

    async def _ticket(self, ticket_id: int) -> TicketView | None:
        """The ticket, or the one it was merged into."""
        seen: set[int] = set()
        while ticket_id not in seen and len(seen) < MOST_MERGES:
            seen.add(ticket_id)
            ticket = await self.backend.ticket(ticket_id)
            if ticket is None or not ticket.merged_into:
                return ticket
            ticket_id = ticket.merged_into
        return None

    async def _requester(self, mail: ParsedEmail) -> Requester | None:
        """The user behind From; behind Reply-To where From is an address of ours (a contact form)."""
        sender = mail.from_
        if sender is not None and sender.address.lower() in self.own_addresses:
            sender = next((one for one in mail.reply_to if one.address.lower() not in self.own_addresses), sender)
        if sender is None or not sender.address:
            return None
        found = await self.backend.find_requester(sender.address)
        return found or Requester(sender.address, sender.name)


def _evidence(mail: ParsedEmail, joined: Joined) -> str:
    if joined.evidence is None:
        return ""
    field = "In-Reply-To" if joined.evidence in mail.in_reply_to else "References"
    return f"{field} <{joined.evidence}>"
