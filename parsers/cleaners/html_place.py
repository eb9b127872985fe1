"""Finds in HTML what was found in its text: the reply, so that both say the same.

Promises: blanks, marks of quotations and bullets do not count, because HTML has its own; the place is taken only if it
is certain, that is if what stands on both sides of it occurs once. Linear. Fails: never.
Knows nothing of what a reply is.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from lxml import etree  # type: ignore[import-untyped]

UNSEEN = frozenset({"style", "script", "title", "head"})
MARKS = re.compile(r"^[> \t\u00a0]{0,40}(?:[*\u2022\u25e6] )?", re.MULTILINE)
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad\u200e\u200f\u202a\u202c\u034f\u180e"))
REACHES = (40, 12)  # letters on each side of a border that must be found
TEXT, TAIL = "text", "tail"

Element: TypeAlias = Any  # lxml comes without types


def keep(root: Element, text: str, reply: str) -> bool:
    """Leave only the `reply`, a stretch of `text`, in the tree of that text. False if its place is not certain."""
    whole, wanted = _squeezed(text), _squeezed(reply)
    start = whole.find(wanted)
    if start < 0 or not wanted or (start and whole.find(wanted, start + 1) >= 0):
        return False
    nodes = _nodes(root)
    shown = "".join(_letters(getattr(element, where)) for element, where in nodes)
    first = _place(shown, whole, start)
    last = _place(shown, whole, start + len(wanted))
    if first is None or last is None or first >= last:
        return False
    # Pictures have no letters: those between the reply and what is cut stay.
    behind = _node_at(nodes, last, after=True)
    before = _node_at(nodes, first, after=False)
    if behind is not None:
        _cut_after(root, *behind)
    if before is not None:
        _cut_before(root, *before)
    return True


def _squeezed(text: str) -> str:
    return _letters(MARKS.sub("", text))


def _letters(text: str | None) -> str:
    return "".join((text or "").translate(INVISIBLE).split())


def _place(shown: str, whole: str, at: int) -> int | None:
    """Where in `shown` the border is that is at `at` in `whole`."""
    if at == 0:
        return 0
    if at == len(whole):
        return len(shown)
    for reach in REACHES:
        for before, after in ((reach, reach), (reach, 0), (0, reach)):
            left, right = whole[max(at - before, 0) : at], whole[at : at + after]
            found = shown.find(left + right)
            if found >= 0 and shown.find(left + right, found + 1) < 0:
                return found + len(left)
    return None


def _nodes(root: Element) -> list[tuple[Element, str]]:
    """Every text of the tree in the order of the document."""
    nodes: list[tuple[Element, str]] = []
    hidden = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        unseen = element.tag in UNSEEN
        if event == "start":
            hidden += unseen
            if element.text and not hidden:
                nodes.append((element, TEXT))
        else:
            hidden -= unseen
            if element.tail and not hidden:
                nodes.append((element, TAIL))
    return nodes


def _node_at(nodes: list[tuple[Element, str]], border: int, *, after: bool) -> tuple[Element, str, int] | None:
    """The text that the border is in, and how many of its letters stand before it."""
    at = 0
    for element, where in nodes:
        length = len(_letters(getattr(element, where)))
        inside = at <= border < at + length if after else at < border <= at + length
        if length and inside:
            return element, where, border - at
        at += length
    return None


def _index(text: str, letters: int) -> int:
    """How many characters of `text` hold so many letters."""
    for at, letter in enumerate(text):
        if letters == 0:
            return at
        letters -= not letter.isspace() and ord(letter) not in INVISIBLE
    return len(text)


def _cut_after(root: Element, element: Element, where: str, letters: int) -> None:
    """Take out everything behind so many letters of a text, in the order of the document."""
    text = getattr(element, where)
    setattr(element, where, text[: _index(text, letters)].rstrip())
    if where == TEXT:
        del element[:]
    here = element
    while here is not root and (parent := here.getparent()) is not None:
        del parent[parent.index(here) + 1 :]
        if not (here is element and where == TAIL):
            here.tail = None
        here = parent


def _cut_before(root: Element, element: Element, where: str, letters: int) -> None:
    """Take out everything before that; the elements around it stay, as far as they still hold something."""
    text = getattr(element, where)
    begun = _index(text, letters)
    while begun < len(text) and (text[begun].isspace() or ord(text[begun]) in INVISIBLE):
        begun += 1
    setattr(element, where, text[begun:])
    if where == TAIL:
        element.text = None
        del element[:]
    here = element
    while here is not root and (parent := here.getparent()) is not None:
        parent.text = None
        del parent[: parent.index(here)]
        here = parent
        if here.tag in {"body", "html"}:
            break
