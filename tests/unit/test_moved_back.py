"""A mail that a person moves back into its folder is shown with its earlier outcome, and doubled never."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes.messages import mail
from fakes.trunk import Halo, desk_with

from gateway.rules.chosen import WHY
from storage.states import State

LATER = timedelta(minutes=5)
ANNA = {"message_id": "a@c.example"}
NAMELESS: dict[str, str] = {}


async def back(made, octets):
    """The same mail under another UID, with the date that it had."""
    cursor = await made.ledger.intake.cursor("support", "INBOX")
    uid = cursor.last_uid + 1
    from storage.model import Kept, Key

    first = await made.message(1)
    again = Kept(Key("support", "INBOX", 7, uid), octets, len(octets), first.internal_date)
    made.clock.now += LATER
    (number,) = await made.ledger.intake.keep([again], [uid], "support", "INBOX", cursor, made.clock())
    await made.work()
    return await made.message(number)


async def said_of(made, number):
    from gateway import plan_json

    journey = await made.ledger.reading.journey(number)
    return " / ".join(one.said for one in plan_json.read(journey.plan).verdicts)


@pytest.mark.parametrize("named", [ANNA, NAMELESS])
async def test_what_has_its_ticket_is_shown_with_it_and_not_worked_on_again(tmp_path, named):
    halo = Halo()
    async with desk_with(tmp_path, halo) as made:
        await made.deliver(mail(**named))
        await made.work()
        first = await made.message(1)
        found = await back(made, mail(**named))
        assert (found.state, found.reason) == (State.DONE, "same_again")
        assert f"done, new_request, ticket {first.ticket}" in await said_of(made, found.id)
        assert len(halo.tickets) == 1


@pytest.mark.parametrize("named", [ANNA, NAMELESS])
async def test_what_was_set_aside_gets_another_chance_once(tmp_path, named, monkeypatch):
    halo = Halo()
    octets = mail(**named, headers={"Received": "from a by b"})
    async with desk_with(tmp_path, halo) as made:
        await made.deliver(octets)
        monkeypatch.setattr("gateway.rules.loops.MOST_HOPS", 0)
        await made.work()
        assert (await made.message(1)).state is State.QUARANTINED
        assert WHY[(await made.message(1)).cause]
        monkeypatch.undo()
        found = await back(made, octets)
        assert (found.state, found.reason, len(halo.tickets)) == (State.DONE, "new_request", 1)
        third = await back(made, octets)
        assert (third.reason, len(halo.tickets)) == ("same_again", 1)


@pytest.mark.parametrize("named", [ANNA, NAMELESS])
async def test_what_has_lost_its_ticket_opens_another(tmp_path, named):
    halo = Halo()
    async with desk_with(tmp_path, halo) as made:
        await made.deliver(mail(**named))
        await made.work()
        first = await made.message(1)
        del halo.tickets[first.ticket]
        found = await back(made, mail(**named))
        assert found.state is State.DONE
        assert found.ticket not in {None, first.ticket}
        assert found.ticket in halo.tickets
        assert (await back(made, mail(**named))).reason == "same_again"


async def test_two_that_came_together_are_two(tmp_path):
    halo = Halo()
    async with desk_with(tmp_path, halo) as made:
        await made.deliver(mail(), mail())
        await made.work()
        assert len(halo.tickets) == 2


async def test_a_copy_for_another_mailbox_gets_no_second_chance(tmp_path, monkeypatch):
    octets = mail(**ANNA, headers={"Received": "from a by b"})
    async with desk_with(tmp_path, Halo()) as made:
        await made.deliver(octets)
        monkeypatch.setattr("gateway.rules.loops.MOST_HOPS", 0)
        await made.work()
        await made.deliver(octets, account="sales")
        await made.work()
        found = await made.message(2)
        assert (found.state, found.reason) == (State.DONE, "same_again")
