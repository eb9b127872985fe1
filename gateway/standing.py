"""What a sender is to a ticket. Pure.

Knows nothing of whether the sender is who they say they are, nor of what follows from it.
"""

from __future__ import annotations

from collections.abc import Collection

from gateway.model import Agent, Kind, Requester, Standing, TicketView
from gateway.providers import is_shared
from parsers.mailboxes import domain_key, same_mailbox

THREADED = frozenset({Kind.SIGNED, Kind.KNOWN})
"""Evidence that only those have who were sent a mail of the conversation."""


def domain_of(address: str) -> str:
    """The domain of an address as DNS has it, in lower case."""
    return domain_key(address.rpartition("@")[2])


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
    clients: Collection[str] = (),
    unverified_agent: bool = False,
    agents_mailbox: bool = False,
) -> tuple[Standing, str]:
    """What a sender is to a ticket. `participants`: addresses in lower case that its mails were from or to.

    `shared`, `clients`: domains that are so, whatever the list of providers says.
    `unverified_agent`: From is an agent's, and nobody vouches for it: that it takes part in many tickets, and may be of
    everybody's client, would be an agent's rights. `agents_mailbox`: From is another spelling of an agent's address,
    and counts as nobody but itself.
    A user of another client is that, even where mails name them: one client's words go onto another's ticket only by
    a signed reference. A domain that only several users show to be a client's is worth no more than a stranger's where
    nothing but a number, which anybody can guess, leads to the ticket; one that a provider gives to many never is.
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
    if _is_one_of(address, ticket.addresses, exactly=agents_mailbox):
        return Standing.PARTICIPANT, f"{address} is the ticket's requester"
    if unverified_agent:
        return Standing.STRANGER, f"{address} is an agent's address, which no server of ours vouched for"
    if _is_one_of(address, participants, exactly=agents_mailbox):
        return Standing.PARTICIPANT, f"mail of the ticket was from or to {address}"
    domain = domain_of(address)
    private = not agents_mailbox and not is_shared(domain, shared, clients)
    of_the_client = known and theirs == ticket.client_id
    if requester is not None and of_the_client:
        if requester.user_id is not None:
            return Standing.COLLEAGUE, f"{address} is of the ticket's client"
        if private and not requester.by_users:
            return Standing.COLLEAGUE, f"{domain} is a domain of the ticket's client, says HaloPSA"
    enough = THREADED if owned and not of_the_client else {*THREADED, Kind.MENTIONED}
    if private and kind in enough and (of_the_client or not known):
        requesters, others = ({domain_of(one) for one in them} for them in (ticket.addresses, participants))
        # A domain that HaloPSA gives to no client, and a client's only user has: it may be their provider's.
        guess = owned and not of_the_client and domain in requesters
        if domain in requesters | others and not guess:
            return Standing.COLLEAGUE, f"others of {domain} take part in the conversation"
    if of_the_client:
        return Standing.STRANGER, f"HaloPSA does not know {address}, only others of the domain"
    return Standing.STRANGER, f"{address or 'nobody'} takes no part in the ticket"


def _is_one_of(address: str, known: Collection[str], *, exactly: bool) -> bool:
    """Whether an address is among others, or is another spelling of one."""
    return address in known or (not exactly and any(same_mailbox(address, one) for one in known))
