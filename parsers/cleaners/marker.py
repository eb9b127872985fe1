"""The line under which a ticket system puts the copy of what was said: `--- Please reply above this line ---`.

Promises: our own line and those of other systems are known however a mail client marked, framed or bent them; a
sentence that only mentions such a line is not one. What is below is cut, unless nothing is above. Fails: never.
Knows nothing of HTML and of who sent the line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from parsers.attributions import COLONS, HAS_DIGIT_OR_ADDRESS
from parsers.limits import DEFAULT, Limits
from parsers.model import Body
from parsers.words.markers import REPLY_ABOVE

REPLY_MARKER = "--- Please reply above this line ---"  # what our own mails put above everything else
LONGEST_MARKER = 200
FRAME = "> \t\u00a0-\u2014\u2013_=#*~|<>[](){}.:!+\u2500\u2501\u200b\u200e\u200f\ufeff\u00ad"
LONGEST_ADDITION = 30  # characters a marker may say besides: `(ID:0000412)`


def is_marker(line: str) -> bool:
    """Whether a line is a reply marker: ours or another system's, marked as quoted or not."""
    if len(line) > LONGEST_MARKER:
        return False
    inner = " ".join(line.strip(FRAME).lower().split())
    if not inner.startswith(REPLY_ABOVE):
        return False
    longest = max(len(one) for one in REPLY_ABOVE if inner.startswith(one))
    rest = inner[longest:]
    if not rest:
        return True
    # More words make it a sentence, unless it is framed: `##- Please reply above this line to add a note -##`.
    framed = line.strip("> \t\u00a0")[:2].strip(FRAME) == ""
    return (framed and len(rest) <= 2 * LONGEST_ADDITION) or (rest[0] in FRAME and len(rest) <= LONGEST_ADDITION)


def cut_at_marker(body: Body, limits: Limits = DEFAULT) -> Body:
    """`reply_text` above the first marker line; unchanged if nothing is there."""
    lines = body.reply_text.split("\n")
    searched = lines[: limits.cleaned_lines]
    at = next((at for at, line in enumerate(searched) if is_marker(line)), None)
    if at is None or (_is_marked(lines[at]) and _is_answered_below(searched, at)):
        return body
    at = _heading(lines, at)
    new = "\n".join(lines[:at]).strip("\n").rstrip()
    if not new.strip():
        return body
    quoted = "\n".join(lines[at:]).strip("\n")
    return replace(body, reply_text=new, quoted_text="\n".join(one for one in (quoted, body.quoted_text) if one))


def _is_marked(line: str) -> bool:
    return line.lstrip().startswith(">")


def _is_answered_below(lines: Sequence[str], at: int) -> bool:
    return any(line.strip() and not _is_marked(line) for line in lines[at:])


def _heading(lines: Sequence[str], at: int) -> int:
    """Where what heads the copy begins: marked lines, and an attribution in a language that nobody has listed."""
    above = at
    while above and (not lines[above - 1].strip() or _is_marked(lines[above - 1])):
        above -= 1
    if not above or not lines[above - 1].rstrip().endswith(COLONS):
        return above
    for begun in range(above - 1, max(above - 4, -1), -1):
        if not lines[begun].strip():
            break
        if HAS_DIGIT_OR_ADDRESS.search(lines[begun]):
            return begun
    return above
