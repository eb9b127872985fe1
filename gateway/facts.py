"""Asks the world once for everything that rules may need about one message.

Promises: a message that must wait for another of its conversation gives None, and the ledger knows whom it waits for; a
ticket that is gone frees its conversation for a new one; a merged ticket is followed to its target. `preview` asks the
same and changes nothing. Fails with the errors of the backend and the ledger. Decides nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from config.policy import Budgets, People, Rule
from gateway.evidence import all_evidence, named_ids
from gateway.keyring import Keyring, known_keys
from gateway.left_out import lines
from gateway.model import (
    AccountPolicy,
    Authenticity,
    Earlier,
    Evidence,
    Facts,
    Kind,
    Requester,
    Standing,
    TicketView,
)
from gateway.ports import Clock, TicketDirectory
from gateway.references import Key, verify
from gateway.routing import route
from gateway.rules.loops import is_own
from gateway.rules.new import answer_to
from gateway.rules.verdicts import MAY
from gateway.standing import authenticity, domain_of, is_shared, standing
from gateway.whose import author, passed_on_for
from parsers import parse
from parsers.identity import same_but_for_footer
from parsers.model import Address, AutomationKind, ParsedEmail
from parsers.subject import Reference, base_subject
from parsers.thanks import only_thanks
from storage.errors import Gone
from storage.ledger import Ledger
from storage.model import ALONE, Claim, Joined, Message
from storage.states import AT_REST

MOST_MERGES = 5
"""Merged tickets followed in a row: more is a ring."""
MOST_LOOKS = 3
"""Times that a conversation is joined anew because its ticket turned out to be gone."""
MOST_TICKETS = 5
"""Tickets that one mail may have looked up: each is a request."""
BEHIND = 0.02
"""Seconds between two looks at whether an earlier message has joined its conversation."""
LONGEST_BEHIND = 2.0
"""Seconds that are waited for it: a mail that takes longer to be read holds nobody up, on its own host neither."""
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
class Gatherer:
    """Gathers facts; one for all workers."""

    ledger: Ledger
    backend: TicketDirectory
    clock: Clock
    own_addresses: frozenset[str]
    keyring: Keyring
    habits: Habits = Habits()

    async def gather(
        self,
        claim: Claim,
        mail: ParsedEmail,
        account: AccountPolicy,
        *,
        catch_all: Callable[[], Awaitable[int]],
        joined: Callable[[], None],
    ) -> Facts | None:
        """The facts of a claimed message, or None when it must wait for another.

        `joined` is called as soon as its place among the conversations is known, before Halo is asked.
        """
        for _ in range(int(LONGEST_BEHIND / BEHIND)):
            if not await self.ledger.threads.behind(claim):
                break
            await asyncio.sleep(BEHIND)  # another host's: only the ledger knows
        message, keys = claim.message, await self.keyring.keys()
        arrived = message.internal_date or message.received_at
        lost: tuple[Evidence, ...] = ()
        digest, ask = mail.content_digest, True
        earlier = None if mail.message_id else await self._twin(message)
        for look in range(MOST_LOOKS + 2):
            again = earlier is not None and earlier.again
            place = await self.ledger.threads.join(
                claim, mail.message_id, digest, named_ids(mail), self.clock(), ask=ask, again=again
            )
            if place.namesake is not None:
                digest, ask = await self._digest(place.namesake, mail), False
                continue
            if earlier is None and place.same_as is not None:
                earlier = await self._earlier(message, place.same_as)
                if earlier.again:
                    continue
            joined()
            if place.waits_for is not None:
                return None
            begun = replace(self._of_message(self._begun(mail, account, place, arrived), message), earlier=earlier)
            if earlier is not None and not again:
                begun = replace(begun, same_as=earlier.message)
            facts = await self._where(begun, place, keys, lost)
            if facts.same_as is not None:
                break
            if place.ticket is None or facts.chosen is not None or place.ticket not in facts.gone:
                break
            if look < MOST_LOOKS:  # of several that find it gone, one opens another and the others wait for it
                await self.ledger.threads.lost_ticket(place.conversation, place.ticket, message.id)
                lost = facts.evidence
        merged = facts.ticket is not None and facts.chosen is not None and facts.chosen.ticket == place.ticket
        if merged and facts.ticket is not None and facts.ticket.id != place.ticket:
            await self.ledger.threads.moved(place.conversation, facts.ticket.id)
        return await self._who(facts, catch_all, message.id)

    async def _twin(self, message: Message) -> Earlier | None:
        """A mail without a Message-ID that was moved out of its folder and back."""
        found = await self.ledger.reading.twin(message)
        held = None if found is None else await self.ledger.reading.message(found)
        if held is None or held.state not in AT_REST:
            return None
        together = held.settled_at is not None and held.settled_at >= message.received_at
        return None if together else await self._earlier(message, held.id)  # two that came together are two

    async def _earlier(self, message: Message, same_as: int) -> Earlier:
        """What became of the same mail before, and whether a person who moved it back gives it another chance."""
        held = await self.ledger.reading.message(same_as)
        if held is None:
            return Earlier(same_as, "nothing is known of it any more")
        words = f"{held.state}, {held.cause or held.reason or 'nothing said'}"
        words += f", ticket {held.ticket}" if held.ticket is not None else ""
        there, here = held.key, message.key
        moved = (there.account, there.folder, there.uidvalidity) == (here.account, here.folder, here.uidvalidity)
        if not moved or held.state not in AT_REST or held.reason == "own_mail":
            return Earlier(same_as, words)
        if held.ticket is None:
            return Earlier(same_as, words, again=held.reason != "same_again")
        if await self._ticket(held.ticket) is None:
            return Earlier(same_as, f"{words}, which is gone", again=True)
        return Earlier(same_as, words)

    async def preview(
        self, mail: ParsedEmail, account: AccountPolicy, *, catch_all: Callable[[], Awaitable[int]], arrived: datetime
    ) -> Facts:
        """The facts that a mail would have, were it to come in now. Asks only."""
        digest = mail.content_digest
        place = await self.ledger.threads.look_up(mail.message_id, digest, named_ids(mail), ask=True)
        if place.namesake is not None:
            digest = await self._digest(place.namesake, mail)
            place = await self.ledger.threads.look_up(mail.message_id, digest, named_ids(mail))
        begun = self._begun(mail, account, place, arrived)
        facts = await self._where(begun, place, await known_keys(self.ledger), ())
        return await self._who(facts, catch_all)

    def _begun(self, mail: ParsedEmail, account: AccountPolicy, place: Joined, arrived: datetime) -> Facts:
        """What is known before Halo is asked."""
        return Facts(
            mail=mail,
            account=account,
            own_addresses=self.own_addresses,
            own_message=place.ours,
            same_as=place.same_as,
            routing=route(self.habits.rules, mail, account.name, arrived),
        )

    def _of_message(self, facts: Facts, message: Message) -> Facts:
        """What the ledger says of the message itself."""
        return replace(
            facts,
            truncated=message.truncated,
            override=message.override,
            left_out=lines(message.portions, facts.mail) if message.truncated else (),
            folder=message.key.folder,
            size=message.size,
            digest=message.sha256,
            backfill=message.backfill,
        )

    async def _digest(self, namesake: tuple[int, str], mail: ParsedEmail) -> str | None:
        """What identifies the content: that of an earlier mail, if this is it with a list's footer below."""
        number, digest = namesake
        held = await self.ledger.reading.message(number)
        if held is None or held.deaths >= ALONE:  # what may have ended a process is not read for the sake of another
            return mail.content_digest
        try:
            octets = await self.ledger.intake.octets(number)
        except (Gone, ValueError):  # nobody can tell any more what it said: another digest is another mail
            return mail.content_digest
        earlier = await asyncio.to_thread(parse, octets)
        return digest if same_but_for_footer(earlier, mail) else mail.content_digest

    # Where it belongs

    async def _where(self, facts: Facts, place: Joined, keys: Sequence[Key], lost: tuple[Evidence, ...]) -> Facts:
        """`lost`: evidence of an earlier look, whose tickets are gone."""
        mail = facts.mail
        own_signature = bool(mail.message_id and verify(keys, mail.message_id))
        facts = replace(facts, own_signature=own_signature, now=self.clock())
        if place.ours or own_signature or facts.same_as is not None:
            return facts
        if facts.override.startswith("assign:"):
            return replace(facts, ticket=await self._ticket(int(facts.override.partition(":")[2])))
        evidence = all_evidence(mail, place, keys, self.habits.references, quoted=self.habits.quoted)
        evidence = tuple(dict.fromkeys((*evidence, *lost)))
        gone = list(dict.fromkeys(one.ticket for one in lost))
        for one in evidence:
            if one.ticket in gone or len(gone) >= MOST_TICKETS:
                continue
            ticket = await self._ticket(one.ticket)
            if ticket is not None:
                return replace(facts, evidence=evidence, gone=tuple(gone), chosen=one, ticket=ticket)
            gone.append(one.ticket)
        return replace(facts, evidence=evidence, gone=tuple(gone))

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

    # Who wrote it, and what they are to the ticket

    async def _who(self, facts: Facts, nobodys: Callable[[], Awaitable[int]], message: int | None = None) -> Facts:
        mail, own, people = facts.mail, self.own_addresses, self.habits.people
        if facts.own_message or facts.own_signature or facts.same_as is not None:
            return facts
        catch_all = await nobodys()
        verdict, words = authenticity(mail, facts.account.policy.authentication_servers)
        writer, why = author(mail, own)
        if why and verdict is Authenticity.PASSED:
            verdict, words = Authenticity.UNVERIFIED, f"{words}; but the author is not From"
        named = await self.backend.find_agent(mail.from_.address) if mail.from_ is not None else None
        agent = named if verdict is Authenticity.PASSED else None
        behind = passed_on_for(mail, agent, own)
        requester = await self._requester(behind or writer, people, catch_all)
        if behind is not None and agent is not None:
            why = f"the mail that agent {agent.id} passes on is from {behind.address}"
        facts = replace(
            facts,
            authenticity=verdict,
            authenticity_words=words if facts.account.policy.authentication_servers else "",
            agent=agent,
            requester=requester,
            requester_words=why,
            create_user=people.create_users
            and verdict is not Authenticity.FAILED
            and MAY[mail.automation.kind].acknowledge
            and _can_be_user(requester),
            thanks=only_thanks(mail),
        )
        facts = await self._past(facts, behind, message)
        if facts.ticket is None:
            return facts
        unverified = named is not None and agent is None
        own_user = requester if behind is None else None
        found = await self._standing(facts, writer, own_user, catch_all, unverified_agent=unverified)
        reopened = await self._reopened(facts.ticket.id) if facts.ticket.closed else 0
        weak = facts.chosen is not None and facts.chosen.kind is Kind.MENTIONED and found[0] is Standing.STRANGER
        related = weak and _same_subject(facts.ticket.summary, mail) and await self._shares_people(facts.ticket, mail)
        return replace(facts, standing=found[0], standing_words=found[1], reopened=reopened, related=related)

    async def _reopened(self, ticket_id: int) -> int:
        return await self.ledger.people.done_lately(ticket_id, "reopen", self.clock() - REOPENED_WITHIN)

    async def _participants(self, ticket_id: int, address: str) -> frozenset[str]:  # noqa: ARG002 - see `Retrospect`
        return await self.ledger.people.participants(ticket_id)

    async def _shares_people(self, ticket: TicketView, mail: ParsedEmail) -> bool:
        """Whether others who take part in a ticket get the mail too."""
        others = {one.address.lower() for one in (*mail.to, *mail.cc) if not is_own(one.address, self.own_addresses)}
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
        ticket = facts.ticket
        assert ticket is not None
        kind = facts.chosen.kind if facts.chosen is not None else Kind.NUMBER
        address = writer.address if writer is not None else ""

        def judge(participants: Collection[str]) -> tuple[Standing, str]:
            return standing(
                address,
                requester,
                facts.agent,
                ticket,
                participants,
                kind,
                catch_all=catch_all,
                shared=self.habits.people.shared_domains,
                unverified_agent=unverified_agent,
            )

        found = judge(())  # most mail is its requester's, or of the same client
        if found[0] is not Standing.STRANGER:
            return found
        known = await self._participants(ticket.id, address)
        found = judge(known)
        report = facts.mail.automation.kind in {AutomationKind.BOUNCE, AutomationKind.DELAY}
        if found[0] is not Standing.STRANGER or report or unverified_agent or not address:
            return found
        return judge(known | await self.backend.correspondents(ticket.id))

    async def _requester(self, who: Address | None, people: People, catch_all: int) -> Requester | None:
        """The user behind an address; else the client whose domain it has; else nobody's."""
        if who is None or not who.address:
            return None
        found = await self.backend.find_requester(who.address)
        if found is not None:
            return found
        domain = domain_of(who.address)
        if people.match_domains and not is_shared(domain, people.shared_domains):
            owner = await self.backend.find_domain(domain)
            if owner is not None and owner.client_id != catch_all:
                return replace(owner, address=who.address, name=who.name)
        return Requester(who.address, who.name)

    async def _past(self, facts: Facts, behind: Address | None, message: int | None) -> Facts:
        """What the sender said before, and whether answers reach whom they would go to."""
        to, now = behind or answer_to(facts.mail), self.clock()
        said, dead = await self.ledger.people.past(
            message, facts.mail.text_digest, to.address if to is not None else None, now, said=SAME_TEXT_WITHIN,
            dead=DEAD_FOR,
        )  # fmt: skip
        return replace(facts, repeats=said >= self.habits.budgets.same_text, dead_address=dead)


def _can_be_user(requester: Requester | None) -> bool:
    """Whether HaloPSA knows whose the sender is, and not who."""
    return requester is not None and requester.user_id is None and None not in {requester.client_id, requester.site_id}


def _same_subject(summary: str, mail: ParsedEmail) -> bool:
    """Whether a ticket's summary, which HaloPSA may have cut, is the mail's subject."""
    held, ours = (" ".join(one.lower().split()) for one in (base_subject(summary), mail.base_subject))
    return bool(held) and (held == ours or (len(held) > LONG_SUMMARY and ours.startswith(held)))
