"""The composition root: the only module that names concrete adapters.

Promises: `compose` opens the ledger as the daemon and builds everything from the settings; nothing is connected yet, so
a daemon starts and keeps mail while Halo or a mail server is down. Fails with LedgerUnusable.
"""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from config.secrets import secrets_of
from config.settings import Mailbox, Settings
from gateway import lapse
from gateway.alarm import FILES, Alarm
from gateway.bell import Bell
from gateway.chores import Chore, examination, redaction
from gateway.cluster import Member
from gateway.doubles import Doubles
from gateway.errors import Misconfigured
from gateway.facts import Gatherer
from gateway.fair import Fair
from gateway.halo.backend import HaloBackend
from gateway.imap.gate import Gate
from gateway.imap.source import ImapSource
from gateway.intake import FolderPolicy, Watcher
from gateway.keyring import Keyring
from gateway.maildir.source import MaildirSource
from gateway.model import AccountPolicy
from gateway.oauth.logins import Logins
from gateway.observe import maillog, metrics
from gateway.observe.metrics import Snapshot
from gateway.office import Office
from gateway.originator import Habits
from gateway.perform import Performer
from gateway.plan import Defaults
from gateway.ports import Mailer, MailSource, TicketBackend
from gateway.reader import Reader
from gateway.retention import Retention
from gateway.room import Room, folder_of
from gateway.secrecy import know
from gateway.shadow import ShadowBackend, ShadowMailer, untouching
from gateway.smtp.connections import KEPT, Connections
from gateway.smtp.mailer import SmtpMailer
from gateway.supervisor import Supervisor
from gateway.trust import Minimum
from gateway.watching import Account, Watch
from gateway.worker import Desk
from storage.balance import total
from storage.hosts import Identity
from storage.ledger import Ledger, open_ledger
from storage.model import Fate, Seen


def now() -> datetime:
    """The clock of the house."""
    return datetime.now(UTC)


DIALECT = "dialect of {}"  # where the ledger remembers it


async def make_reader(settings: Settings, ledger: Ledger) -> HaloBackend:
    """HaloPSA for who only asks: what is found out about it is kept from log and ledger."""
    remembered = await ledger.notes.recall(DIALECT.format(settings.halo.url))

    async def nobody(dialect: str) -> None:
        """It was only asked for."""

    return HaloBackend(
        settings.halo, remembered_dialect=remembered, remember=nobody, clock=now, minimum=_minimum(settings),
        may_write=lambda: False,
    )  # fmt: skip


async def make_backend(
    settings: Settings, ledger: Ledger | None, may_write: Callable[[], bool] = lambda: True
) -> HaloBackend:
    """HaloPSA as configured; the dialect found before is remembered in the ledger.

    `may_write`: asked at each write. On a ledger that hosts share they share the budget of requests too.
    """
    key = DIALECT.format(settings.halo.url)

    async def remember(dialect: str) -> None:
        maillog.dialect(dialect)
        if ledger is not None:
            await ledger.notes.remember(key, dialect)

    remembered = await ledger.notes.recall(key) if ledger is not None else None
    shared = ledger is not None and not ledger.database.is_sqlite
    return HaloBackend(
        settings.halo, remembered_dialect=remembered, remember=remember, clock=now, minimum=_minimum(settings),
        may_write=may_write, reserve=ledger.spending.reserve if ledger is not None and shared else None,
        left=ledger.spending.left if ledger is not None and shared else None,
    )  # fmt: skip


def _minimum(settings: Settings) -> Minimum:
    return settings.tls.minimum_version


def make_source(
    settings: Settings,
    mailbox: Mailbox,
    logins: Logins,
    folder: str | None = None,
    gate: Gate | None = None,
    *,
    shadow: bool = False,
) -> MailSource:
    """One folder of a mailbox as configured. Misconfigured: it is one for `ingest` alone."""
    if mailbox.source == "ingest":
        raise Misconfigured("no_source", f"mailbox {mailbox.name} has only what `halo-mailgate ingest` is given")
    if mailbox.source == "maildir":
        assert mailbox.maildir is not None
        return MaildirSource(mailbox.maildir, limit=mailbox.max_message_size, shadow=shadow)
    minimum = _minimum(settings)
    return ImapSource(mailbox, folder=folder, gate=gate, tokens=logins.of(mailbox), minimum=minimum)


