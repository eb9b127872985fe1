"""Today's rules over kept mail: what would be decided otherwise than it was.

Promises: reads only, HaloPSA too, and in its own time (`haste`); a page of messages and one mail are in memory at once.
What is of today and what of then, see `retrospect`; without HaloPSA people are to their tickets what they were, and
every ticket is there. Fails with the kinds of `gateway.errors` and the ledger's errors.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from config.settings import Settings, Ticket
from gateway import plan_json
from gateway.app import accounts, habits, make_reader, now, own_addresses
from gateway.decide import decide, spoken
from gateway.differences import UNKNOWN, Difference, compare
from gateway.facts import Gatherer
from gateway.haste import spare
from gateway.keyring import Keyring
from gateway.model import AccountPolicy, Agent, Requester, TicketView
from gateway.plan import Defaults, make_plan
from gateway.ports import TicketDirectory
from gateway.retrospect import Remembered, Then, retrospect
from gateway.steps import Plan
from gateway.whose import author
from parsers import parse
from storage.errors import Gone
from storage.ledger import Ledger
from storage.model import Message

PAGE = 100
MOST_REMEMBERED = 10_000
"""Tickets that are not asked for twice."""


@dataclass(frozen=True, slots=True)
class Range:
    """Which messages: kept since, kept before, by one mailbox; or these alone."""

    since: datetime | None = None
    until: datetime | None = None
    mailbox: str | None = None
    only: tuple[int, ...] = ()


class Outcome(StrEnum):
    """What came of looking at one message."""

    SAME = "decided as before"
    DIFFERENT = "decided differently"
    GONE = "no longer kept"
    UNDECIDED = "not decided yet"
    UNREADABLE = "decided by a version whose plans cannot be read"


@dataclass(frozen=True, slots=True)
class Looked:
    """One message. `decided`: as it was, in one line; `difference`: of one that is DIFFERENT."""

    message: Message
    outcome: Outcome
    decided: str = ""
    difference: Difference | None = None


class Replay:
    """Make one with `opened`."""

    def __init__(self, settings: Settings, ledger: Ledger, halo: TicketDirectory | None, defaults: Defaults) -> None:
        self._settings = settings
        self._ledger = ledger
        self._halo = None if halo is None else OncePerTicket(halo)
        self._defaults = defaults
        self._accounts = accounts(settings)
        self._own = own_addresses(settings)
        self._keyring = Keyring(ledger, now)

    async def count(self, wanted: Range) -> int:
        """How many messages there are."""
        return await self._ledger.hindsight.count(wanted.since, wanted.until, account=wanted.mailbox, only=wanted.only)

    async def over(self, wanted: Range) -> AsyncIterator[Looked]:
        """Every one of them, oldest first."""
        after = 0
        while True:
            page = await self._ledger.hindsight.page(
                wanted.since, wanted.until, account=wanted.mailbox, only=wanted.only, after=after, limit=PAGE
            )
            for message, plan in page:
                yield await self._look(message, plan)
            if len(page) < PAGE:
                return
            after = page[-1][0].id

    async def _look(self, message: Message, stored: str | None) -> Looked:
        if message.gone_at is not None:
            return Looked(message, Outcome.GONE)
        if stored is None:
            return Looked(message, Outcome.UNDECIDED)
        try:
            octets = await self._ledger.intake.octets(message.id)
        except Gone:  # in this very moment
            return Looked(message, Outcome.GONE)
        try:
            then = Then(message, plan_json.read(stored))
        except ValueError:
            return Looked(message, Outcome.UNREADABLE)
        with spare():
            difference = await self._compared(then, octets)
        outcome = Outcome.SAME if difference is None else Outcome.DIFFERENT
        return Looked(message, outcome, spoken(then.plan.decision), difference)

    async def _compared(self, then: Then, octets: bytes) -> Difference | None:
        message, name = then.message, then.message.key.account
        mail = await asyncio.to_thread(parse, octets, whole=not message.truncated)
        writer = author(mail, self._own).person
        halo: TicketDirectory = self._halo or Remembered(then, writer.address if writer is not None else "")
        gatherer = Gatherer(self._ledger, halo, now, self._own, self._keyring, habits(self._settings))
        account = self._accounts.get(name) or AccountPolicy(name, "", acknowledge=False)
        facts = await retrospect(gatherer, then).again(mail, account, catch_all=self._catch_all)
        decision, verdicts = decide(facts)
        arrived = message.internal_date or message.received_at
        made = make_plan(decision, verdicts, facts, self._defaults, arrived=arrived, token="replay")  # noqa: S106
        named = facts.chosen.ticket if facts.chosen is not None else None
        return compare(then.plan, Plan(decision, made.steps, verdicts), follows=named)

    async def _catch_all(self) -> int:
        return self._defaults.client_id


class OncePerTicket:
    """A HaloPSA that is asked for a ticket once, and who wrote on it once."""

    def __init__(self, halo: TicketDirectory) -> None:
        self._halo = halo
        self._tickets: dict[int, TicketView | None] = {}
        self._wrote: dict[int, frozenset[str]] = {}

    async def find_requester(self, address: str) -> Requester | None:
        """It keeps these itself."""
        return await self._halo.find_requester(address)

    async def find_domain(self, domain: str) -> Requester | None:
        """It keeps these itself."""
        return await self._halo.find_domain(domain)

    async def find_agent(self, address: str) -> Agent | None:
        """It keeps these itself."""
        return await self._halo.find_agent(address)

    async def correspondents(self, ticket_id: int) -> frozenset[str]:
        """As it says, or said."""
        if ticket_id not in self._wrote:
            if len(self._wrote) >= MOST_REMEMBERED:
                self._wrote.clear()
            self._wrote[ticket_id] = await self._halo.correspondents(ticket_id)
        return self._wrote[ticket_id]

    async def ticket(self, ticket_id: int) -> TicketView | None:
        """As it says, or said."""
        if ticket_id not in self._tickets:
            if len(self._tickets) >= MOST_REMEMBERED:
                self._tickets.clear()
            self._tickets[ticket_id] = await self._halo.ticket(ticket_id)
        return self._tickets[ticket_id]


@asynccontextmanager
async def opened(settings: Settings, ledger: Ledger, *, offline: bool) -> AsyncIterator[Replay]:
    """Ready to look. `offline`: HaloPSA is not asked."""
    if offline:
        yield Replay(settings, ledger, None, _without_asking(settings.ticket))
        return
    halo = await make_reader(settings, ledger)
    try:
        yield Replay(settings, ledger, halo, Defaults(**await halo.ids(settings.ticket)))
    finally:
        await halo.close()


def _without_asking(ticket: Ticket) -> Defaults:
    """Ids that the configuration gives as such; what it gives by name only HaloPSA could say."""
    return Defaults(
        UNKNOWN if ticket.client else ticket.client_id,
        UNKNOWN if ticket.tickettype else ticket.tickettype_id,
        UNKNOWN if ticket.status else ticket.status_id,
        UNKNOWN if ticket.priority else ticket.priority_id,
    )
