"""A host among others: what it may write, what it spends, what it does when it sleeps. Time is ours here."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from fakes.halo_settings import halo_settings
from fakes.ledgers import claim, die, keep
from fakes.trunk import StandingClock
from fakes.watches import Time

from gateway.alarm import Alarm
from gateway.bell import Bell
from gateway.cluster import Member
from gateway.errors import Transient
from gateway.halo.api import HaloApi
from gateway.halo.budget import Budget, Priority
from gateway.halo.purse import GOOD_FOR, Purse
from gateway.halo.wire import json_payload
from gateway.lapse import Lapse
from gateway.sandbox import Sandbox
from gateway.tenure import claimed_as
from storage.hosts import Identity
from storage.ledger import open_ledger

LEASE = timedelta(seconds=15)


@pytest.fixture
async def api():
    """(api, sandbox, permission): the permission is a list that is empty when nothing may be written."""
    sandbox, may = Sandbox(), [True]
    async with sandbox.serving() as url:
        made = HaloApi(halo_settings(url), clock=lambda: datetime.now(UTC), may_write=lambda: bool(may))
        yield made, sandbox, may
        await made.close()


async def test_a_host_whose_lease_is_over_sends_no_write_to_its_end(api):
    made, sandbox, may = api
    ticket = json_payload({"summary": "a", "details": "b", "client_id": 1})
    await made.write("/Tickets", ticket)
    may.clear()
    with pytest.raises(Transient, match="lease_lost"):  # certainly not done
        await made.write("/Tickets", ticket)
    await made.read("/Tickets", {"count": 1})  # reading harms nobody
    assert len(sandbox.tickets) == 1
    may.append(True)
    await made.write("/Tickets", ticket)
    assert len(sandbox.tickets) == 2


async def test_what_was_reserved_and_not_used_in_time_is_given_up():
    asked, now = [], [0.0]

    async def reserve(count, limit, window):
        asked.append((count, limit, window))
        return (count, 0.0) if len(asked) < 3 else (0, 7.5)

    purse = Purse(reserve, 500, 306.0, lambda: now[0])
    assert not purse.take()
    assert await purse.fill(3) == 0.0
    assert asked == [(3, 500, timedelta(seconds=306 + GOOD_FOR))]
    assert purse.take()
    now[0] += GOOD_FOR  # the process was frozen
    assert not purse.take()
    assert await purse.fill(100, 0.8) == 0.0
    assert asked[-1][:2] == (10, 400)
    assert [purse.take() for _ in range(11)] == [True] * 10 + [False]
    assert await purse.fill(1) == 7.5


async def test_a_ledger_in_trouble_lends_nothing():
    async def reserve(*_):
        raise OSError

    purse = Purse(reserve, 500, 306.0, lambda: 0.0)
    assert await purse.fill(1) > 0
    assert not purse.take()


async def test_three_hosts_spend_one_budget_and_all_of_it():
    """In simulated time: never more than the limit in any window, whoever asks."""
    time, sent, spent = Time(), [], []

    async def reserve(count, limit, window):
        spent[:] = [one for one in spent if one[0] > time.now - window.total_seconds()]
        granted = max(0, min(count, limit - sum(number for _, number in spent)))
        if granted:
            spent.append((time.now, granted))
            return granted, 0.0
        return 0, max(0.05, spent[0][0] + window.total_seconds() - time.now)

    budgets = [Budget(50, 60.0, time, time.sleep, Purse(reserve, 50, 61.2, time)) for _ in range(3)]

    async def caller(budget, priority):
        while time.now < 400:
            await budget.take(priority)
            sent.append(time.now)

    await asyncio.gather(
        *(caller(one, priority) for one in budgets for priority in (Priority.URGENT, Priority.PATIENT))
    )
    times = sorted(sent)
    assert max(sum(at <= one < at + 60 for one in times) for at in times) <= 50
    assert len([at for at in times if at < 400]) >= 50 * 5  # of six and a half windows, each longer by what is lent


@pytest.fixture
async def members(postgres):
    """Two members of one ledger, their seconds, and a clock."""
    state, seconds, clock = postgres.new_database(), [100.0], StandingClock()
    made = []
    for number in (1, 2):
        me = Identity(f"host{number}", number)
        ledger = await open_ledger(state, daemon=True, me=me, lease=LEASE)
        bell = Bell()
        alarm = Alarm(ledger, clock, None, ())
        member = Member(
            ledger, me, LEASE, ["noc", "sales"], clock, bell=bell, alarm=alarm, joined_at=100.0,
            seconds=lambda: seconds[0],
        )  # fmt: skip
        made.append(member)
        member.ledger = ledger
    yield made, seconds, clock
    for member in made:
        await member.ledger.close()


async def test_a_member_knows_without_asking_when_its_lease_is_over(members):
    (one, _), seconds, _ = members
    await one.tick()
    assert one.holds()
    assert one.has("noc")
    seconds[0] += 14.9
    assert one.holds()
    seconds[0] += 0.2  # frozen: no heartbeat could be sent
    assert not one.holds()
    assert not one.has("noc")


async def test_a_member_that_wakes_after_its_lease_comes_back_as_another(members):
    (one, two), seconds, _ = members
    await one.tick()
    await two.tick()
    (number,) = await keep(one.ledger, 1, account="noc") if one.has("noc") else await keep(two.ledger, 1, account="noc")
    held = await claim(one.ledger)
    assert held.message.id == number
    before = one.ledger.database.host
    await die(one.ledger)
    seconds[0] += 20
    await two.tick()
    assert two.has("noc")
    assert two.has("sales")
    with claimed_as(held.host):
        await one.tick()
        assert not one.holds()  # what was being done when it was frozen is another's now
    assert one.holds()
    assert one.ledger.database.host != before
    assert not one.has("noc")
    assert (await one.ledger.reading.message(number)).state == "deferred"  # put back, by whoever came first


async def test_a_clock_that_is_set_back_lets_nothing_wait(members):
    (one, _), seconds, clock = members
    await one.tick()
    await keep(one.ledger, 1)
    held = await claim(one.ledger)
    await one.ledger.work.defer(held, clock() + timedelta(seconds=5), "x", "", clock())
    clock.move(timedelta(hours=-2))
    seconds[0] += 1
    await one.tick()
    assert (await one.ledger.reading.message(held.message.id)).due_at <= clock()


async def test_what_others_raised_and_cleared_is_seen(members):
    (one, two), seconds, _ = members
    await one._alarm.raise_("halo", "it is down")
    seconds[0] += 11
    await two.tick()
    assert two._alarm.is_open("halo")
    await two._alarm.clear("halo")
    await one.tick()
    assert not one._alarm.is_open("halo")


def test_time_of_another_start_counts_for_nothing():
    lapse = Lapse("boot-1", lambda: 50.0)
    assert lapse.since("boot-1", 20.0) == 30.0
    assert lapse.since("boot-0", 20.0) == 0.0
    assert lapse.since("", None) == 0.0
