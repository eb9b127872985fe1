"""What people decided beforehand: an operator about this mail, or the rules of the configuration about mail like it."""

from __future__ import annotations

from gateway.model import AddCorrespondence, Decision, Facts, Ignore, Quarantine

WHY = {
    "stranger": "its sender takes no part in the ticket that it names",
    "forged": "its From failed authentication",
    "unproved": "only fields that anybody can write name its author",
    "loop_too_many_hops": "it has passed through too many servers",
    "loop_from_our_own_address": "it is from an address of ours",
    "too_large": "it is larger than max_message_size",  # of versions before 0.2: such mail goes its way now
    "unreadable": "its server does not deliver even its beginning",
    "rule": "a rule of the configuration wants it so",
    "ticket_gone": "the ticket that an operator assigned it to is not there",
}
"""What is said of each cause of quarantine."""


def by_operator(facts: Facts) -> Decision | str:
    """An operator said where it belongs."""
    if facts.override.startswith("assign") and facts.ticket is not None:
        return AddCorrespondence("assigned_by_operator", facts.ticket.id, welcome=True)
    if facts.override.startswith("assign"):
        return Quarantine("ticket_gone")
    return "released by an operator" if facts.override else "no operator said anything"


def by_rule(facts: Facts) -> Decision | str:
    """A rule of the configuration ignores it or sets it aside."""
    routing = facts.routing
    if not routing.taken:
        return "no rule of the configuration took it"
    taken = f"taken by {', '.join(routing.taken)}"
    if routing.ignore:
        return Ignore("rule")
    if routing.quarantine and not facts.override:
        return Quarantine("rule")
    return taken
