"""Our own mail never comes back as a ticket, and a loop never turns twice.

A contact form that writes From our own address with the customer in Reply-To is a customer's mail, not a loop. How many
answers may go out at all is the ledger's to count.
"""

from __future__ import annotations

from functools import lru_cache

from gateway.model import Decision, Facts, Ignore, Quarantine
from parsers.mailboxes import mailbox_of, tagged_mailbox_of

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


def is_ours(address: str, facts: Facts) -> bool:
    """Whether an address is one of ours, or this very mail reached us by it: nobody is to be copied in there.

    What a mail says of its way anybody may have written: it decides nothing about who the sender is.
    """
    return is_own(address, facts.own_addresses) or is_own(address, frozenset(facts.mail.reached))


def is_own(address: str, own: frozenset[str]) -> bool:
    """Whether an address is one of ours, in whatever spelling, and whatever stands behind a plus in it.

    What stands behind a plus in an address of ours is a part of it: without that it is somebody else's.
    """
    if address.lower() in own:
        return True
    keys = _keys(own)
    return "@" in address and (tagged_mailbox_of(address) in keys or mailbox_of(address) in keys)


@lru_cache(maxsize=64)
def _keys(own: frozenset[str]) -> frozenset[str]:
    return frozenset(tagged_mailbox_of(one) for one in own)
