"""Lines that clients write above what they quote: `On Monday, Ada <ada@example.com> wrote:`, in any language.

Promises: looks at a line and at no more than seven after it, so that a search over a mail stays linear. A person may
write such a line too: it counts only with a date and a time or an address, as clients write it, or with marked lines
below it. Fails: never. Knows nothing of whether a mail is answered or passed on: `forward/` and `cleaners/` decide.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from parsers.blocks import BLANKS, bare
from parsers.words.attributions import ATTRIBUTION_STARTS, QUOTING, WROTE

LONGEST_ATTRIBUTION = 400  # over at most six lines
LONGEST_LINE = 300
WRAPPED = 6
BLANK_BELOW = 3  # lines there may be between an attribution and the marked lines
ABBREVIATION = 5  # a longer word before a full stop ends a sentence, and no attribution has one inside
COLONS = (":", "\uff1a")
BARE_VERBS = ("wrote", "escribió", "a écrit", "schrieb")
ENDS = (*COLONS, *BARE_VERBS, ">", ")", "-")
HAS_DIGIT_OR_ADDRESS = re.compile(r"[\d@]")
HAS_START = re.compile(r"[-\"'“<(\[]{0,6}\s?[^\W_]")
DATED = re.compile(r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4})\b")
TIME = re.compile(r"\b\d{1,2}(?:[:.h\u2236]|시 ?|時|点|點)\d{2}\b|\b\d{1,2} ?[ap]\.?m\b", re.IGNORECASE)
YEAR = re.compile(r"\b\d{4}|\b\d{1,2}([-/.])\d{1,2}\1\d{2}\b")
DAY = re.compile(r"\b\d{1,2}(?!\d)")
ADDRESS = re.compile(r"[<(\[ :\u202a][^\s<>()@]{1,64}@[^\s<>()@]{1,255}(?:[>)\]\u202c]|\Z)")
ENDS_WITH_ADDRESS = re.compile(r"[<(]\s?[^<>()@\s]{1,64}@[^<>()\s]{1,255}\s?[>)]\)?\s?[:\uff1a]?\Z")
NOTES = re.compile(r"-{3}\d{1,2}[./-]\d{1,2}[./-]\d{2,4} \d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?: ?[AaPp][Mm])?-{3}")
DASHED = re.compile(r"-{2,10} ?[^-\s].{3,300}? ?-{2,10}\Z")


def attribution_length(lines: Sequence[str], at: int) -> int:
    """How many lines from `at` on are an attribution, or 0."""
    first = _plain(lines[at])
    if not first or not HAS_START.match(first) or len(first) > LONGEST_LINE:
        return 0
    if not any(_may_end(line) for line in lines[at : at + WRAPPED + 1]):
        return 0
    taken: list[str] = []
    joined, marked, torn = "", lines[at].lstrip().startswith(">"), False
    for end in range(at + 1, min(at + WRAPPED + 2, len(lines) + 1)):
        line = lines[end - 1]
        text = _plain(line)
        if not text:
            if torn or not _may_be_torn(joined):
                return 0
            torn = True  # a link was turned into a paragraph of its own, in the middle of the line
            continue
        if taken and line.lstrip().startswith(">") != marked:
            if marked or joined.count("<") <= joined.count(">"):
                return 0
            text = line.strip()  # not a mark: the end of `<ada@example.com>`
        taken.append(text)
        joined = f"{joined} {text}".strip()
        if len(joined) > LONGEST_ATTRIBUTION:
            return 0
        certainty = _certainty(joined)
        if certainty == 2 or (certainty and _marked_below(lines, end, marked=marked)):
            return 0 if _begins_later(taken) else end - at
        if text.endswith(("!", "?", "--", *COLONS)) or (text.endswith(".") and len(text.split()[-1]) > ABBREVIATION):
            return 0
    return 0


def _may_end(line: str) -> bool:
    """Whether an introduction may end on this line: asked first, because it costs little."""
    return line.rstrip(BLANKS).endswith(ENDS) or "---" in line


def _plain(line: str) -> str:
    return bare(line).replace("\u00a0", " ").replace("\u202f", " ")


def _may_be_torn(joined: str) -> bool:
    return joined.lower().startswith(ATTRIBUTION_STARTS) and bool(TIME.search(joined)) and bool(YEAR.search(joined))


def _begins_later(taken: Sequence[str]) -> bool:
    """Whether the first line is the sender's own, because what follows it is an attribution without it."""
    first = taken[0].lower()
    begins = first.startswith(ATTRIBUTION_STARTS) and HAS_DIGIT_OR_ADDRESS.search(first) is not None
    for skipped in range(1, len(taken)):
        rest = " ".join(taken[skipped:])
        certainty = _certainty(rest)
        if certainty == 1 and not any(HAS_DIGIT_OR_ADDRESS.search(line) for line in taken[:skipped]):
            return ADDRESS.search(" " + rest) is not None and TIME.search(rest) is not None
        if certainty < 2:
            continue
        if rest.lower().startswith(ATTRIBUTION_STARTS):
            return not (ADDRESS.search(" " + taken[0]) or (begins and first.endswith(",")))
        return not begins
    return False


def _marked_below(lines: Sequence[str], start: int, *, marked: bool) -> bool:
    for at in range(start, min(start + BLANK_BELOW, len(lines))):
        line = lines[at].lstrip()
        if line:
            return line.startswith("> >" if marked else ">") or (marked and line.startswith(">>"))
    return False


def _certainty(text: str) -> int:
    """2: a client wrote this. 1: it did if marked lines follow. 0: it did not."""
    if text.endswith((*COLONS, "):", ">", ")")):
        return _introduction(text)
    if NOTES.search(text) or (text.endswith(BARE_VERBS) and _is_bare(text)):
        return 2
    dashed = text.startswith("--") and DASHED.match(text) is not None
    return 2 if dashed and _has_verb(text.lower()) else 0


def _is_bare(text: str) -> bool:
    """Zoho's own line, whose colon was lost."""
    addressed = "<" in text and ADDRESS.search(" " + text) is not None
    return addressed and text.lower().startswith(ATTRIBUTION_STARTS) and TIME.search(text) is not None


def _introduction(text: str) -> int:
    colon = text.endswith(COLONS)
    addressed = "@" in text and (ADDRESS.search(" " + text) is not None)
    lowered = text.lower()
    if colon and (_has_verb(lowered) or "wrote" in lowered):
        return 2 if _is_dated(text, addressed=addressed) else 1
    if colon and lowered.startswith(QUOTING):
        return 2 if addressed else 1
    ends = addressed and "=" not in text and ENDS_WITH_ADDRESS.search(text)
    if ends and (DATED.match(text) or (colon and TIME.search(text) and YEAR.search(text))):
        return 2  # some languages of Gmail, Apple Mail and mail.ru: a date and an address, no verb
    return 1 if colon and (addressed or (TIME.search(text) is not None and YEAR.search(text) is not None)) else 0


def _is_dated(text: str, *, addressed: bool) -> bool:
    """As a client dates it: year and time, or an address and any day; nobody types an address in angle brackets."""
    if addressed:
        return "<" in text or DAY.search(text) is not None
    return TIME.search(text) is not None and (YEAR.search(text) is not None or DATED.search(text) is not None)


def _has_verb(lowered: str) -> bool:
    return any(verb in lowered for verb in WROTE)
