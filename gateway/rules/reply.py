"""Mail that belongs to a ticket: the strongest evidence says which, the sender whether, the ticket's state how."""

from __future__ import annotations

from gateway.model import AddCorrespondence, Decision, Facts, Quarantine
from gateway.rules.closed import on_closed
from gateway.rules.new import left_out, open_ticket
from gateway.rules.senders import cause, leave, takes_part, warning
from gateway.rules.verdicts import MAY


def reply(facts: Facts) -> Decision | str:
    """Where the evidence leads, if the sender may go there."""
    if not facts.evidence:
        return "nothing in it names a ticket"
    ticket, chosen = facts.ticket, facts.chosen
    if ticket is None or chosen is None:
        return f"what it names is gone: {', '.join(f'ticket {one}' for one in facts.gone) or 'nothing is left'}"
    may = leave(facts)
    outcome = may.outcome
    if outcome == "quarantine":
        return Quarantine(cause(facts))
    if outcome == "hidden" and ticket.closed and MAY[facts.mail.automation.kind].open:
        outcome = "new"  # on a closed ticket nobody would ever read it
    if outcome == "new":
        who = facts.standing_words or "its sender takes no part in it"
        note = f"This mail names ticket {ticket.id} ({chosen.words}) but was not added to it: {who}."
        if facts.authenticity_words and may.reason == "failed_authentication":
            note += f" Its sender could not be verified: {facts.authenticity_words}."
        if may.reason in {"failed_authentication", "unproved_author"}:
            note += left_out(facts)
        return open_ticket(facts, may.reason, note=note, split=True)
    if outcome == "hidden":
        return AddCorrespondence(may.reason, ticket.id, hidden=True, warning=warning(facts))
    if facts.routing.hide:
        return AddCorrespondence("hidden_by_rule", ticket.id, hidden=True, agent_id=_agent(facts))
    if ticket.closed:
        return on_closed(facts, may.reason)
    # Whoever was let in by the configuration alone is not let into later mail.
    return AddCorrespondence(may.reason, ticket.id, agent_id=_agent(facts), welcome=takes_part(facts))


def _agent(facts: Facts) -> int | None:
    return facts.agent.id if facts.agent is not None else None
