"""Cuts what nobody wrote below a mail: legal notices, paper savers, lines of virus scanners and mailing lists.

Promises: paragraphs at the end only, and only those that say several of the things such notices say; a question is
never one. They go to `signature`. Unchanged if nothing would be left. Fails: never.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from parsers.blocks import separator_kind
from parsers.limits import DEFAULT, Limits
from parsers.model import Body
from parsers.words.disclaimers import NATURE, NOTE_PIECES, NOTE_STARTS, NOTICE_STARTS, NOTICE_THOUGHTS, PRINTING

LONGEST_NOTICE = 6_000  # characters of one paragraph
SHORTEST_NOTICE = 40
LONGEST_NOTE = 500
LONGEST_PAPER_SAVER = 300
LONGEST_HEADING = 60
MOST_PARAGRAPHS = 40  # of notices; two languages of a bank reach twelve
MOST_LINES = 200  # of one paragraph
MOST_BEGINNINGS = 6  # lines of one paragraph at which a notice may begin
SEVERAL, MANY = 3, 4  # thoughts that make a notice: of one that begins like it, and of another
FRAME = " \t\u00a0*_-=#~|>[]()<\u200b\u00ad\"'“”„«»"


def cut_notices(body: Body, limits: Limits = DEFAULT) -> Body:
    """`reply_text` without the notices at its end. `limits` is every cleaner's."""
    del limits
    lines = body.reply_text.split("\n")
    at = _start(lines)
    if at is None:
        return body
    new = "\n".join(lines[:at]).rstrip().lstrip("\n")
    if not new.strip():
        return body
    notices = "\n".join(lines[at:]).strip()
    return replace(body, reply_text=new, signature="\n".join(one for one in (notices, body.signature) if one))


def is_notice(text: str) -> bool:
    """Whether a paragraph is a notice of a lawyer, a scanner or a list."""
    if not SHORTEST_NOTICE // 2 <= len(text) <= LONGEST_NOTICE:
        return False
    lowered = " ".join(text.lower().replace("\u2019", "'").split()).strip(FRAME)
    if len(lowered) <= LONGEST_NOTE and (
        lowered.startswith(NOTE_STARTS) or any(piece in lowered for piece in NOTE_PIECES)
    ):
        return True
    if "?" in lowered:
        return False
    if len(lowered) <= LONGEST_PAPER_SAVER and _has(lowered, NATURE) and _has(lowered, PRINTING):
        return True
    if len(lowered) < SHORTEST_NOTICE:
        return False
    thoughts = sum(_has(lowered, thought) for thought in NOTICE_THOUGHTS)
    return thoughts >= (SEVERAL if lowered.startswith(NOTICE_STARTS) else MANY)


def _has(lowered: str, pieces: Sequence[str]) -> bool:
    return any(piece in lowered for piece in pieces)


def _start(lines: Sequence[str]) -> int | None:
    """The line at which the notices at the end begin."""
    found: int | None = None
    end = len(lines)
    for _ in range(MOST_PARAGRAPHS):
        while end and not lines[end - 1].strip():
            end -= 1
        start = end
        while start and lines[start - 1].strip() and end - start < MOST_LINES:
            start -= 1
        if start == end:
            break
        begun = _notice_in(lines[start:end])
        if begun is None:
            if found is None or not _is_heading(lines[start:end]):
                break
            begun = 0
        found = start + begun
        if begun:
            break
        end = start
    return found


def _notice_in(paragraph: Sequence[str]) -> int | None:
    """The line of the paragraph from which on it is a notice: the first, or one that begins like a notice."""
    if is_notice(" ".join(paragraph)) and not _is_own(paragraph[0]):
        return 0
    tried = 0
    for at in range(1, len(paragraph)):
        line = paragraph[at].lower().strip(FRAME)
        if not line.startswith((*NOTICE_STARTS, *NOTE_STARTS)) and not separator_kind(paragraph[at]):
            continue
        tried += 1
        if is_notice(" ".join(paragraph[at:])):
            return at
        if tried == MOST_BEGINNINGS:
            break
    return None


def _is_own(line: str) -> bool:
    """A first line that the sender may have written, for the notice begins below it without a blank line."""
    lowered = line.lower().strip(FRAME)
    if not lowered or lowered.startswith((*NOTICE_STARTS, *NOTE_STARTS)) or separator_kind(line):
        return False
    return len(line) <= LONGEST_HEADING and not line.isupper() and not is_notice(line)


def _is_heading(paragraph: Sequence[str]) -> bool:
    """Only a rule, or `CONFIDENTIALITY NOTICE`, above a notice."""
    if all(not line.strip(FRAME) for line in paragraph):
        return True
    line = paragraph[-1].lower().strip(FRAME)
    return len(paragraph) == 1 and len(line) <= LONGEST_HEADING and line.startswith(NOTICE_STARTS) and "?" not in line
