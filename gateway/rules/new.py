"""Whatever nothing else took opens a ticket; and whether its sender is acknowledged (RFC 3834 §2)."""

from __future__ import annotations

from gateway.model import Decision, Facts, OpenTicket
from gateway.rules.loops import from_ourselves
from parsers.model import Address, AutomationKind, ParsedEmail

ANSWERABLE = frozenset({AutomationKind.NONE, AutomationKind.CALENDAR})
NOBODY = (
    "noreply",
    "no-reply",
    "no_reply",
    "donotreply",
    "do-not-reply",
    "do_not_reply",
    "mailer-daemon",
    "postmaster",
    "bounce",
)
SUPPRESSED = frozenset({"all", "autoreply", "oof"})


def new_ticket(facts: Facts) -> Decision | str:
    """A request of its own."""
    allowed, why = may_acknowledge(facts)
    return OpenTicket("new_request", allowed, why)


def answer_to(mail: ParsedEmail) -> Address | None:
    """Who is answered: Reply-To before From (RFC 5322 §3.6.2)."""
    return next((one for one in mail.reply_to if one.address), mail.from_)


def may_acknowledge(facts: Facts) -> tuple[bool, str]:
    """Whether an automatic answer is in order, and the word for why."""
    mail, to = facts.mail, answer_to(facts.mail)
    wishes = {word.strip() for word in mail.headers.get("x-auto-response-suppress", "").lower().split(",")}
    if not facts.account.acknowledge:
        return False, "switched_off"
    if to is None or not to.address:
        return False, "no_sender"
    if mail.automation.kind not in ANSWERABLE:
        return False, f"automatic_{mail.automation.kind}"
    if mail.null_reverse_path:
        return False, "null_reverse_path"
    if wishes & SUPPRESSED:
        return False, "sender_suppresses_answers"
    if to.address.lower() in facts.own_addresses or from_ourselves(facts):
        return False, "own_address"
    if to.address.lower().partition("@")[0].startswith(NOBODY):
        return False, "noreply_address"
    return True, "new_request"
