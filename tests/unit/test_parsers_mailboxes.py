"""Spellings that reach one mailbox, and those that do not."""

from __future__ import annotations

import pytest

from parsers.mailboxes import domain_key, mailbox_of


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
