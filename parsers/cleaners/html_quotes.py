"""Finds, in HTML, what mail clients quoted and signed, by the marks that they leave on it.

Promises: `mark_quotations` leaves one line, marked as quoted, where each quotation was: how it is introduced, whether
answers stand between two of them and what follows the last is read from lines afterwards, as in plain text. Linear; a
bounded number of marks. Fails: never on what `bounds.py` let through. Knows nothing of lines and of what a reply is.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, TypeAlias

import lxml.html  # type: ignore[import-untyped]
from lxml import etree

from parsers.blocks import header_block, label_of, separator_kind
from parsers.limits import DEFAULT, Limits
from parsers.markup import bounds
from parsers.markup.render import BLOCKS
from parsers.words import clients

PLACE = "quoted-part-taken-out"  # the line that stands for a quotation; a mail that says so is read by its lines
OUTLOOK_RULE = re.compile(r"#?(?:b5c4df|e1e1e1)", re.IGNORECASE)
# Yahoo puts a random prefix before its class.
YAHOO = re.compile(r"(?:ydp[0-9a-z]{4,16})?yahoo_quoted(?:_[0-9]{1,20})?\Z")
MOST_STYLE = 300
MOST_MARKS = 100  # of one mail; a conversation quotes itself a few dozen times
MOST_HEAD = 1_500  # characters that are read after an element to see whether a header block follows
MOST_WALKED = 300  # elements that are walked for it
LINES_OF_BLOCK = 3  # of the first five: sender, date and recipient
LONGEST_SIGNATURE = 1_500  # characters; what is longer was typed into the signature's element
HOLDER_TAGS = frozenset({"div", "blockquote", "span", "table", "td", "p", "hr", "section"})
HEAD_TAGS = ("div", "hr", "p", "span", "a", "td")
SIGNATURE_TAGS = frozenset({"div", "span", "pre", "p", "table"})
BREAKING = (BLOCKS - {"td", "th"}) | {"br", "hr"}  # what begins a line; the cells of a row stand on one

Element: TypeAlias = Any  # lxml comes without types


def read_tree(markup: str, limits: Limits = DEFAULT) -> Element | None:
    """The tree of a mail's markup, or None if it is beyond the bounds or no markup at all."""
    if not markup.strip() or bounds.check(markup, limits):
        return None
    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        return lxml.html.document_fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None


def as_markup(root: Element) -> str:
    """What stands in the body of a tree."""
    body = root.find("body")
    return str(lxml.html.tostring(root if body is None else body, encoding="unicode"))


def mark_quotations(root: Element) -> list[str]:
    """Put `PLACE` where each quotation was; their markup. A mail that is passed on is left alone."""
    holders = _outermost(root, _is_holder)
    if holders and _passes_on(holders[0]):
        return []
    taken = [_replace(part) for one in holders for part in _quoted_parts(one)]
    likely = islice((one for one in root.iter(*HEAD_TAGS) if _may_head(one)), MOST_MARKS)
    head = next((one for one in likely if _is_head(one)), None)
    if head is not None and not _passes_on(head):
        taken.extend(_cut_from(head, root))
    return taken


def take_signatures(root: Element) -> list[str]:
    """Take out the signatures that the client marked, if words remain without them; their markup."""
    outer = _outermost(root, _is_signature)
    sizes = [_letters(one) for one in outer]
    places = sum(_letters(one) for one in root.iter("blockquote") if one.get("title") == PLACE)
    if not outer or max(sizes) > LONGEST_SIGNATURE or _letters(root) <= sum(sizes) + places:
        return []
    taken = [_written(one) for one in outer]
    for one in outer:
        one.drop_tree()
    return taken


def _letters(element: Element) -> int:
    return len("".join(str(element.text_content()).split()))


def _outermost(root: Element, wanted: Callable[[Element], bool]) -> list[Element]:
    """In order, without those inside of another one."""
    outer: list[Element] = []
    walk = etree.iterwalk(root, events=("start",))
    for _, one in walk:
        if one is not root and wanted(one):
            outer.append(one)
            walk.skip_subtree()
            if len(outer) >= MOST_MARKS:
                break
    return outer


def _quoted_parts(holder: Element) -> list[Element]:
    """The holder, or, if the sender wrote into it below a quotation, as Gmail lets him, the quotations in it."""
    if holder.tag == "blockquote" or not clients.WRITTEN_INTO & _classes(holder):
        return [holder]
    quotes = _outermost(holder, lambda one: one.tag == "blockquote")
    if not quotes or not _has_text_after(quotes[0], holder, quotes):
        return [holder]
    return quotes


def _has_text_after(start: Element, holder: Element, quotes: list[Element]) -> bool:
    inside = {id(one) for one in quotes}
    depth, seen = 0, False
    for event, one in etree.iterwalk(holder, events=("start", "end")):
        quote = id(one) in inside
        if event == "start":
            depth += quote
            if seen and not depth and (one.text or "").strip():
                return True
        else:
            depth -= quote
            seen = seen or one is start
            if seen and not depth and one is not holder and (one.tail or "").strip():
                return True
    return False


