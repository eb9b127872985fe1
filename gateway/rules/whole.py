"""A mail of which only the beginning was fetched is set aside whole: its folder still has all of it."""

from __future__ import annotations

from gateway.model import Decision, Facts, Quarantine


def whole(facts: Facts) -> Decision | str:
    """The mail was larger than the mailbox's max_message_size."""
    if facts.truncated and not facts.override:
        return Quarantine("too_large")
    return "only its beginning, but an operator let it go" if facts.truncated else "all of it was fetched"
