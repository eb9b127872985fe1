"""What the ledger knows of people, places and an operator's word, on every database that it runs on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.ledgers import LATER, NOW, claim, keep

from gateway.keyring import Keyring, known_keys
from storage.errors import IllegalChange
from storage.model import Fate, StoredReceipt, Way
from storage.people import MOST_PARTICIPANTS
from storage.states import State
from storage.steps import Budget

HOUR = timedelta(hours=1)
RECEIPT = StoredReceipt(40, "answered")


async def planned(ledger, held, **where):
    return await ledger.work.store_plan(held, "{}", "r", "", NOW, message_id=None, **where)


async def opened(ledger, uid, own, ticket, references=()):
    """A message that joined, and whose ticket was opened."""
    await keep(ledger, uid)
    held = await claim(ledger)
    await ledger.threads.join(held, own, f"d{uid}", references, NOW)
    revision = await planned(ledger, held)
    await ledger.steps.receipt(held, revision, "ticket", RECEIPT, NOW, ticket=ticket, participants={"Anna@x", "b@x"})
    await ledger.work.settle(held, "new", Fate.TICKET, NOW)
    return held


async def test_whoever_is_welcome_takes_part_once(ledger):
    await opened(ledger, 1, "a@x", 40)
    assert await ledger.people.participants(40) == {"anna@x", "b@x"}
    assert await ledger.people.participants(41) == frozenset()
    await keep(ledger, 2)
    other = await claim(ledger)
    revision = await planned(ledger, other)
    many = {f"p{number}@x" for number in range(2 * MOST_PARTICIPANTS)} | {"anna@x"}
    await ledger.steps.receipt(other, revision, "action", RECEIPT, NOW, ticket=40, participants=many)
    assert len(await ledger.people.participants(40)) == MOST_PARTICIPANTS


async def answered(ledger, uid, mailbox, message_id, way=Way.FROM):
    await keep(ledger, uid)
    held = await claim(ledger)
    await planned(ledger, held)
    budget = Budget(mailbox, HOUR, ticket=40, way=way)
    assert await ledger.steps.intend(held, 1, "ack", "m", NOW, budget=budget, ours=message_id)
    await ledger.work.settle(held, "new", Fate.TICKET, NOW)


async def past(ledger, message, digest, address, now=NOW):
    return await ledger.people.past(message, digest, address, now, said=HOUR, dead=HOUR)


def untagged(address: str) -> str:
    """Without what stands behind a plus."""
    local, _, domain = address.partition("@")
    return f"{local.partition('+')[0]}@{domain}"


async def test_dead_addresses_come_back_to_life(ledger):
    await keep(ledger, 1)
    held = await claim(ledger)
    await planned(ledger, held)
    budget = Budget("gone+it@x", HOUR, ticket=40, mailbox="gone@x", way=Way.FROM)
    await ledger.steps.intend(held, 1, "ack", "m", NOW, budget=budget, ours="ack1@us")
    await ledger.people.bury(["gone@x", "victim@x"], 1, NOW, answer="ack1@us", key=untagged)
    assert await past(ledger, 1, None, "gone@x", NOW - HOUR) == (0, False)  # as far as was known then
    await ledger.people.bury(["gone@x"], 2, LATER, ticket=40, key=untagged)
    await ledger.people.bury(["gone@x", "else@x"], 3, LATER + 3 * HOUR, ticket=41, key=untagged)
    assert await past(ledger, 1, None, "victim@x", LATER) == (0, False)  # nobody answered it about this ticket
    assert await past(ledger, 1, None, "gone@x", LATER) == (0, True)
    assert await past(ledger, 1, None, "gone@x", LATER + 2 * HOUR) == (0, False)
    assert await past(ledger, 1, None, "else@x", LATER + 3 * HOUR) == (0, False)
    assert await past(ledger, 1, None, None) == (0, False)


@pytest.mark.parametrize("way", [Way.UNKNOWN, Way.REPLY_TO, Way.ELSEWHERE, Way.AGENT])
async def test_only_whom_a_mail_was_from_is_dead(ledger, way):
    await answered(ledger, 1, "anna@x", "ack1@us", way)
    await ledger.people.bury(["anna@x"], 2, LATER, answer="ack1@us")
    await ledger.people.bury(["anna@x"], 2, LATER, ticket=40)
    assert await past(ledger, 1, None, "anna@x", LATER) == (0, False)


async def test_an_answer_vouches_for_the_mailbox_that_got_it_and_for_no_other(ledger):
    await answered(ledger, 1, "anna@x", "ack1@us")
    await answered(ledger, 2, "eve@x", "ack2@us")
    for answer in ("ack2@us", "ack3@us", None, ""):
        await ledger.people.bury(["anna@x"], 3, LATER, answer=answer)
        assert await past(ledger, 1, None, "anna@x", LATER) == (0, False)
    await ledger.people.bury(["anna@x"], 3, LATER, answer="ack1@us")
    assert await past(ledger, 1, None, "anna@x", LATER) == (0, True)
    assert await past(ledger, 1, None, "eve@x", LATER) == (0, False)


async def test_an_answer_that_was_answered_had_arrived(ledger):
    await answered(ledger, 1, "anna@x", "ack1@us")
    await answered(ledger, 2, "anna@x", "ack2@us")
    await ledger.people.bury(["anna@x"], 3, LATER, answer="ack1@us")
    await ledger.people.arrived([])
    await ledger.people.arrived(["ack3@us"])
    assert await past(ledger, 1, None, "anna@x", LATER) == (0, True)
    await ledger.people.arrived(["other@y", "ack1@us"])
    assert await past(ledger, 1, None, "anna@x", LATER) == (0, False)
    await ledger.people.bury(["anna@x"], 4, LATER, answer="ack1@us")
    assert await past(ledger, 1, None, "anna@x", LATER) == (0, False)
    await ledger.people.bury(["anna@x"], 4, LATER, answer="ack2@us")
    assert await past(ledger, 1, None, "anna@x", LATER) == (0, True)


async def test_what_goes_elsewhere_takes_nothing_of_whom_it_goes_to(ledger):
    await keep(ledger, 1, 2, 3, 4)
    limits = {"per_address": 1, "per_domain": 1, "per_reply_to": 1, "reply_to": 2, "mailbox": "anna@x", "domain": "x"}
    first, second, third, fourth = [await claim(ledger) for _ in range(4)]
    for held in (first, second, third, fourth):
        await planned(ledger, held)
    there = Budget("anna+1@x", HOUR, way=Way.ELSEWHERE, **limits)
    assert await ledger.steps.intend(first, 1, "ack", "m1", NOW, budget=there)
    assert await ledger.steps.spent(replace(there, address="anna+2@x"), second.message.id, NOW) == "per_reply_to"
    assert await ledger.steps.intend(second, 1, "ack", "m2", NOW, budget=replace(there, mailbox="bert@x"))
    assert await ledger.steps.spent(replace(there, mailbox="carl@y"), third.message.id, NOW) == "reply_to"
    own = replace(there, way=Way.FROM)
    assert await ledger.steps.intend(third, 1, "ack", "m3", NOW, budget=own)
    assert await ledger.steps.spent(own, fourth.message.id, NOW) == "per_address"
    assert await ledger.steps.spent(replace(own, mailbox="bert@x"), fourth.message.id, NOW) == "per_domain"


async def test_what_was_said_before_is_counted_once_a_message(ledger):
    await keep(ledger, 1, 2, 3)
    for number in (1, 2, 3):
        held = await claim(ledger)
        for _ in range(2):  # a message is decided as often as it takes
            assert await past(ledger, number, "digest", None) == (number - 1, False)
            await planned(ledger, held, said="digest")
    assert await past(ledger, None, "digest", None) == (3, False)
    assert await past(ledger, 4, "other", None) == (0, False)
    assert await past(ledger, 5, "digest", None, NOW + 2 * HOUR) == (0, False)


@pytest.mark.parametrize(
    ("limits", "spent"),
    [
        ({"per_address": 1}, "per_address"),
        ({"per_domain": 1}, "per_domain"),
        ({"per_ticket": 1}, "per_ticket"),
        ({"overall": 1}, "overall"),
        ({"per_address": 2, "per_domain": 2, "per_ticket": 2, "overall": 2}, ""),
    ],
)
async def test_each_budget_is_counted_by_itself(ledger, limits, spent):
    await keep(ledger, 1, 2)
    first, second = await claim(ledger), await claim(ledger)
    for held in (first, second):
        await planned(ledger, held)
    budget = Budget("a@x", HOUR, ticket=40, **limits)
    assert await ledger.steps.intend(first, 1, "ack", "m1", NOW, budget=budget)
    assert await ledger.steps.spent(budget, first.message.id, NOW) == ""  # its own does not count
    assert await ledger.steps.spent(budget, second.message.id, NOW) == spent
    assert await ledger.steps.intend(second, 1, "ack", "m2", NOW, budget=budget) is (spent == "")
    assert await ledger.steps.spent(budget, second.message.id, NOW + 2 * HOUR) == ""
    elsewhere = Budget("b@y", HOUR, ticket=41, **limits)
    if spent:
        assert await ledger.steps.spent(elsewhere, 99, NOW) == ("overall" if spent == "overall" else "")


async def test_a_message_that_belongs_elsewhere_takes_its_message_id_along(ledger):
    await opened(ledger, 1, "a@x", 40)
    await opened(ledger, 2, "b@x", 41)
    await keep(ledger, 3, 4)
    third = await claim(ledger)
    assert (await ledger.threads.join(third, "c@x", "d3", ["a@x"], NOW)).ticket == 40
    await planned(ledger, third, home=41)
    fourth = await claim(ledger)
    joined = await ledger.threads.join(fourth, "d@x", "d4", ["c@x"], NOW)
    assert (joined.ticket, joined.strong) == (41, True)


async def test_a_message_that_is_split_off_begins_a_conversation(ledger):
    await opened(ledger, 1, "a@x", 40)
    await keep(ledger, 2, 3)
    second, third = await claim(ledger), await claim(ledger)
    await ledger.threads.join(second, "b@x", "d2", ["a@x"], NOW)
    revision = await planned(ledger, second, split=True)
    waits = await ledger.threads.join(third, "c@x", "d3", ["b@x"], NOW)
    assert (waits.ticket, waits.waits_for) == (None, second.message.id)
    await ledger.work.defer(third, NOW, "waits", "", NOW)
    await ledger.steps.receipt(second, revision, "ticket", RECEIPT, NOW, ticket=50)
    assert (await ledger.threads.join(await claim(ledger), "c@x", "d3", ["b@x"], NOW)).ticket == 50
    assert (await ledger.threads.look_up(None, None, ["a@x"])).ticket == 40


async def test_other_conversations_that_are_named_are_told(ledger):
    await opened(ledger, 1, "a@x", 40)
    await opened(ledger, 2, "b@x", 41, ["seen@x"])
    await keep(ledger, 3)
    joined = await ledger.threads.join(await claim(ledger), "c@x", "d3", ["a@x", "b@x", "seen@x"], NOW)
    assert (joined.ticket, joined.others) == (40, ((41, "b@x", True),))
    looked = await ledger.threads.look_up("e@x", None, ["seen@x"])
    assert (looked.ticket, looked.strong) == (41, False)


async def test_a_look_remembers_nothing(ledger):
    assert (await ledger.threads.look_up("a@x", "d1", ["b@x"])).ticket is None
    await keep(ledger, 1)
    assert (await ledger.threads.join(await claim(ledger), "b@x", "d2", [], NOW)).evidence is None


async def test_namesakes_are_other_mails_of_one_message_id(ledger):
    await opened(ledger, 1, "a@x", 40)
    await keep(ledger, 2)
    held = await claim(ledger)
    asked = await ledger.threads.join(held, "a@x", "other", [], NOW, ask=True)
    assert (asked.namesake, asked.conversation) == ((1, "d1"), 0)
    assert (await ledger.threads.look_up("a@x", "other", [], ask=True)).namesake == (1, "d1")
    assert (await ledger.threads.look_up("a@x", "d1", [], ask=True)).same_as == 1
    assert (await ledger.threads.join(held, "a@x", "d1", [], NOW, ask=True)).same_as == 1
    joined = await ledger.threads.join(held, "a@x", "other", [], NOW)
    assert (joined.namesake, joined.ticket) == (None, None)


async def test_an_operator_assigns_once_and_only_what_has_not_begun(ledger):
    await keep(ledger, 1, 2)
    first, second = await claim(ledger), await claim(ledger)
    await ledger.work.hold(first, "stranger", "", NOW)
    await ledger.work.release(1, NOW, ticket=77)
    assert (await ledger.reading.journey(1)).message.override == "assign:77"
    with pytest.raises(IllegalChange):
        await ledger.work.release(1, NOW)
    revision = await planned(ledger, second)
    await ledger.steps.intend(second, revision, "ticket", "m", NOW)
    await ledger.work.hold(second, "refused", "", NOW)
    with pytest.raises(IllegalChange, match="begun"):
        await ledger.work.release(2, NOW, ticket=77)
    await ledger.work.release(2, NOW)


async def test_what_is_discarded_is_done_and_its_folder_may_be_touched(ledger):
    await keep(ledger, 1)
    await ledger.work.hold(await claim(ledger), "rule", "", NOW)
    await ledger.work.discard(1, NOW)
    found = (await ledger.reading.journey(1)).message
    assert (found.state, found.reason, str(found.disposal)) == (State.DONE, "discarded", "pending")
    with pytest.raises(IllegalChange):
        await ledger.work.discard(1, NOW)


async def test_reopenings_are_counted_on_their_ticket(ledger):
    await opened(ledger, 1, "a@x", 40)
    await keep(ledger, 2)
    second = await claim(ledger)
    revision = await planned(ledger, second)
    await ledger.steps.receipt(second, revision, "action", RECEIPT, NOW, ticket=40)
    await ledger.steps.intend(second, revision, "reopen", "m", NOW)
    assert await ledger.people.done_lately(40, "reopen", NOW - HOUR) == 1
    assert await ledger.people.done_lately(40, "reopen", NOW + HOUR) == 0
    assert await ledger.people.done_lately(41, "reopen", NOW - HOUR) == 0


async def test_keys_are_made_once_and_rotated(ledger):
    assert await known_keys(ledger) == ()
    ring = Keyring(ledger, lambda: NOW)
    (first,) = await ring.keys()
    assert await Keyring(ledger, lambda: NOW).keys() == (first,)
    second, kept = await Keyring(ledger, lambda: NOW).rotate()
    assert (second.id, kept) == ("2", first)
    assert await known_keys(ledger) == (second, first)
    (third,) = await Keyring(ledger, lambda: NOW).rotate(forget=True)
    assert (third.id, await known_keys(ledger)) == ("3", (third,))
