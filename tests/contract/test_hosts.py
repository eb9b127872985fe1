"""Hosts that share a ledger: leases by the database's clock, mailboxes, the common budget."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from fakes.ledgers import HOUR, LATER, ME, NOW, claim, die, keep, restart

from storage.errors import Fenced, LedgerUnusable
from storage.hosts import Identity
from storage.ledger import open_ledger
from storage.model import Cursor, Fate, Kept, Key
from storage.reading import Lag
from storage.schema import SCHEMA
from storage.states import State

BOXES = ["noc", "sales", "support"]


@pytest.fixture
async def pair(postgres):
    """Two hosts on one database."""
    state = postgres.new_database()
    one = await open_ledger(state, daemon=True, me=Identity("one", 1))
    two = await open_ledger(state, daemon=True, me=Identity("two", 2))
    yield one, two
    await one.close()
    await two.close()


async def test_a_host_is_alive_until_its_lease_ends_and_never_again(ledger):
    first = ledger.database.host
    assert (await ledger.hosts.beat(HOUR, NOW)).alive
    await die(ledger)
    assert not (await ledger.hosts.beat(HOUR, NOW)).alive
    assert await ledger.hosts.join(ME, HOUR, NOW) != first
    assert (await ledger.hosts.beat(HOUR, NOW)).alive


async def test_only_a_daemon_may_claim(ledger, state):
    await keep(ledger, 1)
    command = await open_ledger(state, writing=True)
    with pytest.raises(LedgerUnusable, match="only a daemon"):
        await command.work.claim("w", NOW)
    await command.close()


async def test_a_lease_runs_out_by_the_databases_clock(pair):
    one, two = pair
    await keep(one, 1)
    held = await claim(one)
    assert await two.work.adopt(LATER) == 0
    await one.hosts.beat(timedelta(seconds=0.3), NOW)
    await asyncio.sleep(0.4)
    for change in (one.work.settle(held, "new", Fate.TICKET, NOW), one.work.defer(held, NOW, "x", "", NOW)):
        with pytest.raises(Fenced):  # nobody has taken it over yet: it is not its own all the same
            await change
    assert await two.work.adopt(LATER) == 1
    assert (await claim(two, LATER)).message.id == held.message.id
    assert not (await one.hosts.beat(HOUR, NOW)).alive


async def test_two_hosts_never_claim_one_message(pair):
    await keep(pair[0], *range(1, 41))
    claims = await asyncio.gather(*(host.work.claim("w", NOW) for _ in range(25) for host in pair))
    ids = [found.message.id for found in claims if found is not None]
    assert sorted(ids) == list(range(1, 41))


async def test_who_claimed_later_joins_later(pair):
    one, two = pair
    await keep(one, 1, 2)
    first, second = await claim(one), await claim(two)
    assert await two.threads.behind(second)
    assert not await one.threads.behind(first)
    await one.threads.join(first, "root@x", "d", [], NOW)
    assert not await two.threads.behind(second)
    joined = await two.threads.join(second, "re@x", "d2", ["root@x"], NOW)
    assert joined.waits_for == first.message.id


async def test_nobody_waits_for_a_dead_host_to_join(pair):
    one, two = pair
    await keep(one, 1, 2)
    await claim(one)
    second = await claim(two)
    await die(one)
    assert not await two.threads.behind(second)


async def test_of_two_messages_that_join_at_once_one_is_the_root(pair):
    await keep(pair[0], *range(1, 21))
    claims = [(host, await claim(host)) for _ in range(10) for host in pair]
    joined = await asyncio.gather(
        *(host.threads.join(held, f"m{held.message.id}@x", "d", ["root@x"], NOW) for host, held in claims)
    )
    assert len({place.conversation for place in joined}) == 1
    assert sum(place.waits_for is None for place in joined) == 1


async def test_a_wait_that_meets_a_settlement_is_freed(pair):
    """The root rests at the very moment at which another begins to wait for it: nobody waits for ever."""
    one, two = pair
    await keep(one, *range(1, 41))
    for _ in range(20):
        root, other = await claim(one), await claim(two)
        await one.threads.join(root, f"root{root.message.id}@x", "d", [], NOW)
        await asyncio.gather(
            one.work.settle(root, "new", Fate.TICKET, NOW),
            two.threads.join(other, f"re{other.message.id}@x", "d2", [f"root{root.message.id}@x"], NOW),
        )
        waits = (await two.reading.message(other.message.id)).waits_for
        assert waits is None


async def test_mailboxes_are_shared_evenly_and_given_back(pair):
    one, two = pair
    assert await one.hosts.share(BOXES, NOW) == {"noc", "sales"}  # of three, and two hosts
    assert await two.hosts.share(BOXES, NOW) == {"support"}
    assert [(host.name, host.mailboxes) for host in await one.hosts.all(NOW)] == [
        ("one", ("noc", "sales")),
        ("two", ("support",)),
    ]
    await die(two)
    assert await one.hosts.share(BOXES, NOW) == set(BOXES)
    await two.hosts.join(ME, HOUR, NOW)
    assert await two.hosts.share(BOXES, NOW) == set()
    kept = await one.hosts.share(BOXES, NOW)
    assert len(kept) == 2
    assert await two.hosts.share(BOXES, NOW) == set(BOXES) - kept
    await one.hosts.leave()
    assert await two.hosts.share(BOXES, NOW) == set(BOXES)


async def test_mail_of_another_hosts_mailbox_is_not_kept(pair):
    one, two = pair
    cursor = Cursor(7, 0, (), NOW)
    await one.intake.set_cursor("support", "INBOX", cursor, NOW)
    assert await one.hosts.share(["support"], NOW) == {"support"}
    mail = [Kept(Key("support", "INBOX", 7, 1), b"mail", 4, NOW)]
    with pytest.raises(Fenced, match="another host"):
        await two.intake.keep(mail, [1], "support", "INBOX", cursor, NOW)
    await die(one)
    with pytest.raises(Fenced):
        await one.intake.keep(mail, [1], "support", "INBOX", cursor, NOW)
    assert await two.hosts.share(["support"], NOW) == {"support"}
    assert len(await two.intake.keep(mail, [1], "support", "INBOX", cursor, NOW)) == 1


async def test_a_frozen_transaction_holds_up_nobody_for_long(postgres):
    state = postgres.new_database()
    one = await open_ledger(state, daemon=True, me=Identity("one", 1), lease=timedelta(seconds=2))
    two = await open_ledger(state, daemon=True, me=Identity("two", 2))
    await keep(two, 1)
    loop = asyncio.get_running_loop()
    transaction = one.database.write("threads")
    frozen = await transaction.__aenter__()
    await frozen.exec_driver_sql("SELECT 1")  # and then nothing more is heard of it
    begun = loop.time()
    held = await claim(two)
    await two.threads.join(held, "a@x", "d", [], NOW)
    assert loop.time() - begun < 5
    with pytest.raises(Exception, match=r"closed|terminat"):
        await frozen.exec_driver_sql("SELECT 1")
    await transaction.__aexit__(None, None, None) if not frozen.invalidated else None
    await one.close()
    await two.close()


async def test_the_budget_is_one_for_all(pair):
    window = timedelta(seconds=5)
    got = await asyncio.gather(*(host.spending.reserve(7, 50, window) for _ in range(10) for host in pair))
    assert sum(granted for granted, _ in got) == 50
    none, wait = await pair[0].spending.reserve(1, 50, window)
    assert none == 0
    assert 0 < wait <= 5
    await asyncio.sleep(wait + 0.05)
    assert (await pair[1].spending.reserve(7, 50, window))[0] == 7


async def test_a_death_while_reading_counts_and_one_after_the_decision_does_not(ledger):
    undecided, decided = await keep(ledger, 1, 2)
    await claim(ledger)
    held = await claim(ledger)
    await ledger.work.store_plan(held, "{}", "new", "", NOW, message_id=None)
    await restart(ledger, NOW)
    assert (await ledger.reading.message(undecided)).deaths == 1
    assert (await ledger.reading.message(decided)).deaths == 0
    again = await claim(ledger)
    await ledger.work.store_plan(again, "{}", "new", "", NOW, message_id=None)
    assert (await ledger.reading.message(undecided)).deaths == 0


async def test_a_host_that_left_leaves_nothing_in_hand(ledger):
    (one,) = await keep(ledger, 1)
    await claim(ledger)
    await ledger.hosts.leave()
    assert await ledger.work.adopt(NOW) == 1
    assert (await ledger.reading.message(one)).state is State.DEFERRED


async def test_the_lag_is_what_is_due_and_since_when_and_what_waits_for_its_time(ledger):
    assert await ledger.reading.lag(NOW) == Lag(0, 0.0, 0, 0)
    await keep(ledger, 1, 2, 3, 4)
    opens, answers, later = await claim(ledger), await claim(ledger), await claim(ledger)
    await ledger.threads.join(opens, "a@x", "d1", (), NOW)
    assert (await ledger.threads.join(answers, "b@x", "d2", ("a@x",), NOW)).waits_for == opens.message.id
    await ledger.work.defer(answers, NOW, "waits_for_its_conversation", "", NOW)
    await ledger.work.defer(later, NOW + HOUR, "in_doubt", "", NOW)
    assert await ledger.reading.lag(LATER) == Lag(1, 60.0, 2, 1)
    assert await ledger.reading.lag(NOW + 2 * HOUR) == Lag(2, 7200.0, 1, 1)


async def test_older_code_goes_on_beside_newer_for_one_step_of_the_schema(pair, postgres):
    """A rolling upgrade: the newer code adds what it needs, and the older goes on claiming and settling."""
    one, _ = pair
    async with one.database.write() as connection:
        await connection.exec_driver_sql("ALTER TABLE messages ADD COLUMN later TEXT NOT NULL DEFAULT ''")
        await connection.exec_driver_sql(f"UPDATE meta SET value = '{SCHEMA + 1}' WHERE key = 'schema'")
        await connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{SCHEMA + 1:04}'")
    await keep(one, 1)
    await one.work.settle(await claim(one), "new", Fate.TICKET, NOW)
    third = await open_ledger(one.database.url.render_as_string(hide_password=False), daemon=True)
    assert (await third.reading.counts())[State.DONE] == 1
    await third.close()
