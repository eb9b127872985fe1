"""What a sender is to a ticket."""

from __future__ import annotations

import pytest

from gateway.model import Agent, Kind, Requester, Standing, TicketView
from gateway.standing import is_shared, standing

TICKET = TicketView(40, "x", 2, 7, addresses=frozenset({"anna@red.example"}))
NOBODYS = TicketView(41, "x", 1, None, addresses=frozenset({"anna@firm.example"}))


@pytest.mark.parametrize(
    ("sender", "requester", "ticket", "kind", "found"),
    [
        ("x@y.z", Requester("x@y.z", "", 2, None, 7), TICKET, Kind.NUMBER, Standing.PARTICIPANT),
        ("anna@red.example", None, TICKET, Kind.NUMBER, Standing.PARTICIPANT),
        ("CC@y.z", None, TICKET, Kind.NUMBER, Standing.PARTICIPANT),
        ("bob@red.example", Requester("", "", 2, None, 8), TICKET, Kind.NUMBER, Standing.COLLEAGUE),
        ("bob@red.example", Requester("", "", 2), TICKET, Kind.NUMBER, Standing.COLLEAGUE),
        ("b@blue.example", Requester("", "", 3, None, 9), TICKET, Kind.SIGNED, Standing.OTHER_CLIENT),
        ("cc@y.z", Requester("", "", 3, None, 9), TICKET, Kind.SIGNED, Standing.OTHER_CLIENT),
        ("eve@web.de", Requester("", ""), TICKET, Kind.SIGNED, Standing.STRANGER),
        # the catch-all client makes nobody a colleague
        ("bob@web.de", Requester("", "", 1, None, 8), NOBODYS, Kind.KNOWN, Standing.STRANGER),
        ("bob@firm.example", Requester("", "", 1, None, 8), NOBODYS, Kind.NUMBER, Standing.STRANGER),
        ("bob@firm.example", None, NOBODYS, Kind.KNOWN, Standing.COLLEAGUE),
        ("bob@firm.example", None, NOBODYS, Kind.NUMBER, Standing.STRANGER),
        ("b@blue.example", Requester("", "", 3, None, 9), NOBODYS, Kind.KNOWN, Standing.STRANGER),
    ],
)
def test_standing(sender, requester, ticket, kind, found):
    assert standing(sender, requester, None, ticket, {"cc@y.z"}, kind, catch_all=1)[0] is found


def test_users_of_one_free_mail_provider_have_nothing_in_common():
    theirs = TicketView(41, "x", 1, None, addresses=frozenset({"anna@gmail.com"}))
    assert standing("bob@gmail.com", None, None, theirs, (), Kind.KNOWN, catch_all=1)[0] is Standing.STRANGER
    shared = standing("b@isp.example", None, None, replace_domain(theirs), (), Kind.KNOWN, catch_all=1,
                      shared=("isp.example",))  # fmt: skip
    assert shared[0] is Standing.STRANGER


def replace_domain(ticket: TicketView) -> TicketView:
    """The same, of another provider."""
    return TicketView(ticket.id, "x", 1, None, addresses=frozenset({"anna@isp.example"}))


def test_an_agent_is_one_and_one_that_nobody_vouches_for_is_a_stranger():
    agent, ours = Agent(4), {"grace@acme.example"}
    assert standing("grace@acme.example", None, agent, TICKET, (), Kind.NUMBER, catch_all=1)[0] is Standing.AGENT
    said_ = standing("grace@acme.example", None, None, TICKET, ours, Kind.KNOWN, catch_all=1, unverified_agent=True)
    assert said_[0] is Standing.STRANGER


@pytest.mark.parametrize(
    "domain",
    [
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "yahoo.com",
        "icloud.com",
        "gmx.de",
        "web.de",
        "t-online.de",
        "proton.me",
        "mail.ru",
        "qq.com",
        "163.com",
        "orange.fr",
        "libero.it",
        "seznam.cz",
    ],
)  # fmt: skip
def test_free_mail_providers(domain):
    assert is_shared(domain)
    assert not is_shared("customer.example")


RED = TicketView(40, "x", 2, 7, addresses=frozenset({"anna@red.example"}))
AT_HOME = TicketView(42, "x", 2, 7, addresses=frozenset({"anna@sfr.fr"}))


@pytest.mark.parametrize(
    ("sender", "requester", "ticket", "kind", "found"),
    [
        ("bob@red.example", Requester("", "", 2), RED, Kind.NUMBER, Standing.COLLEAGUE),
        ("bob@red.example", Requester("", "", 2, by_users=True), RED, Kind.NUMBER, Standing.STRANGER),
        ("bob@red.example", Requester("", "", 2, by_users=True), RED, Kind.IN_TEXT, Standing.STRANGER),
        ("bob@red.example", Requester("", "", 2, by_users=True), RED, Kind.KNOWN, Standing.COLLEAGUE),
        ("bob@red.example", Requester("", "", 2, by_users=True), RED, Kind.MENTIONED, Standing.COLLEAGUE),
        ("bob@red.example", Requester("", ""), RED, Kind.KNOWN, Standing.STRANGER),  # a single user's: a guess
        ("bob@vendor.example", Requester("", ""), RED, Kind.KNOWN, Standing.COLLEAGUE),
        ("bob@vendor.example", Requester("", ""), RED, Kind.MENTIONED, Standing.STRANGER),
        ("eve@sfr.fr", Requester("", "", 2), AT_HOME, Kind.NUMBER, Standing.STRANGER),  # even if HaloPSA names it
        ("eve@sfr.fr", Requester("", "", 2), AT_HOME, Kind.SIGNED, Standing.STRANGER),
        ("eve@sfr.fr", Requester("", "", 2, None, 9), AT_HOME, Kind.NUMBER, Standing.COLLEAGUE),
        ("anna+x@sfr.fr", Requester("", ""), AT_HOME, Kind.NUMBER, Standing.PARTICIPANT),
    ],
)
def test_how_sure_it_is_whose_a_domain_is(sender, requester, ticket, kind, found):
    assert standing(sender, requester, None, ticket, {"tech@vendor.example"}, kind, catch_all=1)[0] is found
