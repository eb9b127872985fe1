"""The policy, one line a case: what the facts are, what is decided, and why."""

# ruff: noqa: E501 - a table, one line a case
from __future__ import annotations

import pytest
from builders import KNOWN, SUPPORT, TICKET, email, facts

from gateway.decide import decide
from gateway.model import AccountPolicy, AddCorrespondence, Ignore, OpenTicket, Quarantine
from gateway.rules import RULES
from parsers.model import Address, AutomationKind

K = AutomationKind
OWN = Address(SUPPORT)
CUSTOMER = Address("anna@customer.example")


def opens(acknowledge, why):
    return OpenTicket("new_request", acknowledge, why)


def adds(reason, *, hidden=False):
    return AddCorrespondence(reason, 40, hidden=hidden)


CASES = [
    # a person's mail
    ("a first mail", facts(), opens(True, "new_request")),
    ("a reply by Message-ID", facts(**KNOWN), adds("reply_by_message_id")),
    ("a reply by ticket reference", facts(subject_ticket=40, ticket=TICKET), adds("reply_by_subject")),
    ("a reference to no ticket", facts(subject_ticket=99), opens(True, "new_request")),
    ("a reply to a ticket that is gone", facts(thread_ticket=40, thread_evidence="x"), opens(True, "new_request")),
    ("an invitation", facts(email(kind=K.CALENDAR)), opens(True, "new_request")),
    # whom not to acknowledge
    ("acknowledging is off", facts(account=AccountPolicy("s", SUPPORT, acknowledge=False)), opens(False, "switched_off")),
    ("nobody sent it", facts(email(from_=None)), opens(False, "no_sender")),
    ("noreply", facts(email(from_=Address("no-reply@shop.example"))), opens(False, "noreply_address")),
    ("noreply, but Reply-To", facts(email(from_=Address("noreply@form.example"), reply_to=(CUSTOMER,))), opens(True, "new_request")),
    ("null reverse-path", facts(email(null_reverse_path=True)), opens(False, "null_reverse_path")),
    ("it asks for no answers", facts(email(headers={"x-auto-response-suppress": "DR, OOF, AutoReply"})), opens(False, "sender_suppresses_answers")),
    ("it asks for no receipts only", facts(email(headers={"x-auto-response-suppress": "DR, RN"})), opens(True, "new_request")),
    # machines
    ("an alert", facts(email(kind=K.AUTO_GENERATED)), opens(False, "automatic_auto_generated")),
    ("an automatic reply to nothing of ours", facts(email(kind=K.AUTO_REPLY)), opens(False, "automatic_auto_reply")),
    ("a list", facts(email(kind=K.MAILING_LIST)), opens(False, "automatic_mailing_list")),
    ("a bounce of nothing of ours", facts(email(kind=K.BOUNCE)), opens(False, "automatic_bounce")),
    ("a bounce of our answer", facts(email(kind=K.BOUNCE), **KNOWN), adds("bounce_on_its_ticket", hidden=True)),
    ("a delay of our answer", facts(email(kind=K.DELAY), **KNOWN), adds("delay_on_its_ticket", hidden=True)),
    ("a read receipt for our answer", facts(email(kind=K.READ_RECEIPT), **KNOWN), adds("read_receipt_on_its_ticket", hidden=True)),
    ("a read receipt for nothing", facts(email(kind=K.READ_RECEIPT)), Ignore("read_receipt_without_ticket")),
    ("out of office on its ticket", facts(email(kind=K.OUT_OF_OFFICE), **KNOWN), adds("reply_by_message_id")),
    ("out of office for nothing", facts(email(kind=K.OUT_OF_OFFICE)), Ignore("out_of_office_without_ticket")),
    # loops
    ("our own acknowledgement", facts(own_message=True), Ignore("own_mail")),
    ("our own acknowledgement, as a reply", facts(own_message=True, **KNOWN), Ignore("own_mail")),
    ("51 hops", facts(email(hops=51)), Quarantine("loop_too_many_hops")),
    ("50 hops", facts(email(hops=50)), opens(True, "new_request")),
    ("from ourselves", facts(email(from_=OWN)), Quarantine("loop_from_our_own_address")),
    ("from ourselves to ourselves", facts(email(from_=OWN, reply_to=(OWN,))), Quarantine("loop_from_our_own_address")),
    ("from ourselves, in capitals", facts(email(from_=Address(SUPPORT.upper()))), Quarantine("loop_from_our_own_address")),
    ("a contact form", facts(email(from_=OWN, reply_to=(CUSTOMER,))), opens(True, "new_request")),
    # once
    ("the same mail again", facts(same_as=1), Ignore("same_again")),
    ("only its beginning", facts(truncated=True), Quarantine("too_large")),
]  # fmt: skip


@pytest.mark.parametrize(("what", "known", "decision"), CASES, ids=[case[0] for case in CASES])
def test_policy(what, known, decision):
    found, verdicts = decide(known)
    assert found == decision
    assert verdicts[-1].said.startswith("decides")
    assert [verdict.rule for verdict in verdicts] == [name for name, _ in RULES][: len(verdicts)]


def test_every_rule_has_its_say_when_none_before_it_decides():
    assert {name for name, _ in RULES} == {verdict.rule for verdict in decide(facts())[1]}


def test_every_reason_is_one_word():
    for _, known, decision in CASES:
        assert decision.reason.replace("_", "").isalpha()
        assert decision == decide(known)[0]
