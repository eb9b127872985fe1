"""The facts of a kept message as they would be were it to come for the first time today, and never as a copy of itself.

Promises: asks only. Today's are the configuration, the people HaloPSA knows, who takes part in a ticket, and which
tickets there are. Of then are its place among the mails before it, the time (for rules by time, and for what was said
or opened again lately), what an operator had said of it, whether its ticket was closed, whether its sender was a
stranger to it, and that it was moved back into its folder. What nobody remembers any more, when a ticket was closed
that has been opened again since, counts as just now. Fails with the errors of the backend and the ledger.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from gateway.evidence import JOINED, named_ids
from gateway.facts import Gatherer
from gateway.keyring import known_keys
from gateway.model import AccountPolicy, AddCorrespondence, Agent, Facts, Requester, Standing, TicketView
from gateway.originator import REOPENED_WITHIN
from gateway.ports import TicketDirectory
from gateway.steps import AddAction, CreateTicket, Plan
from parsers.mailboxes import same_mailbox
from parsers.model import ParsedEmail
from storage.model import Joined, Message

CLOSED = frozenset({"closed_ticket", "closed_too_long", "reopened_too_often"})
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
SOON = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Then:
    """A kept message, and what was decided of it."""

    message: Message
    plan: Plan

    @property
    def standing(self) -> str:
        """What its sender was to the ticket; "" where there was none."""
        return next((one.said.partition(":")[0] for one in self.plan.verdicts if one.rule == "standing"), "")

    @property
    def closed(self) -> bool:
        """Whether its ticket was closed, as far as that decided anything."""
        decision = self.plan.decision
        if isinstance(decision, AddCorrespondence) and decision.reopen:
            return True
        return decision.reason in CLOSED or decision.reason.endswith("_on_closed_ticket")

    def gone(self, ticket_id: int) -> bool:
        """Whether a ticket that it named was not there."""
        names = f", ticket {ticket_id}: "
        return any(
            one.rule == "evidence" and names in one.said and one.said.endswith(", gone") for one in self.plan.verdicts
        )

    @property
    def joined(self) -> bool:
        """Whether it was of a conversation already when that was decided: it had been set aside, or decided before."""
        words = f": {JOINED}"
        return any(one.rule == "evidence" and words in one.said for one in self.plan.verdicts)

    def witnessed(self, references: Sequence[str]) -> frozenset[str]:
        """Those of the references that are on record as evidence."""
        said = [one.said for one in self.plan.verdicts if one.rule == "evidence"]
        return frozenset(one for one in references if any(f"<{one}>" in words for words in said))

    def mentioned(self, own: str | None) -> bool:
        """Whether earlier mail had spoken of it, or had been it: then its own Message-ID was evidence."""
        return own is not None and any(one.rule == "evidence" and f"<{own}>" in one.said for one in self.plan.verdicts)


@dataclass(frozen=True, slots=True)
class Retrospect(Gatherer):
    """A Gatherer for one kept message; made by `retrospect`."""

    then: Then | None = None

    async def again(
        self, mail: ParsedEmail, account: AccountPolicy, *, catch_all: Callable[[], Awaitable[int]]
    ) -> Facts:
        """Its facts."""
        assert self.then is not None
        message, digest = self.then.message, mail.content_digest
        place = await self._place(mail, digest, ask=True)
        if place.namesake is not None or place.same_as is not None:
            digest = await self._digest_of(mail, account, place, message)
            place = await self._place(mail, digest)
        if self.then.plan.decision.reason == "same_again" and mail.message_id is None:
            place = replace(place, same_as=await self.ledger.reading.twin(message))
        arrived = message.internal_date or message.received_at
        begun = self._of_message(self._begun(mail, account, place, arrived), message)
        facts = await self._where(begun, place, await known_keys(self.ledger), ())
        return await self._who(facts, catch_all, message.id)

    async def _place(self, mail: ParsedEmail, digest: str | None, *, ask: bool = False) -> Joined:
        assert self.then is not None
        own, named, then = mail.message_id, named_ids(mail), self.then
        return await self.ledger.hindsight.place(
            then.message, own, digest, named, mentioned=then.mentioned(own), joined=then.joined, ask=ask,
            witnessed=then.witnessed(named),
        )  # fmt: skip

    async def _participants(self, ticket_id: int, address: str) -> frozenset[str]:
        """Without a sender who was a stranger: that may be otherwise only since, by this very mail even."""
        assert self.then is not None
        known = await self.ledger.people.participants(ticket_id)
        stranger = self.then.standing == Standing.STRANGER
        return frozenset(one for one in known if not same_mailbox(one, address)) if stranger else known

    async def _reopened(self, ticket_id: int) -> int:
        assert self.then is not None
        since = self.clock() - REOPENED_WITHIN
        return await self.ledger.hindsight.done_before(self.then.message, ticket_id, "reopen", since)


def retrospect(gatherer: Gatherer, then: Then) -> Retrospect:
    """A gatherer that looks at one message as it was."""
    directory = AsThen(gatherer.backend, then)
    at = then.message.received_at
    return Retrospect(
        gatherer.ledger,
        directory,
        lambda: at,
        gatherer.own_addresses,
        gatherer.keyring,
        gatherer.habits,
        then,
    )


class AsThen:
    """HaloPSA as it is, but for what has changed since because mail went its way."""

    def __init__(self, halo: TicketDirectory, then: Then) -> None:
        self._halo = halo
        self._then = then

    async def find_requester(self, address: str) -> Requester | None:
        """As today."""
        return await self._halo.find_requester(address)

    async def find_domain(self, domain: str) -> Requester | None:
        """As today."""
        return await self._halo.find_domain(domain)

    async def find_agent(self, address: str) -> Agent | None:
        """As today."""
        return await self._halo.find_agent(address)

    async def correspondents(self, ticket_id: int) -> frozenset[str]:
        """As today; nobody where the sender was a stranger: their own mail may have made them one."""
        stranger = self._then.standing == Standing.STRANGER
        return frozenset() if stranger else await self._halo.correspondents(ticket_id)

    async def ticket(self, ticket_id: int) -> TicketView | None:
        """As today, but closed only if it was so when the mail came."""
        found = await self._halo.ticket(ticket_id)
        if found is None:
            return None
        at, decision = self._then.message.received_at, self._then.plan.decision
        told = isinstance(decision, AddCorrespondence) and not decision.hidden  # by the decision, which tells it all
        if not told and found.closed and found.closed_at is not None and found.closed_at < at:
            return found
        if not self._then.closed:
            return replace(found, closed=False, closed_at=None)
        since = LONG_AGO if decision.reason == "closed_too_long" else at - SOON
        return replace(found, closed=True, closed_at=since)


class Remembered:
    """HaloPSA without asking it: people are to one message and its ticket what they were; every ticket is there."""

    def __init__(self, then: Then, sender: str) -> None:
        self._then = then
        self._sender = sender.lower()
        made = [one for one in then.plan.steps if isinstance(one, CreateTicket | AddAction)]
        self._requester = made[0].requester if made else None

    async def find_requester(self, address: str) -> Requester | None:
        """Whose the entry was."""
        who = self._requester
        if self._then.standing == Standing.OTHER_CLIENT:
            return Requester(address, client_id=-1)
        return who if who is not None and who.address.lower() == address.lower() else None

    async def find_domain(self, domain: str) -> Requester | None:  # noqa: ARG002
        """A client that was known by its domain is the requester's already."""
        return None

    async def find_agent(self, address: str) -> Agent | None:
        """The agent whose entry it was."""
        decision = self._then.plan.decision
        ours = self._then.standing == Standing.AGENT and address.lower() == self._sender
        number = decision.agent_id if isinstance(decision, AddCorrespondence) else None
        return Agent(number or 0) if ours else None

    async def correspondents(self, ticket_id: int) -> frozenset[str]:  # noqa: ARG002
        """Whoever took part is a participant already, see `ticket`."""
        return frozenset()

    async def ticket(self, ticket_id: int) -> TicketView | None:
        """There, if it was; open; the sender's if they took part in it."""
        if self._then.gone(ticket_id):
            return None
        if self._then.standing == Standing.OTHER_CLIENT:
            return TicketView(ticket_id, client_id=-2)
        took_part = self._then.standing in {Standing.PARTICIPANT, Standing.COLLEAGUE}
        return TicketView(ticket_id, addresses=frozenset({self._sender} if took_part else ()))
