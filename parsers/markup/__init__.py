"""HTML that strangers wrote: made safe to show (`safe_html`) and read as text (`html_to_text`)."""

from __future__ import annotations

from parsers.markup.final import final_html, picture_ids, show_pictures
from parsers.markup.links import unwrap_text
from parsers.markup.pictures import take_pictures
from parsers.markup.plain import text_to_html
from parsers.markup.safe import safe_html
from parsers.markup.text import html_to_text, tidy

__all__ = [
    "final_html",
    "html_to_text",
    "picture_ids",
    "safe_html",
    "show_pictures",
    "take_pictures",
    "text_to_html",
    "tidy",
    "unwrap_text",
]
