"""Notifications of mail services (Amazon SES through SNS, SendGrid, Mailgun, Postmark) that arrive as a mail of JSON.

Promises: nothing is parsed as a tree: names and values are found in a bounded window, so a notification that relays
have wrapped or cut is read as far as it goes. A person who writes about JSON begins with words, and is not meant.
Fails: never. Knows nothing of the sender.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.automation.signs import Signs, found
from parsers.limits import DEFAULT, Limits
from parsers.message_ids import parse_message_id
from parsers.model import Automation, AutomationKind, DeliveryReport, RecipientReport

WINDOW = 64_000  # SNS cuts at 256 KB, but returned headers are what makes a notification long
LONGEST_WORDS = 500
PAIR = re.compile(r'"([A-Za-z_-]{1,40})"\s{0,20}:\s{0,20}(?:"([^"]{0,1000})"|([0-9]{1,6}))')
STATUS = re.compile(r"(?<![0-9.])[245]\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9.])")
# What says which kind of event it is, and the words for it, without `_` and in lower case.
EVENTS = frozenset({"notificationtype", "eventtype", "event", "recordtype"})
KINDS = {
    "bounce": AutomationKind.BOUNCE,
    "bounced": AutomationKind.BOUNCE,
    "dropped": AutomationKind.BOUNCE,
    "reject": AutomationKind.BOUNCE,
    "failed": AutomationKind.BOUNCE,
    "deliverydelay": AutomationKind.DELAY,
    "deferred": AutomationKind.DELAY,
    "complaint": AutomationKind.FEEDBACK_REPORT,
    "complained": AutomationKind.FEEDBACK_REPORT,
    "spamreport": AutomationKind.FEEDBACK_REPORT,
    "spamcomplaint": AutomationKind.FEEDBACK_REPORT,
}
ADDRESSES = frozenset({"emailaddress", "recipient", "email"})
REASONS = frozenset({"diagnosticcode", "reason", "message", "description", "details"})


def notification(signs: Signs) -> Automation | None:
    """A notification, if the text is JSON and something says that a machine sent it."""
    text = signs.text[:100].lstrip()
    if not text.startswith(("{", "[{", "[\n", "[ ")):
        return None
    topic = signs.headers.first("x-amz-sns-message-id")
    if not (topic or signs.declared.startswith("auto-") or signs.null_reverse_path or "reply" in signs.sender.lower()):
        return None
    for name, value in _pairs(signs.text):
        if name in EVENTS and value.lower() in KINDS:
            kind = KINDS[value.lower()]
            # Mailgun calls a delay a failure that is temporary.
            late = value == "failed" and ("severity", "temporary") in _pairs(signs.text)
            return found(AutomationKind.DELAY if late else kind, f"JSON: {name} {value.lower()}")
    return None


def read_notification(text: str, kind: AutomationKind, limits: Limits = DEFAULT) -> DeliveryReport | None:
    """Recipients and Message-ID of a notification, or None if the text is none."""
    if not text[:100].lstrip().startswith(("{", "[")):
        return None
    recipients: dict[str, RecipientReport] = {}
    original: str | None = None
    address = ""
    fields: dict[str, str] = {}
    for name, value in (*_pairs(text), ("", "")):
        if name == "messageid" and ("@" in value or value.startswith("<")):
            original = original or parse_message_id(value)
        if name in ADDRESSES or not name:
            _keep(address, fields, kind, recipients)
            address, fields = value, {}
        else:
            fields.setdefault(name, value)
    if not recipients:
        return None
    return DeliveryReport(tuple(recipients.values())[: limits.recipients], original)


def _keep(address: str, fields: dict[str, str], kind: AutomationKind, recipients: dict[str, RecipientReport]) -> None:
    if "@" not in address or address in recipients:
        return
    said = next((fields[one] for one in fields if one in REASONS), "")
    status = STATUS.search(fields.get("status", "")) or STATUS.search(said)
    action = fields.get("action") or ("delayed" if kind is AutomationKind.DELAY else "failed")
    recipients[address] = RecipientReport(
        address[:320], action.lower()[:40], status[0] if status else "", said.removeprefix("smtp; ")[:LONGEST_WORDS]
    )


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Names in lower case without `_` and `-`, and values; of a text within a text, whose quotes are escaped, too."""
    window = text[:WINDOW].replace("\\n", " ").replace("\\", "").replace('"{', "{").replace('}"', "}")
    for match in PAIR.finditer(window):
        yield match[1].lower().replace("_", "").replace("-", ""), match[2] if match[2] is not None else match[3]
