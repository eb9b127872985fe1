"""Lines that clients write above a quoted or forwarded mail: separators and header blocks, in any language.

Promises: looks at single lines and at a bounded number of lines after them, so that a search over a mail stays linear.
Fails: never. Knows nothing of whether a mail is answered or passed on: `forward/` and `cleaners/` decide that.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from parsers.words.labels import FORWARD_BEGINS, FORWARD_ENDS, FORWARD_STEMS, FORWARD_TITLES, LABEL_FIELDS, ORIGINAL

LONGEST_LINE = 400  # a separator or a label is never longer
LONGEST_TITLE = 120  # of a separator, without its dashes
LONGEST_LABEL = 30
LONGEST_VALUE = 8_000  # characters of one field of a block: some hundred recipients
MOST_LINES = 120  # of one header block: recipients are wrapped over many
MOST_WORDS = 10  # of a separator that has no dashes but ends with a colon
MARKS = "> \t\u00a0*_|\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
BLANKS = MARKS.replace(">", "").replace("_", "")
# Hyphens of all lengths (Proton writes U+2010), box drawings (Evolution in Vietnamese), and what else draws a line.
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2500\u2501"
FRAME = DASHES + "=_:\uff1a. \t\u00a0*<>[]#~+"
OPENS = frozenset(DASHES + "=_*[<>#~+")
COLONS = (":", "\uff1a")
REPEATABLE = frozenset({"date", "other", "reply-to"})  # `Date:` and `Sent:`, several attachments
MOST_UNKNOWN = 8  # fields at the end of a block, in a language nobody listed


_Read = Callable[[str], tuple[str, str] | None]


@dataclass(slots=True)
class HeaderBlock:
    """`From: … Sent: … To: … Subject: …` in some language: the fields by English name, and the lines it takes."""

    start: int
    stop: int
    fields: dict[str, str] = field(default_factory=dict)


def bare(line: str) -> str:
    """A line without quote marks and the asterisks that stand for bold."""
    return line[:LONGEST_LINE].lstrip(MARKS).rstrip(BLANKS)


def lowered(text: str) -> str:
    """In lower case, in one form of accents, the Turkish capital one letter, blanks single."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return " ".join(text.lower().replace("\u0307", "").split())


def separator_kind(line: str) -> str:
    """`forward`, `original`, `end` (of a forward), `rule` (a line drawn), `framed` (words nobody listed) or ''."""
    text = bare(line)
    if not text:
        return "rule" if line.count("_") >= 10 and not line.strip("_ \t>") else ""
    framed = text[0] in OPENS
    colon = text.endswith(COLONS)
    if not framed and not colon:
        return "forward" if len(text) <= LONGEST_TITLE and lowered(text) in FORWARD_TITLES else ""
    inner = text.strip(FRAME)
    if not inner:
        return "rule" if len(text) >= 10 else ""
    if len(inner) > LONGEST_TITLE:
        return ""
    framed = framed and len(text) - len(inner) >= 4
    if not framed and not colon:
        return ""
    title = lowered(inner)
    if framed and title.startswith(FORWARD_ENDS):
        return "end"
    if framed and title.startswith(ORIGINAL):
        return "original"
    if (framed or (title.startswith(FORWARD_BEGINS) and title.count(" ") < MOST_WORDS)) and any(
        stem in title for stem in FORWARD_STEMS
    ):
        return "forward"
    # In a language nobody has listed yet: only with dashes on both sides.
    both = framed and text[-1] in DASHES + "=_" and text[:3] == text[0] * 3 and len(inner) > 3
    return "framed" if both else ""


def label_of(line: str) -> tuple[str, str] | None:
    """The field and the value of a labelled line, or None."""
    text = line.lstrip(MARKS)
    at = text.find(":", 0, LONGEST_LABEL + 10)
    if not text.isascii() and (wide := text.find("\uff1a", 0, LONGEST_LABEL + 10)) >= 0:
        at = min(at, wide) if at >= 0 else wide
    if at <= 0:
        return None
    label = text[:at].strip(MARKS)
    if len(label) > LONGEST_LABEL:
        return None
    name = LABEL_FIELDS.get(label.lower()) or LABEL_FIELDS.get(lowered(label))
    return (name, text[at + 1 : at + LONGEST_VALUE].strip(BLANKS)) if name else None


