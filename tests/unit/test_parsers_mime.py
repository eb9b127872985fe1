"""Parts to texts and attachments, names, limits, and what else a mail says of itself."""

import pytest

from parsers import parse
from parsers.limits import Limits
from parsers.parts.filenames import safe_filename
from parsers.parts.structure import read_structure
from parsers.parts.transfer import decode_transfer


def mail(content_type: str, body: str, **headers: str) -> bytes:
    more = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    return f"From: a@b.c\nContent-Type: {content_type}\n{more}\n{body}".encode()


def part(content_type: str, body: str, headers: str = "") -> str:
    return f"Content-Type: {content_type}\n{headers}\n{body}\n"


def multipart(kind: str, *parts: str, boundary: str = "b") -> str:
    inside = "".join(f"--{boundary}\n{one}" for one in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n{inside}--{boundary}--\n'


TEXT = part("text/plain", "plain")
HTML = part("text/html", "<p>rich</p>")
FILE = part("application/pdf", "%PDF", 'Content-Disposition: attachment; filename="a.pdf"\n')
PICTURE = part("image/png", "PNG", "Content-ID: <one@x>\n")


@pytest.mark.parametrize(
    ("octets", "text", "html", "names"),
    [
        (TEXT, "plain", None, []),
        (HTML, "rich", "<p>rich</p>", []),
        (multipart("alternative", TEXT, HTML), "plain", "<p>rich</p>", []),
        (multipart("alternative", HTML, TEXT), "plain", "<p>rich</p>", []),
        (multipart("mixed", TEXT, FILE), "plain", None, ["a.pdf"]),
        (multipart("mixed", TEXT, FILE, part("text/plain", "more")), "plain\n\nmore", None, ["a.pdf"]),
        (multipart("related", HTML, PICTURE), "rich", "<p>rich</p>", ["image.png"]),
        (
            multipart("mixed", multipart("alternative", TEXT, HTML, boundary="i"), FILE),
            "plain",
            "<p>rich</p>",
            ["a.pdf"],
        ),
        (  # Apple Mail: files between stretches of markup
            multipart("alternative", TEXT, multipart("mixed", HTML, FILE, HTML, boundary="i")),
            "plain",
            "<p>rich</p>\n<p>rich</p>",
            ["a.pdf"],
        ),
        (multipart("alternative", part("text/plain", " "), HTML), "rich", "<p>rich</p>", []),
        (multipart("mixed", part("text/plain; name=notes.txt", "named")), "named", None, []),
        (multipart("mixed", TEXT, part("text/plain; name=notes.txt", "named")), "plain", None, ["notes.txt"]),
        (multipart("mixed", TEXT, FILE, FILE), "plain", None, ["a.pdf"]),
        (multipart("mixed", TEXT, part("image/png", "")), "plain", None, []),
        (multipart("mixed", TEXT).replace("--b--\n", ""), "plain", None, []),  # never closed
        (
            multipart("mixed", TEXT, FILE, boundary="real-one").replace('"real-one"', '"other"'),
            "plain",
            None,
            ["a.pdf"],
        ),
        ("Content-Type: multipart/mixed\n\njust text", "just text", None, []),
        (multipart("mixed", multipart("mixed", TEXT, FILE)), "plain", None, ["a.pdf"]),  # one boundary twice
        (multipart("digest", "\nSubject: one\n\nfirst\n"), "first", None, ["one.eml"]),
        ("Content-Type: nonsense\n\ntext", "text", None, []),
        ("\ntext", "text", None, []),
        ("", "", None, []),
    ],
)
def test_bodies_and_attachments(octets, text, html, names):
    found = parse(octets.encode())
    assert (found.body.text, found.body.html) == (text, html)
    assert [one.filename for one in found.attachments] == names


def test_inline_is_what_the_text_shows():
    shown = part("text/html", '<img src="cid:one@x">')
    (picture,) = parse(multipart("related", shown, PICTURE).encode()).attachments
    assert (picture.inline, picture.content_id, picture.octets, picture.size) == (True, "one@x", b"PNG", 3)
    (picture,) = parse(multipart("related", HTML, PICTURE).encode()).attachments
    assert not picture.inline


@pytest.mark.parametrize(
    ("given", "media_type", "name"),
    [
        ("a.txt", "text/plain", "a.txt"),
        ("", "application/pdf", "attachment.pdf"),
        ("..", "image/png", "attachment.png"),
        ("report", "application/pdf", "report.pdf"),
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        (r"C:\temp\x.doc", "application/msword", "x.doc"),
        ("a<b>:c?.txt", "text/plain", "a_b__c_.txt"),
        ("nul.txt", "text/plain", "_nul.txt"),
        ("a\x00b\u202egpj.exe", "image/png", "abgpj.exe"),
        ("end. . ", "application/octet-stream", "end"),
        ("e\u0301.txt", "text/plain", "\u00e9.txt"),
        ("", "x/y", "attachment.bin"),
    ],
)
def test_names(given, media_type, name):
    assert safe_filename(given, media_type) == name


def test_long_names_keep_their_extension():
    name = safe_filename("é" * 500 + ".docx", "x/y")
    assert len(name.encode()) <= 200
    assert name.endswith("é.docx")


@pytest.mark.parametrize(
    ("raw", "encoding", "octets"),
    [
        (b"aGVsbG8=", "base64", b"hello"),
        (b"aGVs\r\n bG8", "BASE64 (x)", b"hello"),
        (b"aGVsbG8=aGVsbG8=", "base64", b"hellohello"),
        (b"a!", "base64", b""),
        (b"=C3=A9=\r\n!", "quoted-printable", "é!".encode()),
        (b"=ZZ=", "quoted-printable", b"=ZZ"),
        (b"begin 644 x\n%:&5L;&\\ \n \nend\n", "x-uuencode", b"hello"),
        (b"as it is", "7-bit-ish", b"as it is"),
    ],
)
def test_transfer_encodings(raw, encoding, octets):
    assert decode_transfer(raw, encoding) == octets


def test_beyond_the_depth_the_rest_is_kept_raw():
    inner = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(9)) + "\ndeep"
    found = parse(inner.encode(), Limits(depth=3))
    (kept,) = found.attachments
    assert kept.octets.endswith(b"deep")
    assert kept.octets.startswith(b"Content-Type: multipart/mixed")
    assert "limit: nesting, the rest is kept raw" in found.defects


