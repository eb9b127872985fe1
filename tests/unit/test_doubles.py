"""What was sent again is looked for again; a look-up that would have to guess leaves it to a person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes.halo_stage import ACTION, FILE, SOON, TICKET, UPLOAD, stage
from fakes.messages import mail
from fakes.trunk import WINDOW

from gateway.doubles import Doubles
from gateway.sandbox import fault
from storage.states import State


def watcher(made) -> Doubles:
    return Doubles(made.ledger, made.desk.performer.backend, made.clock, made.alarm, WINDOW)


async def resend(made, sandbox, path):
    """One write is lost on its way, and sent again."""
    sandbox.faults.add(fault("dropped", "POST", path))
    await made.work()
    for wait in (SOON, WINDOW):
        made.clock.move(wait)
        made.desk.breaker.succeed(made.clock())
        await made.work()


@pytest.mark.parametrize("dialect", ["observed", "documented"])
async def test_a_ticket_that_turns_up_after_it_was_made_again_is_told(tmp_path, dialect):
    async with stage(tmp_path, dialect) as (made, sandbox):
        (one,) = await made.deliver(mail(message_id="a@c.example"))
        await resend(made, sandbox, TICKET)
        doubles, (ticket,) = watcher(made), sandbox.tickets
        made.clock.move(WINDOW + SOON)
        assert await doubles.look() == 0
        late = sandbox.add_ticket(**{name: ticket.fields[name] for name in ("summary", "details")})
        assert await doubles.look() == 0  # looked at just now
        made.clock.move(timedelta(hours=1, seconds=1))
        assert await doubles.look() == 1
        (alert,) = await made.ledger.reading.alerts()
        assert alert.key == f"message {one} twice"
        assert f"tickets {ticket.id} and {late.id}" in alert.words
        made.clock.move(timedelta(days=1))
        assert await doubles.look() == 0  # a day is enough


async def test_an_entry_that_turns_up_twice_is_told(tmp_path):
    async with stage(tmp_path) as (made, sandbox):
        await made.deliver(mail(message_id="a@c.example"))
        await made.work()
        await made.deliver(mail(message_id="b@c.example", in_reply_to="a@c.example", text="more\n"))
        await resend(made, sandbox, ACTION)
        (entry,) = [found for found in sandbox.actions if not found.opening]
        made.clock.move(WINDOW + SOON)
        assert await watcher(made).look() == 0
        made.clock.move(timedelta(hours=1, seconds=1))
        sandbox.add_action(entry.ticket_id, note=entry.fields["note"], note_html=entry.fields.get("note_html", ""))
        assert await watcher(made).look() == 1


async def test_what_was_sent_once_is_not_looked_for(tmp_path):
    async with stage(tmp_path) as (made, sandbox):
        await made.deliver(mail(message_id="a@c.example"))
        await made.work()
        made.clock.move(WINDOW + SOON)
        before = len(sandbox.requests)
        assert await watcher(made).look() == 0
        assert len(sandbox.requests) == before


async def test_of_two_files_that_look_alike_a_person_says_that_one_is_ours(tmp_path):
    async with stage(tmp_path) as (made, sandbox):
        (one,) = await made.deliver(mail(message_id="a@c.example", attachments={"a.bin": FILE}))
        sandbox.faults.add(fault("answer_lost", "POST", UPLOAD))
        await made.work()
        (ours,) = sandbox.attachments
        other = sandbox.attach(ours.ticket_id, "a.bin", FILE)
        made.clock.move(SOON)
        made.desk.breaker.succeed(made.clock())
        await made.work()
        held = await made.message(one)
        assert (held.state, held.cause) == (State.QUARANTINED, "cannot_decide")
        assert f"attachments {ours.id}, {other.id} of ticket {ours.ticket_id}" in held.words
        await made.ledger.work.release(one, made.clock())
        await made.work()
        assert (await made.message(one)).state is State.DONE
        assert len(sandbox.attachments) == 2
