"""FETCH, SEARCH and LIST rows as servers write them, and as they should not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.imap import rows

BODY = bytearray(b"a: b\r\n\r\n(hi) {3}\r\n")


@pytest.mark.parametrize(
    "row",
    [
        [b"1 FETCH (UID 7 BODY[] {19}", BODY, b")"],
        [b"* 1 FETCH (UID 7 BODY[] {19}", BODY, b")"],
        [b"1 FETCH (BODY[] {19}", BODY, b" UID 7)"],
        [b"1 FETCH (BODY[] ~{19}", BODY, b" UID 7)"],
        [b"1 fetch (uid 7 body[]<0> {19}", BODY, b")"],
        [b"1 FETCH (UID 7 RFC822 {19}", BODY, b")"],
        [b"1 FETCH (BODY.PEEK[] {19}", BODY, b" UID 7)"],
        [b"1 FETCH (BODY[HEADER.FIELDS (A B)] {2}", bytearray(b"xx"), b" UID 7 BODY[] {19}", BODY, b")"],
        [b'1 FETCH (ENVELOPE ("(((" NIL ((NIL "\\")" {1}', bytearray(b"("), b"))) UID 7 BODY[] {19}", BODY, b")"],
        [b"1 FETCH (X-GM-LABELS (\\Inbox a[1]) MODSEQ (12) UID 7 EMAILID (M1) BODY[] {19}", BODY, b")"],
        [b"1 FETCH ( UID  7  BODY[]  {19}", BODY, b" )"],
    ],
)
def test_items_come_in_any_order_among_unknown_ones(row):
    read = rows.fetch_row(row)
    assert (read.uid, read.body) == (7, BODY)
    assert not read.no_body


def test_all_that_a_row_may_say():
    row = rows.fetch_row(
        [rb'1 FETCH (FLAGS (\Seen Work) RFC822.SIZE 44 INTERNALDATE " 7-Jul-1996 02:44:25 -0700" UID 9)']
    )
    there = timezone(timedelta(hours=-7))
    date = datetime(1996, 7, 7, 2, 44, 25, tzinfo=there)
    assert row == rows.FetchRow(9, ("\\Seen", "Work"), 44, date)


@pytest.mark.parametrize(
    ("value", "body", "none"), [(b'"a\\"b\\\\c)"', b'a"b\\c)', False), (b'""', b"", False), (b"NIL", None, True)]
)
def test_a_body_may_be_a_quoted_string_or_nil(value, body, none):
    row = rows.fetch_row([b"1 FETCH (UID 7 BODY[] " + value + b")"])
    assert (row.body, row.no_body) == (body, none)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"1 EXISTS",
        b"1 FETCH",
        b"1 FETCH (",
        b"1 FETCH (UID",
        b"1 FETCH (UID x)",
        b"1 FETCH (UID 0)",
        b"1 FETCH (UID 7 BODY[] {3}",
        b'1 FETCH (UID 7 BODY[] "abc',
        b"1 FETCH (UID 7 FLAGS (",
        b"1 FETCH (UID 7 X (((",
        b"1 FETCH (UID 7 X ([",
        b"1 FETCH (UID 7 X " + b"(" * 10_000,
        b"1 FETCH (RFC822.SIZE " + b"9" * 5000 + b")",
        b"\xff\xfe",
    ],
)
def test_a_row_that_makes_no_sense_is_passed_over(line):
    assert rows.fetch_row([line]) is None


@given(st.lists(st.one_of(st.binary(), st.binary().map(bytearray)), max_size=5), st.binary())
def test_rows_never_raise(parts, tail):
    for row in (parts, [b"1 FETCH (" + tail, *parts], [b"1 FETCH (UID 1 BODY[] {5}", *parts]):
        rows.fetch_row(row)
    hostile = [[tail, *parts]]
    rows.fetched(hostile), rows.search_rows(hostile), rows.list_rows(hostile), rows.codes(hostile)


def test_rows_of_one_mail_are_one():
    found = rows.fetched(
        [
            [b"1 FETCH (UID 5 RFC822.SIZE 19)"],
            [b"3 FETCH (FLAGS (\\Recent))"],
            [b"4 EXISTS"],
            [b"1 FETCH (BODY[] {19}", BODY, b" UID 5)"],
            [b"1 FETCH (UID 5 FLAGS (\\Seen))"],
            [b"2 FETCH (UID 6)"],
        ]
    )
    assert set(found) == {5, 6}
    assert (found[5].size, found[5].body, found[5].flags) == (19, BODY, ("\\Seen",))


def test_search_rows_are_gathered_and_sorted():
    answer = [[b"SEARCH 5 3"], [b"2 EXISTS"], [b"* SEARCH"], [b"search 3 9 x 99999999999 0 4294967296"], [b""]]
    assert rows.search_rows(answer) == [3, 5, 9]
    assert rows.search_rows([]) == []


@pytest.mark.parametrize(
    ("line", "delimiter"),
    [
        (b'LIST (\\Noselect) "/" ""', "/"),
        (b'LIST (\\NoSelect \\HasChildren) "." INBOX', "."),
        (b'LIST () "\\\\" x', "\\"),
        (b"LIST () NIL x", None),
    ],
)
def test_the_delimiter_of_a_list_row(line, delimiter):
    assert [found for _, found in rows.list_rows([[b"OK x"], [line]])] == [delimiter]


def test_attributes_are_lower_case():
    assert rows.list_rows([[b'LIST (\\NoSelect) "/" x']]) == [(frozenset({"\\noselect"}), "/")]


def test_response_codes():
    said = rows.codes([[b"OK [UIDVALIDITY 3] ok"], [b"ok [uidnext 9]"], [b"OK [UIDNOTSTICKY] x"], [b"3 EXISTS"]])
    assert said == {"UIDVALIDITY": "3", "UIDNEXT": "9", "UIDNOTSTICKY": ""}


@pytest.mark.parametrize(
    ("text", "value"),
    [("7", 7), ("4294967295", 4294967295), ("4294967296", None), ("0", None), ("-1", None), ("²", None), (None, None)],
)
def test_numbers(text, value):
    assert rows.number(text) == value


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("17-Jul-2026 02:44:25 +0000", datetime(2026, 7, 17, 2, 44, 25, tzinfo=UTC)),
        ("1-jan-2026 23:59:60 +0000", datetime(2026, 1, 1, 23, 59, 59, tzinfo=UTC)),
        ("31-Feb-2026 00:00:00 +0000", None),
        ("01-Xyz-2026 00:00:00 +0000", None),
        ("01-Jan-2026 00:00:00 +9999", None),
        ("01-Jan-0000 00:00:00 +0000", None),
        ("yesterday", None),
    ],
)
def test_internal_dates(text, date):
    assert rows.internal_date(text) == date
