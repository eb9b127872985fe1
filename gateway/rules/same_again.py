"""One mail delivered twice (To and Cc of two mailboxes, a folder rebuilt, moved out and back) has one outcome.

Equal Message-ID and equal content make it the same mail. An equal Message-ID alone does not (scanners reuse theirs),
nor does anything where it is less certain who wrote the first: whoever knows of a mail can send a copy before it comes.
A mail that a person moves back into its folder is worked on again only where nothing came of it, or what came is gone.
"""

from __future__ import annotations

from gateway.model import Decision, Facts, Ignore


def same_again(facts: Facts) -> Decision | str:
    """The same mail was kept before."""
    if facts.earlier is not None and facts.earlier.again:
        return f"message {facts.earlier.message} is the same mail, moved back here: it gets another chance"
    if facts.same_as is not None:
        return Ignore("same_again")
    if facts.earlier is not None:
        return f"message {facts.earlier.message} came first with its Message-ID, but is not it: {facts.earlier.unlike}"
    return "no other message has this Message-ID and content"


def told_of_another(facts: Facts) -> str:
    """What agents are to know of a mail that came first with this one's Message-ID, and that may be forged."""
    earlier = facts.earlier
    if earlier is None or not earlier.doubtful:
        return ""
    return (
        "Another mail with the Message-ID of this one came first, and it is less certain who wrote it"
        f" (message {earlier.message}: {earlier.words}; {earlier.unlike}). It may be a forgery."
    )
