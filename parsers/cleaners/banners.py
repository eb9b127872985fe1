"""Takes off what a mail gateway put above a mail from outside: `[EXTERNAL]`, `CAUTION: This email originated …`.

Promises: lines at the very top only, and only those that warn of the outside in the words of such gateways; the whole
text keeps them. Unchanged if nothing would be left. Fails: never.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from parsers.limits import DEFAULT, Limits
from parsers.model import Body
from parsers.words.banners import ADVICE, LABELS, ORGANISATION, OUTSIDE, WARNINGS

LONGEST_LABEL = 80
LONGEST_BANNER = 900
MOST_LINES = 12
FRAME = " \t\u00a0*_-=#!|<>[](){}【】:.\u200b\ufeff\u26a0\ufe0f\u2757\u203c\U0001f6a8"
ENDS = (".", "!", "*", "]", "。", "】", "=", "-")


def cut_banner(body: Body, limits: Limits = DEFAULT) -> Body:
    """`reply_text` without the banner above it. `limits` is every cleaner's."""
    del limits
    lines = body.reply_text.split("\n")
    start = _blank(lines)
    if start == len(lines) or start > MOST_LINES:
        return body
    length = _banner_length(lines[start : start + MOST_LINES])
    if not length:
        return body
    rest = lines[start + length :]
    rest = rest[_blank(rest) :]
    new = "\n".join(rest).rstrip()
    return replace(body, reply_text=new) if new.strip() else body


def _blank(lines: Sequence[str]) -> int:
    """How many lines at the beginning say nothing."""
    return next((at for at, line in enumerate(lines) if line.strip(FRAME)), len(lines))


def _banner_length(lines: Sequence[str]) -> int:
    """How many lines from the first on are a banner."""
    if len(lines[0]) <= LONGEST_LABEL and _is_label(lines[0]):
        return 1
    said = ""
    for at, line in enumerate(lines):
        text = _plain(line)
        if not text and not _is_warning(said):
            break
        said = f"{said} {text}".strip()
        if len(said) > LONGEST_BANNER or (at == 0 and not said.startswith(WARNINGS)):
            break
        if _is_warning(said) and "?" not in said:
            return _extended(lines, at)
    return 0


def _is_label(line: str) -> bool:
    framed = line.strip()[:1] in tuple("[*(<【") or line.strip().isupper() or line.rstrip().endswith(":")
    return framed and _plain(line) in LABELS


def _plain(line: str) -> str:
    return " ".join(line.strip(FRAME).lower().replace("\u2019", "'").split())


def _is_warning(said: str) -> bool:
    return any(one in said for one in OUTSIDE) and any(one in said for one in (*ADVICE, *ORGANISATION))


def _extended(lines: Sequence[str], at: int) -> int:
    """The banner to its end: the rest of its sentence, and the sentences of advice after it."""
    while at + 1 < len(lines):
        following = _plain(lines[at + 1])
        if not following and at + 2 < len(lines) and any(one in _plain(lines[at + 2]) for one in ADVICE):
            at += 2
        elif following and (not lines[at].rstrip().endswith(ENDS) or any(one in following for one in ADVICE)):
            at += 1
        else:
            break
    return at + 1
