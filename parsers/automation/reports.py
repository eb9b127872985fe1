"""Reports of mail systems: bounces, delays, receipts and complaints, by structure (RFC 3464, 8098, 5965) and by form.

Promises: structure first. A form without structure needs two signs that fit together: who sent it and what it says.
A person who answers, forwards or attaches a bounce wrote a mail, not a bounce. Fails: never.
Knows nothing of recipients: `delivery_report` reads those.
"""

from __future__ import annotations

import re

from parsers.automation.signs import Signs, found
from parsers.model import Automation, AutomationKind
from parsers.words.automatic import (
    AMBIGUOUS_SUBJECTS,
    BOUNCE_SUBJECTS,
    BOUNCE_TEXTS,
    BOUNCE_WITHIN,
    DAEMON_NAMES,
    DAEMONS,
    DELAY_SUBJECTS,
    DELAY_TEXTS,
    RECEIPT_SUBJECTS,
    RECEIPT_TEXTS,
    SYSTEM_NAMES,
    SYSTEMS,
)

REPORT_TYPES = {
    "feedback-report": AutomationKind.FEEDBACK_REPORT,
    "disposition-notification": AutomationKind.READ_RECEIPT,
}
PART_TYPES = {
    "message/feedback-report": AutomationKind.FEEDBACK_REPORT,
    "message/disposition-notification": AutomationKind.READ_RECEIPT,
    "message/global-disposition-notification": AutomationKind.READ_RECEIPT,
}
STATUS_REPORTS = frozenset({"delivery-status", "global-delivery-status"})
RETURNED = frozenset({"message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers"})
# Content classes of Exchange.
CLASSES = {
    "urn:content-classes:dsn": AutomationKind.BOUNCE,
    "urn:content-classes:mdn": AutomationKind.READ_RECEIPT,
}
EXCHANGE = re.compile(r"microsoftexchange[0-9a-f]{20,40}\Z")
SEPARATORS = str.maketrans("", "", "-_. \\\"'+")
# What a gateway calls its own address: `Symantec_AntiVirus_for_SMTP_Gateways@…`
GATEWAY = re.compile(r"anti-?_?virus|virus-?_?wall|_mail_service\Z|mail(?:er)?[-_.]?gateway|smtp[-_.]?gateway")
COMPLAINT = re.compile(r"complaint about message from [0-9a-f.:]{3,45}|e-?mail feedback report for ip [0-9a-f.:]{3,45}")
COMPLAINERS = ("staff@hotmail.com", "staff@outlook.com", "staff@live.com", "scomp@aol.net")
NOBODY, DECLARED, SYSTEM, DAEMON = range(4)
AMBIGUOUS, CERTAIN = 1, 2


def by_structure(signs: Signs) -> Automation | None:
    """Reports by their parts."""
    whole = signs.report_type != ""
    if not whole and signs.answers:
        return None  # a client that forwards a report takes its parts along
    if signs.report_type in {"", "disposition-notification"} and signs.declared.startswith("auto-repl"):
        field = signs.field("auto-submitted")
        if "(rejected)" in field or "; rejected" in field:  # RFC 5429 §2.1: a refusal in the clothes of a receipt
            return found(AutomationKind.BOUNCE, "Auto-Submitted: auto-replied (rejected)")
    for name in sorted(signs.media_types & PART_TYPES.keys()):
        return found(PART_TYPES[name], f"part {name}")
    if signs.report_type in REPORT_TYPES:
        return found(REPORT_TYPES[signs.report_type], f"report-type={signs.report_type}")
    if signs.report_type in STATUS_REPORTS or (signs.report is not None and (whole or _stands(signs))):
        return _by_action(signs)
    if whole:  # RFC 6522: nobody writes a multipart/report by hand
        return found(AutomationKind.AUTO_GENERATED, f"report-type={signs.report_type[:40]}")
    return _receipt(signs)


def _stands(signs: Signs) -> bool:
    """Whether a status part outside a multipart/report is the mail's own, and not one that a person passes on."""
    return trust(signs) > NOBODY or _subject_says(signs) > 0 or not signs.of_a_client


def _by_action(signs: Signs) -> Automation:
    """RFC 3464 §2.3.3: a report tells of the worst that happened."""
    recipients = signs.report.recipients if signs.report else ()
    actions = {one.action for one in recipients}
    statuses = {one.status[:1] for one in recipients}
    if actions & {"failed", "failure", "fail", "error"}:
        return found(AutomationKind.BOUNCE, "Action: failed")
    if "delayed" in actions or (actions <= {""} and "4" in statuses and "5" not in statuses):
        return found(AutomationKind.DELAY, "Action: delayed")
    if done := actions & {"delivered", "deliverable", "relayed", "expanded"}:
        return found(AutomationKind.AUTO_GENERATED, f"Action: {min(done)}")
    if not recipients and signs.low_subject.startswith(DELAY_SUBJECTS):
        return found(AutomationKind.DELAY, "subject of a delay report")
    return found(AutomationKind.BOUNCE, "part message/delivery-status")


