"""Doing things once: the performer on the real HaloPSA adapter, a sandbox that misbehaves, and a clock of our own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes.halo_stage import ACTION, FILE, SOON, TICKET, UPLOAD, posts, stage
from fakes.ledgers import restart
from fakes.messages import mail
from fakes.trunk import WINDOW

from gateway.errors import Ambiguous, Permanent, Transient
from gateway.sandbox import fault
from storage.states import State


@pytest.fixture(params=["observed", "documented"])
def dialect(request):
    return request.param


async def test_nothing_is_sent_again_before_the_window_and_a_second_miss(tmp_path, dialect):
    async with stage(tmp_path, dialect) as (made, sandbox):
        sandbox.faults.add(fault("dropped", "POST", TICKET))
        await made.deliver(mail(message_id="a@c.example"))
        await made.work()
        made.clock.move(SOON)
        for step in (timedelta(), WINDOW - SOON * 2, SOON - timedelta(milliseconds=1)):
            made.clock.move(step)
            made.desk.breaker.succeed(made.clock())
            await made.ledger.work.hurry(made.clock())  # looked up early, and sent again no earlier
            await made.work()
            assert (posts(sandbox, TICKET), len(sandbox.tickets)) == (1, 0)
        made.clock.move(timedelta(seconds=1))
        await made.work()
        assert (posts(sandbox, TICKET), len(sandbox.tickets)) == (2, 1)
        assert (await made.message()).state is State.DONE


async def test_after_a_long_sleep_it_is_still_looked_for_twice(tmp_path):
    async with stage(tmp_path) as (made, sandbox):
        sandbox.faults.add(fault("dropped", "POST", TICKET))
        (one,) = await made.deliver(mail(message_id="a@c.example"))
        await made.work()
        made.clock.move(WINDOW * 5)
        await made.work()
        journal = (await made.ledger.reading.journey(one)).journal
        looks = [entry for entry in journal if entry.event == "doubt" and "not found" in entry.words]
        assert len(looks) == 2
        assert len(sandbox.tickets) == 1


async def test_an_intent_without_a_noticed_doubt_waits_the_whole_window(tmp_path):
    async with stage(tmp_path) as (made, sandbox):
        (one,) = await made.deliver(mail(message_id="a@c.example"))
        claim = await made.ledger.work.claim("dead", made.clock())
        made.stop.append(True)
        sandbox.faults.add(fault("dropped", "POST", TICKET))
        await made.ledger.work.defer(claim, made.clock(), "x", "", made.clock())
        await made.work(1)  # planned, and stopped before its first step
        claim = await made.ledger.work.claim("dead", made.clock())
        await made.ledger.steps.intend(claim, 1, "ticket", "0123456789", made.clock())  # and then it was killed
        made.stop.clear()
        sandbox.faults.clear()
        made.clock.move(timedelta(hours=1))
        await restart(made.ledger, made.clock())
        await made.work()
        assert posts(sandbox, TICKET) == 0
        made.clock.move(WINDOW)
        await made.work()
        assert posts(sandbox, TICKET) == 1
        assert (await made.receipts(one))["ticket"] == "answered"


@pytest.mark.parametrize("path", [TICKET, ACTION, UPLOAD])
async def test_a_write_that_lands_late_is_found(tmp_path, dialect, path):
    async with stage(tmp_path, dialect) as (made, sandbox):
        if path == ACTION:
            await made.deliver(mail(message_id="first@c.example"))
            await made.work()
        sandbox.faults.add(fault("late_write", "POST", path, delay=0.15))
        await made.deliver(
            mail(message_id="a@c.example", in_reply_to="first@c.example", attachments={"a.bin": FILE}),
        )
        await made.work()
        made.clock.move(SOON)
        await made.work()  # too early to be seen
        await sandbox.writes_landed()
        made.clock.move(WINDOW)
        made.desk.breaker.succeed(made.clock())
        await made.work()
        assert (len(sandbox.tickets), len(sandbox.attachments)) == (1, 1)
        assert sum(not one.opening for one in sandbox.actions) == (path == ACTION)
        assert "found" in (await made.receipts(2 if path == ACTION else 1)).values()


@pytest.mark.parametrize("wrong", [timedelta(hours=1), timedelta(hours=-1)])
async def test_an_upload_in_doubt_is_found_though_the_clock_was_wrong(tmp_path, dialect, wrong):
    """The intent is written by a clock that is put right before the look-up."""
    async with stage(tmp_path, dialect) as (made, sandbox):
        made.clock.move(wrong)
        sandbox.faults.add(fault("answer_lost", "POST", UPLOAD))
        await made.deliver(mail(message_id="a@c.example", attachments={"a.bin": FILE}))
        await made.work()
        assert (await made.message()).state is State.DEFERRED
        made.clock.move(-wrong)
        for wait in (SOON, WINDOW):
            made.clock.move(wait)
            made.desk.breaker.succeed(made.clock())
            await made.ledger.work.hurry(made.clock())
            await made.work()
        assert (len(sandbox.attachments), (await made.receipts(1))["attachment-1"]) == (1, "found")


async def test_an_attachment_that_looks_the_same_is_not_taken_for_ours(tmp_path, dialect):
    async with stage(tmp_path, dialect) as (made, sandbox):
        await made.deliver(mail(message_id="a@c.example", attachments={"image001.png": FILE}))
        await made.work()
        sandbox.faults.add(fault("dropped", "POST", UPLOAD))
        await made.deliver(
            mail(message_id="b@c.example", in_reply_to="a@c.example", attachments={"image001.png": FILE}),
        )
        for wait in (timedelta(), SOON, WINDOW):
            made.clock.move(wait)
            made.desk.breaker.succeed(made.clock())
            await made.work()
        assert len(sandbox.attachments) == 2
        assert (await made.receipts(2))["attachment-1"] == "answered"


async def test_what_waits_for_one_that_looks_like_it_is_tried_often(tmp_path):
    """However often it was in vain: the other comes to rest at any moment."""
    async with stage(tmp_path) as (made, sandbox):
        sandbox.faults.add(fault("dropped", "POST", UPLOAD))
        await made.deliver(mail(message_id="a@c.example", attachments={"image001.png": FILE}))
        await made.work()
        await made.deliver(
            mail(message_id="b@c.example", in_reply_to="a@c.example", attachments={"image001.png": FILE}),
        )
        for _ in range(8):
            made.desk.breaker.succeed(made.clock())
            await made.work()
            waits = await made.message(2)
            assert (waits.cause, waits.due_at - made.clock() <= timedelta(seconds=15)) == ("another_alike", True)
            made.clock.move(timedelta(seconds=15))
        made.clock.move(WINDOW)
        for _ in range(3):
            made.desk.breaker.succeed(made.clock())
            await made.work()
            made.clock.move(timedelta(seconds=15))
        assert len(sandbox.attachments) == 2


async def test_two_attachments_of_one_mail_that_look_the_same_are_both_uploaded(tmp_path):
    both = {"one.png": FILE, "two.png": FILE[::-1]}
    twice = mail(message_id="a@c.example", attachments=both).replace(b"two.png", b"one.png")
    async with stage(tmp_path) as (made, sandbox):
        sandbox.faults.add(fault("answer_lost", "POST", UPLOAD), fault("dropped", "POST", UPLOAD))
        await made.deliver(twice)
        for wait in (timedelta(), SOON, SOON, WINDOW):
            made.clock.move(wait)
            made.desk.breaker.succeed(made.clock())
            await made.work()
        assert {one.octets for one in sandbox.attachments} == {FILE, FILE[::-1]}
        assert (await made.message()).state is State.DONE


async def test_a_refusal_retracts_and_a_release_resumes_without_doubling(tmp_path, dialect):
    async with stage(tmp_path, dialect) as (made, sandbox):
        sandbox.faults.add(fault("refused", "POST", UPLOAD), fault("refused", "POST", ACTION))
        (one,) = await made.deliver(mail(message_id="a@c.example", attachments={"a.bin": FILE}))
        await made.work()
        assert (await made.message()).state is State.QUARANTINED
        assert (await made.ledger.steps.of(one))["note"].intent_at is None
        await made.ledger.work.release(one, made.clock())
        await made.work()
        assert (len(sandbox.tickets), len(sandbox.attachments), len(made.letters.sent)) == (1, 0, 1)
        assert (await made.message()).state is State.DONE


async def test_a_refused_attachment_is_noted_on_the_ticket_and_stops_nothing(tmp_path, dialect):
    async with stage(tmp_path, dialect) as (made, sandbox):
        sandbox.faults.add(fault("refused", "POST", UPLOAD), fault("answer_lost", "POST", ACTION))
        files = {"<a>.bin": FILE, "b.bin": FILE + b"!"}
        await made.deliver(mail(message_id="a@c.example", attachments=files))
        for wait in (timedelta(), SOON):
            made.clock.move(wait)
            made.desk.breaker.succeed(made.clock())
            await made.work()
        assert (await made.message()).state is State.DONE
        assert [one.filename for one in sandbox.attachments] == ["b.bin"]
        assert len(made.letters.sent) == 1
        (note,) = [one for one in sandbox.actions if not one.opening]
        assert note.fields["hiddenfromuser"]
        text = note.fields.get("note_html") or note.fields["note"]
        assert "_a_.bin (600 octets): HaloPSA answered 400: The field is not valid" in text


async def test_a_first_step_that_was_refused_may_be_decided_anew_and_is_done_once(tmp_path):
    async with stage(tmp_path) as (made, sandbox):
        sandbox.faults.add(fault("refused", "POST", TICKET))
        (one,) = await made.deliver(mail(message_id="a@c.example"))
        await made.work()
        await made.ledger.work.release(one, made.clock())
        await made.work()
        assert (len(sandbox.tickets), (await made.message()).revision) == (1, 2)


@pytest.mark.parametrize(
    ("trouble", "how"),
    [
        (Ambiguous("smtp_hung_up"), "unknown"),
        (Permanent("smtp_refused", "550 no"), "refused"),
    ],
)
async def test_an_acknowledgement_in_doubt_or_refused_is_never_sent_again(tmp_path, trouble, how):
    async with stage(tmp_path) as (made, _):
        made.letters.after.append(trouble)
        await made.deliver(mail(message_id="a@c.example"))
        await made.work()
        assert (await made.receipts())["acknowledgement"] == how
        assert made.letters.sent == []
        assert (await made.message()).state is State.DONE


async def test_an_acknowledgement_whose_process_died_in_data_is_never_sent_again(tmp_path):
    async with stage(tmp_path) as (made, _):
        made.letters.after.append(KeyboardInterrupt())
        await made.deliver(mail(message_id="a@c.example"))
        with pytest.raises(KeyboardInterrupt):
            await made.work()
        await restart(made.ledger, made.clock())
        await made.work()
        assert (await made.receipts())["acknowledgement"] == "unknown"
        assert made.letters.sent == []


async def test_an_acknowledgement_that_was_put_off_is_sent_once_and_given_up_after_a_day(tmp_path):
    async with stage(tmp_path) as (made, sandbox):
        made.letters.after.append(Transient("smtp_deferred", "451"))
        made.letters.before.append(Transient("smtp_unreachable"))
        await made.deliver(mail(message_id="a@c.example"))
        for _ in range(3):
            await made.work()
            made.clock.move(timedelta(minutes=11))
        assert len(made.letters.sent) == 1
        made.letters.before += [Transient("smtp_unreachable")] * 2
        await made.deliver(mail(message_id="b@c.example", subject="Another"))
        await made.work()
        made.clock.move(timedelta(hours=25))
        await made.work()
        assert (await made.receipts(2))["acknowledgement"] == "given_up"
        assert len(sandbox.tickets) == 2


async def test_the_budget_is_three_an_hour_to_one_address(tmp_path):
    async with stage(tmp_path) as (made, sandbox):
        await made.deliver(*(mail(message_id=f"{n}@c.example", subject=f"Request {n}") for n in range(5)))
        await made.work()
        assert (len(sandbox.tickets), len(made.letters.sent)) == (5, 3)
        made.clock.move(timedelta(minutes=61))
        await made.deliver(mail(message_id="x@c.example", subject="Later"))
        await made.work()
        assert len(made.letters.sent) == 4


async def test_a_stop_between_two_steps_leaves_the_rest_for_the_next_start(tmp_path):
    async with stage(tmp_path) as (made, sandbox):
        inner = made.desk.performer.backend.create_ticket

        async def create_and_stop(step, marker):
            made.stop.append(True)
            return await inner(step, marker)

        made.desk.performer.backend.create_ticket = create_and_stop
        await made.deliver(mail(message_id="a@c.example", attachments={"a.bin": FILE}))
        await made.work(1)
        assert ((await made.message()).state, len(sandbox.attachments)) == (State.DEFERRED, 0)
        made.stop.clear()
        await made.work()
        assert (len(sandbox.tickets), len(sandbox.attachments), len(made.letters.sent)) == (1, 1, 1)
