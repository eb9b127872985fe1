"""What machines write about our mail: kept with its ticket, opening none.

A bounce or a vacation answer that belongs to a conversation goes there, hidden from the customer if it is a delivery
report. A vacation answer that belongs nowhere is nobody's request. Alerts of machines are requests like any other.
"""

from __future__ import annotations

from gateway.model import AddCorrespondence, Decision, Facts, Ignore
from parsers.model import AutomationKind

REPORTS = frozenset({AutomationKind.BOUNCE, AutomationKind.DELAY, AutomationKind.READ_RECEIPT})
ANSWERS = frozenset({AutomationKind.OUT_OF_OFFICE, AutomationKind.READ_RECEIPT, AutomationKind.DELAY})


def delivery_report(facts: Facts) -> Decision | str:
    """A report on a mail of a conversation we know becomes a hidden entry on its ticket."""
    kind = facts.mail.automation.kind
    if kind not in REPORTS:
        return f"not a report ({kind})"
    if facts.thread_ticket is not None and facts.ticket is not None:
        return AddCorrespondence(f"{kind}_on_its_ticket", facts.ticket.id, hidden=True)
    return f"a report ({kind}) on no mail of ours"


def unmatched_answer(facts: Facts) -> Decision | str:
    """An automatic answer that no rule above could place."""
    kind = facts.mail.automation.kind
    if kind in ANSWERS:
        return Ignore(f"{kind}_without_ticket")
    return f"not an automatic answer ({kind})"
