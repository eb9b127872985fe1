"""The trunk without servers: a folder in memory, a mailer and a Halo that do as told, a clock that stands still.

async with desk_with(tmp_path, backend) as made:
    await made.deliver(mail(message_id="a@c.example"))
    await made.work()
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from config.policy import Budgets, Policy
from gateway.alarm import Alarm
from gateway.errors import Trouble
from gateway.facts import Gatherer
from gateway.fair import Fair
from gateway.keyring import Keyring
from gateway.lapse import Lapse
from gateway.model import AccountPolicy, Agent, Requester, TicketView
from gateway.originator import Habits
from gateway.perform import Performer
from gateway.plan import Defaults
from gateway.ports import Arrival, FolderState, TicketBackend
from gateway.reader import Reader
from gateway.receipts import Doubt, Receipt
from gateway.smtp.acknowledge import compose
from gateway.steps import Acknowledge, AddAction, CreateTicket, CreateUser, Reopen, Text, UploadAttachment
from gateway.worker import Desk, Worker
from parsers.message import author_of
from storage.ledger import Ledger, open_ledger
from storage.model import Cursor, Kept, Key

NOW = datetime.now(UTC).replace(microsecond=0)
WINDOW = timedelta(seconds=180)
ACCOUNT, OTHER = "support", "support1"
ADDRESS = "support@acme.example"


class StandingClock:
    """Moves only when told."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta) -> None:
        self.now += by


class Folder:
    """A MailSource in memory. `broken` is raised by the next calls, one each; `hook` is awaited before each batch."""

    def __init__(self, *, batch: int = 2) -> None:
        self.uidvalidity = 7
        self.uidnext = 1
        self.mails: dict[int, tuple[bytes, datetime | None]] = {}
        self.flagged: set[int] = set()
        self.hidden: set[int] = set()  # flagged Draft or Deleted
        self.disposed: list[tuple[int, str]] = []
        self.broken: list[Exception] = []
        self.hook: Callable[[], Awaitable[None]] | None = None
        self.opened = 0
        self.is_open = False
        self.batch = batch
        self.grown = asyncio.Event()

    def add(self, octets: bytes = b"mail", at: datetime | None = None) -> int:
        uid = self.uidnext
        self.uidnext += 1
        self.mails[uid] = (octets, at or NOW)
        self.grown.set()
        return uid

    def rebuild(self) -> None:
        """The server makes it anew: the same mails under other UIDs."""
        kept = list(self.mails.values())
        self.uidvalidity += 1
        self.mails, self.uidnext, self.flagged = {}, 100, set()
        for octets, at in kept:
            self.add(octets, at)

    def _call(self) -> None:
        if self.broken:
            self.is_open = False
            raise self.broken.pop(0)

    async def open(self) -> FolderState:
        self._call()
        self.opened += 1
        self.is_open = True
        return FolderState(self.uidvalidity, self.uidnext)

    async def refresh(self) -> FolderState:
        assert self.is_open
        self._call()
        return FolderState(self.uidvalidity, self.uidnext)

    async def uids(
        self, *, after: int = 0, upto: int | None = None, unseen: bool = False, since: date | None = None,
        before: date | None = None,
    ) -> list[int]:  # fmt: skip
        assert self.is_open
        self._call()
        if upto is None:
            self.grown.clear()
        return [
            uid
            for uid, (_, at) in sorted(self.mails.items())
            if uid > after
            and (upto is None or uid <= upto)
            and uid not in self.hidden
            and not (unseen and uid in self.flagged)
            and (since is None or at is None or at.date() >= since)
            and (before is None or at is None or at.date() < before)
        ]

    async def fetch(self, uids: Sequence[int]) -> AsyncIterator[list[Arrival]]:
        assert self.is_open
        for start in range(0, len(uids), self.batch):
            if self.hook is not None:
                await self.hook()
            self._call()
            arrivals = [
                Arrival(uid, self.mails[uid][0], len(self.mails[uid][0]), self.mails[uid][1])
                for uid in uids[start : start + self.batch]
                if uid in self.mails
            ]
            if arrivals:
                yield arrivals

    async def dispose(self, uids: Sequence[int], how: str) -> None:
        assert self.is_open
        self._call()
        self.disposed += [(uid, how) for uid in uids if uid in self.mails]
        if how == "delete":
            for uid in uids:
                self.mails.pop(uid, None)

    async def wait(self, seconds: float, until: asyncio.Event) -> bool:
        self._call()
        waits = [asyncio.create_task(one.wait()) for one in (until, self.grown)]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for one in waits:
            one.cancel()
        return self.grown.is_set()

    async def close(self) -> None:
        self.is_open = False