def _passes_on(element: Element) -> bool:
    """Whether the quotation is a mail that is passed on, by its first lines."""
    lines = [line for line in _lines_from(element) if line.strip()][:2]
    return "moz-forward-container" in _classes(element) or any(separator_kind(line) == "forward" for line in lines)


def _classes(element: Element) -> set[str]:
    return set((element.get("class") or "")[:MOST_STYLE].split())


def _id(element: Element) -> str:
    """Outlook on the web writes `x_` before the names in what it quotes."""
    return str(element.get("id") or "")[:MOST_STYLE].removeprefix("x_")


def _is_holder(element: Element) -> bool:
    if element.tag not in HOLDER_TAGS or _is_indented(element):
        return False
    classes, identity = _classes(element), _id(element)
    if identity in clients.HOLDERS_BY_ID or clients.HOLDERS_BY_CLASS & classes:
        return True
    if element.get("name") in clients.HOLDERS_BY_NAME or element.get("data-marker") in clients.HOLDERS_BY_MARKER:
        return True
    if any(YAHOO.match(one) for one in (*classes, identity) if "yahoo_quoted" in one):
        return True
    return bool(element.tag == "blockquote" and (element.get("type") == "cite" or "cite" in element.attrib))


def _is_indented(element: Element) -> bool:
    """Gmail's button for moving text to the right makes the same element, but without a bar."""
    style = (element.get("style") or "")[:MOST_STYLE].replace(" ", "").lower()
    return bool(element.tag == "blockquote" and "border:none" in style and element.get("type") != "cite")


def _may_head(element: Element) -> bool:
    if _id(element) in clients.HEADS_BY_ID or _id(element) in clients.WEAK_HEADS_BY_ID:
        return True
    style = (element.get("style") or "")[:MOST_STYLE]
    if element.tag in {"div", "p"}:
        return "border-top" in style
    return bool(element.tag == "hr" and element.get("tabindex") == "-1")


def _is_head(element: Element) -> bool:
    identity = _id(element)
    if identity in clients.HEADS_BY_ID:
        return True
    lines = [line for line in _lines_from(element) if line.strip()][:10]
    if lines and separator_kind(lines[0]) in {"rule", "original"}:
        lines = lines[1:]
    if not lines:
        return False
    if identity in clients.WEAK_HEADS_BY_ID:
        following = element.getnext()
        if following is not None and following.tag == "hr":
            return True
    label = label_of(lines[0])
    if label is not None and header_block(lines, 0) is not None:
        return True
    if OUTLOOK_RULE.search((element.get("style") or "")[:MOST_STYLE]) is None:
        return False
    # In Outlook's own colour less is enough: lines that begin with a word and a colon, in whatever language.
    return label is not None or sum(":" in line[:40] for line in lines[:5]) >= LINES_OF_BLOCK


def _lines_from(element: Element) -> list[str]:
    """The first lines of text from the beginning of an element on, in it and after it; a few only."""
    out: list[str] = []
    length = 0
    for walked, (tag, text) in enumerate(_texts_from(element)):
        if length > MOST_HEAD or walked > MOST_WALKED:
            break
        if tag in BREAKING:
            out.append("\n")
        if text:
            length += len(text)
            out.append(" ".join(text[:MOST_HEAD].split()) + (" " if text[-1:].isspace() else ""))
    return "".join(out).split("\n")


def _texts_from(element: Element) -> Iterator[tuple[str, str]]:
    here: Element | None = element
    while here is not None:
        for event, one in etree.iterwalk(here, events=("start", "end")):
            if event == "start":
                yield str(one.tag), one.text or ""
            elif one is not here:
                yield "", one.tail or ""
        yield "", here.tail or ""
        above: Element | None = here
        while above is not None and above.getnext() is None:
            above = above.getparent()
            if above is not None:
                yield "div", above.tail or ""
        here = None if above is None else above.getnext()


def _replace(element: Element) -> str:
    """Leave one marked line where the element was, whose markup is returned; the text behind it stays."""
    place = lxml.html.Element("blockquote", type="cite", title=PLACE)
    place.text = PLACE
    place.tail = element.tail
    parent = element.getparent()
    if parent is not None:
        parent.replace(element, place)
    return _written(element)


def _written(element: Element) -> str:
    return str(lxml.html.tostring(element, encoding="unicode", with_tail=False))


def _cut_from(element: Element, root: Element) -> list[str]:
    """The same for the element and everything after it in document order."""
    behind: list[str] = []
    here: Element | None = element
    while here is not None and here is not root:
        parent = here.getparent()
        if parent is None:
            break
        after = parent[parent.index(here) + 1 :]
        behind.append(html.escape(here.tail or ""))
        behind.extend(str(lxml.html.tostring(one, encoding="unicode")) for one in after)
        del parent[parent.index(here) + 1 :]
        here.tail = None
        here = parent
    return ["".join((_replace(element), *behind))]


def _is_signature(element: Element) -> bool:
    return element.tag in SIGNATURE_TAGS and bool(
        clients.SIGNATURES_BY_CLASS & _classes(element)
        or _id(element) in clients.SIGNATURES_BY_ID
        or element.get("name") in clients.SIGNATURES_BY_NAME
    )
