"""What machines write about our mail: kept with its ticket, for agents only, opening none.

A bounce of a mail of ours says which address is dead. It is believed only of whoever got the very answer that it
returns, by the Message-ID that it has and nobody else knows; or if our own mail server is proved to have written it.
Whoever has a signed reference has only a mail of ours: with one of their own they could have others' answers stopped.
"""

from __future__ import annotations

from gateway.model import AddCorrespondence, Authenticity, Decision, Facts, Ignore, Kind, Standing
from gateway.rules.verdicts import MAY
from parsers.mailboxes import domain_key
from parsers.model import AutomationKind, ParsedEmail

REPORTS = frozenset({AutomationKind.BOUNCE, AutomationKind.DELAY, AutomationKind.READ_RECEIPT})
MAIL_SERVERS = frozenset({"mailer-daemon", "postmaster", "microsoftexchange329e71ec88ae4615bbc36ab6ce41109e"})
"""Local parts of mail servers: RFC 5321 §4.5.1, what Unix always had, and Exchange's own."""
DEAD = ("5.1.", "5.0.0", "5.2.1", "5.4.4")
"""Enhanced status codes (RFC 3463) of an address that will not come back; a full mailbox or a policy is none."""


def delivery_report(facts: Facts) -> Decision | str:
    """A report on a mail of a ticket becomes a hidden entry on it."""
    kind = facts.mail.automation.kind
    if kind not in REPORTS:
        return f"not a report ({kind})"
    if facts.ticket is None or facts.chosen is None:
        return f"a report ({kind}) on no mail of ours"
    if facts.chosen.kind is Kind.MENTIONED:
        return f"a report ({kind}) on a mail that we only heard of"
    if facts.standing is Standing.OTHER_CLIENT and facts.chosen.kind is not Kind.SIGNED:
        return f"a report ({kind}) by a user of another client"
    reason = f"{kind}_on_its_ticket"
    report, vouched = facts.mail.delivery_report, from_our_server(facts)
    believed = facts.chosen.kind is Kind.SIGNED or (vouched and facts.chosen.kind is Kind.KNOWN)
    if kind is not AutomationKind.BOUNCE or facts.backfill or report is None or not believed:
        return AddCorrespondence(reason, facts.ticket.id, hidden=True)
    dead, answer = dead_addresses(facts.mail, facts.own_addresses), report.original_message_id or ""
    return AddCorrespondence(reason, facts.ticket.id, hidden=True, dead=dead, answer=answer, vouched=vouched)


def unmatched_answer(facts: Facts) -> Decision | str:
    """What may open no ticket and belongs to none."""
    kind = facts.mail.automation.kind
    if not MAY[kind].open and not facts.override:
        return Ignore(f"{kind}_without_ticket")
    return f"may open a ticket ({kind})"


def from_our_server(facts: Facts) -> bool:
    """Whether a report is proved to be our own mail server's.

    It is from a mail server's name at the very domain of a mailbox of ours, and the servers in `authentication_servers`
    vouch for that. Everybody else at that domain, which may be a provider's, is nobody's mail server.
    """
    sender = facts.mail.from_
    if sender is None or facts.authenticity is not Authenticity.PASSED:
        return False
    local, _, domain = sender.address.lower().rpartition("@")
    ours = {domain_key(one.rpartition("@")[2]) for one in facts.own_addresses}
    return local in MAIL_SERVERS and domain_key(domain) in ours


def dead_addresses(mail: ParsedEmail, own: frozenset[str]) -> tuple[str, ...]:
    """The recipients whom a delivery report calls gone for good, in lower case."""
    if mail.delivery_report is None:
        return ()
    gone = [
        one.address.lower()
        for one in mail.delivery_report.recipients
        if one.action in {"failed", ""} and (not one.status or one.status.startswith(DEAD)) and "@" in one.address
    ]
    return tuple(dict.fromkeys(one for one in gone if one not in own))[:20]
