"""Cuts the quoted mail off a reply, line by line.

Signs, in the order of a mail: an attribution (`On … wrote:`), a separator (`-----Original Message-----`), a header
block (`From: … Sent: …`), lines marked with `>`. What was written between marked lines is kept together with them,
because an interleaved answer means nothing without the question. A mail that is passed on is not looked into, and
header lines of a mail that somebody pasted as evidence are text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from parsers.attributions import HAS_DIGIT_OR_ADDRESS, attribution_length
from parsers.blocks import header_block, separator_kind
from parsers.cleaners.leftovers import is_leftover, is_sign_off
from parsers.limits import DEFAULT, Limits
from parsers.model import Body
from parsers.words.attributions import WROTE
from parsers.words.tables import words

NO_BREAK = {0xA0: " ", 0x202F: " "}
# Fields that only the source of a mail has, never the block of a client above a quotation.
TRACE = re.compile(
    r"(?:received|return-path|message-id|mime-version|content-type|delivered-to|dkim-signature|x-[\w-]{2,40}|"
    r"authentication-results|arc-[\w-]{2,40}|received-spf|in-reply-to|references|list-[\w-]{2,20}):",
    re.IGNORECASE,
)
TRACE_LINES = 3  # above and below a block that are looked at
BELOW_RULE = 4  # lines in which a block begins
LONGEST_INTRODUCTION = 100
PROMPT = ">>> "  # of Python: no quotation begins at its third level
WEEKDAYS = words("Mon Tue Wed Thu Fri Sat Sun")
LONGEST_TORN = 400
WIDEST_OVERFLOW = 60  # what an old mailer leaves of a quoted line that was too long
NARROWEST_FULL = 60


def cut_quotes(body: Body, limits: Limits = DEFAULT) -> Body:
    """`reply_text` without what the client quoted; unchanged if nothing would be left."""
    lines = _split_torn(body.reply_text).split("\n")
    searched = lines[: limits.cleaned_lines]
    found = _find([line.translate(NO_BREAK) for line in searched])
    if found is None:
        return body
    start, stop = found
    while start and stop > start and (not lines[start - 1].strip() or separator_kind(lines[start - 1]) == "rule"):
        start -= 1  # the line that the client drew above
    stop = stop if stop < len(searched) else len(lines)
    kept = ("\n".join(part).strip("\n").rstrip() for part in (lines[:start], lines[stop:]))
    new = "\n\n".join(one for one in kept if one.strip())
    if not new:
        return body
    cut = "\n".join(lines[start:stop]).strip("\n")
    return replace(body, reply_text=new, quoted_text="\n\n".join(one for one in (cut, body.quoted_text) if one))


def _split_torn(text: str) -> str:
    """The text, with an introduction behind the sender's last words on a line of its own."""
    return "\n".join(map(_torn, text.split("\n"))) if " wrote:\n>" in text else text


def _torn(line: str) -> str:
    if not line.endswith(" wrote:") or len(line) > LONGEST_TORN:
        return line
    at = line.find("On ", 1)
    return f"{line[:at].rstrip('- ')}\n{line[at:]}" if at > 0 and line[at + 3 : at + 6] in WEEKDAYS else line


def _find(lines: list[str]) -> tuple[int, int] | None:
    """The lines that are quoted, from the first up to the second; None if there are none."""
    at, end = 0, len(lines)
    while at < end:
        if _is_marked(lines[at]) and not lines[at].lstrip().startswith(PROMPT):
            begun = _before(lines, at)
            return None if begun is None else _at_marked(lines, begun, at)
        if length := attribution_length(lines, at):
            below = _skip_blank(lines, at + length)
            if below < end and _is_marked(lines[below]):
                return _at_marked(lines, at, below)
            return at, end
        kind = separator_kind(lines[at])
        if kind == "forward":
            return None  # passed on: what the mail is about
        if kind == "original" or _is_block(lines, at, kind):
            return at, end
        at += 1
    return None


