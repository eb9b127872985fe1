"""Cuts the quoted mail off a reply, line by line.

Signs, in the order of a mail: an attribution (`On … wrote:`), a separator (`-----Original Message-----`), a header
block (`From: … Sent: …`), lines marked with `>`. What was written between marked lines is kept together with them,
because an interleaved answer means nothing without the question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from parsers.attributions import attribution_length
from parsers.blocks import header_block, separator_kind
from parsers.limits import DEFAULT, Limits
from parsers.model import Body

HAS_DIGIT_OR_ADDRESS = re.compile(r"[0-9@]")


def cut_quotes(body: Body, limits: Limits = DEFAULT) -> Body:
    """`reply_text` without what the client quoted; unchanged if nothing would be left."""
    lines = body.reply_text.split("\n")
    if len(lines) > limits.cleaned_lines:
        searched, rest = lines[: limits.cleaned_lines], lines[limits.cleaned_lines :]
    else:
        searched, rest = lines, []
    kept, quoted = _split(searched)
    new = "\n".join(kept).strip("\n").rstrip()
    if quoted is None or not new.strip():
        return body
    return replace(body, reply_text=new, quoted_text="\n".join((*quoted, *rest)).strip("\n"))


def _split(lines: list[str]) -> tuple[list[str], list[str] | None]:
    """What is kept and what is quoted; None if nothing is."""
    at = 0
    while at < len(lines):
        if lines[at].lstrip().startswith(">"):
            return _at_marked(lines, _before(lines, at), at)
        if length := attribution_length(lines, at):
            below = _skip_blank(lines, at + length)
            if below < len(lines) and lines[below].lstrip().startswith(">"):
                return _at_marked(lines, at, below)
            return lines[:at], lines[at:]
        if separator_kind(lines[at]) == "original" or _is_block(lines, at):
            return lines[:at], lines[at:]
        at += 1
    return lines, None


def _before(lines: Sequence[str], at: int) -> int:
    """Where the attribution above a marked block begins, in whatever language: its colon and a date or an address."""
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
    return at


def _is_block(lines: Sequence[str], at: int) -> bool:
    if separator_kind(lines[at]) in {"rule", "framed"}:
        at = _skip_blank(lines, at + 1)
    return at < len(lines) and header_block(lines, at) is not None


def _at_marked(lines: list[str], begun: int, marked: int) -> tuple[list[str], list[str] | None]:
    """The marked block below line `begun`: cut if nothing is written after it, else kept, except above the answer."""
    end = marked
    while end < len(lines) and (not lines[end].strip() or lines[end].lstrip().startswith(">") or _wraps(lines, end)):
        end += 1
    after = [line for line in lines[end:] if line.strip()]
    if not after:
        return lines[:begun], lines[begun:]
    if any(line.lstrip().startswith(">") for line in after):
        return lines, None  # interleaved: it is read whole
    if not any(line.strip() for line in lines[:begun]):
        return lines[end:], lines[:end]  # the answer is below
    if _is_leftover(after):
        return lines[:begun], lines[begun:]
    return lines, None


def _wraps(lines: Sequence[str], at: int) -> bool:
    """A quoted line that was too long: its end stands alone, without a mark, between two that have one."""
    return (
        at + 1 < len(lines)
        and len(lines[at]) < 40
        and lines[at - 1].lstrip().startswith(">")
        and len(lines[at - 1]) > 60
        and lines[at + 1].lstrip().startswith(">")
    )


def _is_leftover(after: Sequence[str]) -> bool:
    """Only a sign-off of a program or a list below the quotation, nothing that a person wrote."""
    return after[0].rstrip() in {"--", "-- "} or separator_kind(after[0]) == "rule"


def _skip_blank(lines: Sequence[str], at: int) -> int:
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at
