"""What is new in a reply that was written as HTML: its structure first, then its lines, then both alike.

Promises: quotations that the client marked (`html_quotes.py`) become one marked line each; the lines are read as those
of plain text are (`clean`); what they say is new is then found in the HTML again (`html_place.py`), which so keeps its
pictures and its looks. None if structure says nothing, if answers stand between quotations, or if nothing would be
left: then the lines of the whole text decide. The answer's HTML is safe. Fails: never on what `bounds.py` let through.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from parsers.cleaners import clean
from parsers.cleaners.html_place import keep
from parsers.cleaners.html_quotes import PLACE, Element, as_markup, mark_quotations, read_tree, take_signatures
from parsers.limits import DEFAULT, Limits
from parsers.markup import html_to_text, safe_html, text_to_html
from parsers.model import Body


def read_reply(whole: Body, markup: str, limits: Limits = DEFAULT) -> Body | None:
    """The body with the reply that the marks of a client set apart in its markup, or None."""
    root = read_tree(markup, limits)
    if root is None:
        return None
    marked = mark_quotations(root)
    signatures = take_signatures(root)
    if not marked and not signatures:
        return None
    text, _ = html_to_text(as_markup(root), limits)
    lines = clean(Body(reply_text=text), limits)
    if not lines.reply_text.strip() or PLACE in lines.reply_text:
        return None
    signed = (html_to_text(one, limits)[0] for one in signatures)
    return replace(
        whole,
        reply_text=lines.reply_text,
        reply_html=_trimmed(root, text, lines.reply_text, limits),
        signature="\n".join(one for one in (lines.signature, *signed) if one.strip()),
        quoted_text=_restored(lines.quoted_text, [html_to_text(one, limits)[0] for one in marked]),
    )


def _restored(quoted: str, parts: Sequence[str]) -> str:
    """What the lines say is quoted, with the quotations themselves in their places."""
    between = quoted.split(f"> {PLACE}")
    return "".join(one for pair in zip_longest(between, parts, fillvalue="") for one in pair)


def trim_html(markup: str, text: str, reply: str, limits: Limits = DEFAULT) -> str:
    """Safe HTML of the reply that was found in the lines of `text`."""
    root = read_tree(markup, limits)
    return shown_text(reply, limits) if root is None else _trimmed(root, text, reply, limits)


def shown_text(text: str, limits: Limits = DEFAULT) -> str:
    """Safe HTML of plain text, which stays the same when it is made safe again."""
    return safe_html(text_to_html(text), limits)[0]


def _trimmed(root: Element, text: str, reply: str, limits: Limits) -> str:
    if not keep(root, text, reply):
        return shown_text(reply, limits)
    html, _ = safe_html(as_markup(root), limits)
    return html if html.strip() and PLACE not in html else shown_text(reply, limits)
