"""One mail delivered twice (To and Cc of two mailboxes, a folder rebuilt) has one outcome.

Equal Message-ID and equal content make it the same mail; an equal Message-ID alone does not (scanners reuse theirs).
"""

from __future__ import annotations

from gateway.model import Decision, Facts, Ignore


def same_again(facts: Facts) -> Decision | str:
    """The same mail was kept before."""
    if facts.same_as is not None:
        return Ignore("same_again")
    return "no other message has this Message-ID and content"
