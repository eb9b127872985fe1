"""Asks the world once for everything that rules may need about one message.

Promises: a message that must wait for another of its conversation gives None, and the ledger knows whom it waits for; a
ticket that is gone frees its conversation for a new one; a merged ticket is followed to its target. `preview` asks the
same and changes nothing. Fails with the errors of the backend and the ledger. Decides nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.copies import Relation, relation
from gateway.evidence import all_evidence, named_ids
from gateway.keyring import known_keys
from gateway.left_out import lines
from gateway.model import (
    AccountPolicy,
    Earlier,
    Evidence,
    Facts,
)
from gateway.originator import MOST_TICKETS, Originators
from gateway.references import Key, verify
from gateway.routing import route
from parsers.model import ParsedEmail
from storage.model import Claim, Joined, Message
from storage.states import AT_REST

MOST_LOOKS = 3
"""Times that a conversation is joined anew because its ticket turned out to be gone."""
BEHIND = 0.02
"""Seconds between two looks at whether an earlier message has joined its conversation."""
LONGEST_BEHIND = 2.0
"""Seconds that are waited for it: a mail that takes longer to be read holds nobody up, on its own host neither."""


@dataclass(frozen=True, slots=True)
class Gatherer(Originators):
    """Gathers facts; one for all workers."""

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
        digest, ask, instead = mail.content_digest, True, False
        earlier = await self._before(message, mail, account) if mail.message_id else await self._twin(message)
        for look in range(MOST_LOOKS + 3):
            again = earlier is not None and earlier.again
            place = await self.ledger.threads.join(
                claim, mail.message_id, digest, named_ids(mail), self.clock(), ask=ask, again=again, instead=instead
            )
            namesake = place.namesake[0] if place.namesake is not None else None
            if namesake is not None or (place.same_as is not None and (earlier is None or earlier.unlike)):
                number = namesake if namesake is not None else place.same_as
                assert number is not None
                copy, ask = await self._relation(mail, account, number, message, exact=namesake is None), False
                earlier = await self._earlier(message, number)
                instead = copy.doubtful
                if copy.unlike:
                    earlier = replace(earlier, again=False, unlike=copy.unlike, doubtful=copy.doubtful)
                    digest = mail.content_digest if instead else None
                    continue
                if place.namesake is not None:
                    digest, earlier = place.namesake[1], None
                    continue
                if earlier.again:
                    continue
            joined()
            if place.waits_for is not None:
                return None
            begun = replace(self._of_message(self._begun(mail, account, place, arrived), message), earlier=earlier)
            if earlier is not None and not again and not earlier.unlike:
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
        threads = self.ledger.threads
        place = await threads.look_up(mail.message_id, mail.content_digest, named_ids(mail), ask=True)
        if place.namesake is not None or place.same_as is not None:
            digest = await self._digest_of(mail, account, place)
            place = await threads.look_up(mail.message_id, digest, named_ids(mail))
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

    async def _relation(
        self,
        mail: ParsedEmail,
        account: AccountPolicy,
        number: int,
        message: Message | None = None,
        *,
        exact: bool = False,
    ) -> Relation:
        return await relation(self.ledger, mail, message, account, number, self.habits.references, exact=exact)

    async def _digest_of(
        self, mail: ParsedEmail, account: AccountPolicy, place: Joined, message: Message | None = None
    ) -> str | None:
        """What identifies the content: that of the earlier mail with this Message-ID, if this is it; None if not."""
        number = place.namesake[0] if place.namesake is not None else place.same_as
        exact = place.namesake is None
        if number is None or (await self._relation(mail, account, number, message, exact=exact)).unlike:
            return None
        return place.namesake[1] if place.namesake is not None else mail.content_digest

    async def _before(self, message: Message, mail: ParsedEmail, account: AccountPolicy) -> Earlier | None:
        """Whose Message-ID this message took over, when it joined its conversation in an earlier attempt."""
        if message.conversation is None or mail.message_id is None:
            return None
        found = [one for one in await self.ledger.reading.find(message_id=mail.message_id) if one < message.id]
        copy = await self._relation(mail, account, found[-1], message) if found else Relation()
        if not copy.doubtful:
            return None
        return replace(await self._earlier(message, found[-1]), again=False, unlike=copy.unlike, doubtful=True)

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
