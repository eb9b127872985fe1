"""Whatever nothing else took opens a ticket; and whether its sender is acknowledged (RFC 3834 §2)."""

from __future__ import annotations

from gateway.model import Authenticity, Decision, Facts, Ignore, Kind, OpenTicket, Quarantine
from gateway.rules.loops import from_ourselves, is_ours
from gateway.rules.nobody import is_noreply
from gateway.rules.verdicts import MAY
from parsers.model import Address, ParsedEmail
from storage.model import Way

MOST_NAMED = 10
SUPPRESSED = frozenset({"all", "autoreply", "oof"})


def new_ticket(facts: Facts) -> Decision | str:
    """A request of its own."""
    if facts.authenticity is Authenticity.FAILED:
        if facts.account.policy.failed_authentication == "quarantine" and not facts.override:
            return Quarantine("forged")
        who = facts.mail.from_.address if facts.mail.from_ is not None else "nobody"
        note = f"That this is from {who} could not be verified: {facts.authenticity_words}."
        return open_ticket(facts, "failed_authentication", note=note + left_out(facts))
    if facts.unproved:
        if facts.account.policy.failed_authentication == "quarantine" and not facts.override:
            return Quarantine("unproved")
        return open_ticket(facts, "unproved_author", note=unproved_note(facts))
    certain = [one.ticket for one in facts.evidence if one.kind in {Kind.SIGNED, Kind.KNOWN}]
    if certain:
        gone = ", ".join(map(str, dict.fromkeys(certain)))
        return open_ticket(facts, "ticket_gone", note=f"This mail answers ticket {gone}, which is no longer there.")
    return open_ticket(facts, "new_request")


def unproved_note(facts: Facts) -> str:
    """What agents are told where nothing but a field that anybody can write names the author.

    Nothing where no server is configured whose word would be better: there every author is claimed, and no more.
    """
    if not facts.unproved or not facts.account.policy.authentication_servers:
        return left_out(facts).strip()
    who = facts.author.address if facts.author is not None else "nobody"
    carrier = facts.mail.from_.address if facts.mail.from_ is not None else "nobody"
    field, _, because = facts.unproved.partition(", ")
    note = (
        f"Only {field} says that this is from {who}; it was sent by {carrier} ({because}), and nobody can verify more."
    )
    return note + left_out(facts)


def left_out(facts: Facts) -> str:
    """Whom such a mail names beside its author, and who is for that reason not put on copy; "" for nobody."""
    others = [one.address for one in facts.mail.cc if one.address and not is_ours(one.address, facts)]
    if not others:
        return ""
    more = f" and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
    return f" Not put on copy for that reason: {', '.join(others[:MOST_NAMED])}{more}."


def open_ticket(facts: Facts, reason: str, *, note: str = "", split: bool = False) -> Decision:
    """A new ticket, if this kind of mail may open one."""
    kind = facts.mail.automation.kind
    if not MAY[kind].open and not facts.override:
        return Ignore(f"{kind}_without_ticket")
    allowed, why = may_acknowledge(facts)
    return OpenTicket(reason, allowed, why, note, split)


def answer_to(mail: ParsedEmail) -> Address | None:
    """Who is answered: Reply-To before From (RFC 5322 §3.6.2)."""
    return next((one for one in mail.reply_to if one.address), mail.from_)


def answered(facts: Facts) -> Address | None:
    """Who is answered here: whoever an agent passed a mail on for, else whom the mail names."""
    if facts.agent is not None and facts.mail.forward is not None and facts.requester is not None:
        return Address(facts.requester.address, facts.requester.name)
    return facts.author if facts.unproved else answer_to(facts.mail)


def may_acknowledge(facts: Facts) -> tuple[bool, str]:
    """Whether an automatic answer is in order, and the word for why."""
    why = _why_not(facts)
    return not why, why or "new_request"


def _why_not(facts: Facts) -> str:
    mail, to = facts.mail, answered(facts)
    wishes = {word.strip() for word in mail.headers.get("x-auto-response-suppress", "").lower().split(",")}
    if not facts.account.acknowledge:
        return "switched_off"
    if facts.backfill:
        return "backfill"
    if facts.routing.acknowledge is False:
        return "rule"
    if to is None or not to.address:
        return "no_sender"
    reasons = (
        (f"automatic_{mail.automation.kind}", not MAY[mail.automation.kind].acknowledge),
        ("null_reverse_path", mail.null_reverse_path),
        ("sender_suppresses_answers", bool(wishes & SUPPRESSED)),
        ("another_gateway", "x-halo-mailgate" in mail.headers),
        ("own_address", is_ours(to.address, facts) or from_ourselves(facts)),
        ("noreply_address", is_noreply(to.address)),
        ("reply_to_nowhere", facts.way is Way.ELSEWHERE and not _on_the_internet(to.address)),
        ("failed_authentication", facts.authenticity is Authenticity.FAILED),
        ("dead_address", facts.dead_address),
        ("same_text_again", facts.repeats),
    )
    return next((word for word, holds in reasons if holds), "")


def _on_the_internet(address: str) -> bool:
    """Whether a domain is a name with a dot in it: no host of the mail server's own network, and no number."""
    domain = address.rpartition("@")[2].rstrip(".")
    return "." in domain and not domain.startswith("[") and not domain.replace(".", "").isdigit()
