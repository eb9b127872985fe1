"""Two factors: evidence says where a mail belongs, the sender says whether it may go there.

Promises: pure. A participant, a colleague and a certain agent may write; for anybody else, and for a From that failed
authentication, the configuration's outcome holds, the stricter of two. An author whom only fields name that anybody can
write gets no further than that, and is never shown to a customer. One client's user gets onto another client's ticket
by a signed reference only, whatever is configured.
"""

from __future__ import annotations

from dataclasses import dataclass

from config.policy import Outcome
from gateway.model import Authenticity, Facts, Kind, Standing

STRICTNESS: tuple[Outcome, ...] = ("append", "hidden", "new", "quarantine")
MATCHED = {
    Kind.SIGNED: "reply_by_signed_reference",
    Kind.KNOWN: "reply_by_message_id",
    Kind.NUMBER: "reply_by_subject",
    Kind.IN_TEXT: "reply_by_text",
    Kind.MENTIONED: "reply_by_mention",
}
STRANGERS = {
    Kind.SIGNED: "stranger_with_signed_reference",
    Kind.KNOWN: "stranger_in_conversation",
    Kind.NUMBER: "stranger_with_number",
    Kind.IN_TEXT: "stranger_with_number",
    Kind.MENTIONED: "stranger_by_mention",
}


@dataclass(frozen=True, slots=True)
class Leave:
    """What a sender may do, and the word for why."""

    outcome: Outcome
    reason: str


def leave(facts: Facts) -> Leave:
    """What this sender may do on the ticket that the evidence names."""
    assert facts.chosen is not None
    policy, kind = facts.account.policy, facts.chosen.kind
    match facts.standing:
        case Standing.AGENT:
            return Leave("append", "agent")
        case Standing.PARTICIPANT | Standing.COLLEAGUE:
            found = Leave("append", MATCHED[kind])
        case Standing.OTHER_CLIENT if kind is Kind.SIGNED:
            found = Leave(policy.stranger_signed, "other_client_with_signed_reference")
        case Standing.OTHER_CLIENT:
            found = Leave(stricter("new", policy.stranger_number), "other_client")
        case _ if kind is Kind.MENTIONED and facts.related:
            # Who seeds a Message-ID cannot know the subject of the mail that is to come by it; and people who answer
            # one newsletter have nothing in common but its Message-ID.
            found = Leave(policy.stranger_thread, STRANGERS[Kind.KNOWN])
        case _:
            by_kind = {Kind.SIGNED: policy.stranger_signed, Kind.KNOWN: policy.stranger_thread}
            found = Leave(by_kind.get(kind, policy.stranger_number), STRANGERS[kind])
    if facts.authenticity is Authenticity.FAILED:
        found = Leave(stricter(found.outcome, policy.failed_authentication), "failed_authentication")
    if facts.unproved:
        reason = found.reason if facts.authenticity is Authenticity.FAILED else "unproved_author"
        found = Leave(stricter(stricter(found.outcome, policy.failed_authentication), "hidden"), reason)
    if found.outcome == "quarantine" and facts.override:
        return Leave("new", found.reason)  # an operator let it go: not where it wanted to, but not away either
    return found


def takes_part(facts: Facts) -> bool:
    """Whether the sender belongs to the ticket, so that whom it names does too; leave by configuration is not that."""
    return facts.standing not in {Standing.STRANGER, Standing.OTHER_CLIENT}


def stricter(one: Outcome, other: Outcome) -> Outcome:
    """The stricter of two outcomes."""
    return max(one, other, key=STRICTNESS.index)


def cause(facts: Facts) -> str:
    """The named cause of a quarantine."""
    if facts.authenticity is Authenticity.FAILED:
        return "forged"
    return "unproved" if facts.unproved and facts.standing is Standing.STRANGER else "stranger"


def warning(facts: Facts) -> str:
    """What agents read above a text that only they see."""
    assert facts.chosen is not None
    who = facts.mail.from_.address if facts.mail.from_ is not None else "nobody"
    lines = [f"Not shown to the customer: {who} is not known to take part in this ticket."]
    if facts.authenticity is Authenticity.FAILED:
        lines = [f"Not shown to the customer: that this is from {who} could not be verified."]
        lines.append(f"{_sentence(facts.authenticity_words)}.")
    if facts.unproved and facts.author is not None:
        lines = [f"Not shown to the customer: {who} sent it, and {facts.author.address} is only said to be its author."]
    lines.append(f"{_sentence(facts.standing_words)}. It came here by a {facts.chosen.kind}.")
    return " ".join(lines)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
