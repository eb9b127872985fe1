"""Cuts signatures.

They are what follows the line `-- ` (RFC 3676 §4.3), a closing formula with name and ways to reach the person, and what
devices and programs add at the end.

Promises: a closing formula and a name alone stay, for they are written words; so does everything that may be one.
Unchanged if nothing would be left. Fails: never.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from parsers.limits import DEFAULT, Limits
from parsers.model import Body
from parsers.words.footers import DEVICES, SENT_FROM, SENT_FROM_ENDS
from parsers.words.signoffs import CLOSINGS, CONTACT_LABELS

LONGEST_SIGNATURE = 30  # lines after the delimiter; more is a text with a dividing line
SEARCHED = 12  # lines at the end in which a device's footer stands
LONGEST_FOOTER = 120
LONGEST_FOOTER_LINE = 500  # with the address of a link
LONGEST_CONTACT = 24  # lines after the closing formula
LONGEST_CONTACT_LINE = 120
LONGEST_NAME = 60
LONG_LINE = 100  # nobody's name or address
FRAME = " \t\u00a0*_|\u200b\u200e\u200f\u202a\u202c\ufeff"
BLANKS = " \t\u00a0"
PHONE = re.compile(r"[+(0-9][0-9()/ .\u00a0-]{6,24}[0-9]")
REACHED = re.compile(r"[\w.+-]@[\w-]|https?://|\bwww\.", re.IGNORECASE)
SHORT_RULE = re.compile(r"(?:-{3,}|_{2,}|\u2014|\u2013|\u2015)\Z")
INITIALLED = re.compile(r"(?:[-\u2013~]|\u2014 ?)[A-Z][\w'.]{0,20}(?: [A-Z][\w'.]{0,20}){0,2}\Z")


def cut_signature(body: Body, limits: Limits = DEFAULT) -> Body:
    """`reply_text` without the sign-off; unchanged if nothing would be left. `limits` is every cleaner's."""
    del limits
    lines = body.reply_text.split("\n")
    for find in (_delimiter, _footer, _closing, _ruled, _initialled):
        at = find(lines)
        if at is not None and any(line.strip() for line in lines[:at]):
            break
    else:
        return body
    new = "\n".join(lines[:at]).rstrip().lstrip("\n")
    signature = "\n".join(lines[at:]).strip()
    return replace(body, reply_text=new, signature="\n".join(one for one in (signature, body.signature) if one))


def is_footer(line: str) -> bool:
    """Whether a device or a program wrote this line: `Sent from my iPhone`."""
    if "://" in line[:LONGEST_FOOTER_LINE]:
        line = _without_address(line[:LONGEST_FOOTER_LINE])
    lowered = line[: LONGEST_FOOTER + 1].strip().strip("*_<>[]() \u200e\u200f\u202a\u202b\u202c\u00a0").lower()
    if not lowered or len(lowered) > LONGEST_FOOTER:
        return False
    lowered = lowered.replace("\u2019", "'").replace("with [", "with ")
    named = any(device in lowered for device in DEVICES)
    if lowered.startswith(SENT_FROM):
        return named or lowered.startswith("sent from my ") or (len(lowered.split()) <= 4 and lowered[-1] not in ".!?")
    return named and lowered.rstrip(".").endswith(SENT_FROM_ENDS)


def _delimiter(lines: Sequence[str]) -> int | None:
    """The last `-- ` near the end; decoders and editors lose its blank, so it may be missing."""
    for at in range(len(lines) - 1, max(len(lines) - LONGEST_SIGNATURE - 2, -1), -1):
        if lines[at].rstrip(BLANKS) == "--":
            return None if _divides(lines[at + 1 :]) else at
    return None


def _divides(after: Sequence[str]) -> bool:
    """Two dashes between two pieces of text: an empty line and then a sentence of some length, or a question."""
    if not after or after[0].strip():
        return False
    written = [line for line in after if line.strip()]
    return bool(written) and (len(written[0]) > LONG_LINE or any(line.rstrip().endswith("?") for line in written))


