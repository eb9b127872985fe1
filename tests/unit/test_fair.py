"""Who goes next, and who has used enough: with a budget that says what a test wants."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from fakes.spending import Purse

from gateway.fair import STRANGERS, Fair
from gateway.payer import payers
from gateway.reach import organisation_of
from storage.model import Waiting

ANNA, FLOOD = "anna@customer.example", "m@flood.example"


def fair(workers=4, known=(ANNA,), now=lambda: 0.0):
    purse = Purse()
    return Fair(workers, purse, lambda address: address in known, now), purse


def waiting(*senders, files=False):
    return [Waiting(number, sender, files) for number, sender in enumerate(senders, 1)]


def uses_up(one, purse, sender):
    """All that a sender gets: request by request, as long as there is room."""
    used = 0
    while one.affords(one.payers(sender)):
        purse.spend(1, one.payers(sender))
        used += 1
    return used


def test_the_first_that_is_due_goes_first():
    one, _ = fair()
    assert one.choose(waiting(FLOOD, ANNA)) == 1
    assert one.choose([]) is None


def test_a_user_alone_has_half_of_the_window_and_a_stranger_less():
    one, purse = fair()
    assert uses_up(one, purse, ANNA) == 250
    one, purse = fair()
    assert 150 < uses_up(one, purse, FLOOD) < 200


@pytest.mark.parametrize(
    "spelling", ["m+{}@flood.example", "m{}@flood.example", "m@a{}.flood.example", "M{}@FLOOD.example.", "{}"]
)
def test_spellings_share_one_share(spelling):
    one, purse = fair()
    for number in range(300):
        sender = spelling.format(number)
        for _ in range(2):
            if one.affords(one.payers(sender)):
                purse.spend(1, one.payers(sender))
    assert purse.total <= 251
    assert one.affords(one.payers(ANNA))
    assert one.affords(one.payers("new@another.example"))


def test_however_many_strangers_there_are_users_have_a_quarter_and_more():
    one, purse = fair(known={f"user{n}@customer.example" for n in range(50)})
    for number in range(300):
        uses_up(one, purse, f"m@flood{number}.example")
    assert purse.total <= 375
    for number in range(50):
        assert one.affords(one.payers(f"user{number}@customer.example"))
        purse.spend(2, one.payers(f"user{number}@customer.example"))


def test_a_strangers_spelling_of_a_user_is_on_the_strangers_account():
    one, purse = fair()
    assert uses_up(one, purse, "anna+1@customer.example") > 0
    assert purse.used_by(one.payers(ANNA)[0]) == 0
    assert STRANGERS not in one.payers(ANNA)


def test_files_leave_room_for_their_senders_own_tickets_and_for_everybodys():
    for sender in (ANNA, FLOOD):
        one, purse = fair()
        while one.affords(one.payers(sender), files=True):
            purse.spend(1, one.payers(sender))
        assert 60 <= purse.total <= 170
        assert one.affords(one.payers(sender))
    one, purse = fair()
    purse.spend(334)
    assert not one.affords(one.payers(ANNA), files=True)
    assert one.affords(one.payers(ANNA))


def test_half_of_the_workers_are_one_senders_and_strangers_never_have_the_last():
    one, _ = fair()
    with ExitStack() as hands:
        for _ in range(2):
            hands.enter_context(one.in_hand(FLOOD))
            assert STRANGERS in payers()
        assert one.choose(waiting(FLOOD, "m2@flood.example")) is None
        assert one.choose(waiting(FLOOD, "other@else.example", ANNA)) == 2
        hands.enter_context(one.in_hand("other@else.example"))
        assert one.choose(waiting("third@third.example", ANNA)) == 2
        assert not one.busy
        hands.enter_context(one.in_hand(ANNA))
        assert one.busy
    assert payers() == ()
    assert one.choose(waiting(FLOOD)) == 1
    single, _ = fair(workers=1)
    assert single.choose(waiting(FLOOD)) == 1


def test_while_it_is_short_who_used_least_goes_first_and_nobody_overtakes_their_own():
    one, purse = fair(known=(ANNA, "bert@customer.example"))
    purse.spend(260, one.payers("bert@customer.example"))
    purse.total = 300
    purse.spent[one.payers("bert@customer.example")[0]] = 100
    row = waiting("bert@customer.example", "bert@customer.example", ANNA, ANNA)
    assert one.short
    assert one.choose(row) == 3


def test_when_strangers_have_used_half_of_theirs_the_rest_is_given_out_evenly():
    now = [0.0]
    one, purse = fair(now=lambda: now[0])
    for number in range(5):
        uses_up(one, purse, f"m@flood{number}.example")
    assert purse.used_by(STRANGERS) * 2 > 375
    with one.in_hand("m@flood9.example"):
        assert not one.affords(one.payers("new@another.example"))
        assert one.affords(one.payers(ANNA))
    now[0] += 5.0
    chosen = set()
    for _ in range(2):
        row = waiting(*(f"m@late{n}.example" for n in range(50)), "new@another.example")
        found = one.choose(row)
        with one.in_hand(row[found - 1].sender):
            chosen.add(found)
        now[0] += 5.0
    assert chosen == {1, 51}  # the oldest and the newest by turns


def test_who_was_found_at_halopsa_is_known_from_then_on():
    one, _ = fair(known=())
    assert STRANGERS in one.payers(ANNA)
    one.learn(ANNA)
    assert STRANGERS not in one.payers(ANNA)


@pytest.mark.parametrize(
    ("domain", "site"),
    [
        ("a.b.flood.example", "flood.example"),
        ("flood.example.", "flood.example"),
        ("mail.firm.co.uk", "firm.co.uk"),
        ("firm.co.uk", "firm.co.uk"),
        ("mail.firma.de", "firma.de"),
        ("localhost", "localhost"),
        ("", ""),
    ],
)
def test_the_domain_that_somebody_registered(domain, site):
    assert organisation_of(domain) == site