def _receipt(signs: Signs) -> Automation | None:
    """Receipts and reports that Exchange and S/MIME write without the parts of the standards."""
    kind = signs.field("content-class")
    if kind in CLASSES and not signs.answers:
        if CLASSES[kind] is AutomationKind.BOUNCE and signs.low_subject.startswith(DELAY_SUBJECTS):
            return found(AutomationKind.DELAY, f"Content-Class: {kind}")
        return found(CLASSES[kind], f"Content-Class: {kind}")
    if "signed-receipt" in signs.field("content-type")[:500]:  # RFC 8551 §3.2.2
        return found(AutomationKind.READ_RECEIPT, "smime-type=signed-receipt")
    subject = signs.whole_subject
    receipt = subject.startswith(RECEIPT_SUBJECTS)
    if receipt and signs.opening.startswith(RECEIPT_TEXTS) and _names_a_mail(signs.opening):
        return found(AutomationKind.READ_RECEIPT, "subject and text of a receipt")
    return None


def _names_a_mail(opening: str) -> bool:
    """Exchange: `Your message To: … Subject: … Sent: … was read on …`: three fields and a time."""
    return opening[:500].count(":") >= 4


def complaint(signs: Signs) -> Automation | None:
    """Complaints older than RFC 5965, and its relatives."""
    for name in ("x-arf", "x-xarf"):
        if signs.field(name) in {"yes", "plain", "secure", "bulk"}:
            return found(AutomationKind.FEEDBACK_REPORT, f"{name}: {signs.field(name)}")
    if signs.sender.lower() not in COMPLAINERS or "message/rfc822" not in signs.media_types:
        return None
    if signs.answers or not COMPLAINT.match(signs.low_subject):
        return None
    return found(AutomationKind.FEEDBACK_REPORT, "subject and sender of a complaint")


def by_form(signs: Signs) -> Automation | None:
    """Reports of mail systems that do not write RFC 3464."""
    if signs.declared == "no":
        return None
    if signs.headers.first("x-failed-recipients"):
        late = signs.low_subject.startswith(DELAY_SUBJECTS) or _says(signs, DELAY_TEXTS)
        return found(AutomationKind.DELAY if late else AutomationKind.BOUNCE, "X-Failed-Recipients")
    sender, subject = trust(signs), _subject_says(signs)
    if sender < DAEMON and (signs.vacation_subject == "certain" or _is_calm(signs, sender, subject)):
        return None
    opening = signs.opening
    bounced = any(one in opening for one in BOUNCE_TEXTS)
    late = any(one in opening for one in DELAY_TEXTS)
    if not _fits(signs, sender, subject, told=bounced or late):
        return _from_daemon(signs) if sender == DAEMON else None
    delayed = signs.low_subject.startswith(DELAY_SUBJECTS) or (late and not _names_failure(signs))
    if delayed:
        return found(AutomationKind.DELAY, "form of a delay report")
    return found(AutomationKind.BOUNCE, "text of a bounce" if bounced else "subject of a bounce")


def _is_calm(signs: Signs, sender: int, subject: int) -> bool:
    """Whether the text need not be looked at: most mail ends here."""
    if sender == NOBODY:
        return subject == 0 or signs.answers or signs.of_a_client
    return sender < SYSTEM and signs.answers


def _fits(signs: Signs, sender: int, subject: int, *, told: bool) -> bool:
    """Whether sender, subject and text together make a report."""
    if sender >= SYSTEM:
        return told or subject == CERTAIN
    if sender == DECLARED:
        return told
    returned = bool(signs.media_types & RETURNED) or signs.report is not None
    return told and (subject == CERTAIN or returned)


def _from_daemon(signs: Signs) -> Automation | None:
    """A mailer daemon writes little else, unless it says so."""
    if signs.declared or signs.vacation_subject or signs.answers or signs.low_subject.startswith("postfix smtp server"):
        return None
    return found(AutomationKind.BOUNCE, "sender is a mail system")


def _subject_says(signs: Signs) -> int:
    """2 if nothing but a report is called that, 1 if other mail may be, else 0."""
    for subject in (signs.low_subject, signs.whole_subject):
        if subject.startswith((*BOUNCE_SUBJECTS, *DELAY_SUBJECTS)):
            return CERTAIN
        if any(one in subject for one in BOUNCE_WITHIN) and not signs.answers:
            return CERTAIN
    return AMBIGUOUS if signs.low_subject.startswith(AMBIGUOUS_SUBJECTS) else 0


def _names_failure(signs: Signs) -> bool:
    subject = signs.low_subject
    return subject.startswith(BOUNCE_SUBJECTS) and not subject.startswith(("warning", "delivery status notification"))


def _says(signs: Signs, phrases: tuple[str, ...]) -> bool:
    opening = signs.opening
    return any(one in opening for one in phrases)


def trust(signs: Signs) -> int:
    """How surely a mail system sent it: DAEMON, SYSTEM (or its administrator), DECLARED a machine, or NOBODY says."""
    local = signs.sender.partition("<")[2] or signs.sender
    local = local.rpartition("@")[0].lower() or local.lower()
    names = {local.translate(SEPARATORS), local.partition("@")[0].translate(SEPARATORS)}
    name = " ".join(signs.sender_name[:200].lower().split())
    if names & DAEMONS or EXCHANGE.match(local) or name in DAEMON_NAMES:
        return DAEMON
    if signs.headers.first("x-mlserver") and not signs.headers.first("x-ml-name"):
        return SYSTEM  # fml answers what it did not pass on
    path = signs.field("return-path").strip("<> ").partition("@")[0].translate(SEPARATORS)
    empty = signs.sender.strip().endswith("<>")
    if names & SYSTEMS or signs.null_reverse_path or path in DAEMONS or path == "postmaster" or empty:
        return SYSTEM
    if GATEWAY.search(local[:64]) or any(one in name for one in SYSTEM_NAMES):
        return SYSTEM
    return DECLARED if signs.declared.startswith("auto-") else NOBODY
