"""Our own mail never comes back as a ticket, and a loop never turns twice.

A contact form that writes From our own address with the customer in Reply-To is a customer's mail, not a loop. How many
answers may go out at all is the ledger's to count.
"""

from __future__ import annotations

from gateway.model import Decision, Facts, Ignore, Quarantine

MOST_HOPS = 50
"""Received fields of one mail; MTAs call it a loop at 25 to 100 (Postfix's hopcount_limit is 50)."""


def own_mail(facts: Facts) -> Decision | str:
    """An acknowledgement of ours, delivered back to us: by the ledger, or by the signature in its Message-ID."""
    if facts.own_message or facts.own_signature:
        return Ignore("own_mail")
    if "x-halo-mailgate" in facts.mail.headers and from_ourselves(facts) and not facts.override:
        return Ignore("own_mail")  # an alert of ours to a mailbox of ours
    return "the Message-ID is none of ours"


def loop(facts: Facts) -> Decision | str:
    """Too many hops, or From one of our own addresses with nobody else to answer to."""
    if facts.override:
        return "an operator let it go"
    if facts.mail.hops > MOST_HOPS:
        return Quarantine("loop_too_many_hops")
    if from_ourselves(facts):
        return Quarantine("loop_from_our_own_address")
    return f"{facts.mail.hops} hops, not from ourselves"


def from_ourselves(facts: Facts) -> bool:
    """Whether From is an address of ours and no field names another author."""
    sender, author = facts.mail.from_, facts.author
    if sender is None or not is_own(sender.address, facts.own_addresses):
        return False
    if author is not None and not is_own(author.address, facts.own_addresses):
        return False
    return all(is_own(one.address, facts.own_addresses) for one in facts.mail.reply_to)


def is_own(address: str, own: frozenset[str]) -> bool:
    """Whether an address is one of ours, whatever stands behind a plus in it."""
    address = address.lower()
    local, _, domain = address.rpartition("@")
    return address in own or f"{local.partition('+')[0]}@{domain}" in own
