"""Whether a machine wrote a mail, what kind, and by which sign.

Promises: the first sign in an order of trust decides: reports by their structure, then what the sender declares
(RFC 3834), then forms that are known to come from machines, then lists. `Auto-Submitted: no` is a person. Signs with
their reason, not decisions. Fails: never. Knows nothing of tickets and acknowledgements.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from parsers.headers import Headers, unfold
from parsers.model import Automation, AutomationKind, DeliveryReport
from parsers.words.automatic import BOUNCE_SUBJECTS, BOUNCE_TEXTS, DELAY_SUBJECTS, OUT_OF_OFFICE, VACATION_WORDS

LIST_FIELDS = ("list-id", "list-post", "list-unsubscribe", "list-help", "list-subscribe", "list-owner", "list-archive")
REPORT_TYPES = {
    "feedback-report": AutomationKind.FEEDBACK_REPORT,
    "disposition-notification": AutomationKind.READ_RECEIPT,
}
PART_TYPES = {
    "message/feedback-report": AutomationKind.FEEDBACK_REPORT,
    "message/disposition-notification": AutomationKind.READ_RECEIPT,
    "message/global-disposition-notification": AutomationKind.READ_RECEIPT,
}
# Local parts that only mail systems use.
MAIL_SYSTEMS = re.compile(
    r"(?:mailer[-_.]?daemon|mail[-_.]?daemon|postmaster|mail-system|mail\.?delivery(?:[-_.]?(?:sub)?system)?|"
    r"mdaemon|microsoftexchange[0-9a-f]{20,40}|bounces?|mmdf|mail[-_.]?deliver(?:y|er)[-_.]?(?:subsystem)?)\Z",
    re.IGNORECASE,
)
NO_REPLY = re.compile(
    r"(?:no|donot|do-not|do_not|dont|not|never|nicht|keine)[-_.]?(?:reply|respond|answer|antworten|antwort)",
    re.IGNORECASE,
)
DISPLAY_SYSTEM = re.compile(
    r"mailer[- ]daemon|mail delivery (?:sub)?system|postmaster|mail administrator", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Signs:
    """What the classification looks at."""

    headers: Headers
    subject: str
    sender: str  # the address of From, or the raw field if there is none
    sender_name: str
    report_type: str  # the report-type parameter of a multipart/report
    media_types: frozenset[str]
    invitation: bool  # a text/calendar part with a method
    report: DeliveryReport | None
    null_reverse_path: bool
    text: str


def classify(signs: Signs) -> Automation:
    """The kind of machine that wrote the mail and the sign that gave it away; NONE for people."""
    for look in LOOKS:
        if found := look(signs):
            return found if found.kind is not AutomationKind.NONE else Automation()
    return Automation()


def _structure(signs: Signs) -> Automation | None:
    """Reports by their parts (RFC 3464, 8098, 5965)."""
    for name in sorted(signs.media_types & PART_TYPES.keys()):
        return Automation(PART_TYPES[name], f"part {name}")
    if signs.report_type in REPORT_TYPES:
        return Automation(REPORT_TYPES[signs.report_type], f"report-type={signs.report_type}")
    if signs.report is None and signs.report_type not in {"delivery-status", "global-delivery-status"}:
        return None
    actions = {one.action for one in signs.report.recipients} if signs.report else set()
    statuses = {one.status[:1] for one in signs.report.recipients} if signs.report else set()
    if actions & {"failed", "failure"} or "5" in statuses:
        return Automation(AutomationKind.BOUNCE, "Action: failed")
    if "delayed" in actions or (actions <= {""} and "4" in statuses):
        return Automation(AutomationKind.DELAY, "Action: delayed")
    if actions & {"delivered", "relayed", "expanded"}:
        return Automation(
            AutomationKind.AUTO_GENERATED, f"Action: {min(actions & {'delivered', 'relayed', 'expanded'})}"
        )
    return Automation(AutomationKind.BOUNCE, "part message/delivery-status")


def _free_form(signs: Signs) -> Automation | None:
    """Reports of mail systems that do not write RFC 3464."""
    if signs.headers.first("x-failed-recipients"):
        delayed = signs.subject.lower().startswith(DELAY_SUBJECTS)
        return Automation(AutomationKind.DELAY if delayed else AutomationKind.BOUNCE, "X-Failed-Recipients")
    subject = signs.subject.strip().lower()
    local = signs.sender.partition("@")[0].partition("<")[0].strip(' "')
    system = bool(MAIL_SYSTEMS.match(local) or DISPLAY_SYSTEM.search(signs.sender_name[:200]))
    if not (system or signs.null_reverse_path):
        return None
    text = signs.text[:4_000].lower()
    if subject.startswith(DELAY_SUBJECTS):
        return Automation(AutomationKind.DELAY, "subject of a delay report")
    if subject.startswith(BOUNCE_SUBJECTS) or any(
        one in subject for one in ("failure notice", "undeliver", "nondeliver")
    ):
        return Automation(AutomationKind.BOUNCE, "subject of a bounce")
    if any(one in text for one in BOUNCE_TEXTS):
        return Automation(AutomationKind.BOUNCE, "text of a bounce")
    if system and not _declared(signs) and not subject.startswith(OUT_OF_OFFICE):
        return Automation(AutomationKind.BOUNCE, "sender is a mail system")
    return None


def _declared(signs: Signs) -> str:
    """The keyword of Auto-Submitted without parameters and comments (RFC 3834 §5)."""
    field = unfold(signs.headers.first("auto-submitted"))
    return field.partition(";")[0].partition("(")[0].strip().strip('"').lower()


def _auto_submitted(signs: Signs) -> Automation | None:
    keyword = _declared(signs)
    if not keyword:
        return None
    if keyword == "no":
        return _lists(signs) or Automation()
    reason = f"Auto-Submitted: {keyword[:40]}"
    field = signs.headers.first("auto-submitted").lower()
    if _is_vacation(signs) or any(word in field for word in VACATION_WORDS):
        return Automation(AutomationKind.OUT_OF_OFFICE, reason)
    if keyword.startswith("auto-repl"):
        return Automation(AutomationKind.AUTO_REPLY, reason)
    return Automation(AutomationKind.AUTO_GENERATED, reason)


def _responders(signs: Signs) -> Automation | None:
    """Fields that vacation programs and ticket systems write instead of Auto-Submitted."""
    kind = AutomationKind.OUT_OF_OFFICE if _is_vacation(signs) else AutomationKind.AUTO_REPLY
    for name in (
        "x-autoreply",
        "x-autorespond",
        "x-autoresponder",
        "x-mail-autoreply",
        "x-autoreply-from",
        "x-autoresponse",
    ):
        value = unfold(signs.headers.first(name)).lower()
        if value and value not in {"no", "false", "0"}:
            return Automation(kind, f"{name}: {value[:40]}" if "@" not in value else name)
    for name in ("precedence", "x-precedence"):
        value = unfold(signs.headers.first(name)).lower().replace("_", "-")
        if value.startswith(("auto-reply", "auto-replied", "autoreply")):
            return Automation(kind, f"{name}: {value[:40]}")
    if signs.headers.first("x-autogenerated").strip().lower() == "reply":
        return Automation(kind, "x-autogenerated: reply")
    if _is_vacation(signs):
        return Automation(AutomationKind.OUT_OF_OFFICE, "subject of a vacation answer")
    return None


def _is_vacation(signs: Signs) -> bool:
    return signs.subject.strip().lower().startswith(OUT_OF_OFFICE)


def _calendar(signs: Signs) -> Automation | None:
    return Automation(AutomationKind.CALENDAR, "part text/calendar with a method") if signs.invitation else None


def _lists(signs: Signs) -> Automation | None:
    for name in LIST_FIELDS:
        if signs.headers.first(name):
            return Automation(AutomationKind.MAILING_LIST, name)
    for name in ("precedence", "x-precedence"):
        if unfold(signs.headers.first(name)).lower() == "list":
            return Automation(AutomationKind.MAILING_LIST, f"{name}: list")
    return Automation(AutomationKind.MAILING_LIST, "mailing-list") if signs.headers.first("mailing-list") else None


def _generated(signs: Signs) -> Automation | None:
    """Weaker signs that nobody sat at a keyboard."""
    for name in ("precedence", "x-precedence"):
        value = unfold(signs.headers.first(name)).lower()
        if value in {"bulk", "junk"}:
            return Automation(AutomationKind.AUTO_GENERATED, f"{name}: {value}")
    wishes = {one.strip() for one in unfold(signs.headers.first("x-auto-response-suppress")).lower().split(",")}
    if wishes & {"all", "autoreply"}:
        return Automation(AutomationKind.AUTO_GENERATED, "X-Auto-Response-Suppress")
    for name in ("x-fc-machinegenerated", "x-autogenerated", "x-amazon-mail-relay-type"):
        value = signs.headers.first(name).strip().lower()
        if value in {"true", "yes", "notification", "forward", "group", "letter", "mirror", "redirect"}:
            return Automation(AutomationKind.AUTO_GENERATED, name)
    if signs.null_reverse_path:
        return Automation(AutomationKind.AUTO_GENERATED, "Return-Path: <>")
    if NO_REPLY.match(signs.sender.partition("@")[0]):
        return Automation(AutomationKind.AUTO_GENERATED, "sender takes no replies")
    return None


LOOKS: tuple[Callable[[Signs], Automation | None], ...] = (
    _structure,
    _free_form,
    _auto_submitted,
    _responders,
    _calendar,
    _lists,
    _generated,
)
