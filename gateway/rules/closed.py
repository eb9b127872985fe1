"""What mail does to a closed or resolved ticket: the mailbox's policy, and what never opens one again.

Promises: pure. Thanks, machines and agents never reopen; a ticket reopens only so often within an hour.
"""

from __future__ import annotations

from datetime import timedelta

from config import units
from gateway.model import AddCorrespondence, Decision, Facts
from gateway.rules.new import open_ticket
from gateway.rules.senders import takes_part
from gateway.rules.verdicts import MAY


def on_closed(facts: Facts, reason: str) -> Decision:
    """Mail that may be added to its ticket, which is closed."""
    ticket, policy, kind = facts.ticket, facts.account.policy, facts.mail.automation.kind
    assert ticket is not None
    how, _, within = policy.closed.partition(":")
    welcome = takes_part(facts)
    quiet = AddCorrespondence("", ticket.id, welcome=welcome, agent_id=facts.agent.id if facts.agent else None)
    if facts.backfill:
        return _because(quiet, "backfill_on_closed_ticket")
    if facts.agent is not None:
        return _because(quiet, "agent_on_closed_ticket")
    if not MAY[kind].reopen:
        return _because(quiet, f"{kind}_on_closed_ticket")
    if facts.thanks:
        return _because(quiet, "thanks_on_closed_ticket")
    if facts.repeats:
        return _because(quiet, "same_text_on_closed_ticket")
    if how == "note":
        return AddCorrespondence("note_on_closed_ticket", ticket.id, hidden=True, warning=_words(facts))
    if how == "new":
        return open_ticket(facts, "closed_ticket", note=_words(facts), split=True)
    if within and _closed_for(facts) > units.duration(within):
        return open_ticket(facts, "closed_too_long", note=_words(facts), split=True)
    if facts.reopened >= policy.reopenings:
        return _because(quiet, "reopened_too_often")
    return AddCorrespondence(f"reopened_{reason}", ticket.id, reopen=True, welcome=welcome)


def _because(decision: AddCorrespondence, reason: str) -> AddCorrespondence:
    return AddCorrespondence(reason, decision.ticket_id, welcome=decision.welcome, agent_id=decision.agent_id)


def _closed_for(facts: Facts) -> timedelta:
    at = facts.ticket.closed_at if facts.ticket is not None else None
    return facts.now - at if facts.now is not None and at is not None else timedelta()


def _words(facts: Facts) -> str:
    assert facts.ticket is not None
    since = f" since {facts.ticket.closed_at:%Y-%m-%d}" if facts.ticket.closed_at is not None else ""
    return f"This mail answers ticket {facts.ticket.id}, which is closed{since}."
