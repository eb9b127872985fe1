"""What may stand below a quotation although nobody wrote it there: a signature, a notice, the footer of a device."""

from __future__ import annotations

from collections.abc import Sequence

from parsers.blocks import separator_kind
from parsers.cleaners.notices import is_notice
from parsers.cleaners.signatures import LONGEST_SIGNATURE, is_footer


def is_leftover(lines: Sequence[str]) -> bool:
    """Whether these lines, none of them blank, are only a sign-off of a person, a program, a lawyer or a list."""
    if lines[0].rstrip() == "--":
        return len(lines) <= LONGEST_SIGNATURE
    if all(is_footer(line) for line in lines[:LONGEST_SIGNATURE]) and len(lines) <= LONGEST_SIGNATURE:
        return True
    rule = separator_kind(lines[0]) == "rule" or not lines[0].strip("-_ ")
    text = " ".join(lines[1:] if rule else lines)
    return is_notice(text) or (rule and len(lines) <= LONGEST_SIGNATURE // 3)
