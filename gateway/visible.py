"""Text that a terminal may be given: nothing in it is obeyed, hidden, or shown in another order than it has.

Promises: pure, linear, total. What is no letter, mark or sign that can be seen is replaced: C0 and C1 controls, DEL,
marks of direction, separators of lines and paragraphs, what has no width, tag characters, fillers that look like
blanks, lone surrogates, what is private or not assigned, the placeholder of an object, and marks beyond the eighth on
one letter, which would cover other lines. `printable` puts U+FFFD in their place and leaves line feeds; `one_line`
leaves none; `escaped` writes them as JSON does, so that a document stays the same document.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

MOST_MARKS = 8
_BLANKS = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
# Letters and marks by their class that nobody sees: fillers, selectors, the joiner of graphemes, the braille blank.
_UNSEEN = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0d\uffa0\ufffc"
    "\U0001d173-\U0001d17a\U000e0100-\U000e01ef"
)
_LOOKS_EMPTY = re.compile(f"[{_UNSEEN}]")
_BLANK = re.compile(f"[{_BLANKS}]")
_REPLACED = "\N{REPLACEMENT CHARACTER}"


def printable(text: str) -> str:
    """For people, line by line."""
    text = text.replace("\r\n", "\n").replace("\t", " ") if not text.isprintable() else text
    if text.isascii() and text.isprintable():
        return text
    text = _LOOKS_EMPTY.sub(_REPLACED, _BLANK.sub(" ", text))
    return "".join(one if seen else _REPLACED for one, seen in _read(text))


def one_line(text: str) -> str:
    """For people, in one line."""
    return printable(text).replace("\n", " ")


def escaped(document: str) -> str:
    r"""A JSON document with `\uXXXX` for everything that is not to be seen; the same document."""
    if document.isascii() and "\x7f" not in document:
        return document
    return "".join(one if seen else _escape(one) for one, seen in _read(document))


def _read(text: str) -> Iterator[tuple[str, bool]]:
    """Each character, and whether it may be shown."""
    marks = 0
    for one in text:
        marks = marks + 1 if not one.isascii() and unicodedata.category(one) in {"Mn", "Me"} else 0
        yield one, _seen(one) and marks <= MOST_MARKS


def _seen(one: str) -> bool:
    return one == "\n" or (one.isprintable() and not _LOOKS_EMPTY.match(one))


def _escape(one: str) -> str:
    units = one.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
