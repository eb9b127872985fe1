"""HTML of strangers to the text that a reader sees.

Promises: tables stay readable; what an HTML library would choke on (`bounds.py`) never reaches one: its tags are taken
off instead, with a defect. Fails: never. Knows nothing of parts or of what is a reply.
"""

from __future__ import annotations

import html
import re

import lxml.html  # type: ignore[import-untyped]
from lxml import etree

from parsers.limits import DEFAULT, Limits
from parsers.markup import bounds

UNSEEN = frozenset({"script", "style", "title", "noscript", "template"})
MANY_LINES = re.compile(r"\n{3,}")
HIDDEN = re.compile(r"<(style|script)\b", re.IGNORECASE)
ENTITY = re.compile(r"&#?[0-9A-Za-z]{1,32};?")


def html_to_text(markup: str, limits: Limits = DEFAULT) -> tuple[str, tuple[str, ...]]:
    """The text a reader sees, tables kept readable, and defects."""
    if broken := bounds.check(markup, limits):
        return tidy(strip_tags(markup[: limits.text])), (f"limit: html {broken}, read as text",)
    text = "" if bounds.is_wide(markup, limits) else tidy(_through_inscriptis(markup))
    return text or tidy(_walk(markup)), ()


def _through_inscriptis(markup: str) -> str:
    """Its answer, or nothing: it returns '' for absurd nesting and raises on some declarations."""
    from inscriptis import get_text
    from inscriptis.css_profiles import CSS_PROFILES
    from inscriptis.model.config import ParserConfig

    try:
        return str(get_text(markup, ParserConfig(css=CSS_PROFILES["strict"])))
    except Exception:  # noqa: BLE001 - whatever it stumbles on, the other way of reading is still there
        return ""


def _walk(markup: str) -> str:
    """The text of every element, a line for each block; of a mail that is one picture, what the picture says.

    Plainer than inscriptis, but one pass: BeautifulSoup's get_text takes seconds for 90,000 line breaks.
    """
    try:
        root = lxml.html.document_fromstring(markup, parser=lxml.html.HTMLParser(no_network=True, remove_comments=True))
    except (etree.LxmlError, ValueError, AssertionError):
        return strip_tags(markup)
    out: list[str] = []
    hidden = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        name = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            out.append("\n" if name in bounds.BREAKING else "")
            out.append(f"[{element.get('alt')}]" if name == "img" and element.get("alt") else "")
            hidden += name in UNSEEN
            text = element.text
        else:
            out.append("\n" if name in bounds.BREAKING and name != "br" else "")
            hidden -= name in UNSEEN
            text = element.tail
        if text and not hidden:
            out.append(" ".join(text.split()) + (" " if text[-1:].isspace() else ""))
    return "".join(out)


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
    return ENTITY.sub(lambda match: html.unescape(match[0]), "".join(out))


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
