"""What is seen of markup (`tree.py`), written as plain text.

Promises: linear in what goes in and comes out; no nesting costs more than the few levels it shows. The conventions are
those of the text that mail clients send beside their HTML. Fails: never. Knows nothing of parts or of replies.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from parsers.markup.images import is_file_name, is_pixel
from parsers.markup.styles import BARRED, BLANKS, KEPT_BLANKS, MARGIN, NO_MARGIN
from parsers.markup.tables import lay_out
from parsers.markup.tree import OPEN, TEXT, Attributes, Event, signs_of
from parsers.words.tables import words

# An empty line before and after, by a browser's own style sheet; the others only begin a line.
APART = words("p h1 h2 h3 h4 h5 h6 pre ul ol dl blockquote figure menu dir fieldset")
BLOCKS = APART | words(
    "div center address article aside section header footer main nav hgroup form details summary dialog legend li dt "
    "dd table caption tbody thead tfoot tr td th figcaption"
)
LISTS = words("ul ol menu dir")
RULE = "_" * 32
INDENTED = "40px"  # the margin of Gmail's button for moving text, which makes a quotation's element
LONGEST_PREFIX = 60  # characters of marks and indents: nobody reads a quotation at the thirtieth level
MOST_TABLES = 12  # nested: each writes the lines of the inner ones again
LONGEST_ADDRESS = 500  # characters: a longer one is a tracker's and tells no reader anything
LONGEST_ALT = 150
WHITE = re.compile(r"[ \t\n\f]+")
SCHEME = re.compile(r"(?:https?://|mailto:)?(?:www\.)?", re.IGNORECASE)
UNSEEN = dict.fromkeys((0x00AD, 0x200B, 0x2060, 0xFEFF, 0x034F, 0x180E))  # soft hyphens and fillers
DANGLING = re.compile(r"(?<!\S)[\u200c\u200d]+")  # joiners that join nothing: fillers of previews
# The ampersand last: what it begins then is none of these.
UNESCAPED = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&nbsp;", "\u00a0"), ("&amp;", "&"))


@dataclass(slots=True)
class _Lines:
    """Text being written: the whole mail's, or one cell's. `prefix` begins every line, `first` the next one."""

    lines: list[str] = field(default_factory=list)
    now: list[str] = field(default_factory=list)
    prefix: str = ""
    first: str | None = None
    gap: bool = False

    def end(self, *, empty: bool = False) -> None:
        """End the line, if something stands on it; or also if nothing does."""
        line = "".join(self.now).rstrip(" ")
        if self.now and not line:
            self.now.clear()
        if line or empty:
            self.put(line.replace("\u00a0", " "))
            self.now.clear()

    def put(self, line: str) -> None:
        """A whole line."""
        if self.gap:
            self.space()
        self.lines.append(((self.prefix if self.first is None else self.first) + line).rstrip())
        self.first = None

    def space(self) -> None:
        """An empty line, unless one is there already or nothing stands above."""
        self.gap = False
        if self.lines and self.lines[-1].strip("> ") and self.first is None:
            self.lines.append(self.prefix.rstrip())
        elif self.lines and self.first is not None and self.lines[-1].strip("> "):
            self.lines.append("")


@dataclass(slots=True)
class _Table:
    """A table being read: its rows of cells of lines, and the text around it."""

    around: _Lines
    rows: list[list[list[str]]] = field(default_factory=list)
    in_cell: bool = False


def unescape(text: str) -> str:
    """What nh3 escapes, and nothing else."""
    if "&" in text:
        for escaped, letter in UNESCAPED:
            text = text.replace(escaped, letter)
    return text


class Renderer:
    """One rendering; `render` is called once."""

    def __init__(self) -> None:
        self.at = _Lines()
        self.open: list[tuple[str, Callable[[], None] | None]] = []
        self.tables: list[_Table] = []
        self.numbers: list[int | None] = []  # of each open list the next number, None for bullets
        self.kept = False  # blanks and line ends count
        self.link: list[str] | None = None

    def render(self, events: tuple[Event, ...]) -> str:
        """The text of all events."""
        for kind, name, attributes in events:
            if kind == TEXT:
                self._write(name)
            elif kind == OPEN:
                self._begin(name, attributes)
            else:
                self._end(name)
        self.at.end()
        return "\n".join(self.at.lines)

    def _write(self, escaped: str) -> None:
        text = unescape(escaped)
        if not text.isascii():
            text = text.translate(UNSEEN)
            if "\u200c" in text or "\u200d" in text:
                text = DANGLING.sub("", text)
        if self.kept:
            first, *more = text.split("\n")
            self._add(first)
            for line in more:
                self.at.end(empty=True)
                self._add(line)
            return
        text = WHITE.sub(" ", text)
        if text[:1] == " " and (not self.at.now or self.at.now[-1].endswith((" ", "\t"))):
            text = text[1:]
        self._add(text)

    def _add(self, text: str) -> None:
        if text:
            self.at.now.append(text)
            if self.link is not None:
                self.link.append(text)

    def _begin(self, name: str, attributes: Attributes) -> None:
        if name == "br":
            self.at.end(empty=True)
        elif name == "img":
            self._picture(attributes)
        elif name == "hr":
            self._block(apart=False)
            self.at.put(RULE)
        elif name not in {"col", "wbr"}:
            self.open.append((name, self._element(name, attributes)))

    def _element(self, name: str, attributes: Attributes) -> Callable[[], None] | None:
        """What is to be done at the element's end."""
        signs = signs_of(attributes) if attributes else ""
        if name in BLOCKS:
            after = self._open_block(name, attributes, signs)
        elif name == "a":
            after = self._linked(attributes.get("href", ""))
        elif name == "q":
            self._add("\u201c")
            after = self._quoted
        else:
            after = None
        if name == "pre" or KEPT_BLANKS in signs:
            return self._keep_blanks(keep=True, after=after)
        return self._keep_blanks(keep=False, after=after) if self.kept and BLANKS in signs else after

    def _end(self, name: str) -> None:
        _, after = self.open.pop()
        if after is not None:
            after()
        elif name in BLOCKS:
            self.at.end()

    def _block(self, *, apart: bool) -> None:
        self.at.end()
        if apart and not (self.at.first is not None and not self.at.lines):
            self.at.gap = self.at.gap or self.at.first is None

    def _open_block(self, name: str, attributes: Attributes, signs: str) -> Callable[[], None] | None:
        apart = name in APART and not (name in LISTS and self.numbers)
        if MARGIN in signs and name == "div":
            apart = True
        elif NO_MARGIN in signs or (attributes.get("class") == "mso" and MARGIN not in signs):
            apart = False
        self._block(apart=apart)
        if name == "blockquote":
            return self._quotation(attributes, signs)
        if name in LISTS:
            return self._list(name, attributes, apart=apart)
        if name == "li":
            return self._item()
        if name == "dd":
            return self._indented("    ")
        if name == "table":
            return self._table()
        if name == "tr" and self.tables and not self.tables[-1].in_cell:
            self.tables[-1].rows.append([])
        if name in {"td", "th"} and self.tables and not self.tables[-1].in_cell:
            return self._cell()
        return self._apart if apart else None

    def _apart(self) -> None:
        self._block(apart=True)

    def _quoted(self) -> None:
        self._add("\u201d")

    def _keep_blanks(self, *, keep: bool, after: Callable[[], None] | None) -> Callable[[], None]:
        before = self.kept
        self.kept = keep

        def leave() -> None:
            self.kept = before
            (after or self._nothing)()

        return leave

    def _nothing(self) -> None:
        """An inline element ends: nothing is to be seen of it."""

    def _quotation(self, attributes: Attributes, signs: str) -> Callable[[], None]:
        """Marked as clients mark it; a block that is only moved to the right may be the sender's own words."""
        marked = "class" in attributes and INDENTED not in attributes.get("style", "")
        quoted = BARRED in signs or marked or "type" in attributes or "cite" in attributes
        if self.at.gap:
            self.at.space()
        return self._indented("> " if quoted else "    ", apart=True)

    def _indented(self, mark: str, *, apart: bool = False) -> Callable[[], None]:
        at, before = self.at, self.at.prefix
        if len(before) < LONGEST_PREFIX:
            at.prefix = before + mark
            if at.first is not None:
                at.first += mark

        def leave() -> None:
            self.at.end()
            marks = at.prefix.rstrip()
            while mark == "> " and at.lines and at.lines[-1] == marks:
                at.lines.pop()
            at.prefix, at.first = before, None
            at.gap = at.gap or apart

        return leave

    def _list(self, name: str, attributes: Attributes, *, apart: bool) -> Callable[[], None]:
        start = attributes.get("start", "1")
        self.numbers.append((int(start) if start.isdigit() else 1) if name == "ol" else None)

        def leave() -> None:
            self.numbers.pop()
            self._block(apart=apart)

        return leave

    def _item(self) -> Callable[[], None]:
        number = self.numbers[-1] if self.numbers else None
        if number is not None:
            self.numbers[-1] = number + 1
        mark = "  * " if number is None else f"{number:3}. "
        at, before, first = self.at, self.at.prefix, self.at.first
        if len(before) < LONGEST_PREFIX:
            at.first = (before if first is None else first) + mark
            at.prefix = before + " " * len(mark)

        def leave() -> None:
            self.at.end()
            at.prefix, at.first = before, None

        return leave

    def _table(self) -> Callable[[], None] | None:
        if len(self.tables) >= MOST_TABLES:
            return None
        table = _Table(self.at)
        self.tables.append(table)

        def leave() -> None:
            self.at.end()
            self.tables.remove(table)
            for line in lay_out(table.rows):
                if line:
                    self.at.put(line)
                else:
                    self.at.gap = True

        return leave

    def _cell(self) -> Callable[[], None]:
        table, kept = self.tables[-1], self.kept
        if not table.rows:
            table.rows.append([])
        table.in_cell = True
        around, self.at = self.at, _Lines()
        link, numbers = self.link, self.numbers
        self.numbers = []

        def leave() -> None:
            self.at.end()
            table.rows[-1].append(self.at.lines)
            self.at, self.link, self.numbers, self.kept = around, link, numbers, kept
            table.in_cell = False

        return leave

    def _linked(self, address: str) -> Callable[[], None] | None:
        if not address:
            return None
        self.link = []
        at = self.at

        def leave() -> None:
            label = "".join(self.link or ()).strip(" \u00a0\n")
            self.link = None
            target = told_address(unescape(address), label)
            if not target or self.at is not at:
                return
            if at.now:
                blanks = at.now[-1].endswith(" ") and not self.kept
                at.now.append(f"<{target}> " if blanks else f" <{target}>")
            elif at.lines and at.lines[-1].strip("> "):
                at.lines[-1] += f" <{target}>"

        return leave

    def _picture(self, attributes: Attributes) -> None:
        alt = " ".join(unescape(attributes.get("alt", "")).split())
        if not alt or is_pixel(attributes) or len(alt) > LONGEST_ALT:
            return
        if "src" not in attributes and is_file_name(alt):
            return
        # Of a face that was typed, the letter that it stands for.
        self._add(alt if len(alt) <= 3 and not alt.isalnum() else f"[image: {alt}]")


def told_address(address: str, label: str) -> str:
    """What is written behind a link's text: its address, unless the text is that, or there is none to read it with."""
    if not label or len(address) > LONGEST_ADDRESS or address[:4].lower() == "cid:":
        return ""
    if address[:7].lower() == "mailto:":
        address = address[7:].partition("?")[0]
        if "@" not in address:
            return ""
    return "" if _bare(address) in _bare(label) else address


def _bare(address: str) -> str:
    return SCHEME.sub("", address.strip(" \u00a0<>[]()"), count=1).rstrip("/").lower()
