"""Spellings that reach one mailbox, and those that do not."""

from __future__ import annotations

import pytest

from parsers.mailboxes import domain_key, mailbox_of, other_spellings, same_mailbox, tagged_mailbox_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna@Customer.example", "anna@customer.example"),
        ("anna+halo@customer.example", "anna@customer.example"),
        ("anna+a+b@customer.example", "anna@customer.example"),
        ("a.n.n.a@gmail.com", "anna+x@googlemail.com"),
        ("anna@me.com", "anna+shop@mac.com"),
        ("anna@icloud.com", "anna@me.com"),
        ("an-na@protonmail.com", "an.na@pm.me"),
        ('"anna"@customer.example', "anna@customer.example"),
        ("anna@bücher.example", "anna@xn--bcher-kva.example"),
        ("anna@customer.example.", "anna@customer.example"),
    ],
)
def test_one_mailbox(one, other):
    assert mailbox_of(one) == mailbox_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("an.na@customer.example", "anna@customer.example"),
        ("anna@gmail.com", "anna@icloud.com"),
        ("anna@gmail.com.evil.example", "anna@gmail.com"),
        ("+x@customer.example", "+y@customer.example"),
        ("anna", "anna@customer.example"),
        ("...@gmail.com", "anna@gmail.com"),
        ("", "anna@customer.example"),
    ],
)
def test_two_mailboxes(one, other):
    assert mailbox_of(one) != mailbox_of(other)


def test_a_domain_that_is_none_stays_as_it_is():
    assert domain_key("a\u00df..\ud800x") == "a\u00df..\ud800x"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Anna@customer.example", "anna+x@customer.example", True),
        ("a.nna+x@gmail.com", "anna+y@googlemail.com", True),
        ("reply+token1@desk.example", "reply+token2@desk.example", False),
        ("reply+token1@desk.example", "reply+token1@DESK.example", True),
        ("anna+x@customer.example", "bob+x@customer.example", False),
        ("anna@customer.example", "anna@other.example", False),
        ("anna", "anna", False),
        ("", "", False),
    ],
)
def test_one_persons_mailbox(one, other, same):
    assert same_mailbox(one, other) is same
    assert same_mailbox(other, one) is same


@pytest.mark.parametrize(
    ("address", "others"),
    [
        ("anna@customer.example", ()),
        ("Anna+x@customer.example", ("anna@customer.example",)),
        ("an.na@gmail.com", ("an.na@googlemail.com",)),
        ("anna+x@googlemail.com", ("anna@googlemail.com", "anna@gmail.com")),
        ("anna@me.com", ("anna@icloud.com", "anna@mac.com")),
        ('"anna+x"@customer.example', ("anna@customer.example",)),
        ("anna@bücher.example", ("anna@xn--bcher-kva.example",)),
        ("+x@customer.example", ()),
        ("anna", ()),
        ("@", ()),
        ("", ()),
    ],
)
def test_other_spellings(address, others):
    assert other_spellings(address) == others


def test_what_stands_behind_a_plus_may_be_a_part_of_it():
    assert tagged_mailbox_of("a.b+Desk@GoogleMail.com") == "ab+desk@gmail.com"
    assert tagged_mailbox_of("A@b.example") == "a@b.example"
