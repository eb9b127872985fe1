"""Markup as it leaves us: the sanitizer is the last that touches it.

Promises: what `final_html` returns was written by nh3 from its own list, or consists of nothing but paragraphs, lines
and escaped text; it is stable: reading it and writing it once more changes nothing. No picture is shown but those whose
addresses are given. What would cost a parser too much, or comes to no rest, gives None: then the text is what is shown.
`show_pictures` writes into markup, so it comes before. Fails: never. Knows nothing of mail and of tickets.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Collection
from dataclasses import replace
from urllib.parse import unquote

import nh3

from parsers.limits import DEFAULT, Limits
from parsers.markup import bounds, styles, tree
from parsers.markup.safe import RENAMED
from parsers.markup.tree import ATTRIBUTES, DROPPED_WITH_CONTENT, NUMBERS, TAGS
from parsers.words.tables import words

# What `text_to_html` writes, and the lines that are put around a mail's text: there is nothing to take out of it.
_TEXT = r"(?:[^<>&\r\0\u00a0]++|&(?:amp|lt|gt|nbsp);|<br>)*+"
_PARAGRAPH = rf"<p>{_TEXT}</p>|<p><small>{_TEXT}</small></p>|<hr>"
INERT = re.compile(rf"(?:(?:{_PARAGRAPH})\n?)*+")
PICTURE = re.compile(r'<img((?: [a-z-]+="[^"]*")*+)/?>')
SCHEME = re.compile(r"(?:https?|mailto|cid):", re.IGNORECASE)
ADDRESSES = words("href cite")
SHRUNK = words("width height")

FREE = words("alt title")
# What was safe already has grown as it was written, and is read once more only.
LIMITS = replace(DEFAULT, html=4_000_000, html_tags=100_000, html_entities=200_000, html_styles=20_000)
LARGE = 20_000  # characters: of what is shorter no make costs more than a few hundredths of a second
MOST_TIMES = 4
REL = "noopener noreferrer"

Show = Callable[[str], tuple[str, str]]


def final_html(markup: str, pictures: Collection[str] = (), limits: Limits = LIMITS) -> str | None:
    """The markup as it may leave. `pictures`: the addresses, as they are, that may be loaded."""
    if INERT.fullmatch(markup):
        return markup
    if len(markup) > LARGE and bounds.check(markup, limits):
        return None
    cleaner = _PLAIN if not pictures else _cleaner(frozenset(pictures))
    for _ in range(MOST_TIMES):
        before, markup = markup, cleaner.clean(markup)
        if markup == before:
            return markup
    return None


def picture_ids(markup: str) -> frozenset[str]:
    """The Content-IDs of the pictures that clean markup shows, as they are in header fields (RFC 2392 §2)."""
    if "cid:" not in markup:
        return frozenset()
    found = (_content_id(match[1]) for match in PICTURE.finditer(markup))
    return frozenset(one for one in found if one)


def show_pictures(markup: str, shown: Show) -> str:
    """Clean markup with each picture of the mail as `shown` says: its address and name, or the text in its place."""

    def replaced(match: re.Match[str]) -> str:
        content_id = _content_id(match[1])
        if content_id is None:
            return match[0]
        address, name = shown(content_id)
        if not address:
            return html.escape(name, quote=False)
        size = "".join(f' {key}="{value}"' for key, value in tree.ATTRIBUTE.findall(match[1]) if key in SHRUNK)
        return f'<img alt="{html.escape(name)}" src="{html.escape(address)}"{size}>'

    return PICTURE.sub(replaced, markup) if "cid:" in markup else markup


def _content_id(attributes: str) -> str | None:
    source = next((value for key, value in tree.ATTRIBUTE.findall(attributes) if key == "src"), "")
    source = html.unescape(source).strip()
    return unquote(source[4:]) if source[:4].lower() == "cid:" else None


def _cleaner(pictures: Collection[str]) -> nh3.Cleaner:
    def attribute(_: str, name: str, value: str) -> str | None:
        if name == "src":
            return value if value in pictures else None
        if name in ADDRESSES:
            return value if SCHEME.match(value) else None
        if name == "style":
            return styles.kept(value) or None
        if name in FREE:
            return value
        if name == "rel":  # the sanitizer's own
            return value
        if name == "class":
            return None
        if name in NUMBERS:
            return value if tree.NUMBER.fullmatch(value) else None
        return value if tree.NAME.fullmatch(value) else None

    return nh3.Cleaner(
        tags=set(TAGS - RENAMED.keys()),
        clean_content_tags=set(DROPPED_WITH_CONTENT),
        attributes=ATTRIBUTES,
        attribute_filter=attribute,
        url_schemes={"http", "https", "mailto", "cid"},
        url_relative="pass_through",
        link_rel=REL,
    )


_PLAIN = _cleaner(())
