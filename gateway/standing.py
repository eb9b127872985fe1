"""Who a sender is: what our servers say of From, and what the sender is to a ticket. Pure.

Promises: only results of servers that the configuration names are believed, and of one name only the newest field,
because a sender can write an older one. A result that is about another domain than From's says nothing. Knows nothing
of what follows from it.
"""

from __future__ import annotations

from collections.abc import Collection

from gateway.model import Agent, Authenticity, Kind, Requester, Standing, TicketView
from gateway.providers import is_shared
from parsers.mailboxes import domain_key, same_mailbox
from parsers.model import AuthenticationResult, ParsedEmail

THREADED = frozenset({Kind.SIGNED, Kind.KNOWN})
"""Evidence that only those have who were sent a mail of the conversation."""


def domain_of(address: str) -> str:
    """The domain of an address as DNS has it, in lower case."""
    return domain_key(address.rpartition("@")[2])


def authenticity(mail: ParsedEmail, servers: Collection[str]) -> tuple[Authenticity, str]:
    """What our servers say of From, and in which words."""
    if not servers:
        return Authenticity.UNVERIFIED, "no authenticating server is configured"
    believed = [one for one in mail.authentication if one.server in servers]
    if not believed:
        return Authenticity.UNVERIFIED, "no server of ours wrote Authentication-Results"
    newest = min(one.field for one in believed)
    results = [one for one in believed if one.field == newest]
    domain = domain_of(mail.from_.address) if mail.from_ else ""
    dmarc = next((one for one in results if one.method == "dmarc"), None)
    if dmarc is not None and dmarc.result in {"pass", "fail"}:
        about = dict(dmarc.properties).get("header.from", domain).lower()
        if aligned(about, domain):
            found = Authenticity.PASSED if dmarc.result == "pass" else Authenticity.FAILED
            return found, f"dmarc={dmarc.result}, says {dmarc.server}"
    passed = [one for one in results if one.result == "pass" and aligned(_about(one), domain)]
    if passed:
        return Authenticity.PASSED, f"{passed[0].method}=pass for {_about(passed[0])}, says {passed[0].server}"
    failed = [
        one
        for one in results
        if (one.method == "spf" and one.result == "fail" and aligned(_about(one) or domain, domain))
        or (one.method == "compauth" and one.result == "fail")
    ]
    if failed:
        return Authenticity.FAILED, f"{failed[0].method}=fail, says {failed[0].server}"
    return Authenticity.UNVERIFIED, f"{results[0].server} says nothing certain of {domain or 'nobody'}"


def _about(one: AuthenticationResult) -> str:
    """The domain that a result is about; empty for methods that vouch for no sender."""
    properties = dict(one.properties)
    if one.method == "dkim":
        return (properties.get("header.d") or properties.get("header.i", "").rpartition("@")[2]).lower()
    if one.method == "spf":
        return properties.get("smtp.mailfrom", "").rpartition("@")[2].lower()
    return ""


def aligned(one: str, other: str) -> bool:
    """Whether two domains are the same, or one is below the other: DMARC's relaxed alignment (RFC 7489 §3.1).

    There is no list of public suffixes behind it; a whole top-level domain aligns with nothing.
    """
    upper, lower = sorted((one, other), key=len)
    return bool(upper) and "." in upper and (upper == lower or lower.endswith(f".{upper}"))


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
    if private and kind in ({*THREADED, Kind.MENTIONED} if of_the_client else THREADED if not known else ()):
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
