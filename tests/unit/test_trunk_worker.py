"""One message from claim to rest: what one message, one answer or one address may not do to the others."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from fakes.messages import mail
from fakes.trunk import WINDOW, Halo, always, desk_with

from gateway.errors import Ambiguous, Misconfigured, Permanent, Transient
from gateway.model import TicketView
from gateway.worker import Worker
from storage.states import State

MINUTE = timedelta(minutes=1)


async def test_a_ticket_that_can_be_read_but_not_written_does_not_spin(tmp_path):
    theirs = TicketView(40, addresses=frozenset({"anna@customer.example"}))
    halo = Halo(tickets={40: theirs}, fail={"add_action": always(Permanent("ticket_gone", "404"))})
    async with desk_with(tmp_path, halo) as made:
        await made.deliver(mail(message_id="a@c.example", subject="[ID:0000040] hello"))
        assert await made.work() < 10
        assert (await made.message()).state is State.QUARANTINED
        assert halo.calls.count("add_action") <= 5


async def test_the_alert_about_the_mail_server_ends_when_an_acknowledgement_goes_out(tmp_path):
    async with desk_with(tmp_path, Halo()) as made:
        made.letters.before.append(Misconfigured("smtp_login", "wrong password"))
        await made.deliver(mail(message_id="a@c.example"))
        await made.work()
        assert [one.key for one in await made.ledger.reading.alerts()] == ["smtp"]
        made.clock.move(2 * MINUTE)
        await made.work()
        assert len(made.letters.sent) == 1
        assert await made.ledger.reading.alerts() == []


async def test_an_acknowledgement_alone_says_nothing_of_halo(tmp_path):
    async with desk_with(tmp_path, Halo()) as made:
        made.letters.before.append(Transient("smtp_unreachable"))
        await made.deliver(mail(message_id="a@c.example"))
        await made.work()
        await made.alarm.raise_("halo", "403")
        made.clock.move(20 * MINUTE)
        await made.work()
        assert len(made.letters.sent) == 1
        assert [one.key for one in await made.ledger.reading.alerts()] == ["halo"]


async def test_an_alert_that_two_workers_clear_at_once_breaks_nothing(tmp_path):
    async with desk_with(tmp_path, Halo()) as made:
        await made.alarm.raise_("halo", "403")
        await asyncio.gather(made.alarm.clear("halo"), made.alarm.clear("halo"), made.alarm.clear("halo"))
        await asyncio.gather(made.alarm.clear("halo"), made.alarm.raise_("halo", "403"), made.alarm.clear("halo"))
        assert made.alarm.is_open("halo") == bool(await made.ledger.reading.alerts())


async def test_a_mail_server_that_is_down_says_nothing_against_halo(tmp_path):
    async with desk_with(tmp_path, Halo()) as made:
        await made.alarm.raise_("halo", "403")
        made.letters.before.append(Transient("smtp_unreachable"))
        await made.deliver(mail(message_id="a@c.example"))
        await made.work()
        assert (await made.message()).state is State.DEFERRED
        assert await made.ledger.reading.alerts() == []


async def test_a_message_whose_root_comes_to_rest_meanwhile_is_due_at_once(tmp_path):
    async with desk_with(tmp_path, Halo()) as made:
        await made.deliver(mail(message_id="a@c.example"), mail(message_id="b@c.example", in_reply_to="a@c.example"))
        work, now = made.ledger.work, made.clock()
        root = await work.claim("other", now)
        await made.ledger.threads.join(root, "a@c.example", "d", [], now)
        inner = made.desk.gatherer.ledger.threads.join

        async def join_and_let_the_root_rest(*arguments, **more):
            joined = await inner(*arguments, **more)
            await work.hold(root, "loop", "", now)
            return joined

        made.ledger.threads.join = join_and_let_the_root_rest
        await made.work(1)
        made.ledger.threads.join = inner
        assert await made.work() == 1
        assert (await made.message(2)).state is State.DONE


async def test_the_operator_is_told_of_a_message_that_halo_will_not_take(tmp_path):
    def poison(step):
        return Ambiguous("server_error", "HaloPSA answered 500") if step.summary == "poison" else None

    halo = Halo(fail={"create_ticket": poison})
    async with desk_with(tmp_path, halo, mail_to=["operator@acme.example"]) as made:
        await made.deliver(mail(message_id="a@c.example", subject="poison"))
        for number in range(60):
            await made.work()
            made.clock.move(MINUTE)
            made.desk.breaker.succeed(made.clock())
            if number % 3 == 0:
                await made.deliver(mail(message_id=f"{number}@c.example", subject="fine"))
        assert halo.calls.count("create_ticket") - 20 <= 21  # the others', and one in three minutes
        assert (await made.message()).state is State.DEFERRED
        (alert,) = await made.ledger.reading.alerts()
        assert "message 1" in alert.words
        assert "500" in alert.words
        assert len(made.letters.alerts) == 1
        halo.fail.clear()
        made.clock.move(WINDOW)
        await made.work()
        assert await made.ledger.reading.alerts() == []


async def test_words_that_no_database_likes_break_nothing(tmp_path):
    async with desk_with(tmp_path, Halo()) as made:
        made.letters.said = "250 accept\udce9 \0 ok"
        await made.deliver(mail(message_id="a@c.example"))
        await made.work()
        assert (await made.message()).state is State.DONE
        assert (await made.receipts())["acknowledgement"] == "sent"


async def test_a_message_that_the_ledger_cannot_hold_is_set_aside(tmp_path):
    halo = Halo()

    async def too_large(*_):
        from gateway.receipts import Receipt

        return Receipt(10**30, "answered")

    halo.create_ticket = too_large
    async with desk_with(tmp_path, halo) as made:
        await made.deliver(mail(message_id="a@c.example"))
        assert await made.work() == 1
        assert (await made.message()).state is State.BROKEN


async def test_a_copy_waits_for_the_outcome_of_the_first(tmp_path):
    halo = Halo(fail={"create_ticket": always(Transient("unavailable"))})
    async with desk_with(tmp_path, halo) as made:
        first, copy = await made.deliver(mail(message_id="a@c.example"), mail(message_id="a@c.example"))
        await made.work()
        made.desk.breaker.succeed(made.clock())
        assert [(await made.message(one)).state for one in (first, copy)] == [State.DEFERRED] * 2
        assert made.rested == []
        halo.fail.clear()
        made.clock.move(MINUTE)
        await made.work()
        assert [(await made.message(one)).state for one in (first, copy)] == [State.DONE] * 2
        assert halo.calls.count("create_ticket") == 2


async def test_a_reply_waits_for_a_root_in_trouble_and_costs_nothing(tmp_path):
    halo = Halo(fail={"create_ticket": always(Ambiguous("server_error"))})
    async with desk_with(tmp_path, halo) as made:
        await made.deliver(mail(message_id="a@c.example"))
        await made.work(1)
        made.desk.breaker.succeed(made.clock())
        await made.deliver(*(mail(message_id=f"{n}@c.example", in_reply_to="a@c.example") for n in range(5)))
        assert await made.work() == 5
        made.clock.move(timedelta(seconds=1))
        assert await made.work() == 0
        halo.fail.clear()
        made.clock.move(WINDOW * 2)
        await made.work()
        assert {(await made.message(n)).state for n in range(1, 7)} == {State.DONE}
        assert (len(halo.tickets), halo.calls.count("add_action")) == (1, 5)


@pytest.mark.parametrize("subject", ["[ID:99999999999999999]", "[ID:2147483648]"])
async def test_a_ticket_reference_beyond_halos_numbers_is_none(tmp_path, subject):
    halo = Halo(fail={"ticket": always(Permanent("refused", "400"))})
    async with desk_with(tmp_path, halo) as made:
        await made.deliver(mail(message_id="a@c.example", subject=subject))
        await made.work()
        assert (await made.message()).state is State.DONE


async def test_a_worker_survives_what_nobody_foresaw(tmp_path):
    async with desk_with(tmp_path, Halo(fail={"find_requester": always(MemoryError())})) as made:
        await made.deliver(mail(message_id="a@c.example"))
        assert await Worker(made.desk, "w").one()
        assert (await made.message()).state is State.BROKEN


async def test_what_was_sent_first_is_still_looked_for_after_it_was_sent_again(tmp_path):
    halo = Halo(tickets={7: TicketView(7)})
    floors = []

    async def find(_, doubt):
        floors.append(doubt.ticket_floor)

    halo.find_created = find
    async with desk_with(tmp_path, halo) as made:
        await made.deliver(mail(message_id="x@c.example"))
        await made.work()
        halo.fail["create_ticket"] = lambda step: Ambiguous("server_error") if step.summary == "lost" else None
        await made.deliver(mail(message_id="a@c.example", subject="lost"))
        await made.work()
        await made.deliver(mail(message_id="y@c.example"))  # has a newer ticket than the lost one would have
        for _ in range(6):
            await made.work()
            made.clock.move(WINDOW)
            made.desk.breaker.succeed(made.clock())
        assert halo.calls.count("create_ticket") > 3
        assert set(floors) == {40}
