"""Markup without what no reader ever sees: comments, declarations, style sheets and scripts.

Promises: one linear pass; in what is left every `<` is read by the same rules everywhere, so that `bounds.py` counts
what an HTML parser will meet. Not a sanitizer: `tree.py` does that after it. Fails: never. Knows nothing of elements
that are seen.
"""

from __future__ import annotations

import re
from functools import lru_cache

BEGIN = re.compile(
    r"<(?:!--|[!?]|/(?=[^a-zA-Z])|(?P<raw>style|script|title|textarea|xmp|iframe|noembed|noframes)(?=[\s/>]))",
    re.IGNORECASE,
)
COMMENT_END = re.compile(r"--!?>")
SETTLED = frozenset("> \t\r\n\f")
# Takes the place of what stood within a word, lest its halves become a tag; no parser shows it.
NOTHING = "<param>"


@lru_cache(maxsize=2)  # a body is asked about several times
def reduce(markup: str) -> str:
    """The markup without the unseen. What is never ended is unseen to the end, except a comment."""
    out: list[str] = []
    at = 0
    lowered = ""
    last_comment = max(markup.rfind("-->"), markup.rfind("--!>"))
    while (match := BEGIN.search(markup, at)) is not None:
        begun = match.start()
        out.append(markup[at:begun])
        raw = match["raw"]
        if raw is None:
            at = _end_of_comment(markup, match, last_comment)
        else:
            lowered = lowered or _lowered(markup)
            end = lowered.find(f"</{raw.lower()}", match.end())
            closed = markup.find(">", end) if end >= 0 else -1
            at = closed + 1 if closed >= 0 else len(markup)
        if begun and markup[begun - 1] not in SETTLED:
            out.append(NOTHING)
    out.append(markup[at:])
    return "".join(out)


CAPITALS = re.compile(r"[A-Z]++")


def _lowered(markup: str) -> str:
    """In lower case, as long as it was: `lower()` makes two of some letters."""
    return markup.lower() if markup.isascii() else CAPITALS.sub(lambda match: match[0].lower(), markup)


def _end_of_comment(markup: str, match: re.Match[str], last_comment: int) -> int:
    if match[0] == "<!--":
        if markup.startswith((">", "->"), match.end()):
            return markup.index(">", match.end()) + 1
        if match.end() > last_comment:
            return match.end()  # a comment without an end: a slip, what follows was meant to be read
        ended = COMMENT_END.search(markup, match.end())
        return ended.end() if ended else match.end()
    closed = markup.find(">", match.end())
    return closed + 1 if closed >= 0 else len(markup)
