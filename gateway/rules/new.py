"""Whatever nothing else took opens a ticket; and whether its sender is acknowledged (RFC 3834 §2)."""

from __future__ import annotations

from gateway.model import Authenticity, Decision, Facts, Ignore, Kind, OpenTicket, Quarantine
from gateway.rules.loops import from_ourselves, is_own
from gateway.rules.verdicts import MAY
from parsers.model import Address, ParsedEmail
from storage.model import Way

NOBODY = (
    "noreply",
    "donotreply",
    "dontreply",
    "mailerdaemon",
    "postmaster",
    "bounce",
    "nichtantworten",
    "keineantwort",
    "nepasrepondre",
    "noresponder",
    "noresponda",
    "naoresponda",
    "naoresponder",
    "nonrispondere",
    "nietantwoorden",
    "nieodpowiadaj",
    "svarainte",
    "svarikke",
    "ikkesvar",
)
"""How local parts begin of addresses that nobody reads, without the marks between their words."""
MARKS = str.maketrans("", "", "-_.")
SUPPRESSED = frozenset({"all", "autoreply", "oof"})


def new_ticket(facts: Facts) -> Decision | str:
    """A request of its own."""
    if facts.authenticity is Authenticity.FAILED:
        if facts.account.policy.failed_authentication == "quarantine" and not facts.override:
            return Quarantine("forged")
        who = facts.mail.from_.address if facts.mail.from_ is not None else "nobody"
        note = f"That this is from {who} could not be verified: {facts.authenticity_words}."
        return open_ticket(facts, "failed_authentication", note=note)
    certain = [one.ticket for one in facts.evidence if one.kind in {Kind.SIGNED, Kind.KNOWN}]
    if certain:
        gone = ", ".join(map(str, dict.fromkeys(certain)))
        return open_ticket(facts, "ticket_gone", note=f"This mail answers ticket {gone}, which is no longer there.")
    return open_ticket(facts, "new_request")


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
    return answer_to(facts.mail)


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
    local = to.address.lower().partition("@")[0]
    reasons = (
        (f"automatic_{mail.automation.kind}", not MAY[mail.automation.kind].acknowledge),
        ("null_reverse_path", mail.null_reverse_path),
        ("sender_suppresses_answers", bool(wishes & SUPPRESSED)),
        ("another_gateway", "x-halo-mailgate" in mail.headers),
        ("own_address", is_own(to.address, facts.own_addresses) or from_ourselves(facts)),
        ("reply_to_nowhere", facts.way is Way.ELSEWHERE and not _on_the_internet(to.address)),
        ("noreply_address", local.translate(MARKS).startswith(NOBODY)),
        ("failed_authentication", facts.authenticity is Authenticity.FAILED),
        ("dead_address", facts.dead_address),
        ("same_text_again", facts.repeats),
    )
    return next((word for word, holds in reasons if holds), "")


def _on_the_internet(address: str) -> bool:
    """Whether a domain is a name with a dot in it: no host of the mail server's own network, and no number."""
    domain = address.rpartition("@")[2].rstrip(".")
    return "." in domain and not domain.startswith("[") and not domain.replace(".", "").isdigit()
