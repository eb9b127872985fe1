"""The states of messages and the leases of hosts, at random, against a model: on SQLite one host, on PostgreSQL three.

After every call the tables are read past the facets and must be what the model says, message by message, step by step,
tally by tally. Whoever holds an outdated claim, or one of a host that is dead, tries everything and changes nothing.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta

import pytest
from fakes.ledgers import HOUR, ME, die
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from properties.ledger_model import DEATHS, REFUSAL, Held, Mail, Model, Step
from sqlalchemy import Connection, create_engine, func, make_url, select, text

from storage import work
from storage.errors import Fenced, IllegalChange
from storage.ledger import Ledger, open_ledger
from storage.model import Claim, Cursor, Disposal, Fate, Kept, Key, Seen, StoredReceipt
from storage.states import AT_REST, TABLE, Event, State
from storage.tables import leases, messages, metadata, steps, tallies

BEGIN = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
ACCOUNTS = ("sales", "support")
THREADS = ("t1@x", "t2@x")
NAMES = ("ticket", "attachment-1", REFUSAL)
PICKED = st.integers(0, 99)  # of what there is, counted from the newest
ENDS = (Event.SETTLE, Event.HOLD, Event.BREAK)
ROWS = (
    "id", "account", "uid", "state", "fate", "fence", "attempts", "host", "plan", "revision", "waits_for", "ticket",
    "deaths", "disposal", "due_at",
)  # fmt: skip


class World:
    """The databases' side: hosts that stay open from one example to the next, over tables that are emptied."""

    def __init__(self, runner: asyncio.Runner, ledgers: list[Ledger], state: str) -> None:
        self.run, self.ledgers = runner.run, ledgers
        url = make_url(state)
        driver = "sqlite" if url.get_backend_name() == "sqlite" else "postgresql+psycopg"
        self.engine = create_engine(url.set(drivername=driver))

    def empty(self) -> None:
        with self.engine.begin() as connection:
            tables = [one for one in reversed(metadata.sorted_tables) if one.name != "meta"]
            if self.engine.dialect.name != "sqlite":
                names = ", ".join(one.name for one in tables)
                connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
            for one in tables if self.engine.dialect.name == "sqlite" else ():
                connection.execute(one.delete())
        for one in self.ledgers:
            self.run(one.hosts.join(ME, HOUR, BEGIN))


