"""Delivery reports: the fields of RFC 3464, and what can be read of a bounce in free form.

Promises: `read_report` answers from the parts of a report, `read_free_form` from its text; both bounded. An original
Message-ID comes from the returned mail or its headers, else from header lines in the text. Fails: never.
Knows nothing of what kind of mail it is: `automation.py` says that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from parsers.addresses import parse_addresses
from parsers.headers import Headers, read_section
from parsers.limits import DEFAULT, Limits
from parsers.message_ids import parse_message_id
from parsers.model import DeliveryReport, RecipientReport

STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
RETURNED_TYPES = frozenset(
    {"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers", "message/rfc822-headers"}
)
SEARCHED_LINES = 400
LONGEST_WORDS = 500
ENHANCED_STATUS = re.compile(r"(?<![0-9.])[245]\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9.])")
ALONE = re.compile(r"\s{0,8}(?:\S{1,12}\s)?<?([^\s<>@:]{1,64}@[^\s<>@:]{1,255}?)>?(?:\s\(.{0,80}\))?\s?[:.]?\s*\Z")
RETURNED_FIELD = re.compile(r"[\s>|]{0,4}(?:return-path|received|message-id|from|subject|date):", re.IGNORECASE)
MESSAGE_ID_LINE = re.compile(r"[\s>|]{0,8}message-id:\s*(<?[^\s<>]{1,900}>?)", re.IGNORECASE)


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


def read_free_form(
    headers: Headers, text: str, report: DeliveryReport | None, limits: Limits = DEFAULT
) -> DeliveryReport:
    """What the text of a bounce tells, added to what its parts told."""
    lines = text.split("\n")[:SEARCHED_LINES]
    report = report or DeliveryReport()
    if not report.recipients:
        report = replace(report, recipients=_recipients_in_text(headers, lines)[: limits.recipients])
    if report.original_message_id is None:
        ids = (parse_message_id(match[1]) for line in lines if (match := MESSAGE_ID_LINE.match(line[:1_000])))
        report = replace(report, original_message_id=next((one for one in ids if one), None))
    return report


def _blocks(octets: bytes, limits: Limits) -> list[Headers]:
    """The groups of fields, separated by blank lines (RFC 3464 §2.1)."""
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
    named = block.first("final-recipient") or block.first("original-recipient")
    action = block.decoded("action").lower()
    if not named and not action:
        return None
    address = parse_addresses(named.partition(";")[2] or named)
    diagnostic = block.decoded("diagnostic-code")
    return RecipientReport(
        address=address[0].address if address else named.partition(";")[2].strip()[:320],
        action=action.partition("(")[0].strip()[:40],
        status=match[0] if (match := ENHANCED_STATUS.search(block.first("status")[:200])) else "",
        diagnostic=(diagnostic.partition(";")[2].strip() or diagnostic)[:LONGEST_WORDS],
    )


def _recipients_in_text(headers: Headers, lines: Sequence[str]) -> tuple[RecipientReport, ...]:
    failed = parse_addresses(headers.first("x-failed-recipients"))
    found: dict[str, RecipientReport] = {one.address: RecipientReport(one.address, "failed") for one in failed}
    last = ""
    for line in lines:
        if RETURNED_FIELD.match(line):
            break  # what follows is the mail that came back
        if match := ALONE.match(line[:500]):
            one = parse_addresses(match[1])
            last = one[0].address if one else ""
            if last and (not failed or last in found):
                found.setdefault(last, RecipientReport(last, "failed"))
        elif last in found and not found[last].diagnostic and line.strip():
            status = match[0] if (match := ENHANCED_STATUS.search(line[:1_000])) else ""
            found[last] = replace(found[last], diagnostic=line.strip()[:LONGEST_WORDS], status=status)
    return tuple(found.values())
