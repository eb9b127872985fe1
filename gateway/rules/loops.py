"""Our own mail never comes back as a ticket, and a loop never turns twice.

A contact form that writes From our own address with the customer in Reply-To is a customer's mail, not a loop.
"""

from __future__ import annotations

from gateway.model import Decision, Facts, Ignore, Quarantine

MOST_HOPS = 50
"""Received fields of one mail; MTAs call it a loop at 25 to 100 (Postfix's hopcount_limit is 50)."""


def own_mail(facts: Facts) -> Decision | str:
    """An acknowledgement of ours, delivered back to us."""
    if facts.own_message:
        return Ignore("own_mail")
    return "the Message-ID is none of ours"


def loop(facts: Facts) -> Decision | str:
    """Too many hops, or From one of our own addresses with nobody else to answer to."""
    if facts.mail.hops > MOST_HOPS:
        return Quarantine("loop_too_many_hops")
    if from_ourselves(facts):
        return Quarantine("loop_from_our_own_address")
    return f"{facts.mail.hops} hops, not from ourselves"


def from_ourselves(facts: Facts) -> bool:
    """Whether From is an address of ours and Reply-To names no other."""
    sender = facts.mail.from_
    if sender is None or sender.address.lower() not in facts.own_addresses:
        return False
    return all(one.address.lower() in facts.own_addresses for one in facts.mail.reply_to)
