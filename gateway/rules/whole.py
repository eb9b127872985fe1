"""A mail of which only the beginning was fetched is set aside whole: its folder still has all of it."""

from __future__ import annotations

from gateway.model import Decision, Facts, Quarantine


def whole(facts: Facts) -> Decision | str:
    """The mail was larger than the mailbox's max_message_size."""
    if facts.truncated:
        return Quarantine("too_large")
    return "all of it was fetched"
