"""What machines write about our mail: kept with its ticket, for agents only, opening none.

A bounce of a mail of ours says which address is dead. It is believed about addresses only with evidence that nobody
else can have, or a stranger could have customers' answers stopped.
"""

from __future__ import annotations

from gateway.model import AddCorrespondence, Decision, Facts, Ignore, Kind, Standing
from gateway.rules.verdicts import MAY
from parsers.model import AutomationKind, ParsedEmail

REPORTS = frozenset({AutomationKind.BOUNCE, AutomationKind.DELAY, AutomationKind.READ_RECEIPT})
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
    certain = kind is AutomationKind.BOUNCE and not facts.backfill and facts.chosen.kind in {Kind.SIGNED, Kind.KNOWN}
    dead = dead_addresses(facts.mail, facts.own_addresses) if certain else ()
    return AddCorrespondence(f"{kind}_on_its_ticket", facts.ticket.id, hidden=True, dead=dead)


def unmatched_answer(facts: Facts) -> Decision | str:
    """What may open no ticket and belongs to none."""
    kind = facts.mail.automation.kind
    if not MAY[kind].open and not facts.override:
        return Ignore(f"{kind}_without_ticket")
    return f"may open a ticket ({kind})"


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
