"""Plain text to HTML.

Promises: everything is escaped. Fails: never. Knows nothing of mail.
"""

from __future__ import annotations

import html
import re

BETWEEN_PARAGRAPHS = re.compile(r"\n[ \t]*+\n\s*+")


def text_to_html(text: str) -> str:
    """Plain text as HTML: escaped, paragraphs at empty lines, line breaks and runs of blanks kept."""
    paragraphs = BETWEEN_PARAGRAPHS.split(text.replace("\r\n", "\n").strip("\n"))
    shown = "\n".join(f"<p>{_lines(one)}</p>" for one in paragraphs if one.strip())
    return shown.replace("\u00a0", "&nbsp;")  # as every HTML library writes it


def _lines(paragraph: str) -> str:
    escaped = html.escape(paragraph.rstrip(), quote=False).replace("\t", "    ")
    return "<br>\n".join(_keep_blanks(line) for line in escaped.split("\n"))


def _keep_blanks(line: str) -> str:
    bare = line.lstrip(" ")
    return "\u00a0" * (len(line) - len(bare)) + bare
