"""Which machine wrote a mail, by which sign; and delivery reports."""

# ruff: noqa: RUF001 - the letters of other languages are meant

import time

import pytest

from parsers import parse
from parsers.automation.free_form import message_id_in, recipients_in
from parsers.automation.notifications import read_notification
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
        ("List-Unsubscribe: <mailto:u@x.y>\nPrecedence: bulk", Kind.AUTO_GENERATED),
        ("X-Auto-Response-Suppress: DR, OOF, AutoReply", Kind.NONE),
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


FAILURE = "This is the mail system at host mx.b.example.\n\n<jo@b.example>: unknown user\n"


@pytest.mark.parametrize(
    ("headers", "body", "kind"),
    [
        # a sender that only mail systems have
        ("From: Mailer-Daemon@b.example\nSubject: Hello", FAILURE, Kind.BOUNCE),
        ("From: Mail Delivery System <x@b.example>\nSubject: Re: hi", FAILURE, Kind.BOUNCE),
        ("From: MAILER-DAEMON@b.example\nSubject: Postfix SMTP server: errors from h", "In: EHLO", Kind.AUTO_GENERATED),
        # an administrator may be a person
        ("From: postmaster@b.example\nSubject: Your questions", "We looked into the log.", Kind.NONE),
        ("From: postmaster@b.example\nSubject: Your mail", FAILURE, Kind.BOUNCE),
        # nobody's address: subject and text have to fit
        ("From: ndr7@b.example\nSubject: Mail delivery failed", FAILURE, Kind.BOUNCE),
        ("From: ndr7@b.example\nSubject: Mail delivery failed", "I cannot send to Jo.", Kind.NONE),
        ("From: jo@b.example\nSubject: Mail delivery problem", "> This is the mail system at host x", Kind.NONE),
        ("From: jo@b.example\nSubject: Fwd: Mail delivery failed", FAILURE, Kind.NONE),
        ("From: jo@b.example\nSubject: Mail delivery failed\nUser-Agent: Mozilla Thunderbird", FAILURE, Kind.NONE),
        ("From: jo@b.example\nSubject: Printer", FAILURE, Kind.NONE),
        ("From: jo@b.example\nSubject: Mail delivery failed\nAuto-Submitted: no", FAILURE, Kind.NONE),
        # shops and parcel services
        (
            "From: dhl@b.example\nSubject: Delivery notification\nAuto-Submitted: auto-generated",
            "Today.",
            Kind.AUTO_GENERATED,
        ),
        ("From: dhl@b.example\nSubject: Delivery delayed", "Your parcel comes tomorrow.", Kind.NONE),
        # delays
        ("From: postmaster@b.example\nSubject: Delivery Status Notification (Delay)", "x", Kind.DELAY),
        ("From: MAILER-DAEMON@b.example\nSubject: Hi", "THIS IS A WARNING MESSAGE ONLY", Kind.DELAY),
        ("X-Failed-Recipients: a@b.c\nSubject: Warning: message 1 delayed", "x", Kind.DELAY),
        # a list server that did not pass it on
        ("X-MLServer: fml\nMailing-List: x", "You are not a member of this mailing list <l@b.example>.", Kind.BOUNCE),
        # receipts
        (
            "Subject: Read: plan",
            "Your message\n To: Jo\n Subject: plan\n Sent: 1/1/26 8:00\nwas read",
            Kind.READ_RECEIPT,
        ),
        ("Subject: Read: plan", "I read it. Your message is clear: do it.", Kind.NONE),
        ("Subject: x\nContent-Class: urn:content-classes:mdn", "x", Kind.READ_RECEIPT),
        ('Content-Type: application/pkcs7-mime; smime-type="signed-receipt"', "MA==", Kind.READ_RECEIPT),
        # vacation answers
        ("Subject: Out of office\nReturn-Path: <>", "x", Kind.OUT_OF_OFFICE),
        ("Subject: Out of office", "How do I set it?", Kind.NONE),
        ("Subject: Re: saw\nReturn-Path: <>", "I am on holiday.", Kind.OUT_OF_OFFICE),
        ("Subject: Re: saw\nReturn-Path: <>", "We got it.", Kind.AUTO_REPLY),
        ("Subject: Re: saw\nAuto-Submitted: auto-replied", "Bin bis Montag im Urlaub.", Kind.OUT_OF_OFFICE),
        ("Subject: AUTO: Jo is out of the office", "x", Kind.OUT_OF_OFFICE),
        ("Subject: Auto: Delle in der Tür", "x", Kind.NONE),
        # lists and newsletters
        ("List-Unsubscribe: <mailto:u@x.y>", "x", Kind.MAILING_LIST),
        ("List-Unsubscribe: <mailto:u@x.y>\nFeedback-ID: 1", "x", Kind.AUTO_GENERATED),
        ("List-Id: <l>\nList-Post: <mailto:l@x.y>\nFeedback-ID: 1", "x", Kind.MAILING_LIST),
        ("List-Id: <l>\nX-List-Administrivia: yes", "x", Kind.AUTO_GENERATED),
        ("Sender: owner-l@x.y\nPrecedence: bulk", "x", Kind.MAILING_LIST),
        # alerts
        ("X-Cron-Env: <SHELL=/bin/sh>", "x", Kind.AUTO_GENERATED),
        ("Subject: ** PROBLEM Service Alert: db **", "x", Kind.AUTO_GENERATED),
        ("X-Auto-Response-Suppress: All\nIn-Reply-To: <a@b>", "x", Kind.NONE),
        ("From: no-reply@x.y\nReply-To: jo@b.example", "x", Kind.NONE),
        ("From: no-reply@x.y\nReply-To: no-reply@x.y", "x", Kind.AUTO_GENERATED),
    ],
)
def test_form(headers, body, kind):
    assert classified(headers, body).automation.kind == kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<a@b.example>: no such user\n", [("a@b.example", "", "no such user")]),
        ("<a@b.example>:\nno such user (#5.1.1)\n", [("a@b.example", "5.1.1", "no such user (#5.1.1)")]),
        ("  a@b.example\n    said: 550\n    5.2.2 full\n", [("a@b.example", "5.2.2", "said: 550 5.2.2 full")]),
        ("Your message to a@b.example couldn't be delivered.\n", [("a@b.example", "", "")]),
        (
            "550 5.1.1 <a@b.example>... User unknown\n",
            [("a@b.example", "5.1.1", "550 5.1.1 <a@b.example>... User unknown")],
        ),
        ("Failed Recipient: a@b.example\nReason: gone\n", [("a@b.example", "", "Reason: gone")]),
        ("To: list@b.example\nSubject: x\n\na@b.example on 4/29/2026 5:05 PM\n", [("a@b.example", "", "")]),
        ("a@b.example, c@b.example\n", [("a@b.example", "", ""), ("c@b.example", "", "")]),
        (
            "Final-Recipient: rfc822;a@b.example\nStatus: 5.4.4\nDiagnostic-Code: smtp;550 no\n",
            [("a@b.example", "5.4.4", "550 no")],
        ),
        ("Ask postmaster@x.example about a@b.example please\n", [("a@b.example", "", "")]),
        ("could not be delivered to <postmaster@x.example>\n", [("postmaster@x.example", "", "")]),
        ("SMTP=a@b.example on Fri, 4 Oct\n", [("a@b.example", "", "")]),
        ("nobody is named here\n", []),
        ("<a@b.example>: no\n\nReceived: from x\nTo: c@b.example\nd@b.example\n", [("a@b.example", "", "no")]),
    ],
)
def test_recipients_in_a_text(text, expected):
    mail = classified("From: MAILER-DAEMON@x.example\nSubject: failure notice", f"Sorry.\n\n{text}")
    assert mail.delivery_report is not None
    assert [(one.address, one.status, one.diagnostic) for one in mail.delivery_report.recipients] == expected
    assert all(one.action == "failed" for one in mail.delivery_report.recipients)


