"""Delivery reports: the fields of RFC 3464, and what can be read of a bounce in free form.

Promises: `read_report` answers from the parts of a report, `complete` adds what its text, the mail that came back and
the fields of the bounce tell; both bounded. Fails: never. Knows nothing of how a bounce is recognised.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from parsers.addresses import parse_addresses
from parsers.automation.free_form import ENHANCED_STATUS, LONGEST_WORDS, header_in, message_id_in, recipients_in
from parsers.automation.notifications import read_notification
from parsers.headers import Headers, decode_words, read_section
from parsers.limits import DEFAULT, Limits
from parsers.message_ids import parse_message_id, parse_message_ids
from parsers.model import AutomationKind, DeliveryReport, RecipientReport

STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
RETURNED_TYPES = frozenset(
    {"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers", "message/rfc822-headers"}
)
MOST_REFERENCES = 20  # of the mail that came back
MOST_GUESSED = 10  # of the recipients of the mail that came back, where nothing says which of them failed


def read_report(parts: Sequence[tuple[str, bytes]], limits: Limits = DEFAULT) -> DeliveryReport | None:
    """The report in the leaves of a mail (type and decoded octets), or None if no part is one."""
    blocks = [block for kind, octets in parts if kind in STATUS_TYPES for block in _blocks(octets, limits)]
    if not any(kind in STATUS_TYPES for kind, _ in parts):
        return None
    recipients = tuple(one for one in map(_recipient, blocks) if one is not None)
    return DeliveryReport(recipients[: limits.recipients], returned_message_id(parts, limits))


def returned_message_id(parts: Iterable[tuple[str, bytes]], limits: Limits = DEFAULT) -> str | None:
    """The Message-ID of the mail that came back, out of whichever part holds it or its headers."""
    for kind, octets in parts:
        if kind in RETURNED_TYPES:
            headers, _ = read_section(octets.lstrip(b"\r\n"), limits=limits)
            if found := parse_message_id(headers.first("message-id")):
                return found
    return None


def complete(
    headers: Headers,
    text: str,
    parts: Sequence[tuple[str, bytes]],
    report: DeliveryReport | None,
    kind: AutomationKind,
    limits: Limits = DEFAULT,
) -> DeliveryReport:
    """What a bounce or delay tells in any way, added to what its status parts told."""
    report = report or read_notification(text, kind, limits) or DeliveryReport()
    action = "delayed" if kind is AutomationKind.DELAY else "failed"
    if not any(one.address for one in report.recipients):
        recipients = _recipients(headers, text, parts, action, limits)
        report = replace(report, recipients=recipients or report.recipients)
    if report.original_message_id is None:
        report = replace(report, original_message_id=_original_id(headers, text, parts, limits))
    subject, references = _original_header(text, parts, limits)
    return replace(report, original_subject=subject, original_references=references)


def _original_header(text: str, parts: Iterable[tuple[str, bytes]], limits: Limits) -> tuple[str, tuple[str, ...]]:
    """Subject of the mail that came back and what it answered, the newest first: of its header, else of the text."""
    for kind, octets in parts:
        if kind in RETURNED_TYPES:
            returned, _ = read_section(octets.lstrip(b"\r\n"), limits=limits)
            if returned.fields:
                answered = parse_message_ids(returned.first("in-reply-to"))
                named = (*answered, *reversed(parse_message_ids(returned.first("references"))))
                return returned.decoded("subject"), tuple(dict.fromkeys(named))[:MOST_REFERENCES]
    subject, fields = header_in(text)
    named = tuple(one for field in fields for one in reversed(parse_message_ids(field)))
    return decode_words(subject), tuple(dict.fromkeys(named))[:MOST_REFERENCES]


def _recipients(
    headers: Headers, text: str, parts: Sequence[tuple[str, bytes]], action: str, limits: Limits
) -> tuple[RecipientReport, ...]:
    """From X-Failed-Recipients, else from the text, else whom the mail that came back was written to."""
    own = frozenset(one.address.lower() for name in ("from", "to") for one in parse_addresses(headers.first(name)))
    told = recipients_in(text, own, action, limits.recipients)
    failed = parse_addresses(", ".join(headers.all("x-failed-recipients")), limits)
    if failed:
        known = {one.address.lower(): one for one in told}
        nothing = RecipientReport("", action)
        named = {one.address.lower(): one.address for one in failed}
        return tuple(replace(known.get(low, nothing), address=one) for low, one in named.items())[: limits.recipients]
    if told:
        return told
    for kind, octets in parts:
        if kind in RETURNED_TYPES:
            returned, _ = read_section(octets.lstrip(b"\r\n"), limits=limits)
            to = parse_addresses(returned.first("to"), limits)
            if to:
                return tuple(RecipientReport(one.address, action) for one in to[:MOST_GUESSED])
    return ()


def _original_id(headers: Headers, text: str, parts: Sequence[tuple[str, bytes]], limits: Limits) -> str | None:
    """From the mail that came back, from its header in the text, else from the fields that answer it."""
    if one := returned_message_id(parts, limits) or message_id_in(text):
        return one
    for name in ("x-original-message-id", "in-reply-to", "references"):
        if ids := parse_message_ids(headers.first(name)):
            return ids[-1]
    return None


def _blocks(octets: bytes, limits: Limits) -> list[Headers]:
    """The groups of fields, separated by blank lines (RFC 3464 §2.1), as far as a header section may be long."""
    octets = octets[: limits.header_octets]
    found: list[Headers] = []
    at = 0
    while at < len(octets) and len(found) <= limits.recipients:
        headers, stop = read_section(octets, at, limits=limits)
        if stop == at:  # a line that is no field: go on behind it
            stop = octets.find(b"\n", at) + 1 or len(octets)
        elif headers.fields:
            found.append(headers)
        at = stop
    return found


def _recipient(block: Headers) -> RecipientReport | None:
    final, original = (_address(block.first(name)) for name in ("final-recipient", "original-recipient"))
    action = block.decoded("action").lower()
    if not final and not original and not action:
        return None
    diagnostic = block.decoded("diagnostic-code")
    kind, semicolon, said = diagnostic.partition(";")
    said = said if semicolon and " " not in kind.strip() else diagnostic
    status = ENHANCED_STATUS.search(block.first("status")[:200]) or ENHANCED_STATUS.search(diagnostic[:LONGEST_WORDS])
    return RecipientReport(
        address=next((one for one in (final, original) if "@" in one), final or original),
        action=action.partition("(")[0].strip()[:40],
        status=status[0] if status else "",
        diagnostic=said.strip()[:LONGEST_WORDS],
    )


def _address(field: str) -> str:
    """`rfc822; jo@example.org` (RFC 3464 §2.3.2) without its type, and without brackets."""
    value = field.partition(";")[2] or field
    addresses = parse_addresses(value)
    return addresses[0].address if addresses else value.strip(" \t\r\n<>")[:320]
