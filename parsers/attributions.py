"""Lines that clients write above what they quote: `On Monday, Ada <ada@example.com> wrote:`, in any language.

Promises: looks at a line and at no more than three after it, so that a search over a mail stays linear. Fails: never.
Knows nothing of whether a mail is answered or passed on: `forward/` and `cleaners/` decide that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from parsers.blocks import bare
from parsers.words.attributions import ATTRIBUTION_STARTS, WROTE

LONGEST_ATTRIBUTION = 400  # over at most four lines
WRAPPED = 4
ABBREVIATION = 5  # a longer word before a full stop ends a sentence, and no attribution has one inside
HAS_DIGIT_OR_ADDRESS = re.compile(r"[0-9@]")
HAS_START = re.compile(r"[-\"'“<\[]{0,6}\s?[^\W_]")
DATED = re.compile(r"(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{2,4})\b")
TIMED = re.compile(r"\b[0-9]{4}\b.{0,40}\b[0-9]{1,2}[:.][0-9]{2}\b")
ENDS_WITH_ADDRESS = re.compile(r"<\s?[^<>@\s]{1,64}@[^<>\s]{1,255}>\s?[:\uff1a]?\Z")
ZOHO = re.compile(r"-{2,6} ?.{5,300}?(?:wrote|schrieb|écrit|escribió|scritto) ?-{2,6}\Z")


def attribution_length(lines: Sequence[str], at: int) -> int:
    """How many lines from `at` on are an attribution, or 0."""
    first = bare(lines[at])
    if not first or not HAS_START.match(first):
        return 0
    joined, marked = "", lines[at].lstrip().startswith(">")
    for length in range(1, WRAPPED + 1):
        if at + length > len(lines):
            return 0
        line = lines[at + length - 1]
        text = bare(line)
        if not text:
            return 0
        if length > 1 and (line.lstrip().startswith(">") != marked or text.lower().startswith(ATTRIBUTION_STARTS)):
            return 0  # the attribution begins there, and this line is the sender's own
        joined = f"{joined} {text}".strip()
        if len(joined) > LONGEST_ATTRIBUTION:
            return 0
        if _is_attribution(joined):
            return length
        if text.endswith(("!", "?")) or (text.endswith(".") and len(text.split()[-1]) > ABBREVIATION):
            return 0
    return 0


def _is_attribution(text: str) -> bool:
    if not HAS_DIGIT_OR_ADDRESS.search(text):
        return False
    lowered = text.lower()
    by_verb = text.endswith((":", "\uff1a")) and any(verb in lowered for verb in WROTE)
    if by_verb or (
        ENDS_WITH_ADDRESS.search(text) and (DATED.match(text) or (TIMED.search(text) and text[-1] in ":\uff1a"))
    ):
        return True  # some languages of Gmail and mail.ru: a date and an address, no verb
    return ZOHO.match(text) is not None
