"""Subjects: the base subject (RFC 5256 §2.1) in the languages of mail clients, and ticket references.

Promises: linear, pure. Fails: never. Knows nothing of tickets beyond the shape of their reference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

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

# What input methods of East Asia write for ASCII (Unicode's block of full-width forms), and for square brackets.
WIDTHS = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
WIDTHS |= dict.fromkeys((0x3010, 0x3014, 0x3016), "[") | dict.fromkeys((0x3011, 0x3015, 0x3017), "]")


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


Reference = tuple[str, str]
"""What stands before and after the number of a ticket: ("[ID:", "]")."""


def find_references(subject: str, references: Sequence[Reference]) -> tuple[int, ...]:
    """The numbers of all ticket references such as `[ID:0012345]` in any case and any width, each once.

    Of several kinds the one that is named first goes first, wherever it stands; of one kind the first in the text.
    """
    found = (number for one in references for _, _, number in _references(subject, one))
    return tuple(dict.fromkeys(found))


def without_references(subject: str, references: Sequence[Reference]) -> str:
    """The subject, as far as it is looked at, with a blank for each ticket reference."""
    rest, before = subject[:LONGEST], ""
    while rest != before:  # one that is taken out may have stood within another; every round takes letters away
        before = rest
        for one in references:
            parts, at = [], 0
            for start, end, _ in _references(rest, one):
                parts += [rest[at:start], " "]
                at = end
            rest = "".join((*parts, rest[at:]))
    return rest


def _references(subject: str, reference: Reference) -> Iterator[tuple[int, int, int]]:
    """Where each reference of one kind begins and ends, and its number."""
    text, before, after = (_small(one) for one in (subject[:LONGEST], *reference))
    at = 0
    while before and (begin := text.find(before, at)) >= 0:
        at = begin + len(before)
        number = NUMBER.match(text, at)
        if not number or not _stands_alone(text, begin, number.end(1), before, after):
            continue
        end = number.end() if after.strip() else number.end(1)
        if text.startswith(after, end):
            at = end + len(after)
            yield begin, at, int(number[1])


def _small(text: str) -> str:
    """In lower case and in one form (full-width brackets and digits are plain ones), each letter in its place."""
    text = text.translate(WIDTHS)
    folded = (one if one.isascii() or len(form := unicodedata.normalize("NFKC", one)) != 1 else form for one in text)
    return "".join(small if len(small := one.lower()) == 1 else one for one in folded)


def _stands_alone(text: str, begin: int, end: int, before: str, after: str) -> bool:
    """Whether no word runs into a reference that has no bracket there: neither `Xticket 7` nor `#7a`."""
    runs_in = before[0].isalnum() and begin > 0 and text[begin - 1].isalnum()
    runs_on = not after and text[end : end + 1].isalnum()
    return not runs_in and not runs_on
