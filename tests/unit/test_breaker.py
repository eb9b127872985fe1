"""The circuit breaker before HaloPSA: an outage rests everybody, one message's trouble nobody, and one tries first."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from fakes.messages import mail
from fakes.trunk import NOW, Halo, always, desk_with

from gateway.breaker import FIRST, LATELY, LONGEST, PATIENCE, PEEK, SHORT, Breaker
from gateway.errors import Ambiguous, Misconfigured, Transient
from storage.states import State

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def rest(breaker, now):
    return timedelta(seconds=breaker.left(now))


def test_an_outage_makes_ever_longer_rests():
    breaker, now = Breaker(), NOW
    rests = []
    breaker.fail(1, now)
    for turn in range(10):
        breaker.fail(2 + turn % 2, now)
        rests.append(breaker.left(now))
        now += rest(breaker, now)
    assert rests == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    breaker.succeed(now)
    assert breaker.left(now) == 0


def test_one_message_that_always_fails_stops_no_other():
    breaker, now = Breaker(), NOW
    for _ in range(100):
        breaker.fail(1, now)
        assert breaker.left(now) == 0
        now += SECOND


def test_several_that_always_fail_while_others_pass_stop_them_for_two_seconds_at_the_most():
    breaker, now = Breaker(), NOW
    for turn in range(200):
        for poison in (1, 2, 3, 4):
            breaker.fail(poison, now)
            assert rest(breaker, now) <= (SHORT if turn else LONGEST)
        now += rest(breaker, now)
        breaker.succeed(now)
        now += SECOND
    breaker.fail(1, now)
    now += LATELY
    for _ in range(20):
        breaker.fail(2, now)
    assert rest(breaker, now) == LONGEST  # nobody was served lately: that is an outage


def test_what_is_nobodys_message_stops_everybody_at_once():
    for breaker, how in ((Breaker(), {"everybody": True}), (Breaker(), {"asked": 90 * SECOND})):
        breaker.fail(1, NOW, **how)
        assert rest(breaker, NOW) == how.get("asked", FIRST)
    breaker = Breaker()
    breaker.succeed(NOW)
    breaker.fail(1, NOW, 90 * SECOND)
    assert rest(breaker, NOW) == 90 * SECOND  # what it asks for it gets


def test_failures_far_apart_are_no_outage():
    breaker, now = Breaker(), NOW
    for turn in range(10):
        breaker.fail(turn, now)
        breaker.fail(turn + 100, now)
        assert rest(breaker, now) == FIRST
        now += 10 * MINUTE


def opened():
    breaker = Breaker()
    breaker.fail(1, NOW, everybody=True)
    return breaker, NOW + FIRST


def test_after_a_rest_one_tries_and_the_others_wait_for_its_outcome():
    breaker, now = opened()
    assert breaker.left(now) == 0
    with breaker.trying(now):
        assert breaker.left(now) == PEEK
        breaker.succeed(now)
        assert breaker.left(now) == 0
    breaker, now = opened()
    with breaker.trying(now):
        breaker.fail(2, now)
    assert breaker.left(now) == 1
    breaker, now = opened()
    with breaker.trying(now):
        pass  # there was no work
    assert breaker.left(now) == 0


def test_a_try_that_hangs_is_not_waited_for_for_ever():
    breaker, now = opened()
    first = breaker.trying(now)
    first.__enter__()
    now += PATIENCE
    assert breaker.left(now) == 0
    with breaker.trying(now):
        assert breaker.left(now) == PEEK
        first.__exit__(None, None, None)  # it is not its turn any more
        assert breaker.left(now) == PEEK
    assert breaker.left(now) == 0


async def test_one_poisoned_message_costs_the_others_nothing(tmp_path):
    def poison(step):
        return Ambiguous("server_error", "500") if step.summary == "poison" else None

    async with desk_with(tmp_path, Halo(fail={"create_ticket": poison})) as made:
        await made.deliver(mail(message_id="p@c.example", subject="poison"))
        for number in range(20):
            await made.work()
            assert made.desk.breaker.left(made.clock()) == 0
            await made.deliver(mail(message_id=f"{number}@c.example", subject="fine"))
            made.clock.move(timedelta(seconds=30))
        await made.work()
        counts = await made.ledger.reading.counts()
        assert (counts[State.DONE], counts[State.DEFERRED]) == (20, 1)


async def test_a_refused_login_rests_everybody(tmp_path):
    async with desk_with(tmp_path, Halo(fail={"find_requester": always(Misconfigured("forbidden", "403"))})) as made:
        await made.deliver(mail(message_id="a@c.example"))
        await made.work()
        assert made.desk.breaker.left(made.clock()) > 0


async def test_a_mail_server_in_trouble_says_nothing_of_halo(tmp_path):
    async with desk_with(tmp_path, Halo()) as made:
        made.letters.before += [Transient("smtp_unreachable")] * 3
        await made.deliver(*(mail(message_id=f"{n}@c.example", sender=f"{n}@c.example") for n in range(3)))
        await made.work()
        assert made.desk.breaker.left(made.clock()) == 0


async def test_of_many_workers_one_tries_a_halo_that_was_down(tmp_path):
    from fakes.trunk import Folder
    from unit.test_trunk_supervisor import daemon, running, until  # the daemon with its real tasks

    folder, halo, at_once = Folder(), Halo(), []
    for number in range(12):
        folder.add(mail(message_id=f"{number}@c.example", sender=f"{number}@c.example"))
    asking, down = set(), asyncio.Event()

    async def find(address):
        asking.add(address)
        if down.is_set():
            at_once.append(len(asking))
        await asyncio.sleep(0.2)
        asking.discard(address)
        raise Transient("unreachable")

    inner, halo.find_requester = halo.find_requester, find
    async with daemon(tmp_path, halo, folder, workers=8) as (supervisor, made), running(supervisor):
        made.desk.breaker.succeed(made.desk.clock())  # so that rests are short
        await until(lambda: made.desk.breaker.left(made.desk.clock()) > 1.5, 15)  # whoever was let in before has failed
        await until(lambda: not asking)
        down.set()
        await until(lambda: at_once, 15)  # by now whoever had been let in before, and was slow, has asked too
        await until(lambda: not asking)
        at_once.clear()
        await until(lambda: len(at_once) > 1, 15)
        assert set(at_once) == {1}
        halo.find_requester = inner
        await until(lambda: len(folder.disposed) == 12, 20)
