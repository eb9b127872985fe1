"""What names a ticket: signed references, known Message-IDs, numbers in the subject and the text, in one order. Pure.

Promises: the strongest evidence first; of one kind what stands nearer to the sender's own hand. Every reference counts,
also of several in one subject, and what the header of a returned mail says of it. Every ticket is named once a kind.
Knows nothing of which tickets there are, nor which of them the sender may write on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice

from gateway.model import Evidence, Kind
from gateway.references import LARGEST_TICKET, Key, signed_tickets
from parsers.model import AutomationKind, ParsedEmail
from parsers.subject import Reference, find_references
from storage.model import Joined

ORDER = tuple(Kind)
JOINED = "its conversation"
"""Where the evidence of a mail stands that had been joined before."""
MOST_NUMBERS = 5
"""Numbers of tickets in one place that count: each may be looked up."""
RETURNING = frozenset({AutomationKind.BOUNCE, AutomationKind.DELAY})
LONGEST_TEXT = 20_000  # characters of the text in which a number is looked for


def named_ids(mail: ParsedEmail) -> list[str]:
    """The msg-ids that a mail names, best evidence first: what bounced, what it answers, the newest references."""
    report = mail.delivery_report
    returned = [report.original_message_id] if report is not None and report.original_message_id else []
    return [*returned, *mail.in_reply_to, *list(reversed(mail.references))[:50], *_returned(mail)][:71]


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
        found.append(_by_msgid(mail, joined.ticket, joined.evidence, strong=joined.strong))
    elif joined.ticket is not None:  # it was of this conversation before: its ticket was gone, or its plan dropped
        found.append(Evidence(Kind.KNOWN, joined.ticket, JOINED))
    for ticket, msgid, strong in joined.others:
        found.append(_by_msgid(mail, ticket, msgid, strong=strong))
    found += [Evidence(Kind.NUMBER, number, "in the subject") for number in _numbers([mail.subject], references)]
    if mail.delivery_report is not None and mail.automation.kind in RETURNING:
        returned = _numbers([mail.delivery_report.original_subject], references)
        found += [Evidence(Kind.NUMBER, number, "in the subject of the returned mail") for number in returned]
    if quoted:  # line by line: a reference is one line's
        lines = mail.body.text[:LONGEST_TEXT].split("\n")
        found += [Evidence(Kind.IN_TEXT, number, "in the text") for number in _numbers(lines, references)]
    once = {(one.kind, one.ticket): one for one in reversed(found)}
    return tuple(sorted((one for one in found if once[one.kind, one.ticket] is one), key=_rank))


def _rank(one: Evidence) -> int:
    return ORDER.index(one.kind)


def _by_msgid(mail: ParsedEmail, ticket: int, msgid: str, *, strong: bool) -> Evidence:
    """What a mail names by a msg-id.

    What the header of a returned mail answers is believed like a number: who forges a report has seen any mail of a
    ticket at the most, and not the very mail that was not delivered.
    """
    if strong and msgid in _returned(mail) and msgid not in named_ids(replace(mail, delivery_report=None)):
        return Evidence(Kind.NUMBER, ticket, f"the returned mail answers <{msgid}>")
    return Evidence(Kind.KNOWN if strong else Kind.MENTIONED, ticket, _where(mail, msgid))


def _returned(mail: ParsedEmail) -> tuple[str, ...]:
    """What the header of a returned mail answers."""
    report = mail.delivery_report
    if report is None or mail.automation.kind not in RETURNING:
        return ()
    return tuple(one for one in report.original_references if one != report.original_message_id)


def _where(mail: ParsedEmail, msgid: str) -> str:
    field = "In-Reply-To" if msgid in mail.in_reply_to else "References"
    if mail.delivery_report is not None and msgid == mail.delivery_report.original_message_id:
        field = "the returned mail,"
    return f"{field} <{msgid}>"


def _numbers(texts: Iterable[str], references: Sequence[Reference]) -> tuple[int, ...]:
    """The first few numbers of tickets in these texts."""
    found = (number for text in texts for number in find_references(text, references))
    possible = (number for number in found if 0 < number <= LARGEST_TICKET)
    return tuple(dict.fromkeys(islice(possible, MOST_NUMBERS * MOST_NUMBERS)))[:MOST_NUMBERS]
