"""Loops cannot form: a thousand rounds with everything that ever answered a help desk, and the budget holds.

Whole but for servers: real ledger, facts, rules, plans and composed acknowledgements; the clock moves a minute a round.
"""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from fakes.trunk import ADDRESS, Halo, StandingClock, desk_with

from config.policy import Budgets

ROUNDS = 1_000
MINUTE = timedelta(minutes=1)
HOURS = ROUNDS // 60 + 1
OTHER = "help@other.example"
BUDGETS = Budgets()


def answer(octets: bytes, sender: str, text: str, number: int, *, threaded: bool, **headers: str) -> bytes:
    """What a responder makes of a mail that it got."""
    got = message_from_bytes(octets, policy=SMTP)
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"] = sender, got["Reply-To"] or got["From"]
    made["Subject"] = f"Re: {re.sub('[^ -~]', '', str(got['Subject']))}"
    made["Message-ID"] = f"<answer-{number}@responder.example>"
    if threaded:
        made["In-Reply-To"] = str(got["Message-ID"])
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made.as_bytes()


def first(sender: str, number: int = 0, subject: str = "hello") -> bytes:
    """What begins it."""
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = sender, ADDRESS, subject
    made["Message-ID"] = f"<first-{number}@responder.example>"
    made.set_content(f"the printer burns {number}")
    return made.as_bytes()


async def turn(made, respond, *, begin: bytes | None = None) -> int:
    """So many rounds: whatever went out is answered by `respond`. How many answers went out."""
    if begin is not None:
        await made.deliver(begin)
    answered = 0
    for number in range(ROUNDS):
        await made.work()
        new, answered = made.letters.octets[answered:], len(made.letters.octets)
        mails = [one for octets in new for one in respond(octets, number)] or list(respond(None, number))
        if mails:
            await made.deliver(*mails)
        made.clock.move(MINUTE)
        if not mails and not new and begin is not None and number > 5:
            break  # it has come to rest: no later round differs
    return len(made.letters.octets)


async def test_two_gateways_answer_each_other_once(tmp_path):
    clock = StandingClock()
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    async with (
        desk_with(tmp_path / "one", Halo(), clock=clock) as one,
        desk_with(tmp_path / "two", Halo(), clock=clock, address=OTHER) as two,
    ):
        await one.deliver(first(OTHER))  # somebody wrote by the other's name
        seen = [0, 0]
        for _ in range(ROUNDS):
            for index, (here, there) in enumerate(((one, two), (two, one))):
                await here.work()
                new, seen[index] = here.letters.octets[seen[index] :], len(here.letters.octets)
                if new:
                    await there.deliver(*new)
            clock.move(MINUTE)
        assert seen == [1, 0]


@pytest.mark.parametrize("threaded", [True, False], ids=["threaded", "not threaded"])
@pytest.mark.parametrize("varies", [False, True], ids=["same words", "other words each time"])
async def test_a_vacation_responder_without_headers(tmp_path, threaded, varies):
    async with desk_with(tmp_path, Halo()) as made:

        def respond(octets, number):
            if octets is not None:
                words = f"I am away{f' {number}' if varies else ''}.\n"
                yield answer(octets, "anna@customer.example", words, number, threaded=threaded)

        sent = await turn(made, respond, begin=first("anna@customer.example"))
        assert sent <= BUDGETS.per_address * HOURS
        if threaded or not varies:
            assert sent <= 4


async def test_a_responder_that_copies_nothing_of_what_it_answers(tmp_path):
    """Neither headers nor subject: each of its answers is a request of its own, until the budget is spent."""
    halo = Halo()
    async with desk_with(tmp_path, halo) as made:

        def respond(octets, number):
            if octets is not None:
                yield first("anna@customer.example", number + 100, f"We got your mail {number}")

        assert await turn(made, respond, begin=first("anna@customer.example")) == BUDGETS.per_address
        assert len(halo.tickets) == BUDGETS.per_address + 1