def make_connections(settings: Settings, logins: Logins) -> Connections:
    """To the mail server as configured; one for all mailboxes."""
    return Connections(
        settings.smtp,
        settings.mailbox[0].address.rpartition("@")[2],
        tokens=logins.of_smtp(),
        minimum=_minimum(settings),
        kept=KEPT,
    )


def make_mailer(settings: Settings, mailbox: Mailbox, connections: Connections) -> SmtpMailer:
    """The mail server as configured, writing as this mailbox."""
    return SmtpMailer(
        settings.smtp,
        mailbox.address,
        connections,
        from_name=mailbox.from_name,
        references=settings.matching.references,
        office=Office(settings.office_of(mailbox)),
    )


def own_addresses(settings: Settings) -> frozenset[str]:
    """Every address of ours, in lower case."""
    return frozenset(address for one in settings.mailbox for address in one.addresses)


def accounts(settings: Settings) -> dict[str, AccountPolicy]:
    """What rules may know of each mailbox."""
    return {
        one.name: AccountPolicy(
            one.name,
            one.address,
            one.acknowledge,
            one.plus_addressing,
            "" if one.language == "auto" else one.language,
            one.fallback_language,
            frozenset(one.answers),
            settings.policy_of(one),
            settings.halo.files_per_mail,
        )
        for one in settings.mailbox
    }


def habits(settings: Settings) -> Habits:
    """What of the configuration is about matching."""
    return Habits(
        settings.matching.references,
        settings.matching.quoted_references,
        settings.people,
        settings.budgets,
        settings.rule,
    )


@asynccontextmanager
async def compose(
    settings: Settings, *, shadow: bool = False, exposed: Sequence[str] = ()
) -> AsyncIterator[Supervisor]:
    """The daemon, ready to run. `shadow`: beside the real one, or before there is one, and touching nothing.

    `exposed`: what others on this host can read.
    """
    me = Identity(settings.cluster.name or socket.gethostname(), os.getpid(), version("halo-mailgate"))
    joined_at = lapse.seconds()
    ledger = await open_ledger(settings.state, daemon=True, me=me, lease=settings.cluster.lease, shadow=shadow)
    member: Member | None = None
    try:
        if shadow:
            settings = untouching(settings)
            maillog.shadow()
        for one in ledger.database.mended:
            maillog.mended(one)
        adopted = await ledger.work.adopt(now())
        await ledger.work.hurry(now())
        maillog.started(len(settings.mailbox), adopted)
        halo = await make_backend(settings, ledger, lambda: not shadow and (member is None or member.holds()))
        backend: TicketBackend = ShadowBackend(halo, ledger, now) if shadow else halo
        logins = Logins(settings, ledger, now)
        connections = make_connections(settings, logins)
        mailers: dict[str, Mailer] = {
            one.name: ShadowMailer() if shadow else make_mailer(settings, one, connections) for one in settings.mailbox
        }
        try:
            alarm = Alarm(ledger, now, mailers[settings.mailbox[0].name], settings.alerts.mail_to)
            await alarm.load()
            bell, names = Bell(), [one.name for one in settings.mailbox if one.source != "ingest"]
            member = Member(ledger, me, settings.cluster.lease, names, now, bell=bell, alarm=alarm, joined_at=joined_at)
            room = make_room(settings, ledger, alarm)
            watches = _watches(settings, ledger, bell, alarm, logins, member, room, shadow=shadow)
            supervisor = _supervisor(
                settings, ledger, halo, backend, mailers, watches, bell, alarm, member,
                chores=_chores(settings, ledger, alarm, exposed),
            )  # fmt: skip

            async def snapshot() -> Snapshot:
                balance = (await ledger.balance.of()).values()
                all_ = total(balance)
                return Snapshot(
                    version=version("halo-mailgate"),
                    halo=halo.use,
                    messages={str(state): count for state, count in (await ledger.reading.counts()).items()},
                    alerts=len(await ledger.reading.alerts()),
                    looked_at={one.watcher.policy.label: one.watcher.looked_at for one in watches},
                    balanced=all(one.balanced for one in balance),
                    fates={str(one): all_[one] for one in Fate},
                    holes=all_[Seen.HOLE],
                    breakers={
                        "halo": supervisor.resting,
                        "intake": bool(room.said),
                        **{f"mailbox {one.watcher.policy.label}": one.resting for one in watches},
                    },
                )

            async with metrics.serve(settings.metrics.listen, snapshot):
                yield supervisor
        finally:
            for mailer in mailers.values():
                await mailer.close()
            await halo.close()
    finally:
        if member is not None:
            await member.leave()
        await ledger.close()
        maillog.stopped()


