"""Acknowledgements and alerts as octets."""

from __future__ import annotations

import email
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Permanent
from gateway.model import Requester
from gateway.smtp.acknowledge import compose, compose_alert, tag, their_subject
from gateway.smtp.addresses import wire
from gateway.smtp.links import has_links
from gateway.steps import Acknowledge
from parsers import parse

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
STEP = Acknowledge(
    to=Requester("ann@customer.example", "Ann <b>Sender</b>"),
    message_id="ack.0123456789@acme.example",
    in_reply_to="q1@customer.example",
    references=("q0@customer.example", "q1@customer.example"),
    subject="Printer <on> fire",
)


def mail(step: Acknowledge = STEP, ticket: int = 12345, **kwargs: str) -> tuple[EmailMessage, bytes]:
    octets = compose(step, ticket, from_address="support@acme.example", now=NOW, **kwargs)
    parsed = email.message_from_bytes(octets, policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed, octets


def altered(**changes: object) -> Acknowledge:
    from dataclasses import replace

    return replace(STEP, **changes)  # type: ignore[arg-type]


def test_it_says_what_it_is_and_what_it_answers():
    parsed, octets = mail(from_name="Acme Süpport")
    assert parsed["Subject"] == "[ID:0012345] Re: Printer <on> fire"
    assert parsed["From"] == "Acme Süpport <support@acme.example>"
    assert parsed["To"] == "ann@customer.example"
    assert parsed["Message-ID"] == "<ack.0123456789@acme.example>"
    assert parsed["In-Reply-To"] == "<q1@customer.example>"
    assert parsed["References"].split() == ["<q0@customer.example>", "<q1@customer.example>"]
    assert parsed["Auto-Submitted"] == "auto-replied"
    assert parsed["X-Auto-Response-Suppress"] == "All"
    assert parsed["Precedence"] == "auto_reply"
    assert parsed["X-Halo-Mailgate"] == "acknowledgement"
    assert parsed["Content-Language"] == "en"
    assert parsed["MIME-Version"] == "1.0"
    assert parsed["Date"].datetime == NOW
    assert parsed.get_content_type() == "multipart/alternative"
    plain, html = (part.get_content() for part in parsed.iter_parts())
    assert "[ID:0012345]" in plain
    assert "[ID:0012345] Printer <on> fire" in plain  # nothing of the mail but its subject
    assert "<on>" not in html
    assert octets.isascii()
    assert b"\n" not in octets.replace(b"\r\n", b"")
    assert max(map(len, octets.split(b"\r\n"))) <= 998


def test_nothing_of_the_mail_but_its_subject_is_sent_back():
    _, octets = mail()
    assert b"Sender" not in octets


@pytest.mark.parametrize(
    ("subject", "sent"),
    [
        ("Re: RE: re[2]: Printer", "Printer"),
        ("[ID:0000001] Printer", "Printer"),
        ("Printer [id: 1][ID:2] x", "Printer x"),
        ("a\r\nBcc: victim@example.com", "a Bcc:"),
        ("a\x00b\u202egnp.exe\u2029", "a b gnp.exe"),
        ("x" * 500, "x" * 119 + "…"),
        ("  ", ""),
        ("Re:", ""),
    ],
)
def test_a_subject_is_one_short_clean_line(subject, sent):
    assert their_subject(subject) == sent


@pytest.mark.parametrize(
    "address",
    [
        *(
            "evil\u3002example",
            "evil\uff0eexample",
            "evil\uff61example",
            "evil\u2024example",
            "ev\u200bil.exam\u00adple",
        ),
        *("185.220.101.1", "\uff11\uff18\uff15.220.101.1", "0xb9.0xdc.0x65.0x01", "2001:db8::1", "[2001:db8::1]"),
        *("https://evil", "hxxp://evil", "http\uff1a//evil", "http:evil", "//evil", "\\\\evil\\share", "file:///etc"),
        *(
            "javascript:alert(1)",
            "data:text/html,x",
            "mailto:eve",
            "tel:123",
            "search-ms:query=x",
            "<https://evil|bank>",
        ),
        *(
            "evil[.]example",
            "evil(dot)example",
            "evil [.] example",
            "evil dot com",
            "evil&#46;example",
            "evil%2eexample",
        ),
        *(
            "evil.example.",
            "(evil.example)",
            '"evil.example"!',
            "[bank](evil.example)",
            "evil.com-bank",
            "evil.com_bank",
        ),
        *("www.evil", "xn--e1afmkfd.xn--p1ai", "\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444", "evil.pdf.example"),
        *("evil\u3002\u4e2d\u56fd", "eve@evil", "eve\uff20evil", "=?utf-8?q?evil=2Eexample?="),
        *(
            "+1 888 555 0199",
            "(888) 555-0199",
            "888\u2013555\u20130199",
            "0800 123 4567",
            "+49-30-1234567",
            "0049301234567",
        ),
        *("[ID:0000007]", "\uff3b\uff29\uff24\uff1a\uff10\uff10\uff17\uff3d", "[I\u200bD:0000007]", "[ID: 7 ]"),
    ],
)
def test_nothing_that_leads_anywhere_is_sent_back(address):
    assert their_subject(f"Pay now {address} or else") == "Pay now or else"
    assert their_subject(address) == ""
    parsed, _ = mail(altered(subject="Pay now", topic=f"Pay now {address}"))
    assert parsed["Thread-Topic"] == "Pay now"


@pytest.mark.parametrize(
    "subject",
    [
        *("invoice.pdf cannot be opened", "and/or 24/7, TCP/IP", "Version 10.0.19045.3693 fails", "Hello...world"),
        *(
            "Meeting 10:30 on 2026-03-02 09:00",
            "Urlaub 01.03.2026 - 05.03.2026",
            "order 4711234567",
            "3,5 Mio. (12.5 %)",
        ),
        *("z.B. C# und .NET", "Fehler:E42", "[OTHER#12345678] Ticket#2026030210000012 is not ours", "EUR 1.234.567,00"),
        "\u6253\u5370\u673a\u574f\u4e86\u3002\u8bf7\u5e2e\u5fd9",
    ],
)
def test_an_ordinary_subject_is_sent_back_as_it_is(subject):
    assert their_subject(subject) == subject


def test_the_reference_of_another_help_desk_stays_at_the_end_of_a_long_subject():
    sent = their_subject(f"{'word ' * 200}[OTHER#123]")
    assert sent.endswith("… [OTHER#123]")
    assert len(sent) <= 120


def test_the_topic_shows_no_more_than_the_subject():
    parsed, _ = mail(altered(subject="Printer", topic="Your account is locked"))
    assert parsed["Thread-Topic"] == "Printer"
    parsed, _ = mail(altered(subject="", topic="Your account is locked"))
    assert parsed["Thread-Topic"] is None


@given(st.lists(st.sampled_from([*"ab1.:/@\\[]()- ", "evil.example", "http://", "\u3002", "\u200b", "+1", "[ID:7]"])))
def test_however_it_is_put_together_no_address_is_left(parts):
    sent = their_subject("".join(parts))
    assert not has_links(sent)
    assert their_subject(sent) == sent


def test_no_subject():
    parsed, _ = mail(altered(subject="", in_reply_to=None, references=()))
    assert parsed["Subject"] == "[ID:0012345] Your message"
    assert parsed["In-Reply-To"] is None
    assert parsed["References"] is None
    assert "Subject:" not in parsed.get_body(("plain",)).get_content()


def test_long_message_ids_are_folded_and_never_encoded():
    long = "x" * 300 + "@customer.example"
    ids = tuple(f"{number}.{long}" for number in range(40))
    parsed, octets = mail(altered(message_id="ack." + long, in_reply_to=ids[-1], references=ids))
    assert f"Message-ID: <ack.{long}>\r\n".encode() in octets
    assert f"In-Reply-To: <{ids[-1]}>\r\n".encode() in octets
    assert parsed["References"].split() == [f"<{one}>" for one in ids[-20:]]
    assert b"=?" not in octets.partition(b"\r\n\r\n")[0]


def test_message_ids_that_could_inject_are_left_out():
    parsed, octets = mail(altered(in_reply_to="a@b>\r\nBcc: <c@d", references=("ü@x", "a b@c", "good@c", "y" * 2000)))
    assert parsed["In-Reply-To"] is None
    assert parsed["References"] == "<good@c>"
    assert parsed["Bcc"] is None
    assert octets.isascii()


@given(st.text(max_size=300), st.text(max_size=60), st.lists(st.text(max_size=40), max_size=3))
def test_whatever_was_in_the_mail_the_fields_are_ours(subject, name, ids):
    step = altered(subject=subject, references=tuple(ids), in_reply_to=ids[0] if ids else None)
    parsed, octets = mail(step, from_name=name)
    assert octets.isascii()
    assert set(parsed.keys()) <= {
        *("From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted", "Precedence"),
        *("Thread-Topic", "Thread-Index"),
        *(
            "X-Auto-Response-Suppress",
            "X-Halo-Mailgate",
            "Thread-Topic",
            "Thread-Index",
            "Content-Language",
            "Content-Type",
            "MIME-Version",
        ),
    }
    assert parsed["To"] == "ann@customer.example"
    assert parsed["Subject"].startswith("[ID:0012345] ")
    assert not parsed.defects


@pytest.mark.parametrize(
    ("address", "spec", "utf8"),
    [
        ("Ann.O'Neil+x@Customer.Example", "Ann.O'Neil+x@customer.example", False),
        ("ann@müller.example", "ann@xn--mller-kva.example", False),
        ("jörg@müller.example", "jörg@xn--mller-kva.example", True),
        ("john..doe.@docomo.example", "john..doe.@docomo.example", False),
        ('"john doe"@x.example', '"john doe"@x.example', False),
        ("a@under_score.example", "a@under_score.example", False),
        ("root@[127.0.0.1]", "root@[127.0.0.1]", False),
        ("root@[IPv6:::1]", "root@[IPv6:::1]", False),
    ],
)
def test_addresses_go_out_as_smtp_has_them(address, spec, utf8):
    assert (wire(address).spec, wire(address).utf8) == (spec, utf8)
    parsed, octets = mail(altered(to=Requester(address)))
    assert len(parsed["To"].addresses) == 1
    assert parsed["To"].addresses[0].domain == spec.rpartition("@")[2]
    assert octets.isascii() is not utf8


@pytest.mark.parametrize(
    "address",
    [
        *("", "ann", "@x.example", "ann@", "a b@x.example", "a@b@c.example", "a<b@x.example", "a,b@x.example"),
        *('"a"b"@x.example', '"a\\"@x.example', "a\r\n@x.example", "a@x.example\r\nRCPT TO:<b@c>", "a@x..example"),
        *(
            "a@[evil]",
            "a@x y",
            "a" * 65 + "@x.example",
            "a@" + "b" * 64 + ".example",
            "a@" + "b." * 200 + "c",
            "a@⒈com",
        ),
        *("a\u2028b@x.example", "a\x00@x.example", "\udcff@x.example"),
    ],
)
def test_addresses_that_cannot_be_sent_to_are_refused_without_being_repeated(address):
    with pytest.raises(Permanent) as caught:
        mail(altered(to=Requester(address)))
    assert caught.value.cause == "address_unusable"
    assert "x.example" not in str(caught.value)


def test_an_alert_is_a_plain_mail():
    octets = compose_alert(
        ["ops@acme.example", "boss@acme.example"],
        "Halo\r\nis down",
        "Line one\nLïne two\n",
        from_address="support@acme.example",
        message_id="x@acme.example",
        now=NOW,
    )
    parsed = email.message_from_bytes(octets, policy=default)
    assert parsed["Subject"] == "Halo is down"
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert len(parsed["To"].addresses) == 2
    assert parsed.get_content() == "Line one\r\nLïne two\r\n"
    assert octets.isascii()


def test_the_tag_has_seven_digits_or_more():
    assert tag(7) == "[ID:0000007]"
    assert tag(123456789) == "[ID:123456789]"


def test_what_a_reply_quotes_of_it_is_cut_off_whatever_the_language():
    plain = next(mail()[0].iter_parts()).get_content()
    quoted = "\n".join(f"| {line}" for line in plain.splitlines())
    body = parse(f"Subject: Re: [ID:0012345]\n\nIt works again.\n\nZiq qaz vux\n{quoted}\n".encode()).body
    assert body.reply_text.startswith("It works again.")
    assert "We have received it" not in body.reply_text


LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da")


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_says_all_of_it_and_is_read_as_an_answer_of_ours(language):
    from gateway.smtp.wording import phrases, spoken
    from parsers.cleaners.marker import is_marker

    words = phrases(language)
    assert words.keys() == phrases("en").keys()
    assert language == "en" or not set(words.values()) & set(phrases("en").values()) - {"Ticket:"}
    parsed, _ = mail(altered(language=language, respond_within=240, signed="hm-1-12345-abc"), from_name="Acme <b>")
    plain, html = (part.get_content() for part in parsed.iter_parts())
    assert is_marker(plain.splitlines()[0])
    assert is_marker(f"> {plain.splitlines()[0]}")
    for form in (plain, html):
        assert "{" not in form.replace(":root {", "").split("</style>")[-1]
        assert spoken(240, language) in form
        assert form.count("[ID:0012345]") >= 2
        assert "hm-1-12345-abc" in form
    assert all(one in html for one in ("Acme &lt;b&gt;", f'lang="{language}"', "color-scheme"))
    assert not any(one in html for one in ("http", "<script", "<img", "url("))
    assert max(map(len, plain.splitlines())) <= 120
    assert parsed["Content-Language"] == language


@pytest.mark.parametrize(
    ("language", "minutes", "said"),
    [
        ("de", 60, "1 Stunde"),
        ("de", 2880, "2 Tagen"),
        ("pl", 60, "1 godziny"),
        ("pl", 300, "5 godzin"),
        ("xx", 90, "90 minutes"),
    ],
)
def test_times_are_spoken_as_people_say_them(language, minutes, said):
    from gateway.smtp.wording import spoken

    assert spoken(minutes, language) == said


def test_a_rule_may_have_a_text_for_each_language(tmp_path):
    (tmp_path / "vip.txt.j2").write_text("general {{ tag }}")
    (tmp_path / "vip.de.txt.j2").write_text("deutsch {{ tag }}")
    for language, word in (("de", "deutsch"), ("fr", "general")):
        parsed, _ = mail(altered(language=language, template="vip"), templates=tmp_path)
        assert parsed.get_content().startswith(f"{word} [ID:0012345]")
