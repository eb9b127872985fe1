"""Subjects: the base subject (RFC 5256 §2.1) in the languages of mail clients, and ticket references.

Promises: linear, pure. Fails: never. Knows nothing of tickets beyond the shape of their reference.
"""

from __future__ import annotations

import re

from parsers.words.subjects import AMBIGUOUS, FORWARD_PREFIXES, REPLY_PREFIXES

# A word or two, perhaps a full stop (`Redir.:`), a count (`Re[2]`, `AW (3)`), and a colon, ASCII or full-width; the
# French put a blank before it.
MARKS = r"\u0300-\u036f\u05b0-\u05c7\u064b-\u0655\u0900-\u094f\u0e31-\u0e4e"  # vowels and tones are no letters
PREFIX = re.compile(
    rf"\s{{0,9}}+([^\W\d_][\w{MARKS}-]{{0,20}}+(?:\s[^\W\d_][\w{MARKS}]{{0,12}}+)?+)\.?+"
    r"\s?+(?:[\[(^]\s?+\d{1,4}+\s?+[\])]?+)?+\s?+[:\uff1a]\s{0,9}+"
)
PREFIXES = REPLY_PREFIXES | FORWARD_PREFIXES
LONGEST = 2_000  # characters of a subject that are looked at
BLOB = re.compile(r"\s{0,9}+\[[^\[\]]{0,200}+\]\s{0,9}+")
TRAILER = re.compile(r"\((?:fwd|fw)\)\Z", re.IGNORECASE)
LEADER = re.compile(r"\s{0,9}+\((?:fwd|fw)\)\s{0,9}+", re.IGNORECASE)  # Pegasus Mail
WRAPPER = re.compile(r"\s{0,9}+\[\s?+(?:fwd|fw)\s?+:\s{0,9}+", re.IGNORECASE)  # `[Fwd: subject]`, RFC 5256 §2.1
# Twelve digits after the zeros: more is no ticket, and would overflow whatever stores it.
NUMBER = re.compile(r"\s{0,3}+0{0,20}+([0-9]{1,12}+)\s{0,3}+")


def base_subject(subject: str) -> str:
    """The subject without prefixes, list tags, `[Fwd: …]` and `(fwd)`. A tag is kept if nothing would be left."""
    rest, before = subject[:LONGEST].strip(), ""
    while rest != before:  # every round takes letters away
        before = rest
        rest = rest[_after_prefixes(rest) :].strip()
        while match := TRAILER.search(rest[-20:]):
            rest = rest[: len(rest) - len(rest[-20:]) + match.start()].strip()
        wrapper = WRAPPER.match(rest)
        if wrapper and rest.endswith("]"):
            rest = rest[wrapper.end() : -1].strip()
    return rest


def _after_prefixes(subject: str) -> int:
    at = 0
    while True:
        prefix = PREFIX.match(subject, at)
        tag = BLOB.match(subject, at)
        leader = LEADER.match(subject, at)
        if prefix and _word(prefix) in PREFIXES:
            at = prefix.end()
        elif leader:
            at = leader.end()
        elif tag and subject[tag.end() :].strip() and not WRAPPER.match(subject, at):
            at = tag.end()
        else:
            return at


def _word(prefix: re.Match[str]) -> str:
    # The capital of the Turkish prefix becomes two letters.
    return " ".join(prefix[1].lower().replace("\u0307", "").split())


def is_forward(subject: str) -> bool:
    """Whether the outermost prefix says that something is passed on."""
    return first_prefix(subject) in FORWARD_PREFIXES


def is_reply(subject: str) -> bool:
    """Whether the outermost prefix says that something is answered."""
    return first_prefix(subject) in REPLY_PREFIXES


def says_forward(subject: str) -> bool:
    """Whether any of the prefixes says that something is passed on: `RE: FW: …`."""
    subject = subject[:LONGEST]
    head = subject[: len(subject) - len(base_subject(subject))]
    return any(_word(prefix) in FORWARD_PREFIXES for prefix in PREFIX.finditer(head))


def is_ambiguous(subject: str) -> bool:
    """Whether the outermost prefix means an answer in one language and a forward in another."""
    return first_prefix(subject) == AMBIGUOUS


def first_prefix(subject: str) -> str:
    """The outermost prefix in lower case, list tags skipped, or the empty string. `(fwd)` counts as one."""
    subject = subject[:LONGEST]
    at = 0
    while not WRAPPER.match(subject, at) and (blob := BLOB.match(subject, at)) and blob.end() > at:
        at = blob.end()
    if WRAPPER.match(subject, at) or LEADER.match(subject, at):
        return "fwd"
    match = PREFIX.match(subject, at)
    word = _word(match) if match else ""
    if word not in PREFIXES and TRAILER.search(subject.rstrip()[-20:]):
        return "fwd"
    return word if word in PREFIXES else ""


def find_ticket_tag(subject: str, start: str = "[ID:", end: str = "]") -> int | None:
    """The number of the first ticket reference such as `[ID:0012345]` in any case, or None."""
    # The capital of one Turkish letter is longer in lower case, and places would no longer agree.
    text = subject.lower() if len(subject.lower()) == len(subject) else subject
    start, end, at = start.lower(), end.lower(), 0
    while start and (at := text.find(start, at)) >= 0:
        at += len(start)
        number = NUMBER.match(text, at)
        if number and text.startswith(end, number.end()):
            return int(number[1])
    return None
