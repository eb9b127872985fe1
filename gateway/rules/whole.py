"""A mail of which only the beginning is there: too large, or its server cannot deliver the rest.

It goes its way like any other, with a list of what was left out, and stays in its folder; unless not even who wrote it
can be read: then a person has to look.
"""

from __future__ import annotations

from gateway.model import Decision, Facts, Quarantine


def whole(facts: Facts) -> Decision | str:
    """The mail was larger than the mailbox's max_message_size, or broke off."""
    if not facts.truncated:
        return "all of it was fetched"
    if facts.mail.from_ is None and not facts.mail.headers and not facts.override:
        return Quarantine("unreadable")
    return "only its beginning was fetched: the ticket says what is left out"
