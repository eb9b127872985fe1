"""What names a ticket: signed references, known Message-IDs, numbers in the subject and the text, in one order. Pure.

Promises: the strongest evidence first; of one kind what stands nearer to the sender's own hand. Every ticket is named
once a kind. Knows nothing of which tickets there are.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.model import Evidence, Kind
from gateway.references import LARGEST_TICKET, Key, signed_tickets
from parsers.model import ParsedEmail
from parsers.subject import Reference, find_reference
from storage.model import Joined

ORDER = tuple(Kind)
JOINED = "its conversation"
"""Where the evidence of a mail stands that had been joined before."""
LONGEST_TEXT = 20_000  # characters of the text in which a number is looked for


def named_ids(mail: ParsedEmail) -> list[str]:
    """The msg-ids that a mail names, best evidence first: what bounced, what it answers, the newest references."""
    report = mail.delivery_report
    returned = [report.original_message_id] if report is not None and report.original_message_id else []
    return [*returned, *mail.in_reply_to, *reversed(mail.references)][:51]


def all_evidence(
    mail: ParsedEmail,
    joined: Joined,
    keys: Sequence[Key],
    references: Sequence[Reference],
    *,
    quoted: bool = False,
) -> tuple[Evidence, ...]:
    """Everything in a mail that names a ticket, the strongest first."""
    found = [Evidence(Kind.SIGNED, ticket, f"in {place}") for ticket, place in signed_tickets(mail, keys)]
    if joined.ticket is not None and joined.evidence is not None:
        kind = Kind.KNOWN if joined.strong else Kind.MENTIONED
        found.append(Evidence(kind, joined.ticket, _where(mail, joined.evidence)))
    elif joined.ticket is not None:  # it was of this conversation before: its ticket was gone, or its plan dropped
        found.append(Evidence(Kind.KNOWN, joined.ticket, JOINED))
    for ticket, msgid, strong in joined.others:
        found.append(Evidence(Kind.KNOWN if strong else Kind.MENTIONED, ticket, _where(mail, msgid)))
    number = find_reference(mail.subject, references)
    if number is not None and 0 < number <= LARGEST_TICKET:
        found.append(Evidence(Kind.NUMBER, number, "in the subject"))
    if quoted and (number := _in_text(mail, references)) is not None:
        found.append(Evidence(Kind.IN_TEXT, number, "in the text"))
    once = {(one.kind, one.ticket): one for one in reversed(found)}
    return tuple(sorted((one for one in found if once[one.kind, one.ticket] is one), key=_rank))


def _rank(one: Evidence) -> int:
    return ORDER.index(one.kind)


def _where(mail: ParsedEmail, msgid: str) -> str:
    field = "In-Reply-To" if msgid in mail.in_reply_to else "References"
    if mail.delivery_report is not None and msgid == mail.delivery_report.original_message_id:
        field = "the returned mail,"
    return f"{field} <{msgid}>"


def _in_text(mail: ParsedEmail, references: Sequence[Reference]) -> int | None:
    """The first number line by line: a reference is one line's."""
    for line in mail.body.text[:LONGEST_TEXT].split("\n"):
        number = find_reference(line, references)
        if number is not None and 0 < number <= LARGEST_TICKET:
            return number
    return None