def _footer(lines: Sequence[str]) -> int | None:
    """The first device footer among the last lines, if only such footers and blank lines follow it."""
    found = None
    for at in range(len(lines) - 1, max(len(lines) - SEARCHED - 1, -1), -1):
        if not lines[at].strip():
            continue
        if is_footer(lines[at]):
            found = at
        elif not lines[at].strip("-_\u2014 \t\u00a0") and found is not None:
            continue  # a line above it, when another footer is above that
        elif not (found is None and lines[at].strip(" <>[]()").startswith(("https://", "http://"))):
            break
    if found and not lines[found - 1].strip("-_ \t\u00a0") and lines[found - 1].strip():
        return found - 1
    return found


def _closing(lines: Sequence[str]) -> int | None:
    """The last closing formula, if a name and a contact block and nothing else follow."""
    for at in range(len(lines) - 1, max(len(lines) - LONGEST_CONTACT - 2, -1), -1):
        if is_closing(lines[at]):
            return at if is_contact([one for one in lines[at + 1 :] if one.strip()]) else None
    return None


def _without_address(line: str) -> str:
    """`Sent with [Mail](https://…) today` without what nobody reads."""
    for begins, ends in (("](http", ")"), ("<http", ">"), ("(http", ")")):
        before, found, rest = line.partition(begins)
        if found and ends in rest:
            line = before + rest.partition(ends)[2]
    return line


def is_closing(line: str) -> bool:
    """Whether a line is a closing formula: `Best regards,`."""
    line = line.strip(FRAME + ",.!;:").lower()
    return len(line) <= LONGEST_NAME and (line in CLOSINGS or line.partition(",")[0] in CLOSINGS)


def is_name(line: str) -> bool:
    """Whether a line may be the name of a person or a company."""
    line = line.strip(FRAME + ",")
    named = [word for word in line.replace("-", " ").split() if word[0].isalpha()]
    if not named or len(line) > LONGEST_NAME or len(named) > 6 or any(one.isdigit() or one == "@" for one in line):
        return False
    return sum(word[0].islower() for word in named) <= len(named) // 2 and not line.endswith((".", "?", "!", ":"))


def is_contact(block: Sequence[str]) -> bool:
    """A name, then at least one way to reach the person, and no sentence."""
    if len(block) < 2 or not is_name(block[0]):
        return False
    if any(len(line) > LONGEST_CONTACT_LINE or _is_sentence(line) for line in block):
        return False
    return any(_reaches(line) for line in block[1:])


def _is_sentence(line: str) -> bool:
    words = line.strip(FRAME).split()
    if line.lower().startswith(("ps", "p.s")):
        return True
    return len(words) > 5 and words[-1][-1] in ".?!" and sum(word[0].islower() for word in words) > len(words) // 2


def _reaches(line: str) -> bool:
    lowered = line.strip(FRAME).lower()
    if REACHED.search(line[:LONGEST_CONTACT_LINE]):
        return True
    return PHONE.search(line[:LONGEST_CONTACT_LINE]) is not None and (
        lowered.startswith(CONTACT_LABELS) or lowered[0] in "+(0" or "+" in lowered
    )


def _ruled(lines: Sequence[str]) -> int | None:
    """A single rule, and below it only a name and a contact block."""
    rules = [
        at
        for at in range(len(lines) - 1, max(len(lines) - LONGEST_CONTACT - 2, -1), -1)
        if SHORT_RULE.match(lines[at].strip()[:LONG_LINE])
    ]
    if len(rules) != 1:
        return None
    return rules[0] if is_contact([line for line in lines[rules[0] + 1 :] if line.strip()]) else None


def _initialled(lines: Sequence[str]) -> int | None:
    """`-Jo` as the last line, where no list is written with dashes."""
    at = len(lines) - 1
    if at < 1 or len(lines[at]) > LONGEST_NAME or not INITIALLED.match(lines[at].rstrip()):
        return None
    above = lines[max(at - SEARCHED, 0) : at]
    return None if any(line.lstrip().startswith(lines[at][0]) for line in above) else at
