"""HTML of strangers to HTML that is safe to show, and plain enough to read.

Promises: nothing in `safe_html` runs, loads from afar, lies over other text or points anywhere but http, https, mailto
and the mail's own parts (`cid:`). What Outlook, Word and trackers leave is out: empty elements, fonts, namespaces,
wrapped addresses. HTML that a library would choke on (`bounds.py`) never reaches one: it is shown as escaped text,
with a defect. Fails: never. Knows nothing of parts or of what is a reply.
"""

from __future__ import annotations

import re

from parsers.limits import DEFAULT, Limits
from parsers.markup import bounds
from parsers.markup.images import is_file_name, is_pixel
from parsers.markup.plain import text_to_html
from parsers.markup.text import strayed_text, strip_tags, tidy
from parsers.markup.tree import OPEN, TEXT, VOID, Attributes, Event, events_of, read_events
from parsers.words.tables import words

# Shown as blocks that do nothing.
RENAMED = dict.fromkeys(words("form fieldset details summary dialog legend menu dir"), "div")
# Nothing is lost without them when they hold nothing.
EMPTY = words(
    "a abbr address article aside b bdi bdo big blockquote center cite code dd del dfn div dl dt em figcaption figure "
    "font footer h1 h2 h3 h4 h5 h6 header hgroup i ins kbd li main mark nav ol p pre q s samp section small span "
    "strike strong sub sup tt u ul var"
)
BARE = words("span font a bdi")  # say nothing without an attribute
BLANK_LINES = words("p div")
BLANKS = frozenset(("&nbsp;", "<br>", "<br>&nbsp;", "&nbsp;<br>"))
MOST_TIMES = 3
INHERITED = re.compile(r"(?:color|background-color|font|text-align|white-space|line-height)")
KEPT = words("dir lang align valign href src alt width height border cellpadding cellspacing bgcolor colspan rowspan")
KEPT |= words("nowrap scope span start type color size title")


def safe_html(markup: str, limits: Limits = DEFAULT, *, whole: bool = True) -> tuple[str, tuple[str, ...]]:
    """The markup as it may be shown, and defects. Idempotent, unless it is not the `whole` of what is shown."""
    shown, defects = _once(markup, limits)
    # What was taken out may have kept two elements apart that a parser does not put into one another.
    for _ in range(MOST_TIMES if whole else 0):
        before, shown = shown, "" if defects else _Writer().write(events_of(shown))
        if defects or shown == before:
            return before, defects
    return shown, defects


def _once(markup: str, limits: Limits) -> tuple[str, tuple[str, ...]]:
    if broken := bounds.check(markup, limits):
        return text_to_html(tidy(strip_tags(markup[: limits.text]))), (f"limit: html {broken}, shown as text",)
    return _Writer().write(read_events(markup)) or text_to_html(strayed_text(markup)), ()


class _Writer:
    """One writing. `open` holds of each element how much stood before it, its end tag, and whether it has a look."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.open: list[tuple[int, str, bool]] = []
        self.looks = 0  # open elements whose look is not the usual one
        self.blank_at = -1  # how much stood after the last blank line

    def write(self, events: tuple[Event, ...]) -> str:
        out = self.out
        for kind, name, attributes in events:
            if kind == TEXT:
                if name[:1] == "\n" and out and out[-1][:4] == "<pre":
                    name = name.lstrip("\n")  # noqa: PLW2901 - a parser drops the first one, each time anew
                if name and not (self.blank_at == len(out) and name.isspace()):
                    out.append(name)
            elif kind == OPEN:
                self._begin(RENAMED.get(name, name), attributes)
            else:
                self._end(RENAMED.get(name, name))
        return "".join(out).strip()

    def _begin(self, name: str, attributes: Attributes) -> None:
        if name == "img":
            self._picture(attributes)
            return
        looks = False
        said = ""
        if attributes:
            said, looks = self._said(name, attributes)
        if name in VOID:
            self.out.append(f"<{name}{said}>")
            return
        bare = name in BARE and not said
        self.open.append((len(self.out), "" if bare else f"</{name}>", looks))
        self.looks += looks
        if not bare:
            rel = ' rel="noopener noreferrer"' if name == "a" else ""
            self.out.append(f"<{name}{said}{rel}>")

    def _said(self, name: str, attributes: Attributes) -> tuple[str, bool]:
        said = [f' {key}="{value}"' for key, value in attributes.items() if key in KEPT]
        looks = False
        if name == "font":
            said = [one for one in said if one not in {' size="2"', ' size="3"', ' color="black"', ' color="#000000"'}]
            looks = bool(said)
        _, _, style = attributes.get("style", "").partition("|")
        shown, _, usual = style.partition("|")
        looks = looks or (bool(shown) and INHERITED.match(shown) is not None) or "bgcolor" in attributes
        if usual and (self.looks or looks):
            shown = f"{shown};{usual}" if shown else usual
        if attributes.get("class") == "mso" and "margin:" not in shown and "margin-bottom:" not in shown:
            shown = f"margin:0;{shown}" if shown else "margin:0"  # the style sheet said so
        if shown:
            said.append(f' style="{shown}"')
        return "".join(said), looks

    def _picture(self, attributes: Attributes) -> None:
        """The mail's own pictures; of others, what they stand for."""
        if is_pixel(attributes):
            return
        if "src" in attributes:
            self.out.append(f"<img{self._said('img', attributes)[0]}>")
        elif (alt := attributes.get("alt", "")) and not is_file_name(alt):
            self.out.append(alt.replace("&quot;", '"'))

    def _end(self, name: str) -> None:
        out = self.out
        begun, end, looks = self.open.pop()
        self.looks -= looks
        if not end:
            return
        if len(out) == begun + 1 and name in EMPTY:
            out.pop()
            return
        if name in BLANK_LINES and len(out) - begun <= 4 and "".join(out[begun + 1 :]).strip() in BLANKS:
            if self.blank_at == begun:
                del out[begun:]
                self.blank_at = len(out)
                return
            self.blank_at = len(out) + 1
        out.append(end)
