"""Carries a plan out: intent, effect, receipt; skips what is done, looks up what is in doubt.

Promises: an intent is on disk before its effect and a receipt after it; a step in doubt is looked up and sent again
only after `window` has passed since the doubt was noticed and a second look-up has missed too; an acknowledgement in
doubt is never sent again; a certain refusal retracts the intent. Files wait for their share of the budget, and all
else goes before them. Fails with `gateway.errors` (`where` names the side that failed), Stopping, FilesLeft, and the
ledger's errors; a repeated call resumes. Knows nothing of states: its caller settles.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import assert_never

from config.policy import Budgets
from gateway import pictures, refused
from gateway.errors import Ambiguous, Misconfigured, Permanent, Transient, Trouble, Undecided
from gateway.fair import Fair, FilesLeft
from gateway.halo.trailer import new_marker
from gateway.keyring import Keyring
from gateway.lapse import Lapse, boot
from gateway.observe import maillog
from gateway.payer import charged_to
from gateway.ports import Clock, Mailer, TicketBackend
from gateway.reach import budget_of
from gateway.receipts import SHADOW, Doubt, Receipt
from gateway.references import behind_plus, in_message_id, sign
from gateway.steps import (
    ORIGINAL,
    Acknowledge,
    AddAction,
    CreateTicket,
    CreateUser,
    NoteRefused,
    Plan,
    Reopen,
    ShowPictures,
    Step,
    TellAgents,
    UploadAttachment,
)
from parsers.model import Attachment
from storage.ledger import Ledger
from storage.model import Claim, StepRecord, StoredReceipt

LATEST_ANSWER = timedelta(hours=24)
"""An acknowledgement that could not be sent for so long is given up: a day late it says nothing any more."""

ALIKE = timedelta(seconds=1)
"""How long an upload waits for another message's upload that looks like it."""

FIRST_LOOK = timedelta(seconds=2)
"""After an answer was lost: most writes that landed can be seen by then."""


Write = CreateUser | CreateTicket | AddAction | UploadAttachment | TellAgents | NoteRefused
"""What is looked up before it is sent again."""

NOT_NEEDED = Receipt(None, "not_needed")
BUDGET = "budget"
"""How the receipt of an acknowledgement says that it was kept back, because enough have gone out."""


class Stopping(Exception):
    """The daemon is stopping: the step in hand is complete, the rest is for the next start."""


class _OverBudget(Exception):
    """The budget is spent: nothing was sent and no intent recorded."""


@dataclass(frozen=True, slots=True)
class Job:
    """One message's plan in hand. `attachments` reads them out of the kept octets when a step needs them."""

    claim: Claim
    plan: Plan
    revision: int
    mailer: Mailer | None
    attachments: Callable[[], Awaitable[tuple[Attachment, ...]]]
    done: dict[str, Receipt] = field(default_factory=dict)
    served: set[str] = field(default_factory=set)  # the sides, "halo" and "smtp", that did something for it just now

    @property
    def me(self) -> int:
        """The message's number, for the log."""
        return self.claim.message.id


