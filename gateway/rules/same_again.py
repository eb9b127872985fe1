"""One mail delivered twice (To and Cc of two mailboxes, a folder rebuilt, moved out and back) has one outcome.

Equal Message-ID and equal content make it the same mail; an equal Message-ID alone does not (scanners reuse theirs). A
mail that a person moves back into its folder is worked on again only where nothing came of it, or what came is gone.
"""

from __future__ import annotations

from gateway.model import Decision, Facts, Ignore


def same_again(facts: Facts) -> Decision | str:
    """The same mail was kept before."""
    if facts.earlier is not None and facts.earlier.again:
        return f"message {facts.earlier.message} is the same mail, moved back here: it gets another chance"
    if facts.same_as is not None:
        return Ignore("same_again")
    return "no other message has this Message-ID and content"
