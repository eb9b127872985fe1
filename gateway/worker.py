"""One message at a time, from claim to rest.

Promises: whatever happens to a message ends in a state that the ledger knows; one message's trouble never stops another
message; trouble of Halo's side pauses all workers together. Fails never, but for cancellation. Knows nothing of IMAP.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway import plan_json, retry
from gateway.alarm import Alarm
from gateway.alone import Unreadable
from gateway.breaker import FIRST, LATELY, Breaker
from gateway.decide import decide
from gateway.errors import Ambiguous, Misconfigured, Permanent, Transient, Trouble
from gateway.facts import Gatherer
from gateway.fair import Fair, FilesLeft
from gateway.haste import spare
from gateway.model import AccountPolicy, AddCorrespondence, Ignore, OpenTicket, Quarantine
from gateway.observe import maillog
from gateway.originator import said_by
from gateway.perform import BUDGET, Job, Performer, Stopping
from gateway.plan import Defaults, make_plan
from gateway.ports import Clock, Mailer
from gateway.reader import Occupied, Reader
from gateway.receipts import Receipt
from gateway.references import replied
from gateway.rules.chosen import WHY
from gateway.steps import Plan
from gateway.tenure import claimed_as
from parsers.mailboxes import bouncing_mailbox_of
from parsers.model import Attachment, ParsedEmail
from storage.errors import Fenced, LedgerError
from storage.intake import GIVEN
from storage.ledger import Ledger
from storage.model import Claim, Disposal, Fate
from storage.states import REFUSAL
from storage.work import FILES, earliest

STALE = frozenset({"ticket_gone", "requester_gone"})
"""What a plan was made of is no longer so: it is decided anew."""

OURS = STALE | {"in_doubt", "another_alike"}
"""Causes of waiting that say nothing against Halo."""

OFTEN = timedelta(seconds=15)
"""What waits for nothing but another message of ours is tried no less often."""

MENDING = timedelta(seconds=60)
"""How often a message is tried while an operator has something to mend."""

MOST_PLANS = 3
"""Plans that a message may have: a ticket that can be read but not written to is gone each time anew."""

LOOP_CURE = "see who writes (`halo-mailgate messages`), and whether a machine answers our answers"

LONG = 1.0
"""Seconds that a mail may take to be read while all others wait for it."""

LATE = 10
"""After so many tries (ten minutes at the least) the operator is told, for it may not pass by itself."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What every worker works with."""

    ledger: Ledger
    clock: Clock
    gatherer: Gatherer
    performer: Performer
    reader: Reader
    alarm: Alarm
    defaults: Callable[[int | None], Awaitable[Defaults]]  # of a priority, or the usual one: looked up in HaloPSA
    accounts: Mapping[str, AccountPolicy]
    mailers: Mapping[str, Mailer]
    keeps_originals: frozenset[str]  # accounts whose folders are never touched
    settled: Callable[[str, str], None]  # called with account and folder of a message that came to rest
    breaker: Breaker = field(default_factory=Breaker)
    order: asyncio.Lock = field(default_factory=asyncio.Lock)
    fair: Fair = field(default_factory=Fair)
    chance: Callable[[], float] = random.random
    kept_back: dict[str, datetime] = field(default_factory=dict)  # when an answer was last kept back


class Turn:
    """Messages are claimed, read and joined to their conversations one at a time, in the order of their arrival.

    Else a reply that is read faster than what it answers would open the ticket. Reading is bound to one core anyway;
    asking Halo and doing things go on side by side. A mail that is read alone, or that takes LONG to be read, gives its
    turn up meanwhile: it may take minutes, and its conversation may go on without it.
    """

    def __init__(self, order: asyncio.Lock) -> None:
        self._order = order
        self._mine = False

    async def take(self) -> None:
        """Wait for the turn."""
        await self._order.acquire()
        self._mine = True

    def give_up(self) -> None:
        """Let the next one in; the second time nothing."""
        if self._mine:
            self._mine = False
            self._order.release()


