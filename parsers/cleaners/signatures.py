"""Cuts signatures: what follows the line `-- ` (RFC 3676 §4.3), and what devices add at the end."""

from __future__ import annotations

from dataclasses import replace

from parsers.limits import DEFAULT, Limits
from parsers.model import Body
from parsers.words.footers import SENT_FROM

LONGEST_SIGNATURE = 30  # lines after the delimiter; more is a text with a dividing line
SEARCHED = 12  # lines at the end in which a device's footer stands
LONGEST_FOOTER = 120


def cut_signature(body: Body, limits: Limits = DEFAULT) -> Body:
    """`reply_text` without the sign-off; unchanged if nothing would be left. `limits` is every cleaner's."""
    del limits
    lines = body.reply_text.split("\n")
    at = _delimiter(lines)
    if at is None:
        at = _footer(lines)
    if at is None:
        return body
    new = "\n".join(lines[:at]).rstrip().lstrip("\n")
    if not new.strip():
        return body
    signature = "\n".join(lines[at:]).strip()
    return replace(body, reply_text=new, signature="\n".join(one for one in (signature, body.signature) if one))


def _delimiter(lines: list[str]) -> int | None:
    """The last `-- ` near the end; decoders and editors lose its blank, so it may be missing."""
    for at in range(len(lines) - 1, max(len(lines) - LONGEST_SIGNATURE - 2, -1), -1):
        if lines[at].rstrip(" \u00a0\t") == "--":
            return at
    return None


def _footer(lines: list[str]) -> int | None:
    """The first device footer among the last lines, if only such footers and blank lines follow it."""
    found = None
    for at in range(len(lines) - 1, max(len(lines) - SEARCHED, -1), -1):
        line = lines[at].strip().lstrip("*_<[ ").lower()
        if not line:
            continue
        if len(line) > LONGEST_FOOTER or not line.startswith(SENT_FROM):
            break
        found = at
    return found
