"""Mail made to hurt: every limit says that it was reached and leaves a usable object; every hostile input is read.

How long the hostile inputs take as they grow is measured by `tests/bench/hostile.py`: time is no test.
"""

import base64
from dataclasses import fields, replace

import pytest
from bench.hostile_inputs import CATALOGUE, attached, compressed, multiparts, tnef, tnef_rtf

from parsers import parse
from parsers.limits import DEFAULT, Limits
from parsers.markup import bounds
from parsers.view import as_object

HEAD = b"From: Ada <ada@example.com>\nTo: desk@example.com\nSubject: The printer\nMessage-ID: <1@example.com>\n"
MIXED = b"Content-Type: multipart/mixed; boundary=b\n\n"
SMALL = 6_000


def html(markup: bytes) -> bytes:
    return HEAD + b"Content-Type: text/html; charset=utf-8\n\n<p>Hello.</p>" + markup


# Limit -> what it is made, a mail that is beyond it, and the defect that says so.
REACHED = {
    "header_fields": (6, HEAD + b"X: y\n" * 9 + b"\nHello.", "limit: header section"),
    "header_octets": (150, HEAD + b"X: y\n" * 90 + b"\nHello.", "limit: header section"),
    "field_octets": (300, HEAD + b"X: y\n" + b" z\n" * 900 + b"\nHello.", "limit: header section"),
    "depth": (3, HEAD + multiparts(600).partition(b"Subject: Fwd: y\n")[2], "limit: nesting"),
    "parts": (5, HEAD + MIXED + b"--b\n\nHello.\n" * 9, "limit: number of parts"),
    "text": (50, HEAD + b"\n" + b"Hello. " * 20, "limit: text"),
    "html": (50, html(b"<b>x</b>" * 20), "limit: html size"),
    "html_depth": (9, html(b"<div>" * 20), "limit: html nesting"),
    "html_tags": (9, html(b"<b>x</b>" * 60), "limit: html tags"),
    "html_entities": (9, html(b"&amp;" * 20), "limit: html entities"),
    "html_writing": (9_000, html(b"<p>" + b"&eacute;xx" * 100), "limit: html entities"),
    "html_attributes_of_all": (50, html(b"<p dir=a lang=b>x" * 60), "limit: html attributes"),
    "html_styles": (9, html(b"".join(b'<p style="margin:%dpx">x' % n for n in range(20))), "limit: html styles"),
    "html_attributes": (
        9,
        html(b"<a" + b"".join(b" a%d=1" % n for n in range(20)) + b">x</a>"),
        "limit: html attributes",
    ),
    "data_pictures": (
        2,
        html(
            b"".join(
                b'<img src="data:image/png;base64,%s">' % base64.b64encode(b"\x89PNG\r\n\x1a\n%09d" % n)
                for n in range(9)
            )
        ),
        "limit: pictures",
    ),
    "unwrapped": (
        1,
        HEAD
        + MIXED
        + b"--b\n\nHello.\n"
        + b"--b\nContent-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n\neJ8+IgEA\n" * 3,
        "limit: wrapped parts",
    ),
    "rtf": (9, attached(b"application/ms-tnef", tnef_rtf(900)), "limit: TNEF"),
    "rtf_tokens": (9, attached(b"application/ms-tnef", tnef_rtf(900)), "limit: TNEF"),
    "tnef_attributes": (2, attached(b"application/ms-tnef", tnef(900, 0x00069002)), "limit: TNEF"),
    "unwrapped_octets": (5, attached(b"application/pkcs7-mime", compressed(900)), "limit: packed S/MIME"),
    "addresses": (
        2,
        HEAD.replace(b"desk@example.com", b"a@example.com, b@example.com, c@example.com") + b"\nHello.",
        "limit: number of addresses",
    ),
    "references": (2, HEAD + b"References: <a@b> <c@d> <e@f>\n\nHello.", "limit: number of references"),
    "recipients": (
        2,
        HEAD + b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nHello.\n"
        b"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n"
        + b"".join(b"Final-Recipient: rfc822; a%d@example.com\nAction: failed\n\n" % n for n in range(9)),
        "limit: number of recipients",
    ),
    "parameters": (2, HEAD + b"Content-Type: text/plain" + b"; a=b" * 9 + b"\n\nHello.", "limit: number of parameters"),
    "encoded_blocks": (
        2,
        HEAD + b"\nHello.\n" + b"begin 644 x.bin\n#86)C\n`\nend\n" * 9,
        "limit: number of encoded files",
    ),
    "cleaned_lines": (3, HEAD + b"\nHello.\n" + b"> x\n" * 9, "limit: text, searched"),
    "cleaned": (30, HEAD + b"\nHello.\n" + b"> x\n" * 90, "limit: text, searched"),
    "calendar": (
        90,
        HEAD
        + b"Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Hello\n"
        + b"DESCRIPTION:x\n" * 9,
        "limit: invitation",
    ),
    "attendees": (
        2,
        HEAD
        + b"Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Hello\n"
        + b"ATTENDEE:mailto:a@example.com\n" * 9
        + b"END:VEVENT\nEND:VCALENDAR\n",
        "limit: invitation",
    ),
}


def small(name: str, value: int) -> Limits:
    return replace(DEFAULT, **{name: value})