class Letters:
    """A Mailer that keeps what it sends. `before` and `after` are raised on either side of `committing`, one each."""

    def __init__(self, clock: Callable[[], datetime] = lambda: NOW, address: str = ADDRESS) -> None:
        self.clock = clock
        self.address = address
        self.sent: list[Acknowledge] = []
        self.octets: list[bytes] = []  # as they go out
        self.alerts: list[str] = []
        self.before: list[Exception] = []
        self.after: list[Exception] = []
        self.said = "250 queued"

    async def acknowledge(
        self, step: Acknowledge, ticket_id: int | None, committing: Callable[[], Awaitable[None]]
    ) -> Receipt:
        if self.before:
            raise self.before.pop(0)
        await committing()
        if self.after:
            raise self.after.pop(0)
        self.sent.append(step)
        self.octets.append(compose(step, ticket_id, from_address=self.address, now=self.clock()))
        return Receipt(None, "sent", self.said)

    async def alert(self, to: Sequence[str], subject: str, text: str) -> None:
        self.alerts.append(subject)

    async def close(self) -> None:
        pass


@dataclass
class Halo:
    """A TicketBackend in memory. `fail[method]` is asked before each call and may return what to raise."""

    tickets: dict[int, TicketView] = field(default_factory=dict)
    markers: dict[str, int] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    uploads: list[tuple[int, str]] = field(default_factory=list)
    fail: dict[str, Callable[[object], Exception | None]] = field(default_factory=dict)
    people: dict[str, Requester] = field(default_factory=dict)
    domains: dict[str, Requester] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)
    wrote: dict[int, frozenset[str]] = field(default_factory=dict)

    def _call(self, name: str, about: object = None) -> None:
        self.calls.append(name)
        error = self.fail[name](about) if name in self.fail else None
        if error is not None:
            raise error

    async def now(self) -> datetime:
        return NOW

    async def find_requester(self, address: str) -> Requester | None:
        self._call("find_requester", address)
        return self.people.get(address)

    async def find_domain(self, domain: str) -> Requester | None:
        self._call("find_domain", domain)
        return self.domains.get(domain)

    async def find_agent(self, address: str) -> Agent | None:
        self._call("find_agent", address)
        return self.agents.get(address)

    async def correspondents(self, ticket_id: int) -> frozenset[str]:
        self._call("correspondents", ticket_id)
        return self.wrote.get(ticket_id, frozenset())

    async def create_user(self, step: CreateUser) -> Receipt:
        self._call("create_user", step)
        number = 900 + len(self.people)
        self.people[step.requester.address] = replace(step.requester, user_id=number)
        return Receipt(number, "answered")

    async def find_user(self, address: str) -> Receipt | None:
        self._call("find_user", address)
        known = self.people.get(address)
        return None if known is None else Receipt(known.user_id, "found")

    async def reopen(self, step: Reopen) -> Receipt:
        self._call("reopen", step)
        ticket = self.tickets[step.ticket_id]
        self.tickets[step.ticket_id] = replace(ticket, closed=False, status_id=step.status_id)
        return Receipt(step.ticket_id, "answered" if ticket.closed else "not_needed")

    async def ticket(self, ticket_id: int) -> TicketView | None:
        self._call("ticket", ticket_id)
        return self.tickets.get(ticket_id)

    async def create_ticket(self, step: CreateTicket, marker: str) -> Receipt:
        self._call("create_ticket", step)
        number = 40 + len(self.markers)
        who = step.requester
        self.tickets[number] = TicketView(
            number, step.summary, step.client_id, who.user_id, addresses=frozenset({who.address.lower()})
        )
        self.markers[marker] = number
        return Receipt(number, "answered")

    async def add_action(self, step: AddAction, marker: str) -> Receipt:
        self._call("add_action", step)
        number = 40 + len(self.markers)
        self.markers[marker] = number
        return Receipt(number, "answered")

    async def upload(self, step: UploadAttachment, ticket_id: int, action_id: int | None, octets: bytes) -> Receipt:
        self._call("upload", step)
        self.uploads.append((ticket_id, step.filename))
        return Receipt(len(self.uploads), "answered")

    async def add_note(self, ticket_id: int, note: Text, marker: str) -> Receipt:
        self._call("add_note", note)
        number = 40 + len(self.markers)
        self.markers[marker] = number
        return Receipt(number, "answered")

    async def show_details(self, ticket_id: int, details: Text, marker: str) -> Receipt:
        self._call("show_details", details)
        return Receipt(ticket_id, "answered")

    async def find_created(self, step: CreateTicket, doubt: Doubt) -> Receipt | None:
        self._call("find_created", step)
        number = self.markers.get(doubt.marker)
        return None if number is None else Receipt(number, "found")

    async def find_action(self, ticket_id: int, doubt: Doubt) -> Receipt | None:
        self._call("find_action", ticket_id)
        number = self.markers.get(doubt.marker)
        return None if number is None else Receipt(number, "found")

    async def find_upload(self, step: UploadAttachment, ticket_id: int, doubt: Doubt) -> Receipt | None:
        self._call("find_upload", step)
        return None

    async def close(self) -> None:
        pass


