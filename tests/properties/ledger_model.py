"""What the ledger should be, without a database: messages, hosts, conversations and mailboxes as plain values.

Promises: each method does to the model what the call of that name should have done; `lives` says whether a claim is
still good for anything. Knows nothing of SQL, of locks or of how the ledger does it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from storage.states import AT_REST, TABLE, Event, State

DEATHS = 2  # and not ten, so that an example lives to see it
REFUSAL = "refusal"


@dataclass
class Step:
    """One step of a plan."""

    marker: str | None = None
    intent_at: float | None = None
    doubted_at: float | None = None
    misses: int = 0
    receipt: int | None = None
    thing: str | None = None


@dataclass
class Mail:
    """One message."""

    id: int
    account: str
    uid: int
    received_at: float
    due: float
    state: State = State.RECEIVED
    fate: str = "waiting"
    fence: int = 0
    attempts: int = 0
    host: int | None = None
    plan: str | None = None
    revision: int = 0
    waits_for: int | None = None
    ticket: int | None = None
    conversation: str | None = None
    deaths: int = 0
    disposal: str = "pending"
    steps: dict[tuple[int, str], Step] = field(default_factory=dict)

    @property
    def row(self) -> tuple[object, ...]:
        """As the invariant reads it from the table."""
        return (
            self.id, self.account, self.uid, str(self.state), self.fate, self.fence, self.attempts, self.host,
            self.plan, self.revision, self.waits_for, self.ticket, self.deaths, self.disposal, self.due,
        )  # fmt: skip


@dataclass(frozen=True)
class Held:
    """A claim that some host's worker has in its hands, for good or not."""

    message: int
    fence: int
    host: int


class Model:
    """The whole ledger."""

    def __init__(self) -> None:
        self.mails: dict[int, Mail] = {}
        self.alive: set[int] = set()
        self.leases: dict[str, int] = {}
        self.tickets: dict[str, int | None] = {}  # of each conversation
        self.roots: dict[str, int] = {}

    def lives(self, held: Held) -> bool:
        mail = self.mails[held.message]
        return mail.state is State.ACTIVE and mail.fence == held.fence and mail.host in self.alive

    def watched(self, account: str, host: int) -> bool:
        """Whether a host may keep a mailbox's mail."""
        return account not in self.leases or (self.leases[account] == host and host in self.alive)

    def due(self, now: float) -> list[Mail]:
        """What may be claimed, in its order."""
        open_ = [one for one in self.mails.values() if (one.state, Event.CLAIM) in TABLE and one.waits_for is None]
        return sorted((one for one in open_ if one.due <= now), key=lambda one: (one.due, one.id))

    def claim(self, mail: Mail, host: int) -> None:
        mail.state, mail.host = State.ACTIVE, host
        mail.fence += 1
        mail.attempts += 1

    def defer(self, mail: Mail, until: float, *, count: bool = True) -> None:
        mail.state, mail.host, mail.due = State.DEFERRED, None, until
        mail.attempts -= not count

    def rest(self, mail: Mail, event: Event, fate: str, now: float) -> None:
        mail.state, mail.fate, mail.host = TABLE[mail.state, event], fate, None
        self.free(mail, now)

    def free(self, mail: Mail, now: float) -> None:
        for other in self.mails.values():
            if other.waits_for == mail.id:
                other.waits_for, other.due = None, now

    def release(self, mail: Mail, now: float) -> None:
        if not any(one.intent_at is not None for (_, name), one in mail.steps.items() if name != REFUSAL):
            mail.plan = None
        mail.state, mail.fate, mail.due, mail.waits_for, mail.deaths = State.RECEIVED, "waiting", now, None, 0

    def begun(self, mail: Mail) -> bool:
        """Whether its plan may not be dropped any more."""
        its = [one for (_, name), one in mail.steps.items() if name != REFUSAL]
        return any(one.receipt is not None or one.intent_at is not None for one in its)

    def in_doubt(self, thing: str, but: int) -> bool:
        """Whether another message on its way has an intent without a receipt for it."""
        open_ = [one for one in self.mails.values() if one.state not in AT_REST and one.id != but]
        steps = [step for one in open_ for step in one.steps.values()]
        return any(one.thing == thing and one.intent_at is not None and one.receipt is None for one in steps)

    def join(self, mail: Mail, thread: str) -> tuple[int | None, int | None]:
        """Ticket, and the message to wait for."""
        mail.conversation = mail.conversation or thread
        name = mail.conversation
        ticket, root = self.tickets.setdefault(name, None), self.roots.setdefault(name, mail.id)
        if ticket is not None or root == mail.id:
            return ticket, None
        if self.mails[root].state not in AT_REST:
            mail.waits_for = root
            return None, root
        self.roots[name] = mail.id
        return None, None

    def bind(self, mail: Mail, ticket: int, now: float) -> None:
        mail.ticket = ticket
        if mail.conversation is not None and self.tickets[mail.conversation] is None:
            self.tickets[mail.conversation] = ticket
        self.free(mail, now)

    def adopt(self, now: float) -> int:
        orphans = [one for one in self.mails.values() if one.state is State.ACTIVE and one.host not in self.alive]
        for mail in orphans:
            mail.deaths += mail.plan is None
            if mail.plan is None and mail.deaths >= DEATHS:
                self.rest(mail, Event.BREAK, "broken", now)
            else:
                self.defer(mail, mail.due)
        return len(orphans)

    def hurry(self, now: float) -> None:
        for mail in self.mails.values():
            if (mail.state is State.DEFERRED and mail.due > now) or mail.waits_for is not None:
                mail.due, mail.waits_for = now, None

    def tallies(self) -> dict[tuple[str, int, str], int]:
        return dict(Counter((one.account, int(one.received_at // 86400), one.fate) for one in self.mails.values()))