@pytest.mark.parametrize("name", REACHED)
def test_a_limit_says_so_and_leaves_a_usable_object(name):
    value, octets, defect = REACHED[name]
    mail = parse(octets, small(name, value))
    assert mail.from_ is not None
    assert mail.from_.address == "ada@example.com"
    assert mail.subject in {"The printer", "Fwd: y"}
    assert mail.body.text.strip() or mail.attachments
    assert not [one for one in mail.defects if one.startswith("unreadable")]
    said = [one for one in mail.defects if one.startswith("limit: ")]
    assert [one for one in said if one.startswith(defect)], mail.defects
    assert not [one for one in parse(octets).defects if one.startswith("limit: ")], "the mail itself is within bounds"


def test_every_limit_is_tried():
    assert {one.name for one in fields(Limits)} == set(REACHED)


def test_what_is_beyond_a_limit_is_kept_as_it_came():
    long = parse(HEAD + b"\n" + b"Hello. " * 20, small("text", 50))
    assert long.attachments[0].octets == b"Hello. " * 20
    many = parse(HEAD + MIXED + b"".join(b"--b\n\nNumber %d.\n" % n for n in range(9)), small("parts", 5))
    assert many.attachments[-1].octets.endswith(b"Number 8.\n")
    assert "Number 0." in many.body.text


def test_the_first_addresses_and_the_last_references_are_kept():
    mail = parse(REACHED["addresses"][1], small("addresses", 2))
    assert [one.address for one in mail.to] == ["a@example.com", "b@example.com"]
    mail = parse(REACHED["references"][1], small("references", 2))
    assert mail.references == ("c@d", "e@f")


def test_html_beyond_a_limit_is_shown_as_text():
    for name in ("html", "html_depth", "html_tags", "html_entities", "html_attributes"):
        value, octets, _ = REACHED[name]
        mail = parse(octets, small(name, value))
        assert "Hello." in mail.body.text
        assert "Hello." in (mail.body.html or "")


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", CATALOGUE)
def test_hostile_mail_is_read(name):
    mail = parse(CATALOGUE[name](SMALL))
    assert not [one for one in mail.defects if one.startswith("unreadable")]
    assert as_object(mail)


def test_10_000_multiparts_lose_nothing():
    octets = multiparts(600_000)
    mail = parse(octets)
    assert mail.attachments[0].octets.endswith(b"hello")
    assert len(mail.attachments) == 1


WORDS = "x" * 30


@pytest.mark.parametrize(
    ("piece", "word"),
    [
        (f"&amp;{WORDS}", "entities"),
        (f"\u00a1{WORDS}", "entities"),
        (f"\u00a0{WORDS}", "entities"),
        (f"</x>&eacute;{WORDS}", "entities"),
        (f"<x y='<b>'>&eacute;{WORDS}</x>", "entities"),
        (f"<td>&eacute;{WORDS}", "entities"),
        ("<p dir=a lang=b align=c valign=d hidden class=e>x", "attributes"),
        ("<p hidden dir lang align valign class style>x", "attributes"),
    ],
)
def test_products_are_bounded_and_not_their_factors(piece, word):
    markup = piece * (1_600_000 // len(piece))
    mail = parse(b"Content-Type: text/html; charset=utf-8\n\n" + markup.encode())
    assert f"limit: html {word}, shown as text" in mail.defects
    assert mail.body.text.count("x") > 10_000  # shown, not lost
    assert "<p dir" not in (mail.body.html or "")


def test_as_much_in_many_texts_is_no_product():
    cell = f"&nbsp;{WORDS}"
    for markup in (f"<p>{cell}" * 20_000, f"<table>{f'<tr><td>{cell}' * 20_000}</table>"):
        assert bounds.check(markup, DEFAULT) == ""
    assert bounds.check(f"<p>{cell * 20_000}", replace(DEFAULT, html_writing=9 * 10**9)) == "entities"


def test_different_styles_have_an_end():
    markup = "".join(f'<p style="margin:{number}px">x' for number in range(12_000))
    assert bounds.check(markup, DEFAULT) == "styles"
    assert bounds.check(markup.replace("px", "")[: len(markup) // 2], DEFAULT) == ""


def test_the_parts_of_a_mail_share_what_is_bounded():
    part = b"--b\nContent-Type: text/html; charset=utf-8\n\n<p>" + "\u00a1xx".encode() * 15_000 + b"\n"
    defects = [parse(b"Content-Type: multipart/mixed; boundary=b\n\n" + part * times).defects for times in (1, 20)]
    assert not any("limit: html" in one for one in defects[0])
    assert "limit: html entities, shown as text" in defects[1]


def test_lines_beyond_the_headers_bounds_are_passed_over():
    rest = b"Content-Type: text/plain\n" + b" folded\n" * 100_000 + b"X-More: y\n" * 100_000
    mail = parse(b"Subject: x\n" + rest + b"\nThe text.\n")
    assert (mail.subject, mail.body.text) == ("x", "The text.")
    assert "limit: header section" in mail.defects


def test_files_in_the_text_are_looked_for_a_bounded_number_of_times():
    begun = b"begin 644 x\nM\n"
    file = b"begin 644 a.txt\n#86)C\n`\nend\n"
    assert [len(parse(b"\n" + begun * times + file).attachments) for times in (900, 1_100)] == [1, 0]
