"""What may stand below a quotation although nobody wrote it there: a signature, a notice, the footer of a device."""

from __future__ import annotations

from collections.abc import Sequence

from parsers.blocks import separator_kind
from parsers.cleaners.notices import is_notice
from parsers.cleaners.signatures import LONGEST_SIGNATURE, is_closing, is_contact, is_footer, is_name

MOST_TORN = 2  # lines of one address


def is_leftover(lines: Sequence[str]) -> bool:
    """Whether these lines, none of them blank, are only a sign-off of a person, a program, a lawyer or a list."""
    if lines[0].rstrip() == "--":
        return len(lines) <= LONGEST_SIGNATURE
    if all(is_footer(line) for line in lines[:LONGEST_SIGNATURE]) and len(lines) <= LONGEST_SIGNATURE:
        return True
    if is_contact(lines) or is_sign_off(lines) or _is_address(lines):
        return True
    rule = separator_kind(lines[0]) == "rule" or not lines[0].strip("-_ ")
    text = " ".join(lines[1:] if rule else lines)
    return is_notice(text) or (rule and len(lines) <= LONGEST_SIGNATURE // 3)


def is_sign_off(lines: Sequence[str]) -> bool:
    """Whether these lines are a closing formula and at most a name: written, but no answer."""
    return is_closing(lines[0]) and (len(lines) == 1 or (len(lines) == 2 and is_name(lines[1])))


def _is_address(lines: Sequence[str]) -> bool:
    """Whether these lines are the end of a quoted one, a link that was torn off it."""
    return len(lines) <= MOST_TORN and lines[0].strip("([<> ").startswith(("http://", "https://"))
