"""Cuts the quoted mail off HTML, by the marks that mail clients leave on it.

Promises: one parse, bounded by `bounds.py` before; None when no client's mark is found or nothing would be left. The
answer is raw markup, to be made safe by whoever shows it. Fails: never on what the bounds let through.
"""

from __future__ import annotations

import re

import lxml.html  # type: ignore[import-untyped]
from lxml import etree

from parsers.limits import DEFAULT, Limits
from parsers.markup import bounds
from parsers.words.tables import words

# Elements that hold the quotation, and what comes after them was written by the sender (below the quotation).
HOLDERS_BY_CLASS = words(
    "gmail_quote gmail_quote_container gmail_extra yahoo_quoted protonmail_quote moz-cite-prefix zmail_extra "
    "tutanota_quote"
)
HOLDERS_BY_ID = frozenset({"yahoo_quoted", "OLK_SRC_BODY_SECTION", "mail-editor-reference-message-container"})
# Elements that only head the quotation: everything after them belongs to it.
HEADS_BY_ID = frozenset({"divRplyFwdMsg", "x_divRplyFwdMsg", "appendonsend", "replySplit", "reply-intro"})
OUTLOOK_RULE = re.compile(
    r"border:\s?none;\s?border-top:\s?solid\s?#?(?:b5c4df|e1e1e1)\s?1\.0pt|border-top:\s?#b5c4df 1pt solid",
    re.IGNORECASE,
)
MOST_STYLE = 300
MOST_MARKS = 100  # of one mail; a conversation quotes itself a few dozen times


def new_part(markup: str, limits: Limits = DEFAULT) -> str | None:
    """The markup without the quotation, or None when there is none or it is all there is."""
    if bounds.check(markup, limits) or not markup.strip():
        return None
    try:
        root = lxml.html.document_fromstring(markup.encode("utf-8", "replace"), parser=_parser())
    except (etree.LxmlError, ValueError, AssertionError):
        return None
    found = False
    marked = [one for one in root.iter("div", "blockquote", "span", "table", "hr") if _is_head(one) or _is_holder(one)]
    for element in marked[:MOST_MARKS]:
        if not _inside(element, root):
            continue
        found = True
        if _is_head(element):
            _remove_from(element, root)
            break
        element.drop_tree()  # the text behind it stays
    if not found or not (root.text_content().strip() or root.find(".//img") is not None):
        return None
    body = root.find("body")
    return str(lxml.html.tostring(root if body is None else body, encoding="unicode"))


def _parser() -> lxml.html.HTMLParser:
    return lxml.html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)


def _inside(element: lxml.html.HtmlElement, root: lxml.html.HtmlElement) -> bool:
    """Whether the element still hangs in the tree; depth is bounded, so this is too."""
    top = element
    while (parent := top.getparent()) is not None:
        top = parent
    return bool(top is root)


def _is_head(element: lxml.html.HtmlElement) -> bool:
    if element.get("id") in HEADS_BY_ID:
        return True
    style = element.get("style", "")[:MOST_STYLE]
    return element.tag == "div" and "border" in style and OUTLOOK_RULE.search(style) is not None


def _is_holder(element: lxml.html.HtmlElement) -> bool:
    if element.get("id") in HOLDERS_BY_ID or HOLDERS_BY_CLASS & set((element.get("class") or "")[:MOST_STYLE].split()):
        return True
    return bool(element.tag == "blockquote" and element.get("type") == "cite")


def _remove_from(element: lxml.html.HtmlElement, root: lxml.html.HtmlElement) -> None:
    """Take out the element and everything after it in document order."""
    here: lxml.html.HtmlElement | None = element
    while here is not None and here is not root:
        parent = here.getparent()
        if parent is None:
            break
        for sibling in list(here.itersiblings()):
            parent.remove(sibling)
        here.tail = None
        if here is element:
            parent.remove(here)
        here = parent
