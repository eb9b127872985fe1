"""What else than a new ticket senders are told of, where a mailbox says so.

That is a ticket opened again, a mail set aside, a mail too large. Promises: pure; whoever may not be acknowledged is
told nothing of these either, nor who is no part of the ticket, nor an agent. That a mail was set aside is told without
a word of any ticket.
"""

from __future__ import annotations

from gateway.model import AddCorrespondence, Decision, Facts, OpenTicket, Quarantine
from gateway.rules.new import may_acknowledge
from gateway.rules.senders import takes_part

TOLD = frozenset({"stranger", "rule"})
"""Causes of quarantine that a sender may be told of; who forges a sender, or loops, is told nothing."""


def answer(decision: Decision, facts: Facts) -> tuple[str, str]:
    """The kind of answer, "" for none, and why; both "" where nothing was to be said."""
    wanted = _wanted(decision, facts)
    if not wanted:
        return "", ""
    if wanted not in facts.account.answers and wanted != "opened":
        return "", f"{wanted}: switched_off"
    allowed, why = may_acknowledge(facts)
    return (wanted, wanted) if allowed else ("", f"{wanted}: {why}")


def _wanted(decision: Decision, facts: Facts) -> str:
    match decision:
        case OpenTicket():
            if not decision.acknowledge:
                return ""
            return "oversized" if facts.truncated and "oversized" in facts.account.answers else "opened"
        case AddCorrespondence() if decision.hidden or facts.agent is not None or not takes_part(facts):
            return ""
        case AddCorrespondence() if facts.truncated and "oversized" in facts.account.answers:
            return "oversized"
        case AddCorrespondence() if decision.reopen:
            return "reopened"
        case Quarantine() if decision.reason in TOLD:
            return "refused"
        case _:
            return ""
