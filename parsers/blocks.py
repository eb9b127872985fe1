"""Lines that clients write above a quoted or forwarded mail: separators and header blocks, in any language.

Promises: looks at single lines and at a bounded number of lines after them, so that a search over a mail stays linear.
Fails: never. Knows nothing of whether a mail is answered or passed on: `forward.py` and `cleaners/` decide that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from parsers.words.labels import FORWARDED, LABEL_FIELDS, ORIGINAL

LONGEST_LINE = 400  # a separator or a label is never longer
LONGEST_LABEL = 30
MOST_LINES = 40  # of one header block: recipients are wrapped over many
MARKS = "> \t\u00a0*_|\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"


BLANKS = MARKS.replace(">", "").replace("_", "")


@dataclass(slots=True)
class HeaderBlock:
    """`From: … Sent: … To: … Subject: …` in some language: the fields by English name, and the lines it takes."""

    start: int
    stop: int
    fields: dict[str, str] = field(default_factory=dict)


def bare(line: str) -> str:
    """A line without quote marks and the asterisks that stand for bold."""
    return line[:LONGEST_LINE].lstrip(MARKS).rstrip(BLANKS)


def separator_kind(line: str) -> str:
    """`forward`, `original`, `rule` (a line of dashes or underscores), or nothing."""
    text = bare(line)
    if not text:
        return "rule" if line.count("_") >= 10 and not line.strip("_ \t>") else ""
    inner = text.strip("-\u2014\u2013=_:. \t*<>[]")
    if not inner:
        return "rule" if len(text) >= 10 else ""
    if len(inner) > 120:
        return ""
    framed = len(text) - len(inner) >= 4 and text[0] in "-\u2014\u2013=_*[<>"
    lowered = inner.lower()
    if framed or text.endswith((":", "\uff1a")):
        if lowered.startswith(FORWARDED):
            return "forward"
        if lowered.startswith(ORIGINAL) and framed:
            return "original"
    # In a language nobody has listed yet: only with dashes on both sides.
    return "framed" if framed and text[-1] in "-\u2014\u2013=_" and text[:3] == text[0] * 3 and len(inner) > 3 else ""


def label_of(line: str) -> tuple[str, str] | None:
    """The field and the value of a labelled line, or None."""
    text = line.strip(MARKS)
    at = min((found for found in (text.find(":", 0, 40), text.find("\uff1a", 0, 40)) if found > 0), default=-1)
    if at < 0 or at > LONGEST_LABEL:
        return None
    name = LABEL_FIELDS.get(" ".join(text[:at].strip(MARKS).lower().split()))
    return (name, text[at + 1 :].strip(MARKS)) if name else None


def header_block(lines: Sequence[str], start: int) -> HeaderBlock | None:
    """The block that begins at `start`: a sender and two more fields, or a sender, a date and nothing else odd."""
    first = label_of(lines[start])
    if first is None:
        return None
    block, last, wrapped = HeaderBlock(start, start), "", list[str]()
    for at in range(start, min(start + MOST_LINES, len(lines))):
        found = label_of(lines[at])
        text = bare(lines[at])
        if found is not None and found[0] not in block.fields:
            if wrapped:  # lines of a value belong to the block only if another label follows them
                block.fields[last] = " ".join((block.fields[last], *wrapped))
                wrapped = []
            last, block.fields[found[0]] = found
            block.stop = at + 1
        elif not text:
            if len(block.fields) > 1 or at - block.stop > 1:
                break
        elif found is not None:
            block.stop = at + 1  # the same field twice, as `Date:` and `Sent:`
        else:
            wrapped.append(text)
    known = block.fields.keys()
    if "from" in known and len(known & {"date", "subject", "to"}) >= 2:
        return block
    return None