@pytest.mark.timeout(600)  # a day, minute by minute: forty seconds of one core, of which there may be half
async def test_a_machine_that_writes_every_minute_whatever_we_do(tmp_path):
    halo = Halo()
    async with desk_with(tmp_path, halo) as made:

        def respond(_, number):
            yield first("robot@customer.example", number + 1, f"job {number}")

        sent = await turn(made, respond)
        assert sent <= BUDGETS.per_address * HOURS
        assert len(halo.tickets) >= ROUNDS - 1  # its mail goes on, silently
        assert "acknowledgements" in {one.key for one in await made.ledger.reading.alerts()}


async def test_machines_of_one_domain_and_of_many(tmp_path):
    budgets = Budgets(per_domain=20, overall=50)
    async with desk_with(tmp_path, Halo(), budgets=budgets) as made:

        def respond(_, number):
            yield first(f"robot{number}@{'one' if number % 2 else f'd{number}'}.example", number + 1, f"job {number}")

        made.clock.move(MINUTE)
        for number in range(120):  # within one window
            await made.deliver(*respond(None, number))
        await made.work(400)
        to = [one.to.address.rpartition("@")[2] for one in made.letters.sent]
        assert to.count("one.example") <= 20
        assert len(to) <= 50


async def test_a_machine_that_says_the_very_same_again_and_again(tmp_path):
    """It says nothing of itself, and answers nothing: only its words tell. Its mail goes on, unanswered."""
    halo = Halo()
    async with desk_with(tmp_path, halo, budgets=Budgets(per_address=1000, per_domain=1000)) as made:
        for number in range(6):
            octets = first("robot@customer.example", 7).replace(b"first-7", b"first-%d" % number)
            await made.deliver(octets)
            await made.work()
            made.clock.move(timedelta(hours=2))
        assert len(made.letters.sent) == BUDGETS.same_text
        assert len(halo.tickets) == 6
        made.clock.move(timedelta(days=2))
        await made.deliver(first("robot@customer.example", 7).replace(b"first-7", b"first-99"))
        await made.work()
        assert len(made.letters.sent) == BUDGETS.same_text + 1


async def test_a_bounce_of_a_bounce(tmp_path):
    async with desk_with(tmp_path, Halo()) as made:

        def respond(octets, number):
            if octets is not None:
                yield answer(
                    octets, "MAILER-DAEMON@customer.example", "Undelivered.\n", number, threaded=True,
                    Return_Path="<>", Auto_Submitted="auto-replied",
                )  # fmt: skip
            elif number < 20:
                yield answer(
                    first(ADDRESS, number), "MAILER-DAEMON@customer.example", "Undelivered.\n", number, threaded=True,
                    Return_Path="<>", Auto_Submitted="auto-replied",
                )  # fmt: skip

        assert await turn(made, respond, begin=first("anna@customer.example")) == 1


async def test_a_list_that_mails_back(tmp_path):
    async with desk_with(tmp_path, Halo()) as made:

        def respond(octets, number):
            if octets is not None:  # to all its members, and we are one
                yield b"List-Id: <l.lists.example>\r\nList-Post: <mailto:l@lists.example>\r\n" + octets
                yield answer(
                    octets, "l-request@lists.example", "Your mail waits for approval.\n", number, threaded=False,
                    List_Id="<l.lists.example>", Precedence="list",
                )  # fmt: skip

        sent = await turn(made, respond, begin=first("anna@customer.example"))
        assert sent == 1


async def test_one_alert_is_raised_and_ends_when_answers_go_out_again(tmp_path):
    async with desk_with(tmp_path, Halo(), mail_to=["op@acme.example"]) as made:
        for number in range(6):
            await made.deliver(first("robot@customer.example", number, f"job {number}"))
        await made.work()
        assert len(made.letters.sent) == 3
        assert len(made.letters.alerts) == 1
        made.clock.move(timedelta(hours=2))
        await made.deliver(first("anna@customer.example", 99, "another"))
        await made.work()
        assert not await made.ledger.reading.alerts()
