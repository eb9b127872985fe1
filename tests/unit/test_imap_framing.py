"""Octets to responses: the same whatever the chunks, linear, and bounded."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.imap.framing import Framer, TooMuch

STREAM = (
    b"* OK ready {5}\r\n"
    b"* 1 FETCH (UID 1 BODY[] {12}\r\n* 2 {3}\r\nab) FLAGS (\\Seen))\r\n"
    b"* 2 FETCH (UID 2 BODY[] {0}\r\n BODY[HEADER] {1}\r\n\n)\n"
    b"+ go on {7}\r\n"
    b'* LIST () "/" {4}\r\na"b \r\n'
    b"A1 NO no such {9}\r\n"
)
EXPECTED = [
    [b"* OK ready {5}"],
    [b"* 1 FETCH (UID 1 BODY[] {12}", bytearray(b"* 2 {3}\r\nab)"), b" FLAGS (\\Seen))"],
    [b"* 2 FETCH (UID 2 BODY[] {0}", bytearray(), b" BODY[HEADER] {1}", bytearray(b"\n"), b")"],
    [b"+ go on {7}"],
    [b'* LIST () "/" {4}', bytearray(b'a"b '), b""],
    [b"A1 NO no such {9}"],
]


def all_of(chunks, framer=None):
    framer = framer or Framer()
    return [parts for chunk in chunks for parts in framer.feed(chunk)]


@given(st.sets(st.integers(1, len(STREAM) - 1)))
def test_any_split_gives_the_same_responses(cuts):
    ends = [0, *sorted(cuts), len(STREAM)]
    assert all_of(STREAM[a:b] for a, b in pairwise(ends)) == EXPECTED


def test_literals_alone_are_bytearrays():
    kinds = [[type(part) for part in parts] for parts in all_of([STREAM])]
    assert kinds[1] == [bytes, bytearray, bytes]


def test_clean_means_nothing_is_half_received():
    framer = Framer()
    for chunk, clean in ((b"* OK", False), (b"\r\n", True), (b"* 1 FETCH (BODY[] {3}\r\n", False), (b"abc)\r\n", True)):
        list(framer.feed(chunk))
        assert framer.clean is clean


@pytest.mark.parametrize(
    ("stream", "literal"),
    [
        (b"* " + b"x" * 200, False),
        (b"* 1 FETCH (BODY[] {101}\r\n", True),
        (b"* 1 FETCH (BODY[] {99999999999999999999}\r\n", True),
        (b"* 1 FETCH (BODY[] {60}\r\n" + b"x" * 60 + b" BODY[TEXT] {60}\r\n", True),
        (b"* 1 FETCH (" + b"x {0}\r\n" * 2000, True),
    ],
)
def test_more_than_we_are_willing_to_hold_is_refused(stream, literal):
    with pytest.raises(TooMuch) as caught:
        all_of([stream], Framer(max_line=100, max_literals=100))
    assert caught.value.literal is literal


@pytest.mark.parametrize("line", [b"* 1 FETCH (x {}", b"* 1 FETCH x}", b"* 1 FETCH (x {-1}", b"* 1 FETCH (x {\xb2}"])
def test_what_looks_like_a_literal_and_is_none(line):
    assert all_of([line + b"\r\n"]) == [[line]]


def test_time_grows_with_the_octets_alone():
    row = b"* 1 FETCH (UID 1 FLAGS ())\r\n"
    start = time.process_time()
    assert len(all_of([row * 20_000])) == 20_000
    assert len(all_of([b"* 1 FETCH (BODY[] {2000000}\r\n"] + [b"x" * 50] * 40_000 + [b")\r\n"])) == 1
    assert len(all_of([b"x" * 50] * 40_000 + [b"\r\n"])) == 1
    assert time.process_time() - start < 2