def test_whom_the_returned_mail_was_written_to_is_the_last_resort():
    mail = parse(
        b"From: MAILER-DAEMON@x.example\nIn-Reply-To: <o@p.example>\nSubject: failure notice\n"
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nSorry.\n--b\nContent-Type: text/rfc822-headers\n\n"
        b"To: a@b.example\n--b--\n"
    )
    assert mail.delivery_report is not None
    assert [one.address for one in mail.delivery_report.recipients] == ["a@b.example"]
    assert mail.delivery_report.original_message_id == "o@p.example"


@pytest.mark.parametrize(
    ("text", "kind", "recipient"),
    [
        (
            '{"eventType":"DeliveryDelay","delayedRecipients":[{"emailAddress":"a@b.example","status":"4.4.1"}]}',
            Kind.DELAY,
            ("a@b.example", "delayed", "4.4.1"),
        ),
        (
            '[{"email":"a@b.example","event":"bounce","status":"5.1.1","reason":"550 no"}]',
            Kind.BOUNCE,
            ("a@b.example", "failed", "5.1.1"),
        ),
        (
            '{"event":"failed","severity":"permanent","recipient":"a@b.example","x":{"code":550,"message":"5.1.1 no"}}',
            Kind.BOUNCE,
            ("a@b.example", "failed", "5.1.1"),
        ),
        (
            '{"event":"failed","severity":"temporary","recipient":"a@b.example"}',
            Kind.DELAY,
            ("a@b.example", "delayed", ""),
        ),
        (
            '{"RecordType":"Bounce","Type":"HardBounce","Email":"a@b.example","Details":"smtp;550 5.1.1 no"}',
            Kind.BOUNCE,
            ("a@b.example", "failed", "5.1.1"),
        ),
    ],
)
def test_notifications_in_json(text, kind, recipient):
    mail = classified("From: no-reply@s.example", text)
    assert mail.automation.kind == kind
    assert mail.delivery_report is not None
    assert [(one.address, one.action, one.status) for one in mail.delivery_report.recipients] == [recipient]
    assert classified("From: jo@s.example", text).automation.kind == Kind.NONE


def test_a_delivery_in_json_is_no_bounce():
    mail = classified("From: no-reply@s.example", '{"notificationType":"Delivery","bounce":"x"}')
    assert mail.automation.kind == Kind.AUTO_GENERATED
    assert mail.delivery_report is None


@pytest.mark.parametrize(
    "unit",
    [
        "a@b.c ",
        "a@b.c\n",
        "@",
        "a@b.c:\n x\n",
        "<a@b.c>: 550\n",
        "Final-Recipient: rfc822; a@b.c\n",
        '"a":"',
        "{",
        "> ",
        "\n",
    ],
)
def test_no_bounce_is_slow(unit):
    text = unit * (1_000_000 // len(unit))
    begun = time.process_time()
    found = [
        recipients_in(text, frozenset(), "failed", 200),
        message_id_in(text),
        read_notification("{" + text, Kind.BOUNCE),
    ]
    assert time.process_time() - begun < 0.5
    assert len(found[0]) <= 200