def _is_marked(line: str) -> bool:
    line = line.lstrip()
    return line.startswith(">") and not line.startswith((">&", ">=", "> /dev/"))


def _before(lines: Sequence[str], at: int) -> int | None:
    """Where the attribution above a marked block begins, in whatever language: its colon and a date or an address.

    None if the line above introduces something else that is marked: the output of a program.
    """
    above = at - 1
    while above >= max(at - 2, 0) and not lines[above].strip():
        above -= 1
    if above < 0 or not lines[above].rstrip().endswith((":", "\uff1a")):
        return at
    for begun in range(above, max(above - 3, -1), -1):
        if HAS_DIGIT_OR_ADDRESS.search(lines[begun]):
            return begun
        if not lines[begun].strip():
            break
    introduction = lines[above].strip().lower()
    if len(introduction) <= LONGEST_INTRODUCTION and any(verb in introduction for verb in WROTE):
        return above
    return None


def _is_block(lines: Sequence[str], at: int, kind: str) -> bool:
    if kind in {"rule", "framed"}:
        at = _skip_blank(lines, at + 1, at + BELOW_RULE)
    if at >= len(lines):
        return False
    block = header_block(lines, at)
    if block is None:
        return False
    around = (*lines[max(at - TRACE_LINES, 0) : at], *lines[at : block.stop + TRACE_LINES])
    return not any(TRACE.match(line.lstrip()) for line in around)


def _at_marked(lines: list[str], begun: int, marked: int) -> tuple[int, int] | None:
    """The marked block below line `begun`: cut if nothing is written after it, else kept, except above the answer."""
    end = _end_of_marked(lines, marked)
    written = _written(lines, end)
    said = [lines[at] for at in written]
    if said and is_sign_off(said):
        return begun, end
    if not said or is_leftover(said):
        return begun, len(lines)
    last = written[-1]
    trailing = _skip_blank(lines, last + 1)
    if trailing < len(lines) and begun < marked:
        return last + 1, len(lines)  # interleaved: read whole, but for what is still quoted below the last answer
    if any(line.strip() for line in lines[:begun]):
        return None
    if not any(_is_marked(lines[at]) for at in range(end, len(lines))):
        return 0, end  # the answer is below
    return (0, marked) if begun < marked else None  # who asked is known: only the questions stay with the answers


def _end_of_marked(lines: Sequence[str], at: int) -> int:
    while at < len(lines) and (not lines[at].strip() or _is_marked(lines[at]) or _overflows(lines, at)):
        at += 1
    return at


def _written(lines: Sequence[str], start: int) -> list[int]:
    """The lines from `start` on that are neither blank, nor marked, nor an attribution of what is marked."""
    written: list[int] = []
    at = start
    while at < len(lines):
        if not lines[at].strip() or _is_marked(lines[at]) or _overflows(lines, at):
            at += 1
        elif length := attribution_length(lines, at):
            at += length
        else:
            written.append(at)
            at += 1
    return written


def _overflows(lines: Sequence[str], at: int) -> bool:
    """A quoted line that was too long: its end stands alone, without a mark, between two that have one."""
    if not 0 < at < len(lines) or not _is_marked(lines[at - 1]):
        return False
    return _is_rest_of_link(lines, at) or (
        at < len(lines) - 1
        and lines[at][:1].islower()
        and len(lines[at]) < WIDEST_OVERFLOW
        and len(lines[at - 1]) > NARROWEST_FULL
        and lines[at - 1][-1] not in ".?!:"
        and _is_marked(lines[at + 1])
    )


def _is_rest_of_link(lines: Sequence[str], at: int) -> bool:
    before, rest = lines[at - 1], lines[at].strip()
    if not rest.endswith((")", ">")) or " " in rest or not ("(http" in before or "<http" in before):
        return False
    return not set(" )>") & set(before.rpartition("http")[2])


def _skip_blank(lines: Sequence[str], at: int, most: int | None = None) -> int:
    while at < min(len(lines), most or len(lines)) and not lines[at].strip():
        at += 1
    return at
