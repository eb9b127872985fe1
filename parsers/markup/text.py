"""HTML of strangers to the text that a reader sees, as mail clients write it themselves.

Promises: blocks on lines of their own, quotations marked with `> `, lists with bullets and numbers, addresses of links
behind their text, tables in columns where they hold data. One pass over what `tree.py` sees; linear in what goes in and
comes out. What an HTML library would choke on (`bounds.py`) never reaches one: its tags are taken off instead, with a
defect. Fails: never. Knows nothing of parts or of what is a reply.
"""

from __future__ import annotations

import html
import re

from parsers.limits import DEFAULT, Limits
from parsers.markup import bounds
from parsers.markup.reduce import reduce
from parsers.markup.render import Renderer
from parsers.markup.tree import read_events

MANY_LINES = re.compile(r"\n{3,}")
HIDDEN = re.compile(r"<(style|script)\b", re.IGNORECASE)
MOST_UNESCAPED = 100_000  # each costs a call: those beyond stay as they were written
ENTITY = re.compile(r"&#?[0-9A-Za-z]{1,32};?")


def html_to_text(markup: str, limits: Limits = DEFAULT) -> tuple[str, tuple[str, ...]]:
    """The text a reader sees, and defects."""
    if broken := bounds.check(markup, limits):
        return tidy(strip_tags(markup[: limits.text])), (f"limit: html {broken}, read as text",)
    return tidy(Renderer().render(read_events(markup))) or strayed_text(markup), ()


def strayed_text(markup: str) -> str:
    """The words of markup of which a parser sees none: a quote that is never closed makes all of it one attribute."""
    return tidy(strip_tags(reduce(markup)))


def tidy(text: str) -> str:
    """No blanks at line ends, no more than one empty line at once."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").split("\n")
    return MANY_LINES.sub("\n\n", "\n".join(line.rstrip() for line in lines)).strip("\n")


def strip_tags(markup: str) -> str:
    """Whatever is not between `<` and `>`, without style sheets and scripts: crude, but linear for all input."""
    out: list[str] = []
    at = 0
    lowered = markup.lower() if markup.isascii() else markup  # lower() may change the length of other text
    endless: set[str] = set()  # looked for once: a search for what is not there costs a pass
    for hidden in HIDDEN.finditer(lowered):
        name = hidden[1]
        if hidden.start() < at or name in endless:
            continue
        end = lowered.find(f"</{name}", hidden.end())
        if end < 0:
            endless.add(name)
            continue
        out.append(_strip(markup[at : hidden.start()]))
        at = end
    out.append(_strip(markup[at:]))
    return ENTITY.sub(lambda match: html.unescape(match[0]), "".join(out), count=MOST_UNESCAPED)


def _strip(markup: str) -> str:
    out: list[str] = []
    at = 0
    while (begun := markup.find("<", at)) >= 0:
        out.append(markup[at:begun])
        end = markup.find(">", begun)
        if end < 0:
            break
        # Of several `<` before a `>`, the last one begins the tag.
        inner = markup.rfind("<", begun, end)
        out.append(markup[begun:inner].replace("<", " ") + "\n")
        at = end + 1
    out.append(markup[max(at, begun) :].replace("<", " "))
    return "".join(out)