class Worker:
    """Claims and works until cancelled; `one` does a single message."""

    def __init__(self, desk: Desk, name: str, *, backfill: bool = False) -> None:
        """`backfill`: it works on mail that was asked for later, and on nothing else."""
        self._desk = desk
        self.name = name
        self.backfill = backfill
        self._stuck: Claim | None = None

    async def one(self) -> bool:
        """Work on the next due message; False if none is due. Trouble of the ledger passes through."""
        desk = self._desk
        await self._unstick()
        turn = Turn(desk.order)
        await turn.take()
        try:
            claim = await self._claim()
            if claim is None:
                return False
            with contextlib.nullcontext() if self.backfill else desk.fair.in_hand(claim.sender):
                await self._work_on(claim, turn)
        finally:
            turn.give_up()
        return True

    async def _claim(self) -> Claim | None:
        """The next message; of live mail whose turn it is, by what its sender has used."""
        desk, fair = self._desk, self._desk.fair
        choose, wide = (earliest, False) if self.backfill else (fair.choose, fair.short)
        return await desk.ledger.work.claim(self.name, desk.clock(), backfill=self.backfill, choose=choose, wide=wide)

    async def _work_on(self, claim: Claim, turn: Turn) -> None:
        try:
            await self._work(claim, turn)
        except Fenced:
            maillog.fenced(claim.message.id)
        except LedgerError:
            self._stuck = claim
            raise

    async def _unstick(self) -> None:
        """Give back the message that could not be given back when the ledger was in trouble."""
        if self._stuck is None:
            return
        now = self._desk.clock()
        with contextlib.suppress(Fenced):
            await self._desk.ledger.work.defer(self._stuck, now, "ledger_trouble", "", now, count=False)
        self._stuck = None

    async def _work(self, claim: Claim, turn: Turn) -> None:
        desk, me = self._desk, claim.message.id
        try:
            with spare(claim.message.backfill), claimed_as(claim.host):
                await self._through(claim, turn)
        except FilesLeft:
            await desk.ledger.work.defer(claim, desk.clock(), FILES, "", desk.clock(), count=False)
            maillog.files_left(me, claim.message.key.account)
        except Stopping:
            await desk.ledger.work.defer(claim, desk.clock(), "stopping", "", desk.clock(), count=False)
        except Unreadable as why:
            await desk.ledger.work.break_(claim, why.cause, why.words, desk.clock())
            maillog.broken(me, claim.message.key.account, why.cause, why)
        except Occupied as other:
            until = desk.clock() + (other.retry_after or timedelta())
            await desk.ledger.work.defer(claim, until, other.cause, other.words, desk.clock(), count=False)
        except Misconfigured as trouble:
            await self._blocked(claim, trouble)
        except Permanent as trouble:
            await self._set_aside(claim, trouble.cause, trouble.words)
        except (Transient, Ambiguous) as trouble:
            if trouble.cause == "cannot_decide":  # a look-up that would have to guess: a person decides
                await self._set_aside(claim, trouble.cause, trouble.words)
                return
            await self._later(claim, trouble)
        except (LedgerError, asyncio.CancelledError):
            raise
        except Exception as bug:  # noqa: BLE001 - whatever it is, this message must not stop the others
            cause = f"bug_{type(bug).__name__}"
            await desk.ledger.work.break_(claim, cause, "please report it; the mail is kept whole", desk.clock())
            maillog.broken(me, claim.message.key.account, cause, bug)

    async def _through(self, claim: Claim, turn: Turn) -> None:
        desk, message = self._desk, claim.message
        mail: ParsedEmail | None = None

        async def attachments() -> tuple[Attachment, ...]:
            nonlocal mail
            mail = mail or await desk.reader.read(claim)
            return mail.attachments

        if claim.plan is not None:
            turn.give_up()
            plan, revision = plan_json.read(claim.plan), message.revision
        else:
            mail = await self._read(claim, turn)
            decided = await self._decide(claim, mail, turn)
            if decided is None:
                return
            plan, revision = decided
        job = Job(claim, plan, revision, desk.mailers.get(message.key.account), attachments)
        try:
            await desk.performer.perform(job)
        except Permanent as refusal:
            stale = refusal.cause in STALE and revision < MOST_PLANS
            if stale and await desk.ledger.work.drop_plan(claim, desk.clock(), refusal.words):
                raise Transient(refusal.cause, "decided anew", retry_after=timedelta()) from None
            raise
        except Trouble as trouble:
            await self._well(job.served - {trouble.where})
            raise
        except FilesLeft:
            await self._well(job.served)
            raise
        await self._well(job.served)
        await self._bury(claim, plan)
        answer = job.done.get("acknowledgement") or job.done.get(REFUSAL)
        if answer is not None:
            await self._budget(answer)
        await self._rest(claim, plan)

    async def _bury(self, claim: Claim, plan: Plan) -> None:
        said = plan.decision
        if not isinstance(said, AddCorrespondence) or not said.dead:
            return
        people, now, dead = (
            self._desk.ledger.people,
            self._desk.clock(),
            {bouncing_mailbox_of(one) for one in said.dead},
        )
        if said.answer:
            await people.bury(dead, claim.message.id, now, answer=said.answer, key=bouncing_mailbox_of)
        if said.vouched:
            await people.bury(dead, claim.message.id, now, ticket=said.ticket_id, key=bouncing_mailbox_of)

    async def _well(self, sides: Collection[str]) -> None:
        """These did something for us just now: whatever was wrong with them is over."""
        if "halo" in sides:
            self._desk.breaker.succeed(self._desk.clock())
        for side in sides:
            await self._desk.alarm.clear(side)

    async def _read(self, claim: Claim, turn: Turn) -> ParsedEmail:
        reader = self._desk.reader
        if not reader.alone(claim):
            reading = asyncio.create_task(reader.read(claim))
            try:
                if not (await asyncio.wait({reading}, timeout=LONG))[0]:
                    turn.give_up()
                    await asyncio.wait({reading})
                    await turn.take()
            finally:
                reading.cancel()  # nothing, if it is done
            return reading.result()
        turn.give_up()
        maillog.alone(claim.message.id, claim.message.key.account, claim.message.deaths)
        mail = await reader.read(claim)
        await self._desk.alarm.clear("reading")
        await turn.take()
        return mail

    async def _decide(self, claim: Claim, mail: ParsedEmail, turn: Turn) -> tuple[Plan, int] | None:
        """The plan and its revision, stored; None when the message waits for another."""
        desk, message = self._desk, claim.message
        account = desk.accounts.get(message.key.account) or AccountPolicy(message.key.account, "", acknowledge=False)
        if not message.backfill:
            await desk.ledger.people.arrived(replied(mail), bouncing_mailbox_of)
        try:
            facts = await desk.gatherer.gather(claim, mail, account, catch_all=self._catch_all, joined=turn.give_up)
            defaults = await desk.defaults(facts.routing.priority_id if facts is not None else None)
        except Trouble as trouble:
            trouble.where = trouble.where or "halo"
            raise
        now = desk.clock()
        if facts is None:
            await desk.ledger.work.defer(claim, now, "waits_for_its_conversation", "", now, count=False)
            return None
        if facts.requester is not None and facts.requester.user_id is not None:
            desk.fair.learn(facts.requester.address.lower())
        decision, verdicts = decide(facts)
        arrived = message.internal_date or message.received_at
        plan = make_plan(decision, verdicts, facts, defaults, arrived=arrived, token=secrets.token_hex(6))
        words = f"{type(decision).__name__}: {decision.reason}"
        stored = plan_json.write(plan)
        home = decision.ticket_id if isinstance(decision, AddCorrespondence) else None
        split = isinstance(decision, OpenTicket) and decision.split
        revision = await desk.ledger.work.store_plan(
            claim,
            stored,
            decision.reason,
            words,
            now,
            message_id=mail.message_id,
            home=home,
            split=split,
            said=None if message.backfill else said_by(facts),  # what was said years ago is said once
            sender=mail.from_.address if mail.from_ is not None else "",
        )
        maillog.decided(message.id, message.key.account, type(decision).__name__, decision.reason)
        return plan, revision

    async def _catch_all(self) -> int:
        return (await self._desk.defaults(None)).client_id

    async def _budget(self, answer: Receipt) -> None:
        """One alert while answers are kept back; it is over when one goes out and none was kept back for a window."""
        desk, key, now = self._desk, "acknowledgements", self._desk.clock()
        if answer.how == BUDGET:
            desk.kept_back[key] = now
            await desk.alarm.raise_(key, f"{answer.words}; mail goes on, unanswered: {LOOP_CURE}")
            return
        over = now - desk.performer.budgets.within
        if answer.how == "sent" and desk.alarm.is_open(key) and desk.kept_back.setdefault(key, now) < over:
            await desk.alarm.clear(key)

    async def _rest(self, claim: Claim, plan: Plan) -> None:
        desk, message = self._desk, claim.message
        reason = plan.decision.reason
        if isinstance(plan.decision, Quarantine):
            await self._set_aside(claim, reason, WHY[reason])
            return
        keeps = message.key.account in desk.keeps_originals or message.key.account not in desk.accounts
        keeps = keeps or message.key.folder == GIVEN  # it was handed over: there is no original
        untouched = keeps or message.truncated  # of a mail that is too large the folder has all there is
        disposal = Disposal.DONE if untouched else Disposal.PENDING
        outcome = "ignored" if isinstance(plan.decision, Ignore) else "done"
        await desk.ledger.work.settle(claim, reason, _fate(plan), desk.clock(), disposal=disposal)
        maillog.settled(message.id, message.key.account, outcome, reason)
        desk.settled(message.key.account, message.key.folder)
        await desk.alarm.clear(_about(claim))

    async def _set_aside(self, claim: Claim, cause: str, words: str) -> None:
        desk, message = self._desk, claim.message
        await desk.ledger.work.hold(claim, cause, words, desk.clock())
        maillog.held(message.id, message.key.account, cause)
        await desk.alarm.clear(_about(claim))

    async def _later(self, claim: Claim, trouble: Transient | Ambiguous) -> None:
        desk, now = self._desk, self._desk.clock()
        if trouble.where == "halo" and trouble.cause not in OURS:
            desk.breaker.fail(claim.message.id, now, trouble.retry_after if isinstance(trouble, Transient) else None)
        if trouble.cause in STALE:
            until = now + (trouble.retry_after or timedelta())
        elif isinstance(trouble, Ambiguous):
            until = now + (trouble.retry_after or FIRST)
        else:
            until = now + retry.delay(claim.message.attempts, desk.chance(), asked=trouble.retry_after)
            if trouble.cause in OURS:
                until = min(until, now + OFTEN)
        await desk.ledger.work.defer(claim, until, trouble.cause, trouble.words, now)
        maillog.deferred(claim.message.id, claim.message.key.account, trouble.cause, until)
        if claim.message.attempts >= LATE and trouble.cause not in OURS:
            await self._tell(claim, trouble, now)

    async def _tell(self, claim: Claim, trouble: Trouble, now: datetime) -> None:
        """What has been tried so often is an operator's business, though it is still tried."""
        breaker, words = self._desk.breaker, trouble.words or trouble.cause
        if trouble.where == "halo" and breaker.served is not None and now - breaker.served < LATELY:
            await self._desk.alarm.raise_(_about(claim), f"{_about(claim)} waits while others pass: {words}")
        elif trouble.cause != "smtp_deferred":  # a 4yz is about one address, and given up after a day
            await self._desk.alarm.raise_(trouble.where or "halo", words)

    async def _blocked(self, claim: Claim, trouble: Misconfigured) -> None:
        """Not the message's fault: it waits, uncounted, and the operator is told."""
        desk, now = self._desk, self._desk.clock()
        if trouble.where == "halo":
            desk.breaker.fail(claim.message.id, now, trouble.retry_after, everybody=True)
        await desk.ledger.work.defer(claim, now + MENDING, trouble.cause, trouble.words, now, count=False)
        maillog.deferred(claim.message.id, claim.message.key.account, trouble.cause, now + MENDING)
        await desk.alarm.raise_(trouble.where or "halo", trouble.words or trouble.cause)


def _fate(plan: Plan) -> Fate:
    """What becomes of a message whose plan is carried out."""
    if isinstance(plan.decision, OpenTicket):
        return Fate.TICKET
    if isinstance(plan.decision, Ignore):
        return Fate.SAME_AGAIN if plan.decision.reason == "same_again" else Fate.IGNORED
    return Fate.ACTION


def _about(claim: Claim) -> str:
    """The key of an alert about one message."""
    return f"message {claim.message.id}"
