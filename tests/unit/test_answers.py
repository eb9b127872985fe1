"""What else than a new ticket senders are told of: where a mailbox says so, and only whom it may be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from builders import KNOWN, SUPPORT, TICKET, email, facts
from fakes.messages import mail
from fakes.trunk import Halo, desk_with

from config.policy import Policy
from gateway.decide import decide
from gateway.model import AccountPolicy, Agent, Authenticity, Routing, Standing, TicketView
from gateway.plan import Defaults, make_plan
from gateway.steps import Acknowledge
from parsers.model import AutomationKind
from storage.states import State

ALL = frozenset({"reopened", "refused", "oversized"})
CLOSED = {**KNOWN, "ticket": replace(TICKET, closed=True)}
STRANGER = {**KNOWN, "standing": Standing.STRANGER}
SEALED = Policy(stranger_signed="quarantine", stranger_thread="quarantine", stranger_number="quarantine")


def told(answers=ALL, policy=None, mail=None, **known) -> Acknowledge | None:
    account = AccountPolicy("support", SUPPORT, answers=answers, policy=policy or Policy())
    about = facts(mail, account=account, **known)
    decision, verdicts = decide(about)
    from fakes.trunk import NOW

    steps = make_plan(decision, verdicts, about, Defaults(1, 1, 1, 3, 60), arrived=NOW, token="t").steps
    found = [one for one in steps if isinstance(one, Acknowledge)]
    assert len(found) <= 1
    return found[0] if found else None


def test_a_ticket_that_is_opened_again():
    answer = told(**CLOSED)
    assert (answer.occasion, answer.ticket_id, answer.respond_within) == ("reopened", 40, None)
    assert told(frozenset(), **CLOSED) is None
    assert told(**KNOWN) is None  # an open ticket: nobody is answered


def test_a_mail_that_is_too_large():
    assert told(truncated=True).occasion == "oversized"
    assert told(frozenset(), truncated=True).occasion == "opened"
    answer = told(truncated=True, **KNOWN)
    assert (answer.occasion, answer.ticket_id) == ("oversized", 40)
    assert told(frozenset(), truncated=True, **KNOWN) is None


def test_a_mail_that_is_set_aside():
    answer = told(policy=SEALED, **STRANGER)
    assert (answer.occasion, answer.ticket_id, answer.name, answer.reply_to) == ("refused", None, "refusal", "")
    assert told(routing=Routing(("r",), quarantine=True)).occasion == "refused"
    assert told(frozenset(), SEALED, **STRANGER) is None


@pytest.mark.parametrize(
    "known",
    [
        {**CLOSED, "mail": email(kind=AutomationKind.AUTO_GENERATED)},
        {**CLOSED, "mail": email(headers={"x-auto-response-suppress": "All"})},
        {**CLOSED, "agent": Agent(7), "standing": Standing.AGENT},
        {**CLOSED, "thanks": True},
        {**CLOSED, "backfill": True},
        {**CLOSED, "dead_address": True},
        {**STRANGER, "policy": SEALED, "mail": email(null_reverse_path=True)},
        {**STRANGER, "policy": SEALED, "authenticity": Authenticity.FAILED},
        {"mail": email(hops=99)},
        {**STRANGER, "truncated": True},  # for agents only: a stranger is told nothing
        {**KNOWN, "truncated": True, "agent": Agent(7)},
        {"routing": Routing(("r",), ignore=True)},
        {"routing": Routing(("r",), quarantine=True, acknowledge=False)},
    ],
)
def test_nobody_is_told_who_may_not_be(known):
    assert told(**known) is None


def test_explain_says_why_not():
    account = AccountPolicy("support", SUPPORT)
    assert decide(facts(account=account, **CLOSED))[1][-1].said == "reopened: switched_off"
    account = AccountPolicy("support", SUPPORT, answers=ALL)
    about = facts(account=account, dead_address=True, **CLOSED)
    assert decide(about)[1][-1].said == "reopened: dead_address"


async def test_who_was_told_that_a_mail_is_set_aside_may_still_get_any_outcome(tmp_path):
    halo = Halo(tickets={40: TicketView(40, "Printer", 5, addresses=frozenset({"x@other.example"}))})
    async with desk_with(tmp_path, halo, policy=SEALED, answers=ALL) as made:
        await made.deliver(mail(message_id="a@c.example", subject="Re: [ID:0000040] Printer"))
        await made.work()
        assert (await made.message()).state is State.QUARANTINED
        (sent,) = made.letters.sent
        assert (sent.occasion, sent.signed) == ("refused", "")
        assert b"40" not in made.letters.octets[0].partition(b"Subject:")[2].partition(b"\r\n")[0]
        await made.ledger.work.release(1, made.clock(), ticket=40)
        await made.work()
        assert (await made.message()).state is State.DONE
        assert (await made.message()).ticket == 40
        assert len(made.letters.sent) == 1
        assert (await made.receipts(1))["refusal"] == "sent"


async def test_a_refusal_counts_like_any_answer(tmp_path):
    halo = Halo(tickets={40: TicketView(40, "Printer", 5, addresses=frozenset({"x@other.example"}))})
    async with desk_with(tmp_path, halo, policy=SEALED, answers=ALL) as made:
        texts = [mail(message_id=f"{n}@c.example", subject="[ID:0000040]", text=f"number {n}\n") for n in range(6)]
        await made.deliver(*texts)
        await made.work()
        assert len(made.letters.sent) == 3
        assert (await made.ledger.reading.counts())[State.QUARANTINED] == 6


async def test_an_answer_to_a_refusal_of_ours_is_no_loop(tmp_path):
    halo = Halo(tickets={40: TicketView(40, "Printer", 5, addresses=frozenset({"x@other.example"}))})
    async with desk_with(tmp_path, halo, policy=SEALED, answers=ALL) as made:
        await made.deliver(mail(message_id="a@c.example", subject="Re: [ID:0000040] Printer"))
        await made.work()
        made.clock.move(timedelta(minutes=5))
        ours = made.letters.sent[0].message_id
        await made.deliver(mail(message_id="b@c.example", in_reply_to=ours, subject="Re: Printer", text="New thing\n"))
        await made.work()
        second = await made.message(2)
        assert second.state is State.DONE, second
