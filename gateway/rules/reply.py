"""Replies: by In-Reply-To and References first, then by a ticket reference in the subject."""

from __future__ import annotations

from gateway.model import AddCorrespondence, Decision, Facts


def by_thread(facts: Facts) -> Decision | str:
    """The conversation that the identification fields name has a ticket."""
    if facts.thread_ticket is None:
        return "In-Reply-To and References name no conversation that has a ticket"
    if facts.ticket is None:
        return f"{facts.thread_evidence} names ticket {facts.thread_ticket}, which is gone"
    return AddCorrespondence("reply_by_message_id", facts.ticket.id)


def by_subject(facts: Facts) -> Decision | str:
    """The subject has a ticket reference, and there is such a ticket."""
    if facts.subject_ticket is None:
        return "no ticket reference in the subject"
    if facts.ticket is None:
        return f"the subject names ticket {facts.subject_ticket}, and there is none"
    return AddCorrespondence("reply_by_subject", facts.ticket.id)
