"""Which machine wrote a mail, by which sign; and delivery reports."""

# ruff: noqa: RUF001 - the letters of other languages are meant

import pytest

from parsers import parse
from parsers.model import AutomationKind as Kind

HEAD = "Message-ID: <m@x.y>\nDate: Mon, 2 Mar 2026 10:00:00 +0100\n"


def classified(headers: str, body: str = "Hello."):
    head = headers if "From:" in headers else f"From: Jo <jo@x.y>\n{headers}"
    return parse(f"{head}\n{HEAD}\n{body}".encode())


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ("Subject: hello", Kind.NONE),
        ("Auto-Submitted: no", Kind.NONE),
        ("Auto-Submitted: NO (a person)", Kind.NONE),
        ("Auto-Submitted: no\nReturn-Path: <>", Kind.NONE),
        ("Auto-Submitted: no\nList-Id: <l.x.y>", Kind.MAILING_LIST),
        ("Auto-Submitted: auto-generated", Kind.AUTO_GENERATED),
        ("Auto-Submitted: auto-generated (rejected)", Kind.AUTO_GENERATED),
        ("Auto-Submitted: auto-notified; owner-token=x", Kind.AUTO_GENERATED),
        ("Auto-Submitted: auto-replied", Kind.AUTO_REPLY),
        ("Auto-Submitted:\n AUTO-REPLIED", Kind.AUTO_REPLY),
        ("Auto-Submitted: auto-replied (vacation)", Kind.OUT_OF_OFFICE),
        ('Auto-Submitted: auto-replied; owner-email="jo@x.y"', Kind.OUT_OF_OFFICE),
        ("X-Autoreply: yes", Kind.AUTO_REPLY),
        ("X-Autoreply: no", Kind.NONE),
        ("X-Autorespond: thanks for your mail", Kind.AUTO_REPLY),
        ("Precedence: auto_reply", Kind.AUTO_REPLY),
        ("Precedence: Bulk", Kind.AUTO_GENERATED),
        ("Precedence: junk", Kind.AUTO_GENERATED),
        ("Precedence: first-class", Kind.NONE),
        ("Precedence: list", Kind.MAILING_LIST),
        ("List-Id: <l.x.y>", Kind.MAILING_LIST),
        ("List-Unsubscribe: <mailto:u@x.y>\nPrecedence: bulk", Kind.MAILING_LIST),
        ("X-Auto-Response-Suppress: DR, OOF, AutoReply", Kind.AUTO_GENERATED),
        ("X-Auto-Response-Suppress: All", Kind.AUTO_GENERATED),
        ("X-Auto-Response-Suppress: DR, RN, NRN", Kind.NONE),
        ("Return-Path: <>", Kind.AUTO_GENERATED),
        ("Return-Path: <jo@x.y>", Kind.NONE),
        ("From: noreply@x.y", Kind.AUTO_GENERATED),
        ("From: do-not-reply@x.y", Kind.AUTO_GENERATED),
        ("From: nora.reply@x.y", Kind.NONE),
        ("From: MAILER-DAEMON@x.y", Kind.BOUNCE),
        ("From: MAILER-DAEMON <>\nSubject: Mail delivery failed", Kind.BOUNCE),
        ("From: postmaster@x.y\nSubject: Undeliverable: hi", Kind.BOUNCE),
        ("From: postmaster@x.y\nSubject: Unzustellbar: hi", Kind.BOUNCE),
        ("From: Mail Delivery System <m@x.y>\nSubject: Warning: message 1 delayed 24 hours", Kind.DELAY),
        ("X-Failed-Recipients: a@b.c", Kind.BOUNCE),
        ("Subject: Re: Undeliverable: hi", Kind.NONE),
        ("Subject: failure notice", Kind.NONE),  # no sign but its subject: a person may write that
        ("Content-Type: text/calendar; method=REQUEST", Kind.CALENDAR),
        ("Content-Type: text/calendar", Kind.NONE),
    ],
)
def test_kind(headers, kind):
    found = classified(headers).automation
    assert found.kind == kind
    assert bool(found.reason) == (kind != Kind.NONE)


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: hi",
        "Out of Office: hi",
        "Automatische Antwort: hi",
        "Abwesenheitsnotiz: hi",
        "Réponse automatique : hi",
        "Respuesta automática: hi",
        "Risposta automatica: hi",
        "Resposta automática: hi",
        "Automatisch antwoord: hi",
        "Automatiskt svar: hi",
        "Automatisk svar: hi",
        "Automaattinen vastaus: hi",
        "Odpowiedź automatyczna: hi",
        "Automatická odpověď: hi",
        "Automatikus válasz: hi",
        "Răspuns automat: hi",
        "Автоматический ответ: hi",
        "Otomatik yanıt: hi",
        "自动回复: hi",
        "自動返信: hi",
        "자동 회신: hi",
        "תשובה אוטומטית: hi",
        "رد تلقائي: hi",
    ],
)
def test_out_of_office_by_its_subject(subject):
    assert classified(f"Subject: {subject}").automation.kind == Kind.OUT_OF_OFFICE
    assert classified(f"Subject: Re: {subject}").automation.kind == Kind.NONE


def report(kind: str, part: str, fields: str) -> bytes:
    return (
        f"From: x@y.z\n{HEAD}Content-Type: multipart/report; report-type={kind}; boundary=b\n\n--b\n\nwords\n"
        f"--b\nContent-Type: {part}\n\n{fields}\n--b\nContent-Type: message/rfc822\n\n"
        "Message-ID: <orig@OURS>\nSubject: was\n\ntext\n--b--\n"
    ).encode()


@pytest.mark.parametrize(
    ("kind", "part", "fields", "expected"),
    [
        ("delivery-status", "message/delivery-status", "Final-Recipient: rfc822; a@b\nAction: failed", Kind.BOUNCE),
        ("delivery-status", "message/delivery-status", "Final-Recipient: rfc822; a@b\nAction: delayed", Kind.DELAY),
        ("delivery-status", "message/delivery-status", "Final-Recipient: rfc822; a@b\nStatus: 4.4.1", Kind.DELAY),
        (
            "delivery-status",
            "message/delivery-status",
            "Final-Recipient: rfc822; a@b\nAction: delivered",
            Kind.AUTO_GENERATED,
        ),
        ("delivery-status", "message/delivery-status", "nothing", Kind.BOUNCE),
        ("delivery-status", "text/plain", "nothing", Kind.BOUNCE),
        ("disposition-notification", "message/disposition-notification", "Disposition: x", Kind.READ_RECEIPT),
        ("feedback-report", "message/feedback-report", "Feedback-Type: abuse", Kind.FEEDBACK_REPORT),
    ],
)
def test_reports(kind, part, fields, expected):
    assert parse(report(kind, part, fields)).automation.kind == expected


def test_every_recipient_of_a_report_and_the_mail_that_came_back():
    fields = "Reporting-MTA: dns; m\n\nFinal-Recipient: rfc822; a@b.c\nAction: FAILED\nStatus: 5.1.1 (bad)\n\n"
    mail = parse(report("delivery-status", "message/delivery-status", fields + fields.replace("a@", "z@")))
    assert mail.delivery_report is not None
    assert [(one.address, one.action, one.status) for one in mail.delivery_report.recipients] == [
        ("a@b.c", "failed", "5.1.1"),
        ("z@b.c", "failed", "5.1.1"),
    ]
    assert mail.delivery_report.original_message_id == "orig@ours"
    assert mail.forward is None
