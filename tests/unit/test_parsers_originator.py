"""Whether From names one author whom everybody reads alike."""

from __future__ import annotations

import pytest

from parsers import originator, parse


def read(header: bytes):
    return parse(header + b"To: support@acme.example\r\nSubject: x\r\n\r\ntext\r\n")


@pytest.mark.parametrize(
    "field",
    [
        "anna@customer.example",
        "Anna Berg <anna@customer.example>",
        '"Berg, Anna" <anna@customer.example>',
        "Berg, Anna <anna@customer.example>",
        "anna@customer.example (Anna Berg)",
        "Anna Berg <anna@customer.example> (at work)",
        "Anna (at work) Berg <anna@customer.example>",
        "<anna@customer.example>",
        "anna@customer.example <anna@customer.example>",
        "'anna@customer.example' <anna@customer.example>",
        '"anna@customer.example" <anna@customer.example>',
        '"anna@other.example" <anna@customer.example>',  # a quoted name is a name
        '"Anna" <Anna@Customer.Example>',
        "=?utf-8?q?Anna_B=C3=A9rg?= <anna@customer.example>",
        "=?utf-8?q?anna=40other.example_via_L?= <list@customer.example>",
        "Anna\r\n Berg\r\n <anna@customer.example>",
        "Anna < anna@customer.example >",
        "Support: Anna <anna@customer.example>",
        "Anna <änna@bücher.example>",
        "Anna <anna@[192.0.2.1]>",
        "",
    ],
)
def test_everybody_reads_it_alike(field):
    assert read(f"From: {field}\r\n".encode()).from_doubt == ""
    assert read(f"From: {field}\r\n".encode().replace(b"\r\n", b"\n")).from_doubt == ""


def test_a_name_in_an_old_charset_is_no_doubt():
    assert read(b"From: Anna B\xe9rg <anna@customer.example>\r\n").from_doubt == ""


@pytest.mark.parametrize(
    ("header", "why"),
    [
        (b"From: a@evil.example\r\nFrom: anna@customer.example\r\n", originator.SEVERAL_FIELDS),
        (b"From: anna@customer.example\r\nX: y\r\nFROM: a@evil.example\r\n", originator.SEVERAL_FIELDS),
        (b"From: anna@customer.example\r\nX: y\rFrom: a@evil.example\r\n", originator.SEVERAL_FIELDS),
        (b"From: anna@customer.example, a@evil.example\r\n", originator.SEVERAL_AUTHORS),
        (b"From: Anna <anna@customer.example>, Eve <a@evil.example>\r\n", originator.SEVERAL_AUTHORS),
        (b"From: <anna@customer.example> <a@evil.example>\r\n", originator.SEVERAL_AUTHORS),
        (b"From: us: anna@customer.example, a@evil.example;\r\n", originator.GROUP),
        (b"From: us: anna@customer.example;\r\n", originator.REPAIRED),
        (b"From: a@evil.example: anna@customer.example\r\n", originator.GROUP),
        (b"From: a@evil.example <anna@customer.example>\r\n", originator.OTHER_WORDS),
        (b"From: <anna@customer.example> a@evil.example\r\n", originator.OTHER_WORDS),
        (b"From: <@evil.example:anna@customer.example>\r\n", originator.REPAIRED),
        (b"From: <anna(x)@customer.example>\r\n", originator.REPAIRED),
        (b"From: <anna@customer.example(x)>\r\n", originator.REPAIRED),
        (b"From: anna@(evil.example)customer.example\r\n", originator.REPAIRED),
        (b'From: "anna berg"@customer.example\r\n', originator.REPAIRED),
        (b"From: anna @customer.example\r\n", originator.REPAIRED),
        (b"From: <anna@customer .example>\r\n", originator.REPAIRED),
        (b"From: <anna@customer.example\r\n", originator.UNENDED),
        (b"From: Anna (x <anna@customer.example>\r\n", originator.UNENDED),
        (b'From: "Anna <anna@customer.example>\r\n', originator.UNENDED),
        (b"From: <anna@customer\x00.example>\r\n", originator.CONTROLS),
        (b"From: <anna@customer\x08.example>\r\n", originator.CONTROLS),
        (b"From: Anna\r <anna@customer.example>\r\n", originator.CONTROLS),
        ("From: <anna@customer\u200b.example>\r\n".encode(), originator.REPAIRED),
        ("From: <anna@customer\u2066.example>\r\n".encode(), originator.REPAIRED),
        (b"From: =?utf-8?q?anna=40customer.example?=\r\n", originator.REPAIRED),
        (b"From: <=?utf-8?q?anna?=@customer.example>\r\n", originator.REPAIRED),
        (b"From: mailto:anna@customer.example\r\n", originator.REPAIRED),
        (b"From: Anna anna@customer.example\r\n", originator.REPAIRED),
        (b"From: <anna@customer.example.>\r\n", originator.REPAIRED),
        (b"From : anna@customer.example\r\n", originator.BENT_FIELD),
        (b"From\r\n : anna@customer.example\r\n", originator.BENT_FIELD),
        (b"X: y\r\nno field\r\nFrom: anna@customer.example\r\n", originator.BROKEN_HEADER),
        (b"X: y\r\n" * 2_001 + b"From: anna@customer.example\r\n", originator.NOT_WHOLE),
        (b"From: anna@customer.example\r\n" + b"X: y\r\n" * 2_001, originator.NOT_WHOLE),
        (b"From: " + b"x" * 5_000 + b" <anna@customer.example>\r\n", originator.TOO_LONG),
    ],
)
def test_somebody_may_read_another(header, why):
    found = read(header).from_doubt
    assert found == why
    assert "anna" not in found
    assert "evil" not in found


def test_an_mbox_line_and_a_mail_without_author_are_no_doubt():
    assert (
        read(b"From anna@customer.example Mon Mar  2 09:00:00 2026\r\nFrom: anna@customer.example\r\n").from_doubt == ""
    )
    assert read(b"Date: Mon, 2 Mar 2026 09:00:00 +0100\r\n").from_doubt == ""
