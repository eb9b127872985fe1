"""What would become of a mail, were it to come in now: the same facts, rules and plan, and nothing is done.

Promises: HaloPSA and the ledger are read only; without a ledger yet an empty one stands in. Offline nobody is known and
every ticket that is named is taken to be there, open, and nobody's. Fails with the kinds of `gateway.errors`.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from config.settings import Mailbox, Settings
from gateway.app import accounts, habits, make_reader, now, own_addresses
from gateway.decide import decide, later
from gateway.facts import Gatherer
from gateway.halo.backend import HaloBackend
from gateway.keyring import Keyring
from gateway.model import Agent, Decision, Facts, Requester, TicketView, Verdict
from gateway.plan import Defaults, make_plan
from gateway.rules.loops import is_own
from gateway.steps import Plan
from parsers import parse
from parsers.model import ParsedEmail
from storage.errors import LedgerUnusable
from storage.ledger import Ledger, open_ledger


@dataclass(frozen=True, slots=True)
class Prospect:
    """What would become of a mail. `verdicts`: every rule's, also of those after the deciding one."""

    mailbox: str
    mail: ParsedEmail
    facts: Facts
    decision: Decision
    verdicts: tuple[Verdict, ...]
    plan: Plan


async def prospect(settings: Settings, octets: bytes, mailbox: str | None, *, offline: bool) -> Prospect:
    """Look at one mail as the daemon would. `mailbox`: by which it came in; else by whom it was sent to."""
    mail = parse(octets)
    account = accounts(settings)[mailbox or mailbox_of(settings, mail).name]
    arrived = datetime.now(UTC)
    async with _ledger(settings) as ledger, _backend(settings, ledger, offline=offline) as backend:

        async def defaults() -> Defaults:
            if isinstance(backend, HaloBackend):
                return Defaults(**await backend.ids(settings.ticket))
            ticket = settings.ticket
            return Defaults(ticket.client_id, ticket.tickettype_id, ticket.status_id, ticket.priority_id)

        async def catch_all() -> int:
            return (await defaults()).client_id

        gatherer = Gatherer(
            ledger,
            backend,
            now,
            own_addresses(settings),
            Keyring(ledger, now),
            habits(settings),
        )
        facts = await gatherer.preview(mail, account, catch_all=catch_all, arrived=arrived)
        decision, verdicts = decide(facts)
        plan = make_plan(decision, verdicts, facts, await defaults(), arrived=arrived, token="dry")  # noqa: S106
    return Prospect(account.name, mail, facts, decision, (*verdicts, *later(facts, verdicts)), plan)


def mailbox_of(settings: Settings, mail: ParsedEmail) -> Mailbox:
    """The mailbox that a mail was sent to, as far as it says; else the first."""
    recipients = [*mail.delivered, *(one.address for one in (*mail.to, *mail.cc))]
    for address in recipients:
        for one in settings.mailbox:
            if is_own(address, frozenset(one.addresses)):
                return one
    return settings.mailbox[0]


class Nobody:
    """A HaloPSA that was not asked."""

    async def find_requester(self, address: str) -> Requester | None:  # noqa: ARG002
        """Nobody is known."""
        return None

    async def find_domain(self, domain: str) -> Requester | None:  # noqa: ARG002
        """No domain is anybody's."""
        return None

    async def find_agent(self, address: str) -> Agent | None:  # noqa: ARG002
        """There is no agent."""
        return None

    async def correspondents(self, ticket_id: int) -> frozenset[str]:  # noqa: ARG002
        """Nobody wrote."""
        return frozenset()

    async def ticket(self, ticket_id: int) -> TicketView | None:
        """It is there, open."""
        return TicketView(ticket_id)


@asynccontextmanager
async def _ledger(settings: Settings) -> AsyncIterator[Ledger]:
    async with AsyncExitStack() as stack:
        try:
            ledger = await open_ledger(settings.state)
        except LedgerUnusable as unusable:
            if "no ledger" not in str(unusable) and "does not exist" not in str(unusable):
                raise
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            ledger = await open_ledger(f"sqlite:///{folder}/empty.db", daemon=True)
        stack.push_async_callback(ledger.close)
        yield ledger


@asynccontextmanager
async def _backend(settings: Settings, ledger: Ledger, *, offline: bool) -> AsyncIterator[HaloBackend | Nobody]:
    if offline:
        yield Nobody()
        return
    backend = await make_reader(settings, ledger)
    try:
        yield backend
    finally:
        await backend.close()