def test_beyond_the_number_of_parts_the_rest_is_kept_raw():
    found = parse(multipart("mixed", *[part("text/plain", f"n{n}") for n in range(9)]).encode(), Limits(parts=4))
    assert found.body.text == "n0\n\nn1\n\nn2"
    assert b"n8" in found.attachments[0].octets
    assert "limit: number of parts, the rest is kept raw" in found.defects


def test_text_beyond_the_limit_is_attached_whole():
    found = parse(multipart("mixed", part("text/plain", "12345678"), TEXT).encode(), Limits(text=5))
    assert found.body.text == "12345"
    assert [one.octets for one in found.attachments] == [b"12345678", b"plain"]
    assert "limit: text, the whole is attached" in found.defects


def test_the_tree_stands_in_document_order():
    structure = read_structure(multipart("mixed", multipart("alternative", TEXT, HTML, boundary="i"), FILE).encode())
    assert [(one.media_type, one.depth) for one in structure.parts] == [
        ("multipart/mixed", 0),
        ("multipart/alternative", 1),
        ("text/plain", 2),
        ("text/html", 2),
        ("application/pdf", 1),
    ]


def test_digest_is_the_content_not_the_way_it_came():
    base = b"Message-ID: <a@b>\nFrom: x@y.z\nDate: Mon, 2 Mar 2026 10:00:00 +0000\nSubject: s\n\nhello  world\n"
    one = parse(base).content_digest
    assert one is not None
    assert parse(b"Received: by z\n" + base.replace(b"\n", b"\r\n").replace(b"hello  world", b"hello\r\nworld")) != one
    assert parse(b"Received: by z\n" + base.replace(b"hello  world", b"hello\nworld")).content_digest == one
    assert parse(base.replace(b"world", b"moon")).content_digest != one
    assert parse(base.replace(b"<a@b>", b"<c@b>")).content_digest != one
    assert parse(base.replace(b"Message-ID: <a@b>\n", b"")).content_digest is None


def test_fields_for_rules():
    found = parse(
        b"Received: a\nReceived: b\nReturn-Path: <>\nX-Loop: =?utf-8?q?=C3=A9?=\nX-Halo-Mailgate: 1\n"
        b"Authentication-Results: new;\n spf=pass\nAuthentication-Results: old\nDate: 2 Mar 2026 10:00\n\nx"
    )
    assert (found.hops, found.null_reverse_path) == (2, True)
    assert {name: found.headers[name] for name in ("return-path", "x-loop", "x-halo-mailgate")} == {
        "return-path": "<>",
        "x-loop": "é",
        "x-halo-mailgate": "1",
    }
    assert "received" not in found.headers
    assert [(one.server, one.method, one.result) for one in found.authentication] == [("new", "spf", "pass")]
    assert found.date is not None
    assert found.date.isoformat() == "2026-03-02T10:00:00+00:00"


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Xyz 2026", "Fri, 31 Dec 9999 23:59:59 -2300", "1" * 500])
def test_dates_that_are_none(date):
    assert parse(f"Date: {date}\n\nx".encode()).date is None
