"""Rules of the configuration: what each condition takes, and what several rules want together."""

from __future__ import annotations

from datetime import datetime

import pytest
from builders import email

from config.policy import Rule
from gateway.routing import holds, matches, route
from parsers.model import Address, Attachment, AutomationKind, Body

MONDAY = datetime(2026, 3, 2, 12, 0).astimezone()
MAIL = email(
    subject="Your Invoice 7",
    to=(Address("support+billing@acme.example"),),
    cc=(Address("boss@x.example"),),
    delivered=("in@acme.example",),
    headers={"x-monitor": "Zabbix 7"},
    body=Body(text="It is Urgent, really."),
    attachments=(Attachment("Rechnung.PDF", "application/pdf", b"x", "sha", inline=False),),
    size=50_000,
)


@pytest.mark.parametrize(
    ("conditions", "taken"),
    [
        ({}, True),
        ({"mailbox": ["support"]}, True),
        ({"mailbox": ["other"]}, False),
        ({"recipient": ["support+billing@*"]}, True),
        ({"recipient": ["support@*"]}, False),
        ({"recipient": ["boss@x.example"]}, True),
        ({"recipient": ["in@*"]}, True),
        ({"sender": ["*@customer.example"]}, True),
        ({"sender": ["ANNA@*"]}, True),
        ({"sender": ["anna"]}, False),
        ({"domain": ["customer.example"]}, True),
        ({"domain": ["example"]}, True),
        ({"domain": ["omer.example"]}, False),
        ({"subject": ["*INVOICE*"]}, True),
        ({"subject": ["invoice*"]}, False),
        ({"subject": ["no", "your*7"]}, True),
        ({"header": {"X-Monitor": "zabbix*"}}, True),
        ({"header": {"X-Monitor": "*", "X-Other": "*"}}, False),
        ({"words": ["really", "nothing"]}, True),
        ({"words": ["urgently"]}, False),
        ({"attachment": ["*.pdf"]}, True),
        ({"attachment": ["*.zip"]}, False),
        ({"automation": ["none"]}, True),
        ({"automation": ["bounce", "delay"]}, False),
        ({"larger_than": "10kB"}, True),
        ({"larger_than": "1MB"}, False),
        ({"smaller_than": "51kB"}, True),
        ({"smaller_than": "50kB"}, False),
        ({"days": ["mon", "tue"]}, True),
        ({"days": ["sun"]}, False),
        ({"after": "11:00", "before": "13:00"}, True),
        ({"after": "13:00"}, False),
        ({"before": "12:00"}, False),
        ({"after": "18:00", "before": "08:00"}, False),
        ({"after": "11:30", "before": "08:00"}, True),
        ({"subject": ["*invoice*"], "mailbox": ["other"]}, False),
    ],
)
def test_a_condition(conditions, taken):
    assert holds(Rule(name="r", **conditions), MAIL, "support", MONDAY) is taken


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [("*", "", True), ("a*", "abc", True), ("*c", "abc", True), ("a*c", "abc", True), ("a*b*c", "aXbXc", True),
     ("ab*ba", "aba", False), ("a**c", "ac", True), ("abc", "abc", True), ("ab", "abc", False), ("*b*", "abc", True),
     ("ß*", "SS x", True), ("straße", "STRASSE", True)],
)  # fmt: skip
def test_patterns(pattern, text, found):
    assert matches(Rule(name="r", subject=[pattern]).subject[0], text) is found


def test_a_pattern_takes_time_in_proportion_to_the_text():
    assert not matches("*a" * 10 + "*b", "a" * 1_000_000)


def test_rules_go_on_only_if_they_say_so_and_the_first_wish_stands():
    rules = [
        Rule(name="one", tickettype_id=2, **{"continue": True}),
        Rule(name="no", subject=["nothing"], ignore=True),
        Rule(name="two", tickettype_id=3, priority_id=1, acknowledge=False),
        Rule(name="three", quarantine=True),
    ]
    found = route(rules, MAIL, "support", MONDAY)
    assert found.taken == ("one", "two")
    assert (found.tickettype_id, found.priority_id, found.acknowledge, found.quarantine) == (2, 1, False, False)
    assert route([], MAIL, "support", MONDAY).taken == ()


def test_machines_are_told_by_kind():
    rule = Rule(name="r", automation=["auto_generated"])
    assert holds(rule, email(kind=AutomationKind.AUTO_GENERATED), "support", MONDAY)