@dataclass(frozen=True, slots=True)
class Performer:
    """Performs plans; one for all workers."""

    ledger: Ledger
    backend: TicketBackend
    clock: Clock
    window: timedelta
    stopping: Callable[[], bool]
    keyring: Keyring
    budgets: Budgets = Budgets()  # noqa: RUF009 - frozen
    lapse: Lapse = field(default_factory=lambda: Lapse(boot()))
    fair: Fair = field(default_factory=Fair)

    async def perform(self, job: Job) -> Mapping[str, Receipt]:
        """Do what is left to do of a plan; the receipts by step name."""
        records = await self.ledger.steps.of(job.me)
        files, left = 0, False
        for step in job.plan.steps:
            record = records.get(step.name) or StepRecord(step.name)
            if record.revision not in {0, job.revision}:
                record = StepRecord(step.name)  # an earlier revision's, none of whose steps had begun
            if record.receipt is not None:
                held = record.receipt
                job.done[step.name] = Receipt(held.id, held.how, held.words, held.link)
                continue
            if self.stopping():
                raise Stopping
            if isinstance(step, UploadAttachment) and record.intent_at is None:
                files += 1
                left = left or not (job.claim.message.backfill or self.fair.takes(files))
                if left:
                    continue
            if left and isinstance(step, ShowPictures | NoteRefused):
                continue
            try:
                job.done[step.name] = await self._one(job, step, record)
            except Trouble as trouble:
                trouble.where = trouble.where or ("smtp" if isinstance(step, Acknowledge) else "halo")
                raise
        if left:
            raise FilesLeft
        return job.done

    async def _one(self, job: Job, step: Step, record: StepRecord) -> Receipt:
        match step:
            case Acknowledge():
                receipt = await self._acknowledge(job, step, record)
            case CreateUser() | CreateTicket() | AddAction() | UploadAttachment() | TellAgents():
                receipt = await self._write(job, step, record)
            case NoteRefused():
                if not refused.found(job.plan.steps, job.done):
                    return NOT_NEEDED  # the receipts before it say so: nothing to keep
                receipt = await self._write(job, step, record)
            case ShowPictures():
                receipt = await self._show_pictures(job, step)
            case Reopen():
                receipt = await self._reopen(job, step)
            case _:
                assert_never(step)
        await self._receipt(job, step, receipt)
        if receipt.how in {"answered", "found", "sent", SHADOW}:
            job.served.add("smtp" if isinstance(step, Acknowledge) else "halo")
        return receipt

    async def _write(self, job: Job, step: Write, record: StepRecord) -> Receipt:
        """A write to Halo: looked up first if it is in doubt."""
        if record.intent_at is not None:
            found = await self._resolve(job, step, record)
            if found is not None:
                return found
        elif isinstance(step, CreateUser) and (known := await self.backend.find_user(step.requester.address)):
            return known
        marker = record.marker or new_marker()
        floor = record.floor  # of a doubt: what was sent first may still turn up, and lie below what is newest now
        if record.intent_at is None and isinstance(step, CreateTicket):
            floor = await self.ledger.steps.newest("ticket")
        octets, theirs = b"", None
        if isinstance(step, UploadAttachment):  # it has no room for a marker, and is known by its age
            octets, theirs = await self._octets(job, step), await self.backend.now()
        intent = (job.claim, job.revision, step.name, marker, self.clock())
        if not await self.ledger.steps.intend(*intent, floor=floor, thing=_thing(job, step), theirs=theirs):
            raise Transient("another_alike", "another like it is being made", retry_after=ALIKE)
        try:
            return await self._send(job, step, marker, octets)
        except (Transient, Permanent, Misconfigured) as refusal:
            words = f"{refusal.cause}: {refusal.words}"
            await self.ledger.steps.retract(job.claim, job.revision, step.name, words, self.clock())
            if isinstance(step, CreateUser) and not isinstance(refusal, Transient):
                return Receipt(None, refused.HOW, refusal.words or refusal.cause)  # the ticket does without
            if isinstance(step, UploadAttachment) and isinstance(refusal, Permanent) and refusal.cause != "ticket_gone":
                return Receipt(None, refused.HOW, refusal.words or refusal.cause)  # the rest of the mail goes its way
            raise
        except Ambiguous as doubt:
            doubt.retry_after = doubt.retry_after or min(FIRST_LOOK, self.window)
            await self._doubt(job, step, doubt.cause, missed=False)
            maillog.doubt(job.me, step.name, doubt.cause)
            raise

    async def _send(self, job: Job, step: Write, marker: str, octets: bytes) -> Receipt:
        """One request."""
        shown = pictures.pictures_of(job.plan.steps, job.done)
        match step:
            case CreateUser():
                return await self.backend.create_user(step)
            case CreateTicket():
                made = job.done.get("user")
                who = replace(step.requester, user_id=made.id) if made is not None and made.id else step.requester
                details = pictures.show(step.details, shown)
                return await self.backend.create_ticket(replace(step, details=details, requester=who), marker)
            case AddAction():
                return await self.backend.add_action(replace(step, note=pictures.show(step.note, shown)), marker)
            case UploadAttachment():
                action = job.done.get("action")
                return await self.backend.upload(step, _ticket(job, step), action.id if action else None, octets)
            case TellAgents():
                return await self.backend.add_note(_ticket(job, step), step.note, marker)
            case NoteRefused():
                note = refused.note(refused.found(job.plan.steps, job.done), job.me)
                return await self.backend.add_note(_ticket(job, step), note, marker)
            case _:
                assert_never(step)

    async def _show_pictures(self, job: Job, step: ShowPictures) -> Receipt:
        """Give the new ticket's details the links of its pictures. It is done again after a doubt: that harms nothing.

        It is an embellishment: a refusal is noted, and nobody waits for it.
        """
        opened = next((one for one in job.plan.steps if isinstance(one, CreateTicket)), None)
        shown = pictures.pictures_of(job.plan.steps, job.done)
        marker = (await self.ledger.steps.of(job.me))["ticket"].marker
        if opened is None or marker is None or not any(one.link for one in shown.values()):
            return NOT_NEEDED
        await self.ledger.steps.intend(job.claim, job.revision, step.name, marker, self.clock())
        try:
            return await self.backend.show_details(_ticket(job, step), pictures.show(opened.details, shown), marker)
        except (Permanent, Misconfigured) as refusal:
            return Receipt(None, refused.HOW, refusal.words or refusal.cause)
        except Ambiguous as doubt:
            raise Transient(doubt.cause, doubt.words) from None

    async def _reopen(self, job: Job, step: Reopen) -> Receipt:
        """Give a closed ticket an open status. After a doubt it is looked at again, so nothing is done twice.

        The mail is on the ticket already: a refusal is told to the operator and nobody waits for it.
        """
        await self.ledger.steps.intend(job.claim, job.revision, step.name, new_marker(), self.clock())
        try:
            return await self.backend.reopen(step)
        except (Permanent, Misconfigured) as refusal:
            return Receipt(None, refused.HOW, refusal.words or refusal.cause)
        except Ambiguous as doubt:
            raise Transient(doubt.cause, doubt.words) from None

    async def _resolve(self, job: Job, step: Write, record: StepRecord) -> Receipt | None:
        """A doubtful write: its receipt if it happened, None if it may be sent again; Ambiguous: too early."""
        while True:
            with charged_to():  # a doubt is HaloPSA's fault, not the sender's, and may take many looks
                found = await self._look(job, step, record)
            if found is not None:
                return found
            waited = timedelta(seconds=self.lapse.since(record.boot, record.boot_at))
            await self._doubt(job, step, "not found", missed=True)
            if waited >= self.window and record.misses >= 1:
                return None
            record = (await self.ledger.steps.of(job.me))[step.name]
            if waited < self.window:
                left = self.window - waited
                raise Ambiguous(
                    "in_doubt", f"{step.name} was not found; looked for again before it is sent again", retry_after=left
                )

    async def _doubt(self, job: Job, step: Write, words: str, *, missed: bool) -> None:
        where = (job.claim, job.revision, step.name, words, self.clock())
        await self.ledger.steps.doubt(*where, missed=missed, boot=self.lapse.boot, boot_at=self.lapse.seconds())

    async def _look(self, job: Job, step: Write, record: StepRecord) -> Receipt | None:
        assert record.intent_at is not None
        assert record.marker is not None
        match step:
            case CreateUser():
                return await self.backend.find_user(step.requester.address)
            case CreateTicket():
                taken = await self.ledger.steps.taken(step.name, record.floor)
                return await self.backend.find_created(
                    step, Doubt(record.marker, record.intent_at, record.floor, taken)
                )
            case AddAction():
                return await self.backend.find_action(step.ticket_id, Doubt(record.marker, record.intent_at))
            case NoteRefused() | TellAgents():
                return await self.backend.find_action(_ticket(job, step), Doubt(record.marker, record.intent_at))
            case UploadAttachment():
                ticket = _ticket(job, step)
                taken = await self.ledger.steps.taken_on(ticket, "attachment-")
                try:
                    return await self.backend.find_upload(
                        step, ticket, Doubt(record.marker, record.intent_at, taken=taken)
                    )
                except Undecided as several:
                    if job.claim.message.override != "release" or not several.candidates:
                        raise
                    return Receipt(min(several.candidates), "found", "an operator let it go on")
            case _:
                assert_never(step)

    async def _acknowledge(self, job: Job, step: Acknowledge, record: StepRecord) -> Receipt:
        if record.intent_at is not None:
            return Receipt(None, "unknown", "whether it was sent before is not known, so it is not sent again")
        if job.mailer is None:
            return Receipt(None, "given_up", "its mailbox is no longer configured")
        ticket = _answered(job, step)
        if ticket is not None:
            step = await self._signed(step, ticket)
        budget = budget_of(self.budgets, step, ticket)
        marker = record.marker or new_marker()

        async def committing() -> None:
            allowed = await self.ledger.steps.intend(
                job.claim, job.revision, step.name, marker, self.clock(), budget=budget, ours=step.message_id
            )
            if not allowed:
                raise _OverBudget

        try:
            return await job.mailer.acknowledge(step, ticket, committing)
        except _OverBudget:
            which = await self.ledger.steps.spent(budget, job.me, self.clock())
            return Receipt(None, BUDGET, f"the limit [budgets] {which} is reached")
        except Permanent as refusal:
            return Receipt(None, "refused", refusal.words or refusal.cause)
        except Ambiguous as doubt:
            return Receipt(None, "unknown", f"{doubt.cause}: not sent again")
        except (Transient, Misconfigured) as refusal:
            if self.clock() - job.claim.message.received_at > LATEST_ANSWER:
                return Receipt(None, "given_up", f"could not be sent for a day: {refusal.words or refusal.cause}")
            await self.ledger.steps.retract(job.claim, job.revision, step.name, refusal.cause, self.clock())
            raise

    async def _signed(self, step: Acknowledge, ticket: int) -> Acknowledge:
        """With the signed reference of its ticket, in every place that carries one."""
        reference = sign((await self.keyring.keys())[0], ticket)
        reply_to = behind_plus(step.reply_to, reference) if step.reply_to else ""
        message_id = in_message_id(step.message_id, reference)
        return replace(step, message_id=message_id, reply_to=reply_to, signed=reference)

    async def _octets(self, job: Job, step: UploadAttachment) -> bytes:
        """The attachment's octets; the digest tells whether reading the mail still gives what was planned."""
        if step.index == ORIGINAL:
            octets = await self.ledger.intake.octets(job.me)
            if hashlib.sha256(octets).hexdigest() != step.sha256:
                raise LookupError("the mail is not what it was when it was planned")
            return octets
        attachments = await job.attachments()
        for one in (*attachments[step.index : step.index + 1], *attachments):
            if one.sha256 == step.sha256:
                return one.octets
        raise LookupError("the attachment that was planned is not in the mail as it is read now")

    async def _receipt(self, job: Job, step: Step, receipt: Receipt) -> None:
        ticket = None
        if isinstance(step, CreateTicket):
            ticket = receipt.id
        elif isinstance(step, AddAction):
            ticket = step.ticket_id
        stored = StoredReceipt(receipt.id, receipt.how, receipt.words, receipt.link)
        participants = step.participants if isinstance(step, CreateTicket | AddAction) else ()
        await self.ledger.steps.receipt(
            job.claim, job.revision, step.name, stored, self.clock(), ticket=ticket, participants=participants
        )
        maillog.step_done(job.me, step.name, receipt.how, receipt.id)


def _thing(job: Job, step: Write) -> str | None:
    """What the effect looks like to HaloPSA, where it has no room for a marker."""
    match step:
        case UploadAttachment():
            return f"{_ticket(job, step)}/{step.size}/{step.filename}"
        case CreateUser():
            return f"user/{step.requester.address.lower()}"
        case _:
            return None


def _answered(job: Job, step: Acknowledge) -> int | None:
    """The ticket that an answer names; None: it is about a mail that was set aside."""
    if step.ticket_id is not None or "ticket" not in job.done:
        return step.ticket_id
    return job.done["ticket"].id


def _ticket(job: Job, step: UploadAttachment | NoteRefused | TellAgents | ShowPictures) -> int:
    """The ticket that a step is about: a known one, or the one that this plan opened."""
    if not isinstance(step, ShowPictures) and step.ticket_id is not None:
        return step.ticket_id
    opened = job.done["ticket"].id
    assert opened is not None
    return opened
