"""Whom an answer reaches: the sender, somebody of theirs, or whomever they name. Pure.

Promises: what is not certain to be the sender's own is elsewhere: another domain, unless one is below the other, and
every domain whose users have nothing in common. Knows nothing of what follows from it.
"""

from __future__ import annotations

from collections.abc import Collection

from config.policy import Budgets
from gateway.authenticity import aligned
from gateway.providers import is_shared
from gateway.steps import Acknowledge
from parsers.mailboxes import domain_key, mailbox_of
from parsers.model import Address, ParsedEmail
from storage.model import Way
from storage.steps import Budget

REGISTRIES = frozenset(
    {
        "ac", "asso", "co", "com", "ed", "edu", "firm", "gen", "go", "gob", "gouv", "gov", "govt", "gv", "id", "ind",
        "info", "k12", "lg", "ltd", "me", "med", "mil", "ne", "net", "nhs", "nic", "nom", "or", "org", "plc", "pol",
        "police", "sch", "school", "web",
    }
)  # fmt: skip
"""Labels below a country's domain under which others are registered; there is no list of public suffixes behind it."""


def way_to(to: Address | None, mail: ParsedEmail, shared: Collection[str] = ()) -> Way:
    """How a mail leads to whom we would answer. `shared`: more domains of providers."""
    if to is None or mail.from_ is None:
        return Way.UNKNOWN if to is None else Way.ELSEWHERE
    asked, sender = mailbox_of(to.address), mailbox_of(mail.from_.address)
    if asked == sender:
        return Way.FROM
    theirs, ours = asked.rpartition("@")[2], sender.rpartition("@")[2]
    upper = min(theirs, ours, key=len)
    own = aligned(theirs, ours) and not is_registry(upper) and not is_shared(upper, shared)
    return Way.REPLY_TO if own else Way.ELSEWHERE


def organisation_of(domain: str) -> str:
    """The domain that an organisation registered, as far as its form tells."""
    labels = domain_key(domain).split(".")
    if domain.startswith("[") or len(labels) <= 2:
        return ".".join(labels)
    return ".".join(labels[-3:] if is_registry(".".join(labels[-2:])) else labels[-2:])


def is_registry(domain: str) -> bool:
    """Whether others are registered right below it: a whole country's `co.uk`."""
    labels = domain.split(".")
    return len(labels) == 1 or (len(labels) == 2 and len(labels[1]) == 2 and labels[0] in REGISTRIES)


def budget_of(limits: Budgets, step: Acknowledge, ticket: int | None) -> Budget:
    """What an answer takes of the budgets. `ticket`: the one that it is about."""
    mailbox = mailbox_of(step.to.address)
    return Budget(
        step.to.address.lower(),
        limits.within,
        per_address=limits.per_address,
        per_domain=limits.per_domain,
        per_ticket=limits.per_ticket,
        overall=limits.overall,
        ticket=ticket,
        per_reply_to=limits.per_reply_to,
        reply_to=limits.reply_to,
        mailbox=mailbox,
        domain=organisation_of(mailbox.rpartition("@")[2]),
        way=step.way,
    )