def make_room(settings: Settings, ledger: Ledger, alarm: Alarm | None = None) -> Room:
    """For more mail, as configured."""
    most, reserve = settings.most_waiting, settings.reserve
    return Room(ledger, now, folder_of(settings.state), most_waiting=most, reserve=reserve, alarm=alarm)


def _watches(
    settings: Settings,
    ledger: Ledger,
    bell: Bell,
    alarm: Alarm,
    logins: Logins,
    member: Member,
    room: Room,
    *,
    shadow: bool,
) -> list[Watch]:
    """One for each folder of each mailbox."""
    gate, watches = Gate(), []
    for one in settings.mailbox:
        account = Account()
        for folder in one.all_folders if one.source == "imap" else (one.folder,) * (one.source == "maildir"):
            label = one.name if folder == one.folder else f"{one.name} {folder}"
            watcher = Watcher(
                FolderPolicy(one.name, folder, one.first_contact, one.when_done, label),
                make_source(settings, one, logins, folder, gate, shadow=shadow),
                ledger,
                now,
                arrived=bell.arrived,
                stopping=bell.stopping,
                room=room,
            )
            watch = Watch(watcher, one.poll_interval, account, bell=bell, alarm=alarm, clock=now, ours=member.has)
            watches.append(watch)
    return watches


def _supervisor(
    settings: Settings,
    ledger: Ledger,
    halo: HaloBackend,
    backend: TicketBackend,
    mailers: dict[str, Mailer],
    watches: list[Watch],
    bell: Bell,
    alarm: Alarm,
    member: Member,
    chores: Sequence[Chore],
) -> Supervisor:

    async def defaults(priority: int | None) -> Defaults:
        ids = await halo.ids(settings.ticket)
        if not settings.ticket.say_response_time:
            return Defaults(**ids)
        promised = ids["priority_id"] if priority is None else priority
        return Defaults(**ids, respond_within=await halo.respond_within(promised))

    async def prepare() -> None:
        await halo.prepare(settings.ticket)

    own, keyring = own_addresses(settings), Keyring(ledger, now)
    fair = Fair(settings.workers, halo.budget, halo.knows)
    desk = Desk(
        ledger=ledger,
        clock=now,
        gatherer=Gatherer(ledger, backend, now, own, keyring, habits(settings)),
        performer=Performer(
            ledger, backend, now, settings.halo.ambiguity_window, bell.stopping, keyring, settings.budgets, fair=fair
        ),
        reader=Reader(ledger),
        alarm=alarm,
        defaults=defaults,
        accounts=accounts(settings),
        mailers=mailers,
        keeps_originals=frozenset(one.name for one in settings.mailbox if one.when_done == "nothing"),
        settled=bell.settled,
        fair=fair,
    )
    return Supervisor(
        bell, desk, watches, alarm, workers=settings.workers, stop_time=settings.stop_time, prepare=prepare,
        member=member, doubles=Doubles(ledger, backend, now, alarm, settings.halo.ambiguity_window, member.holds),
        chores=chores,
    )  # fmt: skip


def retention(settings: Settings, ledger: Ledger) -> Retention:
    """What of the mail is let go when, as configured."""
    keeping = settings.keeping
    fates = {
        Fate.TICKET: keeping.tickets, Fate.ACTION: keeping.actions, Fate.IGNORED: keeping.ignored,
        Fate.SAME_AGAIN: keeping.same_again, Fate.DISCARDED: keeping.discarded,
        Fate.QUARANTINED: keeping.quarantined, Fate.BROKEN: keeping.broken,
    }  # fmt: skip
    keep = {fate: long for fate, long in fates.items() if long is not None}
    return Retention(ledger, now, keep)


def _chores(settings: Settings, ledger: Ledger, alarm: Alarm, exposed: Sequence[str]) -> list[Chore]:
    async def tell(words: str, key: str = "ledger file") -> None:
        await (alarm.raise_(key, words) if words else alarm.clear(key))

    whole = Chore("examined", lambda: tell(""), every=None)
    rest = examination(Path(str(ledger.database.url.database)), tell)
    return [
        Chore("files", lambda: tell("; ".join(exposed), FILES), first=timedelta(), every=None),
        redaction(ledger, lambda: know(*secrets_of(settings))),
        Chore("let go", retention(settings, ledger).round),
        whole if ledger.database.examined else rest,
    ]
