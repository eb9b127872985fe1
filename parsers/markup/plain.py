"""Plain text to HTML.

Promises: everything is escaped. Fails: never. Knows nothing of mail.
"""

from __future__ import annotations

import html
import re

BETWEEN_PARAGRAPHS = re.compile(r"\n[ \t]*+\n\s*+")
_INDENT = re.compile(r"^ ++", re.MULTILINE)


def text_to_html(text: str) -> str:
    """Plain text as HTML: escaped, paragraphs at empty lines, line breaks and runs of blanks kept."""
    escaped = html.escape(text.replace("\r\n", "\n").strip("\n"), quote=False).replace("\t", "    ")
    kept = [one.rstrip() for one in BETWEEN_PARAGRAPHS.split(escaped) if one.strip()]
    shown = "\n".join([f"<p>{_INDENT.sub(_blanks, one)}</p>".replace("\n", "<br>\n") for one in kept])
    return shown.replace("\u00a0", "&nbsp;")  # as every HTML library writes it


def _blanks(found: re.Match[str]) -> str:
    return "\u00a0" * len(found[0])
