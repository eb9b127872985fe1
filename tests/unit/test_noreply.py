"""Addresses that nobody reads are not answered, whatever language they say it in."""

from __future__ import annotations

import pytest
from builders import email, facts

from gateway.rules.new import may_acknowledge
from parsers.model import Address

NOBODYS = [
    "noreply", "no-reply", "No_Reply+1", "no.reply", "noreply-billing", "do-not-reply", "DoNotReply", "mailer-daemon",
    "postmaster", "bounces+12", "nicht-antworten", "nepasrepondre", "ne-pas-repondre", "no-responder", "nao-responda",
    "non-rispondere", "niet-antwoorden", "nie-odpowiadaj", "svara-inte", "svar-ikke",
]  # fmt: skip


@pytest.mark.parametrize("local", NOBODYS)
def test_nobody_is_answered(local):
    assert may_acknowledge(facts(email(from_=Address(f"{local}@shop.example")))) == (False, "noreply_address")


@pytest.mark.parametrize("local", ["norman", "nora.reply", "reply", "anna", "noel", "no"])
def test_somebody_is(local):
    assert may_acknowledge(facts(email(from_=Address(f"{local}@shop.example"))))[0] is True
