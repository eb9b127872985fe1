"""text/enriched and text/richtext as plain text (RFC 1896, RFC 1341 §7.1.3).

Promises: linear; the words without the markup, line breaks where a reader sees them. Fails: never.
Knows nothing of fonts and colours.
"""

from __future__ import annotations

import re

HIDDEN = re.compile(r"<param>[^<]{0,1000}+(?:</param>)?", re.IGNORECASE)
TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9-]{0,59})>")
BREAKS = re.compile(r"\n++")
LINES = {"nl": "\n", "np": "\n\n", "paragraph": "\n", "lt": "<"}


def enriched_to_text(text: str) -> str:
    """text/enriched: a single line break is a blank, each further one a line break, `<<` is `<`."""
    pieces = text.split("<<")
    shown = (TAG.sub("", HIDDEN.sub("", BREAKS.sub(_fewer, piece))) for piece in pieces)
    return "<".join(shown)


def richtext_to_text(text: str) -> str:
    """text/richtext, its forerunner: line breaks are `<nl>`, `<lt>` is `<`."""
    return TAG.sub(lambda match: LINES.get(match[1].lower(), ""), BREAKS.sub(" ", text))


def _fewer(match: re.Match[str]) -> str:
    return "\n" * (len(match[0]) - 1) or " "
