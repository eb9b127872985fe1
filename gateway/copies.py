"""What an earlier mail with the same Message-ID is to a new one: the same mail, or another that must not stand for it.

Promises: a mail is the same as an earlier one only if it says nothing that the other does not, if it is no more certain
who wrote it, and if what became of the other would have become of it, or is seen by people anyway. What cannot be told
(the octets were let go, or could not be read) makes them two. Asks only. Fails with the ledger's errors. Knows nothing
of mail that has no Message-ID.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from gateway import plan_json
from gateway.authenticity import authenticity
from gateway.model import AccountPolicy, AddCorrespondence, Authenticity, OpenTicket
from gateway.rules import loops
from gateway.steps import Plan
from parsers import parse
from parsers.copies import authors, unlike
from parsers.model import ParsedEmail
from parsers.subject import Reference, find_references
from storage.errors import Gone
from storage.ledger import Ledger
from storage.model import ALONE, Message
from storage.reading import Journey
from storage.states import AT_REST, State

CERTAINTY = (Authenticity.FAILED, Authenticity.UNVERIFIED, Authenticity.PASSED)
NOT_FROM = "but the author is not From"
"""So ends what is on record of a From that passed, and that a mailing list wrote."""
QUIET = ("_on_closed_ticket", "reopened_too_often")
"""Ends of reasons of entries that nobody is called to read."""
BY_RULE = frozenset({"rule", "hidden_by_rule"})
"""A rule may go by any field of a mail, and by its mailbox."""
MAILBOXES_OWN = frozenset({"forged", "stranger", "ticket_gone"})
"""Causes of quarantine that another mailbox may not have."""


@dataclass(frozen=True, slots=True)
class Relation:
    """`unlike`: why the earlier mail does not stand for the new one; empty if it does.

    `doubtful`: the earlier one says it is from the same sender, and that is less certain than of the new one.
    """

    unlike: str = ""
    doubtful: bool = False


async def relation(
    ledger: Ledger,
    mail: ParsedEmail,
    message: Message | None,
    account: AccountPolicy,
    number: int,
    references: Sequence[Reference],
    *,
    exact: bool = False,
) -> Relation:
    """What message `number` is to a new mail with its Message-ID; `message`: the new one, if it is kept already.

    `exact`: their digests of content are equal.

    Of an earlier mail that is not at rest it is only said whether it reads the same.
    """
    journey = await ledger.reading.journey(number)
    if journey is None:
        return Relation("nothing is known of it any more")
    held = journey.message
    if message is not None and _is_one(held, message):
        return Relation()
    if held.deaths >= ALONE:  # what may have ended a process is not read for the sake of another
        return Relation("it cannot be read")
    try:
        octets = await ledger.intake.octets(number)
    except (Gone, ValueError):
        return _without_octets(mail, message, held, _plan(journey), account, exact=exact)
    earlier = await asyncio.to_thread(parse, octets)
    differs = await asyncio.to_thread(_differs, mail, message, earlier, held, references)
    if held.state not in AT_REST:
        return Relation(differs)
    plan = _plan(journey)
    ours, theirs = _certainty(mail, earlier, plan, account, same=held.key.account == account.name)
    if ours > theirs:
        from_one = mail.from_ is not None and earlier.from_ is not None
        same_from = from_one and mail.from_.address.lower() == earlier.from_.address.lower()  # type: ignore[union-attr]
        how = f"its From is {CERTAINTY[theirs]}, and this one's is {CERTAINTY[ours]}"
        return Relation(f"{differs}; {how}" if differs else how, doubtful=same_from)
    return Relation(differs or _came_to_nothing(mail, earlier, held, plan, same=held.key.account == account.name))


def _without_octets(
    mail: ParsedEmail, message: Message | None, held: Message, plan: Plan | None, account: AccountPolicy, *, exact: bool
) -> Relation:
    """Of a mail whose octets were let go: the same, if it was as large, came the same way, and people saw it.

    Its digest may have passed over lines that looked like a list's, but not where the size is the same.
    """
    one = exact and message is not None and (held.size, held.key.account) == (message.size, message.key.account)
    decision = plan.decision if plan is not None else None
    seen = isinstance(decision, OpenTicket) or (isinstance(decision, AddCorrespondence) and not decision.hidden)
    seen = seen or (plan is None and held.ticket is not None)  # its author was forgotten
    judged = _judged(plan) or Authenticity.UNVERIFIED
    ours = authenticity(mail, account.policy.authentication_servers)[0]
    if one and seen and held.state is State.DONE and CERTAINTY.index(ours) <= CERTAINTY.index(judged):
        return Relation()
    return Relation("nobody can tell any more what it said")


def _is_one(held: Message, message: Message) -> bool:
    """Whether one mailbox has it twice, octet for octet, also where they were let go: its folder was built anew."""
    return (held.sha256, held.size, held.key.account) == (message.sha256, message.size, message.key.account)


def _differs(
    mail: ParsedEmail, message: Message | None, earlier: ParsedEmail, held: Message, references: Sequence[Reference]
) -> str:
    cut = message is not None and message.truncated
    if held.truncated != cut or (message is not None and cut and held.portions != message.portions):
        return "only the beginning of it is kept"
    numbers = (set(find_references(one.subject, references)) for one in (mail, earlier))
    if len(set(map(frozenset, numbers))) > 1:
        return "its subject names another ticket"
    return unlike(mail, earlier)


def _plan(journey: Journey) -> Plan | None:
    try:
        return plan_json.read(journey.plan) if journey.plan is not None else None
    except ValueError:
        return None


def _certainty(
    mail: ParsedEmail, earlier: ParsedEmail, plan: Plan | None, account: AccountPolicy, *, same: bool
) -> tuple[int, int]:
    """How certain it is that the new mail, and that the earlier one, is from the author of both.

    A mailing list that writes From says who the author was in fields that anybody can write: that is no better than a
    From that failed. Of the earlier mail it is on record what was judged; its own fields are read again only where they
    came by the same servers.
    """
    servers = account.policy.authentication_servers
    ours = CERTAINTY.index(authenticity(mail, servers)[0])
    theirs = CERTAINTY.index(_judged(plan) or Authenticity.UNVERIFIED)
    if _judged(plan) is None and same:
        theirs = CERTAINTY.index(authenticity(earlier, servers)[0])
    mine = mail.from_.address.lower() if mail.from_ is not None else ""
    other = earlier.from_.address.lower() if earlier.from_ is not None else ""
    if mine == other:
        return ours, theirs
    if mine in authors(earlier):
        return ours, 0
    return 0, theirs if other in authors(mail) else 0


def _judged(plan: Plan | None) -> Authenticity | None:
    """What is on record; None if no server was asked."""
    said = next((one.said for one in plan.verdicts if one.rule == "authentication"), "") if plan is not None else ""
    word = said.partition(":")[0]
    if word not in set(Authenticity):
        return None
    return Authenticity.PASSED if said.endswith(NOT_FROM) else Authenticity(word)


def _came_to_nothing(mail: ParsedEmail, earlier: ParsedEmail, held: Message, plan: Plan | None, *, same: bool) -> str:
    """Why what became of the earlier mail does not do for the new one; empty if it does."""
    decision = plan.decision if plan is not None else None
    if held.state is State.DONE and isinstance(decision, OpenTicket):
        told = decision.acknowledge or _treated_alike(mail, earlier)
        return "" if told else "nobody was answered, and the sender of this one may be"
    if held.state is State.DONE and isinstance(decision, AddCorrespondence):
        if not decision.hidden and not decision.reason.endswith(QUIET):
            return ""
        alike = decision.reason not in BY_RULE and _treated_alike(mail, earlier)
        return "" if alike else "few see it, and this one may go another way"
    if held.state is State.QUARANTINED:
        anywhere = held.cause not in BY_RULE and (same or held.cause not in MAILBOXES_OWN)
        return "" if anywhere and _treated_alike(mail, earlier) else "it is set aside, and this one may go its way"
    return "nothing came of it"


def _treated_alike(mail: ParsedEmail, earlier: ParsedEmail) -> bool:
    """Whether the rules see no difference."""

    def seen(one: ParsedEmail) -> tuple[object, ...]:
        many = one.hops > loops.MOST_HOPS
        answers = frozenset(other.address.lower() for other in one.reply_to)
        marks = one.headers.get("x-halo-mailgate"), one.headers.get("x-auto-response-suppress")
        return one.automation.kind, one.null_reverse_path, many, answers, marks, one.subject

    return seen(mail) == seen(earlier)
