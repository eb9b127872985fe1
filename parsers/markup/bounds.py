"""What HTML would cost the libraries that read it, counted in one linear pass of our own.

Promises: an upper estimate that never costs more than a pass over the text. HTML libraries cannot be interrupted, and
their work grows with the square of nesting and of attributes of one tag, and with the product of what is to be escaped
and the length of the text that it stands in (measured with nh3 0.3.8: 1 MB of nested `<div>` takes 98 s; 2 MB of text
with 50,000 `&` 0.7 s, each of the many times that it is read). Products are bounded, not their factors. Fails: never.
Knows nothing of what the HTML says.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from parsers.limits import Limits
from parsers.markup.reduce import reduce
from parsers.markup.tree import TAGS
from parsers.words.tables import words

# A whole tag by the rules of HTML (§13.2.5); without an end it goes on to the end of the text.
TAG = re.compile(
    r"<(/?)([a-zA-Z][^ \t\n\f\r/>]*+)"
    r"((?:[ \t\n\f\r/]++|[^ \t\n\f\r/>][^ \t\n\f\r/>=]*+"
    r"(?:[ \t\n\f\r]*+=[ \t\n\f\r]*+(?:\"[^\"]*+\"|'[^']*+'|(?![\"'])[^ \t\n\f\r>]*+))?+)*+)"
)
ATTRIBUTE = re.compile(
    r"[^ \t\n\f\r/>][^ \t\n\f\r/>=]*+(?:[ \t\n\f\r]*+=[ \t\n\f\r]*+(?:\"[^\"]*+\"|'[^']*+'|(?![\"'])[^ \t\n\f\r>]*+))?+"
)
VOID = words("area base br col embed hr img input link meta param source track wbr")
# Their end tags are optional, and only nest inside elements that are counted.
OPTIONAL = words("p li dt dd tr td th thead tbody tfoot colgroup option html head body")
FORMATTING = words("a b big code em font i nobr s small strike strong tt u")
# An end tag of formatting does not close these: the parser wraps what is in them anew (the adoption agency).
SPECIAL = words(
    "address applet article aside blockquote button center details dialog dir div dl fieldset figure footer form h1 h2 "
    "h3 h4 h5 h6 header hgroup iframe main marquee menu nav object ol pre section select summary table template ul"
)
RECONSTRUCTED = 200_000  # elements that unclosed formatting may make the parser repeat
ROOTS = words("html body head frameset")
MOST_ROOTS = 50  # each is merged into the first one: 1 MB of `<html a1>`, `<html a2>` … takes nh3 53 s
STRAYS = 3_000  # what stands between the cells of a table is moved before it, and its neighbours are counted each time
TABLE_PARTS = words("table tbody thead tfoot tr td th caption colgroup col param")
# What nh3 looks for as it writes a text: from each one on it searches the rest for others, which may not be there.
# U+0080 to U+00BF begin with the octet of the no-break space.
SPECIAL_LETTERS = re.compile("[&\u0080-\u00bf]")
CELLS = words("td th")
STYLE = re.compile(r"style[ \t\n\f\r]*+=[ \t\n\f\r]*+(?:\"[^\"]*+|'[^']*+|[^ \t\n\f\r>]*+)", re.IGNORECASE)
# Begin an element wherever they stand in what is shown, so that the text before them has an end.
ENDING_TEXT = TAGS - TABLE_PARTS - words("form")


@lru_cache(maxsize=2)  # one body is asked about by each of its readers
def check(markup: str, limits: Limits) -> str:
    """The word for the bound that is broken, or the empty string."""
    if len(markup) > limits.html:
        return "size"
    seen = reduce(markup)
    if seen.count("&") + seen.count("\u00a0") > limits.html_entities:  # both are written as entities
        return "entities"
    if writing(seen, limits.html_writing) > limits.html_writing:
        return "entities"
    if len(seen) > limits.html_styles * len("style=x") and len(set(STYLE.findall(seen))) > limits.html_styles:
        return "styles"
    if seen.count("<") > 4 * limits.html_tags:
        return "tags"
    return _Count(limits).read(seen)


def left(markup: str, limits: Limits) -> Limits:
    """The bounds are those of one mail: what one part takes, the next ones have not."""
    seen = reduce(markup)
    return replace(
        limits,
        html=max(limits.html - len(markup), 0),
        html_tags=max(limits.html_tags - markup.count("<") // 2, 0),
        html_entities=max(limits.html_entities - seen.count("&") - seen.count("\u00a0"), 0),
        html_writing=max(limits.html_writing - writing(seen, limits.html_writing), 0),
    )


def writing(seen: str, enough: int) -> int:
    """How many characters are looked at to write the texts, at most: of each its length by what is special in it.

    A quick estimate if that is not more than `enough`.
    """
    quick = len(seen) * (seen.count("&") if seen.isascii() else len(SPECIAL_LETTERS.findall(seen)))
    if quick <= enough:
        return quick
    looked, begun, tables = 0, 0, 0
    for match in TAG.finditer(seen):
        closing, name = match[1], match[2].lower()
        if name == "table":
            tables = max(tables - 1, 0) if closing else tables + 1
        if not closing and (name in ENDING_TEXT or (tables and name in CELLS)):
            looked += (match.start() - begun) * len(SPECIAL_LETTERS.findall(seen, begun, match.start()))
            begun = match.start()
    return looked + (len(seen) - begun) * len(SPECIAL_LETTERS.findall(seen, begun))


class _Count:
    """One counting: what an HTML parser has open, as far as it matters for its work."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.stack: list[str] = []
        self.open: dict[str, int] = {}
        self.dangling = 0  # formatting elements that were not closed before what they stand in
        self.cells: list[bool] = []  # of each open table, whether a cell of it is
        self.strays = 0
        self.roots = 0

    def read(self, markup: str) -> str:
        """The word for the bound that is broken, or the empty string."""
        repeated = said = 0
        limits = self.limits
        for tags, (closing, name, attributes) in enumerate(TAG.findall(markup), 1):
            repeated += self.dangling
            if tags > limits.html_tags:
                return "tags"
            if len(attributes) > 2 * limits.html_attributes and _attributes(attributes) > limits.html_attributes:
                return "attributes"
            said += len(attributes)
            self._tag(name.lower(), closing=bool(closing))
            if (
                repeated > RECONSTRUCTED
                or len(self.stack) > limits.html_depth
                or self.strays > STRAYS
                or self.roots > MOST_ROOTS
            ):
                return "nesting"
        most = limits.html_attributes_of_all
        if said > 2 * most and sum(_attributes(one) for _, _, one in TAG.findall(markup)) > most:
            return "attributes"
        return ""

    def _tag(self, name: str, *, closing: bool) -> None:
        if name in TABLE_PARTS:
            self._table(name, closing=closing)
        elif self.cells and not self.cells[-1]:
            self.strays += 1
        if name in ROOTS:
            self.roots += 1
        if name in VOID or name in OPTIONAL:
            return
        if not closing:
            self.stack.append(name)
            self.open[name] = self.open.get(name, 0) + 1
        elif name in FORMATTING and self.open.get(name):
            self._end_formatting(name)
        elif self.open.get(name):
            closed = ""
            while closed != name:
                closed = self.stack.pop()
                self.open[closed] -= 1
                self.dangling += closed in FORMATTING and closed != name
        elif name in FORMATTING and self.dangling:
            self.dangling -= 1

    def _end_formatting(self, name: str) -> None:
        at = len(self.stack) - 1
        while self.stack[at] != name:
            at -= 1
        above = self.stack[at + 1 :]
        self.open[name] -= 1
        if any(one in SPECIAL for one in above):
            del self.stack[at]
            return
        for one in above:
            self.open[one] -= 1
            self.dangling += one in FORMATTING
        del self.stack[at:]

    def _table(self, name: str, *, closing: bool) -> None:
        if name == "table":
            if not closing:
                self.cells.append(False)
            elif self.cells:
                self.cells.pop()
        elif self.cells:
            self.cells[-1] = not closing and name in {"td", "th", "caption"}


def _attributes(text: str) -> int:
    return sum(1 for _ in ATTRIBUTE.finditer(text))
