"""What HTML would cost the libraries that read it, counted in one linear pass of our own.

Promises: an upper estimate that never costs more than a pass over the text. HTML libraries cannot be interrupted, and
their work grows with the square of nesting, of attributes of one tag and of adjacent entities (measured with nh3 0.3.8:
1 MB of nested `<div>` takes 98 s, 1 MB of `&` 6.5 s). Fails: never. Knows nothing of what the HTML says.
"""

from __future__ import annotations

import re
from functools import lru_cache

from parsers.limits import Limits
from parsers.words.tables import words

TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})")
ATTRIBUTE = re.compile(r"[^\s/>=][^\s/>=]*(?:\s*=\s*(?:\"[^\"]*(?:\"|\Z)|'[^']*(?:'|\Z)|[^\s>]*))?")
NOTHING = re.compile(r"[\s/=]*")
VOID = words("area base br col embed hr img input link meta param source track wbr")
# Their end tags are optional, and only nest inside elements that are counted.
OPTIONAL = words("p li dt dd tr td th thead tbody tfoot colgroup option optgroup html head body")
FORMATTING = words("a b big code em font i nobr s small strike strong tt u")
RECONSTRUCTED = 200_000  # elements that unclosed formatting may make the parser repeat
MOST_LINES = 30_000  # inscriptis takes 25 µs for each; nobody reads so long a mail as a table
BREAKING = words("br p div li tr td th h1 h2 h3 h4 h5 h6 hr dt dd ul ol table pre blockquote section article")


@lru_cache(maxsize=2)  # one body is asked about by each of its readers
def check(markup: str, limits: Limits) -> str:
    """The word for the bound that is broken, or the empty string."""
    if len(markup) > limits.html:
        return "size"
    if markup.count("&") > limits.html_entities:
        return "entities"
    if markup.count("<") > 4 * limits.html_tags:
        return "tags"
    return _nesting(markup, limits)


def _nesting(markup: str, limits: Limits) -> str:
    stack: list[str] = []
    open_: dict[str, int] = {}
    tags = repeated = dangling = scanned = 0
    for match in TAG.finditer(markup):
        tags += 1
        name = match[2].lower()
        repeated += dangling
        if tags > limits.html_tags:
            return "tags"
        if repeated > RECONSTRUCTED:
            return "nesting"
        if not match[1]:
            attributes, end = _attributes(markup, match.end(), limits.html_attributes)
            scanned += end - match.end()
            # Tags without an end overlap in this estimate; parsers disagree on them, and nobody writes many.
            if attributes > limits.html_attributes or scanned > 4 * len(markup) + 10_000:
                return "attributes"
        if name in VOID or name in OPTIONAL:
            continue
        if not match[1]:
            stack.append(name)
            open_[name] = open_.get(name, 0) + 1
            if len(stack) > limits.html_depth:
                return "nesting"
        elif open_.get(name):
            closed = ""
            while closed != name:
                closed = stack.pop()
                open_[closed] -= 1
                dangling += closed in FORMATTING and closed != name
        elif name in FORMATTING and dangling:
            dangling -= 1
    return ""


def _attributes(markup: str, at: int, most: int) -> tuple[int, int]:
    """How many attributes the tag has whose name ends at `at`, and where they end; counted no further than `most`."""
    count = 0
    while count <= most:
        nothing = NOTHING.match(markup, at)
        assert nothing is not None
        at = nothing.end()
        found = ATTRIBUTE.match(markup, at)
        if found is None:
            break
        at = found.end()
        count += 1
    return count, at


def is_wide(markup: str, limits: Limits) -> bool:
    """Whether tables or lists, drawn with blanks, would be far larger than the text in them."""
    pieces = TAG.split(markup.lower())
    longest = total = lines = indent = indent_now = tables = tables_now = 0
    for closing, name, after in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        text = 0 if name in {"style", "script"} else len(after) - after.find(">")
        total += text
        longest = max(longest, text)
        lines += name in BREAKING
        step = -1 if closing else 1
        if name in {"ul", "ol", "dl", "blockquote"}:
            indent_now = max(indent_now + step, 0)
            indent = max(indent, indent_now)
        elif name == "table":
            tables_now = max(tables_now + step, 0)
            tables = max(tables, tables_now)
    # A line of a table is as wide as its longest cells together; where tables nest, as all the text at worst.
    width = (total if tables > 1 else longest) if tables else 0
    return lines > MOST_LINES or (width + 4 * indent) * lines > limits.html_work