def always(error: Trouble) -> Callable[[object], Exception | None]:
    """For `Halo.fail`: every call of this kind."""
    return lambda _: error


@dataclass
class Made:
    """A desk and what stands around it."""

    ledger: Ledger
    clock: StandingClock
    letters: Letters
    desk: Desk
    alarm: Alarm
    stop: list[bool]
    rested: list[str]

    async def deliver(self, *octets: bytes, account: str = ACCOUNT) -> list[int]:
        """Into the ledger, as a watcher would."""
        cursor = await self.ledger.intake.cursor(account, "INBOX")
        if cursor is None:
            cursor = Cursor(7, 0, (), self.clock())
            await self.ledger.intake.set_cursor(account, "INBOX", cursor, self.clock())
        uids = range(cursor.last_uid + 1, cursor.last_uid + 1 + len(octets))
        mails = [
            Kept(Key(account, "INBOX", 7, uid), one, len(one), self.clock(), sender=author_of(one))
            for uid, one in zip(uids, octets, strict=True)
        ]
        return await self.ledger.intake.keep(mails, list(uids), account, "INBOX", cursor, self.clock())

    async def work(self, most: int = 50) -> int:
        """Let a worker do what is due now; how many turns it took."""
        worker = Worker(self.desk, "worker")
        for turns in range(most):
            if not await worker.one():
                return turns
        return most

    async def message(self, number: int = 1):
        found = await self.ledger.reading.journey(number)
        assert found is not None
        return found.message

    async def receipts(self, number: int = 1) -> dict[str, str | None]:
        found = await self.ledger.steps.of(number)
        return {name: step.receipt.how if step.receipt else None for name, step in found.items()}


@asynccontextmanager
async def desk_with(
    folder: Path,
    backend: TicketBackend,
    *,
    clock: StandingClock | None = None,
    mail_to: Sequence[str] = (),
    policy: Policy | None = None,
    budgets: Budgets | None = None,
    address: str = ADDRESS,
    answers: frozenset[str] = frozenset(),
    fair: Fair | None = None,
) -> AsyncIterator[Made]:
    """A desk over a fresh ledger in `folder` (or the one that is there: then as after a restart)."""
    clock = clock or StandingClock()
    letters = Letters(clock, address)
    ledger = await open_ledger(f"sqlite:///{folder / 'ledger.db'}", daemon=True)
    try:
        await ledger.work.adopt(clock())
        await ledger.work.hurry(clock())
        alarm = Alarm(ledger, clock, letters, mail_to)
        stop: list[bool] = []

        async def defaults(_priority: int | None) -> Defaults:
            return Defaults(1, 1, 1, 3)

        rested: list[str] = []
        keyring, budgets = Keyring(ledger, clock), budgets or Budgets()
        desk = Desk(
            ledger=ledger,
            clock=clock,
            gatherer=Gatherer(ledger, backend, clock, frozenset({address}), keyring, Habits(budgets=budgets)),
            performer=Performer(
                ledger,
                backend,
                clock,
                WINDOW,
                lambda: bool(stop),
                keyring,
                budgets,
                Lapse("test", lambda: clock().timestamp()),
                fair or Fair(),
            ),
            reader=Reader(ledger),
            alarm=alarm,
            defaults=defaults,
            accounts={
                name: AccountPolicy(name, address, answers=answers, policy=policy or Policy())
                for name in (ACCOUNT, OTHER)
            },
            mailers={ACCOUNT: letters, OTHER: letters},
            keeps_originals=frozenset(),
            settled=lambda account, _: rested.append(account),
            chance=lambda: 0.0,
            fair=fair or Fair(),
        )
        yield Made(ledger, clock, letters, desk, alarm, stop, rested)
    finally:
        await ledger.close()