class Machine(RuleBasedStateMachine):
    """Many hosts' workers and watchers, and an operator."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world, self.model, self.now = world, Model(), BEGIN
        self.claims: list[tuple[Held, Claim, Ledger]] = []
        self.serial = itertools.count(1)
        self.reader: Connection = world.engine.connect()

    @initialize()
    def start(self) -> None:
        self.world.empty()
        self.model.alive = {self.number(one) for one in self.world.ledgers}
        for account in ACCOUNTS:
            self.run(self.world.ledgers[0].intake.set_cursor(account, "INBOX", Cursor(7, 0, (), BEGIN), BEGIN))

    def teardown(self) -> None:
        self.reader.close()

    # What the rules are made of

    def run(self, call: Awaitable[object]) -> object:
        return self.world.run(call)

    @property
    def at(self) -> float:
        return self.now.timestamp()

    def number(self, ledger: Ledger) -> int:
        return ledger.database.host

    def ledger(self, picked: int) -> Ledger:
        return self.world.ledgers[picked % len(self.world.ledgers)]

    def held(self, picked: int) -> tuple[Held, Claim, Ledger, Mail]:
        good = [one for one in self.claims if self.model.lives(one[0])]
        some = good if good and picked % 4 else self.claims
        held, claim, ledger = some[-1 - picked // 4 % len(some)]
        return held, claim, ledger, self.model.mails[held.message]

    def tried(self, held: Held, call: Awaitable[object]) -> tuple[bool, object]:
        """Whether the claim was good for it, and what came back; one that is not good is Fenced."""
        if self.model.lives(held):
            return True, self.run(call)
        with pytest.raises(Fenced):
            self.run(call)
        return False, None

    # Mail and its workers

    @rule(picked=PICKED, account=st.sampled_from(ACCOUNTS), count=st.integers(1, 3), again=st.booleans())
    def keep(self, *, picked: int, account: str, count: int, again: bool) -> None:
        ledger = self.ledger(picked)
        its = [one.uid for one in self.model.mails.values() if one.account == account]
        new = list(range(len(its) + 1, len(its) + 1 + count))
        uids = [*(its[-1:] if again else ()), *new]
        mails = [Kept(Key(account, "INBOX", 7, uid), b"%d" % uid, 1, self.now) for uid in uids]
        call = ledger.intake.keep(mails, uids, account, "INBOX", Cursor(7, 0, (), BEGIN), self.now)
        if not self.model.watched(account, self.number(ledger)):
            with pytest.raises(Fenced):
                self.run(call)
            return
        for uid, one in zip(new, self.run(call), strict=True):
            self.model.mails[one] = Mail(one, account, uid, self.at, self.at)

    @rule(picked=PICKED)
    def claim(self, *, picked: int) -> None:
        self.took(self.ledger(picked), self.run(self.ledger(picked).work.claim("worker", self.now)))

    @rule()
    def claim_at_once(self) -> None:
        async def all_() -> list[Claim | None]:
            return await asyncio.gather(*(one.work.claim("w", self.now) for one in self.world.ledgers))

        due = {one.id for one in self.model.due(self.at)[: len(self.world.ledgers)]}
        found = list(zip(self.world.ledgers, self.run(all_()), strict=True))
        got = [claim.message.id for _, claim in found if claim is not None]
        assert len(got) == len(set(got))
        assert set(got) == due
        for ledger, claim in sorted(found, key=lambda one: got.index(one[1].message.id) if one[1] else -1):
            if claim is not None:
                self.took(ledger, claim, first=False)

    def took(self, ledger: Ledger, claim: Claim | None, *, first: bool = True) -> None:
        due = self.model.due(self.at)
        if claim is None:
            assert not due
            return
        mail = self.model.mails[claim.message.id]
        assert due[0] is mail if first else mail in due
        self.model.claim(mail, self.number(ledger))
        assert (claim.fence, claim.plan) == (mail.fence, mail.plan)
        self.claims.append((Held(mail.id, claim.fence, self.number(ledger)), claim, ledger))

    @precondition(lambda self: self.claims)
    @rule(picked=PICKED, thread=st.sampled_from(THREADS))
    def join(self, *, picked: int, thread: str) -> None:
        held, claim, ledger, mail = self.held(picked)
        own = f"m{mail.id}@x"
        good, joined = self.tried(held, ledger.threads.join(claim, own, "d", [mail.conversation or thread], self.now))
        if good:
            assert (joined.ticket, joined.waits_for) == self.model.join(mail, thread)

    @precondition(lambda self: self.claims)
    @rule(picked=PICKED)
    def behind(self, *, picked: int) -> None:
        _, claim, ledger, mail = self.held(picked)
        mine = self.number(ledger)
        open_ = [one for one in self.model.mails.values() if one.state is State.ACTIVE and one.id < mail.id]
        others = [one for one in open_ if one.host in self.model.alive - {mine}]
        waited = any(one.conversation is None and one.plan is None for one in others)
        assert self.run(ledger.threads.behind(claim)) is waited

    @precondition(lambda self: self.claims)
    @rule(picked=PICKED)
    def store_plan(self, *, picked: int) -> None:
        held, claim, ledger, mail = self.held(picked)
        plan = f"plan {next(self.serial)}"
        good, revision = self.tried(held, ledger.work.store_plan(claim, plan, "r", "w", self.now, message_id=None))
        if good:
            mail.plan, mail.deaths, mail.revision = plan, 0, mail.revision + 1
            assert revision == mail.revision

    @precondition(lambda self: self.claims)
    @rule(picked=PICKED)
    def drop_plan(self, *, picked: int) -> None:
        held, claim, ledger, mail = self.held(picked)
        good, dropped = self.tried(held, ledger.work.drop_plan(claim, self.now, "w"))
        if good:
            assert dropped is not self.model.begun(mail)
            mail.plan = None if dropped else mail.plan

    @precondition(lambda self: self.claims)
    @rule(picked=PICKED, name=st.sampled_from(NAMES), thing=st.sampled_from([None, "a.pdf"]))
    def intend(self, *, picked: int, name: str, thing: str | None) -> None:
        held, claim, ledger, mail = self.held(picked)
        step, marker = mail.steps.get((mail.revision, name)), f"M{next(self.serial)}"
        if step is not None and step.receipt is not None:
            return
        call = ledger.steps.intend(claim, mail.revision, name, marker, self.now, thing=thing)
        good, intended = self.tried(held, call)
        if good:
            assert intended is not (thing is not None and self.model.in_doubt(thing, mail.id))
            if intended:
                mail.steps[mail.revision, name] = Step(marker, self.at, thing=thing)

    @precondition(lambda self: self.claims)
    @rule(picked=PICKED, name=st.sampled_from(NAMES), missed=st.booleans(), sure=st.booleans())
    def doubt_or_retract(self, *, picked: int, name: str, missed: bool, sure: bool) -> None:
        held, claim, ledger, mail = self.held(picked)
        step = mail.steps.get((mail.revision, name))
        if step is None or step.receipt is not None or step.intent_at is None:
            return
        call = ledger.steps.retract(claim, mail.revision, name, "w", self.now)
        if not sure:
            call.close()
            call = ledger.steps.doubt(claim, mail.revision, name, "w", self.now, missed=missed)
        good, _ = self.tried(held, call)
        if good and sure:
            step.intent_at, step.doubted_at, step.misses = None, None, 0
        elif good:
            step.doubted_at, step.misses = step.doubted_at or self.at, step.misses + missed

    @precondition(lambda self: self.claims)
    @rule(picked=PICKED, name=st.sampled_from(NAMES))
    def receipt(self, *, picked: int, name: str) -> None:
        held, claim, ledger, mail = self.held(picked)
        step, number = mail.steps.get((mail.revision, name)), next(self.serial)
        if step is not None and step.receipt is not None:
            return
        ticket = number if name == "ticket" else None
        proof = StoredReceipt(number, "answered")
        good, _ = self.tried(held, ledger.steps.receipt(claim, mail.revision, name, proof, self.now, ticket=ticket))
        if good:
            mail.steps.setdefault((mail.revision, name), Step()).receipt = number
            if ticket is not None:
                self.model.bind(mail, ticket, self.at)

    @precondition(lambda self: self.claims)
    @rule(picked=PICKED, minutes=st.integers(0, 90), count=st.booleans())
    def defer(self, *, picked: int, minutes: int, count: bool) -> None:
        held, claim, ledger, mail = self.held(picked)
        until = self.now + timedelta(minutes=minutes)
        if self.tried(held, ledger.work.defer(claim, until, "c", "w", self.now, count=count))[0]:
            self.model.defer(mail, until.timestamp(), count=count)

    def ending(self, ledger: Ledger, claim: Claim, event: Event, fate: Fate) -> Awaitable[None]:
        if event is Event.SETTLE:
            return ledger.work.settle(claim, "new", fate, self.now)
        return (ledger.work.hold if event is Event.HOLD else ledger.work.break_)(claim, "c", "w", self.now)

    def ended(self, mail: Mail, event: Event, fate: Fate) -> None:
        self.model.rest(mail, event, str(fate) if event is Event.SETTLE else str(TABLE[mail.state, event]), self.at)

    @precondition(lambda self: self.claims)
    @rule(picked=PICKED, event=st.sampled_from(ENDS), fate=st.sampled_from([Fate.TICKET, Fate.ACTION, Fate.IGNORED]))
    def rest(self, *, picked: int, event: Event, fate: Fate) -> None:
        held, claim, ledger, mail = self.held(picked)
        if self.tried(held, self.ending(ledger, claim, event, fate))[0]:
            self.ended(mail, event, fate)

    @precondition(lambda self: self.claims)
    @rule(picked=PICKED, events=st.permutations(ENDS))
    def rest_at_once(self, *, picked: int, events: list[Event]) -> None:
        held, claim, ledger, mail = self.held(picked)

        async def all_() -> list[object]:
            calls = (self.ending(ledger, claim, one, Fate.TICKET) for one in events)
            return await asyncio.gather(*calls, return_exceptions=True)

        found = self.run(all_())
        assert all(one is None or isinstance(one, Fenced) for one in found)
        won = [event for event, one in zip(events, found, strict=True) if one is None]
        assert len(won) == self.model.lives(held)
        for event in won:
            self.ended(mail, event, Fate.TICKET)

    @precondition(lambda self: self.outdated)
    @rule(picked=PICKED)
    def be_late(self, *, picked: int) -> None:
        """A claim of what another has in hand, or of what was lost with its host: nothing can be done with it."""
        _, claim, ledger = self.outdated[-1 - picked % len(self.outdated)]
        work, its_steps, now, at = ledger.work, ledger.steps, self.now, (claim, 1, "ticket")
        for call in (
            *(self.ending(ledger, claim, event, Fate.TICKET) for event in ENDS),
            work.defer(claim, now, "c", "w", now),
            work.store_plan(claim, "late", "r", "w", now, message_id=None),
            work.drop_plan(claim, now, "w"),
            ledger.threads.join(claim, "late@x", "d", [], now),
            its_steps.intend(*at, "LATE", now),
            its_steps.doubt(*at, "w", now, missed=True),
            its_steps.retract(*at, "w", now),
            its_steps.receipt(*at, StoredReceipt(1, "late"), now, ticket=1),
        ):
            with pytest.raises(Fenced):
                self.run(call)

    @property
    def outdated(self) -> list[tuple[Held, Claim, Ledger]]:
        lost = [one for one in self.claims if not self.model.lives(one[0])]
        return [one for one in lost if self.model.mails[one[0].message].state is State.ACTIVE]

    @precondition(lambda self: self.claims)
    @rule(picked=PICKED, other=PICKED)
    def go_round(self, *, picked: int, other: int) -> None:
        """Put back and claimed again, as all mail that must wait is."""
        held, claim, ledger, mail = self.held(picked)
        if self.tried(held, ledger.work.defer(claim, self.now, "c", "w", self.now))[0]:
            self.model.defer(mail, self.at)
        self.claim(picked=other)

    # Operators

    @precondition(lambda self: self.model.mails)
    @rule(picked=PICKED, which=PICKED, throw=st.booleans())
    def release_or_discard(self, *, picked: int, which: int, throw: bool) -> None:
        mail = self.model.mails[1 + which % len(self.model.mails)]
        facet, event = self.ledger(picked).work, Event.DISCARD if throw else Event.RELEASE
        call = (facet.discard if throw else facet.release)(mail.id, self.now)
        if (mail.state, event) not in TABLE:
            with pytest.raises(IllegalChange):
                self.run(call)
            return
        self.run(call)
        if throw:
            mail.waits_for = None
            self.model.rest(mail, event, "discarded", self.at)
        else:
            self.model.release(mail, self.at)

    @rule(picked=PICKED, account=st.sampled_from(ACCOUNTS), gone=st.booleans())
    def dispose(self, *, picked: int, account: str, gone: bool) -> None:
        ledger, its = self.ledger(picked), [one for one in self.model.mails.values() if one.account == account]
        pending = [one for one in its if one.state is State.DONE and one.disposal == "pending"]
        found = self.run(ledger.disposals.pending(account, "INBOX", 7))
        assert found == [(one.id, one.uid) for one in pending]
        how = Disposal.GONE if gone else Disposal.DONE
        self.run(ledger.disposals.disposed([one for one, _ in found[:1]], how, "w", self.now))
        for one in pending[:1]:
            one.disposal = str(how)

    # Hosts

    @rule(picked=PICKED, orderly=st.booleans(), back=st.booleans())
    def end(self, *, picked: int, orderly: bool, back: bool) -> None:
        ledger = self.ledger(picked)
        gone = self.number(ledger)
        self.run(ledger.hosts.leave() if orderly else die(ledger))
        self.model.alive.discard(gone)
        if orderly:
            self.model.leases = {name: host for name, host in self.model.leases.items() if host != gone}
        if back:
            self.come_back(picked=picked)

    @rule(picked=PICKED)
    def come_back(self, *, picked: int) -> None:
        ledger = self.ledger(picked)
        if self.number(ledger) not in self.model.alive:
            self.model.alive.add(self.run(ledger.hosts.join(ME, HOUR, self.now)))

    @rule(picked=PICKED)
    def beat(self, *, picked: int) -> None:
        ledger = self.ledger(picked)
        assert self.run(ledger.hosts.beat(HOUR, self.now)).alive is (self.number(ledger) in self.model.alive)

    @rule(picked=PICKED)
    def adopt(self, *, picked: int) -> None:
        found = self.run(self.ledger(picked).work.adopt(self.now))
        assert found == self.model.adopt(self.at)

    @rule(picked=PICKED)
    def hurry(self, *, picked: int) -> None:
        self.run(self.ledger(picked).work.hurry(self.now))
        self.model.hurry(self.at)

    @rule(picked=PICKED)
    def share(self, *, picked: int) -> None:
        ledger = self.ledger(picked)
        mine, had = self.number(ledger), dict(self.model.leases)
        ours = self.run(ledger.hosts.share(ACCOUNTS, self.now))
        assert not ours or mine in self.model.alive
        assert all(had.get(one, mine) == mine or had[one] not in self.model.alive for one in ours)
        if mine in self.model.alive:
            kept = {name: host for name, host in had.items() if host != mine}
            self.model.leases = kept | dict.fromkeys(ours, mine)

    @rule(minutes=st.sampled_from([1, 30, 60 * 24]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    # What is always so

    @invariant()
    def the_tables_are_what_the_model_says(self) -> None:
        read = self.reader.execute
        rows = read(select(*(messages.c[name] for name in ROWS)).order_by(messages.c.id)).all()
        assert [tuple(row) for row in rows] == [one.row for one in self.model.mails.values()]
        columns = (steps.c.marker, steps.c.intent_at, steps.c.doubted_at, steps.c.misses, steps.c.receipt_id)
        found = read(select(steps.c.message, steps.c.revision, steps.c.name, *columns)).all()
        assert {tuple(row) for row in found} == {
            (mail.id, *key, step.marker, step.intent_at, step.doubted_at, step.misses, step.receipt)
            for mail in self.model.mails.values()
            for key, step in mail.steps.items()
        }
        counted = select(tallies.c.account, tallies.c.day, tallies.c.fate, tallies.c.count).where(tallies.c.count != 0)
        held = {tuple(row[:3]): row[3] for row in read(counted)}
        assert {key: count for key, count in held.items() if key[2] in set(Fate)} == self.model.tallies()
        fetched = sum(count for (_, _, fate), count in held.items() if fate == Seen.FETCHED)
        assert fetched == len(self.model.mails)
        assert {row.name: row.host for row in read(select(leases))} == self.model.leases
        other = messages.alias()
        late = select(func.count()).where((messages.c.waits_for == other.c.id) & other.c.state.in_(AT_REST))
        assert read(late).scalar() == 0  # nobody waits for what is at rest
        self.reader.rollback()


@pytest.mark.timeout(300)  # half a minute, where there is a processor for it
@pytest.mark.parametrize(("database", "hosts", "examples"), [("sqlite", 1, 25), ("postgresql", 3, 25)])
def test_states_and_leases_are_what_the_model_says(database, hosts, examples, tmp_path, request, monkeypatch):
    monkeypatch.setattr(work, "DEATHS", DEATHS)
    state = f"sqlite:///{tmp_path / 'ledger.db'}"
    if database == "postgresql":
        state = request.getfixturevalue("postgres").new_database()
    chosen = settings(
        max_examples=examples, stateful_step_count=40, deadline=None, print_blob=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    with asyncio.Runner() as runner:
        ledgers = [runner.run(open_ledger(state, daemon=True)) for _ in range(hosts)]
        world = World(runner, ledgers, state)
        try:
            run_state_machine_as_test(lambda: Machine(world), settings=chosen)
        finally:
            world.engine.dispose()
            for one in ledgers:
                runner.run(one.close())
