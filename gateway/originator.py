"""Asks who wrote a mail, and what they are to the ticket that it names.

Promises: a merged ticket is followed to its target; of several tickets the strongest that the sender may follow is
taken; whoever only fields name that anybody can write is nobody on a ticket that is there. Asks only. Fails with the
errors of the backend and the ledger. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from datetime import timedelta

from config.policy import Budgets, People, Rule
from gateway.authenticity import Judgement, judgement
from gateway.keyring import Keyring
from gateway.model import Authenticity, Facts, Kind, Requester, Standing, TicketView
from gateway.ports import Clock, TicketDirectory
from gateway.providers import is_shared
from gateway.reach import way_to
from gateway.rules.loops import is_own
from gateway.rules.new import answer_to
from gateway.rules.verdicts import MAY
from gateway.standing import domain_of, standing
from gateway.strongest import strongest
from gateway.whose import Author, author, passed_on_for
from parsers.mailboxes import bouncing_mailbox_of, mailbox_of, other_spellings, same_mailbox
from parsers.model import Address, AutomationKind, ParsedEmail
from parsers.subject import Reference, base_subject
from parsers.thanks import only_thanks
from storage.ledger import Ledger
from storage.model import Way

MOST_MERGES = 5
"""Merged tickets followed in a row: more is a ring."""
MOST_TICKETS = 5
"""Tickets that one mail may have looked up: each is a request."""
MOST_SPELLINGS = 20
"""Of one address that are looked for among the agents."""
DEAD_FOR = timedelta(days=30)
"""How long an address is not answered after mail to it came back."""
LONG_SUMMARY = 200
"""A summary of so many letters may be one that was cut."""
SAME_TEXT_WITHIN = timedelta(days=1)
REOPENED_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Habits:
    """What of the configuration is about matching, the same for all mailboxes."""

    references: tuple[Reference, ...] = (("[ID:", "]"),)  # ticket references in subjects
    quoted: bool = False  # look for them in the text too
    people: People = People()  # noqa: RUF009 - frozen
    budgets: Budgets = Budgets()  # noqa: RUF009
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Originators:
    """Knows people; see `Gatherer`, which is one, and `Retrospect`."""

    ledger: Ledger
    backend: TicketDirectory
    clock: Clock
    own_addresses: frozenset[str]
    keyring: Keyring
    habits: Habits = Habits()

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

    async def _who(self, facts: Facts, nobodys: Callable[[], Awaitable[int]], message: int | None = None) -> Facts:
        mail, own, people = facts.mail, self.own_addresses, self.habits.people
        if facts.own_message or facts.own_signature or facts.same_as is not None:
            return facts
        catch_all = await nobodys()
        judged = judgement(mail, facts.account.policy.authentication_servers)
        wrote = author(mail, own, facts.account.policy.trusted_lists)
        if wrote.words and wrote.person is not None and not (wrote.proved and judged.exact):
            wrote = await self._in_own_right(facts, wrote, judged, catch_all)
        unproved = wrote.words if wrote.person is not None and wrote.person != mail.from_ and not wrote.proved else ""
        if wrote.words and wrote.person is not None and judged.found is Authenticity.PASSED:
            judged = Judgement(Authenticity.UNVERIFIED, f"{judged.words}; but the author is not From")
        named = await self.backend.find_agent(mail.from_.address) if mail.from_ is not None else None
        agent = named if judged.exact and judged.found is Authenticity.PASSED else None
        behind = passed_on_for(mail, agent, own)
        requester = await self._requester(behind or wrote.person, people, catch_all)
        why = wrote.words
        if behind is not None and agent is not None:
            why = f"the mail that agent {agent.id} passes on is from {behind.address}"
        facts = replace(
            facts,
            authenticity=judged.found,
            authenticity_words=judged.words if facts.account.policy.authentication_servers or mail.from_doubt else "",
            author=wrote.person,
            unproved=unproved,
            agent=agent,
            requester=requester,
            requester_words=why,
            create_user=people.create_users
            and not unproved
            and (
                judged.found is Authenticity.PASSED
                or (judged.found is Authenticity.UNVERIFIED and not facts.account.policy.authentication_servers)
            )
            and MAY[mail.automation.kind].acknowledge
            and _can_be_user(requester),
            thanks=only_thanks(mail),
        )
        facts = await self._past(facts, behind, message)
        if facts.ticket is None:
            return facts
        unverified = named is not None and agent is None
        own_user = requester if behind is None else None

        async def judged_on(facts: Facts) -> Facts:
            """What the sender is to the chosen ticket."""
            assert facts.ticket is not None
            found = await self._standing(facts, writer, own_user, catch_all, unverified_agent=unverified)
            if unproved and found[0] is not Standing.OTHER_CLIENT:
                found = Standing.STRANGER, f"its author is only named by {unproved}"
            reopened = await self._reopened(facts.ticket.id) if facts.ticket.closed else 0
            weak = facts.chosen is not None and facts.chosen.kind is Kind.MENTIONED and found[0] is Standing.STRANGER
            related = weak and _same_subject(facts.ticket.summary, mail)
            related = related and await self._shares_people(facts.ticket, mail)
            return replace(facts, standing=found[0], standing_words=found[1], reopened=reopened, related=related)

        writer = wrote.person
        if unproved:  # on a ticket that is there it counts as what it is: the mail of whoever From is
            writer, own_user = mail.from_, await self._requester(mail.from_, people, catch_all)
        return await strongest(facts, self._ticket, judged_on, MOST_TICKETS)

    async def _in_own_right(self, facts: Facts, wrote: Author, judged: Judgement, catch_all: int) -> Author:
        """From itself, where it takes no mail and yet takes part in the ticket: then nobody else is to be named."""
        sender = facts.mail.from_
        if not wrote.form or sender is None or facts.ticket is None or judged.found is Authenticity.FAILED:
            return replace(wrote, proved=False)
        requester = await self._requester(sender, self.habits.people, catch_all)
        found = await self._standing(facts, sender, requester, catch_all, unverified_agent=False)
        if found[0] in {Standing.PARTICIPANT, Standing.COLLEAGUE}:
            return Author(sender)
        return replace(wrote, proved=False)

    async def _reopened(self, ticket_id: int) -> int:
        return await self.ledger.people.done_lately(ticket_id, "reopen", self.clock() - REOPENED_WITHIN)

    async def _participants(self, ticket_id: int, address: str) -> frozenset[str]:  # noqa: ARG002 - see `Retrospect`
        return await self.ledger.people.participants(ticket_id)

    async def _shares_people(self, ticket: TicketView, mail: ParsedEmail) -> bool:
        """Whether others who take part in a ticket get the mail too."""
        ours = self.own_addresses | {one.lower() for one in mail.reached}
        others = {one.address.lower() for one in (*mail.to, *mail.cc) if not is_own(one.address, ours)}
        known = await self.ledger.people.participants(ticket.id) | ticket.addresses
        return not others.isdisjoint(known)

    async def _standing(
        self,
        facts: Facts,
        writer: Address | None,
        requester: Requester | None,
        catch_all: int,
        *,
        unverified_agent: bool,
    ) -> tuple[Standing, str]:
        """By what the ledger knows of the ticket's mails; only if that does not do, by Halo's own log."""
        ticket, people = facts.ticket, self.habits.people
        assert ticket is not None
        kind = facts.chosen.kind if facts.chosen is not None else Kind.NUMBER
        address = writer.address if writer is not None else ""

        async def judge(participants: Collection[str]) -> tuple[Standing, str]:
            agents_mailbox = facts.agent is None and await self._is_of_an_agent(
                address, (*ticket.addresses, *participants)
            )
            return standing(
                address,
                requester,
                facts.agent,
                ticket,
                participants,
                kind,
                catch_all=catch_all,
                shared=people.shared_domains,
                clients=people.client_domains,
                unverified_agent=unverified_agent,
                agents_mailbox=agents_mailbox,
            )

        found = await judge(())  # most mail is its requester's, or of the same client
        if found[0] is not Standing.STRANGER:
            return found
        known = await self._participants(ticket.id, address)
        found = await judge(known)
        report = facts.mail.automation.kind in {AutomationKind.BOUNCE, AutomationKind.DELAY}
        if found[0] is not Standing.STRANGER or report or unverified_agent or not address:
            return found
        return await judge(known | await self.backend.correspondents(ticket.id))

    async def _requester(self, who: Address | None, people: People, catch_all: int) -> Requester | None:
        """The user behind an address; else the client whose domain it has; else nobody's."""
        if who is None or not who.address:
            return None
        found = await self.backend.find_requester(who.address)
        if found is not None:
            return found
        if not await self._is_of_an_agent(who.address):
            for spelling in other_spellings(who.address):
                if (found := await self.backend.find_requester(spelling)) is not None:
                    return replace(found, address=who.address)
        domain = domain_of(who.address)
        if people.match_domains and not is_shared(domain, people.shared_domains, people.client_domains):
            owner = await self.backend.find_domain(domain)
            if owner is not None and owner.client_id != catch_all:
                return replace(owner, address=who.address, name=who.name)
        return Requester(who.address, who.name)

    async def _is_of_an_agent(self, address: str, among: Collection[str] = ()) -> bool:
        """Whether it, or what it would be known by, is another spelling of an agent's address: that makes it nobody."""
        spellings = {
            *other_spellings(address),
            mailbox_of(address),
            *(one for one in among if same_mailbox(one, address)),
        }
        spellings.discard(address.lower())
        return any([await self.backend.find_agent(one) is not None for one in sorted(spellings)[:MOST_SPELLINGS]])

    async def _past(self, facts: Facts, behind: Address | None, message: int | None) -> Facts:
        """What the sender said before, and whether answers reach whom they would go to."""
        to, now = behind or (facts.author if facts.unproved else answer_to(facts.mail)), self.clock()
        way = Way.AGENT if behind is not None else way_to(to, facts.mail, self.habits.people.shared_domains)
        way = Way.ELSEWHERE if facts.unproved and behind is None else way
        mailbox = bouncing_mailbox_of(to.address) if to is not None else None
        whole = mailbox_of(to.address) if to is not None else ""  # whoever is gone is gone behind every plus
        said, dead = await self.ledger.people.past(
            message, said_by(facts), mailbox, now, said=SAME_TEXT_WITHIN, dead=DEAD_FOR, also=whole
        )
        return replace(facts, repeats=said >= self.habits.budgets.same_text, dead_address=dead, way=way)


def said_by(facts: Facts) -> str | None:
    """What the sender said, to be known again: of others, who may be forging it, nothing is remembered against them.

    Nothing of a mail that nobody vouches for; and what passed authentication is apart from what nobody judged.
    """
    digest = facts.mail.text_digest
    if digest is None or facts.unproved or facts.authenticity is Authenticity.FAILED:
        return None
    return f"{digest} passed" if facts.authenticity is Authenticity.PASSED else digest


def _can_be_user(requester: Requester | None) -> bool:
    """Whether HaloPSA knows whose the sender is, and not who."""
    return requester is not None and requester.user_id is None and None not in {requester.client_id, requester.site_id}


def _same_subject(summary: str, mail: ParsedEmail) -> bool:
    """Whether a ticket's summary, which HaloPSA may have cut, is the mail's subject."""
    held, ours = (" ".join(one.lower().split()) for one in (base_subject(summary), mail.base_subject))
    return bool(held) and (held == ours or (len(held) > LONG_SUMMARY and ours.startswith(held)))