def loose_label_of(line: str) -> tuple[str, str] | None:
    """The same where the client writes no colon (eM Client, Lotus Notes): only to be asked right below a separator."""
    if found := label_of(line):
        return found
    words = line[:LONGEST_VALUE].lstrip(MARKS).split(None, 3)
    for count in range(min(len(words), 3), 0, -1):
        name = LABEL_FIELDS.get(lowered(" ".join(words[:count])))
        if name:
            return name, " ".join(words[count:]).strip(BLANKS)
    return None


def header_block(
    lines: Sequence[str],
    start: int,
    *,
    least: int = 2,
    read: _Read = label_of,
) -> HeaderBlock | None:
    """The block that begins at `start`: a sender and at least `least` of date, subject and recipients.

    Labels may stand above their values, and fields may be paragraphs of their own.
    """
    first = read(lines[start])
    if first is None or not _may_begin(lines, start, first[0], read):
        return None
    reader = _BlockReader(start)
    for at in range(start, min(start + MOST_LINES, len(lines))):
        if not reader.take(at, read(lines[at]), bare(lines[at])):
            break
    block = reader.finish()
    for at in range(block.stop, min(block.stop + MOST_UNKNOWN, len(lines))):
        if not _is_unknown_field(lines[at]):
            break
        block.stop = at + 1
    known = block.fields.keys()
    if "from" in known and len(known & {"date", "subject", "to"}) >= least:
        return block
    return None


def _may_begin(lines: Sequence[str], start: int, name: str, read: _Read) -> bool:
    """Whether a block begins here rather than above: else every line of a long one would be read for every other."""
    before = read(lines[start - 1]) if start and name != "from" else None
    return before is None or (before[0] == name and name not in REPEATABLE)


class _BlockReader:
    """A header block while it is read, line by line."""

    def __init__(self, start: int) -> None:
        self.block = HeaderBlock(start, start + 1)
        self.last = ""
        self.wrapped: list[str] = []
        self.wrapped_at = start
        self.blanks = 0
        self.spaced = False  # fields are paragraphs
        self.below = 0  # fields whose value stands below the label

    def take(self, at: int, found: tuple[str, str] | None, text: str) -> bool:
        """Whether the block may go on after this line."""
        if not text and found is None:
            self.blanks += 1
            return self.blanks < 2
        gap, self.blanks = self.blanks, 0
        if found is None:
            if gap and (self.wrapped or self.block.fields.get(self.last)):
                return False  # the text begins
            if not self.wrapped:
                self.wrapped_at = at
            self.wrapped.append(text)
            return True
        name, value = found
        if name in self.block.fields and (gap or name not in REPEATABLE):
            return False  # another block
        if gap and len(self.block.fields) > 1 and not self.spaced:
            return False
        self.spaced = self.spaced or bool(gap)
        self._settle()
        self.block.stop = at + 1
        if name not in self.block.fields:
            self.last, self.block.fields[name] = name, value
        else:
            self.last = ""
        return True

    def _settle(self) -> None:
        """Lines of a value belong to the block only if another label follows them."""
        if self.wrapped and self.last:
            before = self.block.fields[self.last]
            self.below += not before
            self.block.fields[self.last] = " ".join((before, *self.wrapped)).strip()[:LONGEST_VALUE]
        self.wrapped = []

    def finish(self) -> HeaderBlock:
        """The block with what belongs to its last field: a value below its label, the rest of a list of people."""
        block, last = self.block, self.last
        value = block.fields.get(last, "")
        if self.wrapped and last and not value and self.below >= max(len(block.fields) - 1, 1):
            block.fields[last] = self.wrapped[0]
            block.stop = self.wrapped_at + 1
        elif last in {"to", "cc"} and self.wrapped_at == block.stop:
            for text in self.wrapped:
                if not value.endswith((",", ";")) and value.count("<") <= value.count(">"):
                    break
                value = f"{value} {text}"[:LONGEST_VALUE]
                block.stop += 1
            block.fields[last] = value
        return block


def _is_unknown_field(line: str) -> bool:
    """A label that nobody listed: what follows looks like an address or stands behind a tabulator."""
    label, colon, value = bare(line).replace("\uff1a", ":").partition(":")
    if not colon or not 0 < len(label) <= LONGEST_LABEL or not label[0].isalpha():
        return False
    return value.startswith((" \t", "\t")) or "@" in value
