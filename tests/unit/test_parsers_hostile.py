"""Mail made to hurt: every input is about 1 MB or worse in shape, and is read within the marker's time."""

import pytest

from parsers import parse

M = 1_000_000
HEAD = b"From: a@b.c\nMessage-ID: <x@y>\n"
REPORT = (
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
    b"--b\nContent-Type: message/delivery-status\n\n"
)


def html(markup: bytes) -> bytes:
    return HEAD + b"Content-Type: text/html; charset=utf-8\n\n" + markup


def text(body: bytes, encoding: bytes = b"8bit") -> bytes:
    return HEAD + b"Content-Transfer-Encoding: " + encoding + b"\n\n" + body


def nested(levels: int) -> bytes:
    opened = (b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(levels))
    return HEAD + b"".join(opened) + b"\nhello"


CASES = {
    "10,000 multiparts": nested(10_000),
    "one boundary": HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 10_000,
    "100,000 parts": HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 100_000,
    "dashes": HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--x\n" * (M // 4),
    "less-than": html(b"<" * M),
    "ampersands": html(b"&" * M),
    "99,999 ampersands": html(b"&" * 99_999),
    "divs": html(b"<div>" * (M // 5)),
    "comments": html(b"<!--" * (M // 4)),
    "open tags": html(b"<a " * (M // 3)),
    "open quotes": html(b'<a b="' * (M // 6)),
    "attributes": html(b"<a " + b" ".join(b"a%d=1" % n for n in range(100_000)) + b">"),
    "formatting": html(b"".join(b"<font color=%d>" % n for n in range(240)) + b"<p>x" * 90_000),
    "styles": html(b"<style>" * 90_000),
    "wide table": html(b"<table><tr><td>" + b"y" * (M // 2) + b"<tr><td>x" * 25_000),
    "nested tables": html(b"<table><tr><td>" * 80 + b"x" * 1000 + b"<br>x" * 20_000),
    "nested lists": html(b"<ul><li>" * 120 + b"<br>x" * 90_000),
    "a number": html(b"&#" + b"9" * M + b";"),
    "blanks": text(b" " * M + b"x"),
    "line ends": text(b"\n" * M),
    "quote marks": text(b"> x\n" * (M // 4)),
    "On": text(b"On " * (M // 3)),
    "wrote": text(b"On 1 wrote\n" * (M // 11)),
    "From lines": text(b"From: x\n" * (M // 8)),
    "forward lines": text(b"----- Forwarded message -----\n" * 33_000),
    "octets": text(bytes(range(128, 256)) * 8_000),
    "base64": text(b"QQ==" * (M // 4), b"base64"),
    "quoted-printable": text(b"=" * M, b"quoted-printable"),
    "uuencode": text(b"M" * M, b"x-uuencode"),
    "report": HEAD + REPORT + b"Final-Recipient: rfc822;a@b\n\n" * 30_000,
    "long field": b"Subject: " + b"x" * M,
    "folds": b"Subject: x\n" + b" y\n" * (M // 3),
    "fields": b"X: y\n" * (M // 5),
    "comments in To": b"To: " + b"(" * M,
    "brackets in To": b"To: " + b"<a" * (M // 2),
    "quotes in To": b"To: " + b'"' * M,
    "groups in To": b"To: " + b"a:" * (M // 2),
    "words in To": b"To: " + b"a " * (M // 2),
    "encoded-words": b"Subject: " + b"=?utf-8?q?a" * (M // 11),
    "References": b"References: " + b"<" * M,
    "parameters": b"Content-Type: text/plain" + b";a*1*=x" * (M // 7),
    "prefixes": b"Subject: " + b"Re: " * (M // 4),
    "tags": b"Subject: " + b"[a]" * (M // 3),
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("octets", CASES.values(), ids=CASES.keys())
def test_read_in_bounded_time(octets):
    mail = parse(octets)
    assert not [one for one in mail.defects if one.startswith("unreadable")]


def test_10_000_multiparts_lose_nothing():
    mail = parse(nested(10_000))
    assert mail.attachments[0].octets.endswith(b"hello")
    assert len(mail.attachments) == 1
