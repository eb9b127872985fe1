"""Markup of strangers as a flat list of what a browser would see, safe already: `safe.py` and `text.py` write from it.

Promises: what comes out of here went through nh3 (an HTML5 parser) with our own list: no element that runs or loads,
no address but http, https, mailto and `cid:`, no picture but the mail's own. What is hidden from every reader is out,
unless it is all there is. One pass after nh3's. `markup` must have passed `bounds.check`, because nh3 cannot be
interrupted. Fails: never. Knows nothing of parts or of what is a reply.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache

import nh3

from parsers.markup import styles
from parsers.markup.links import has_wrapper, unwrap, unwrap_text
from parsers.markup.reduce import reduce
from parsers.words.tables import words

# An element's begin (its name, its attributes escaped as they stand), its end, or a text (escaped).
OPEN, CLOSE, TEXT = 1, 2, 0
Attributes = dict[str, str]
Event = tuple[int, str, Attributes]
NONE: Attributes = {}

TAGS = words(
    "a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del details dfn "
    "dialog dir div dl dt em fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 header hgroup hr i img ins "
    "kbd legend li main mark menu nav ol p pre q s samp section small span strike strong sub summary sup table tbody "
    "td tfoot th thead tr tt u ul var wbr"
)
DROPPED_WITH_CONTENT = words(
    "script style title noscript template iframe object embed applet svg math textarea select noembed noframes xmp "
    "audio video canvas xml datalist map frameset"
)
ATTRIBUTES = {
    "*": {"style", "class", "dir", "lang", "align", "valign", "hidden"},
    "a": {"href"},
    "blockquote": {"type", "cite"},
    "img": {"src", "alt", "width", "height"},
    "font": {"color", "face", "size"},
    "table": {"border", "cellpadding", "cellspacing", "width", "bgcolor"},
    "td": {"colspan", "rowspan", "width", "height", "bgcolor", "nowrap"},
    "th": {"colspan", "rowspan", "width", "height", "bgcolor", "scope"},
    "tr": {"bgcolor"},
    "col": {"span", "width"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "abbr": {"title"},
}
SCHEMES = {"http", "https", "mailto", "cid"}
NUMBERS = words("width height colspan rowspan border cellpadding cellspacing span start size")
NUMBER = re.compile(r"[+-]?[0-9]{1,4}%?")
NAME = re.compile(r"[#\w-]{1,40}")
LONGEST = {"alt": 500, "title": 300, "href": 8_000, "src": 300}
MOST_SPANNED = 100  # columns or rows of one cell: a browser makes room for each
QUOTES = ("gmail_quote", "moz-cite", "cite", "quote", "yahoo_quoted", "protonmail_quote", "zmail_extra")
VOID = words("br col hr img wbr")
TOKEN = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [a-z-]+="[^"]*")*+)>')
ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
# Wingdings draws these for letters: Outlook's faces, arrows and bullets.
WINGDINGS = {"J": "\U0001f642", "L": "\U0001f641", "K": "\U0001f610", "\u00e0": "\u2192", "\u00df": "\u2190"}
WINGDINGS |= {"\u00e8": "\u2192", "\u00fc": "\u2713", "\u00fb": "\u2717", "\u00a7": "\u25aa", "\u00d8": "\u27a2"}
BULLETS = frozenset("\u00b7o\u00a7\u00d8\u00fcvq\u2022\u25aa\u25cf\u25cb\uf0b7\uf0a7\uf0d8\uf0fc")
BLANK = frozenset(("", "&nbsp;"))


def _attribute(tag: str, name: str, value: str) -> str | None:
    """What becomes of an attribute that may be there; nh3 has checked the scheme of addresses before."""
    if name == "style":
        return styles.read_style(value) or None
    if name == "class":
        return _class(tag, value)
    value = value.strip()
    if len(value) > LONGEST.get(name, 60):
        return value[: LONGEST[name]] if name in {"alt", "title"} else None
    if name == "href":
        return unwrap(value)
    if name == "src":
        return f"cid:{value[4:]}" if value[:4].lower() == "cid:" else None
    if name in {"alt", "title", "cite", "hidden"}:
        return value
    if name in NUMBERS:
        spans = name.endswith("span") and int("".join(filter(str.isascii, filter(str.isdigit, value))) or "0")
        return value if NUMBER.fullmatch(value) and spans <= MOST_SPANNED else None
    return value if NAME.fullmatch(value) else None


def _class(tag: str, value: str) -> str | None:
    """The few classes that say what a style sheet, which is gone, says of the look."""
    if tag in {"p", "div"}:
        return "mso" if value[:3].lower() == "mso" else None
    return "quote" if tag == "blockquote" and value[:200].lower().startswith(QUOTES) else None


CLEANER = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags=set(DROPPED_WITH_CONTENT),
    attributes=ATTRIBUTES,
    attribute_filter=_attribute,
    url_schemes=SCHEMES,
    url_relative="deny",
    link_rel=None,
)


@lru_cache(maxsize=1)  # the same body is asked for its HTML and for its text
def read_events(markup: str) -> tuple[Event, ...]:
    """What is to be seen, in order; the last answer is kept."""
    return events_of(markup)


def events_of(markup: str) -> tuple[Event, ...]:
    """What is to be seen, in order."""
    tokens = _tokens(CLEANER.clean(reduce(markup.replace("\0", ""))))
    if has_wrapper(markup):
        tokens = [_unwrapped(one) if one[0] == TEXT and has_wrapper(one[1]) else one for one in tokens]
    seen = _seen(tokens)
    return tuple(seen if _has_content(seen) else tokens)


def _tokens(safe: str) -> list[Event]:
    """nh3 writes every `<` that is no tag as `&lt;` and every attribute in double quotes, so this is exact."""
    events: list[Event] = []
    at = 0
    for match in TOKEN.finditer(safe):
        begun = match.start()
        if begun > at:
            events.append((TEXT, safe[at:begun], NONE))
        at = match.end()
        closing, name, attributes = match.groups()
        if closing:
            events.append((CLOSE, name, NONE))
        else:
            events.append((OPEN, name, dict(ATTRIBUTE.findall(attributes)) if attributes else NONE))
    if at < len(safe):
        events.append((TEXT, safe[at:], NONE))
    return events


def _unwrapped(event: Event) -> Event:
    """An address that is to be read, too."""
    return TEXT, html.escape(unwrap_text(html.unescape(event[1])), quote=False), NONE


def _has_content(events: list[Event]) -> bool:
    return any(one[1].strip() not in BLANK if one[0] == TEXT else one[1] == "img" for one in events)


def signs_of(attributes: Attributes) -> str:
    """The signs of an element's style (`styles.py`)."""
    style = attributes.get("style")
    return style.partition("|")[0] if style else ""


def _seen(tokens: list[Event]) -> list[Event]:
    """Without the elements that no reader sees, and with the signs that a font draws instead of letters."""
    seen: list[Event] = []
    hidden = 0  # elements open since the hidden one
    # Of each open element: whether its letters have no size, whether they are bullets, whether the font draws pictures.
    modes = [(False, False, False)]
    mode = modes[0]
    for event in tokens:
        kind, name, attributes = event
        if hidden:
            if kind != TEXT and name not in VOID:
                hidden += 1 if kind == OPEN else -1
        elif kind == TEXT:
            if mode == modes[0]:
                seen.append(event)
            elif not mode[0]:
                seen.append((TEXT, _drawn(name, bullet=mode[1], pictures=mode[2]), NONE))
        elif kind == CLOSE:
            modes.pop()
            mode = modes[-1]
            seen.append(event)
        elif name in VOID:
            if "style" not in attributes or styles.HIDDEN not in signs_of(attributes):
                seen.append(event)
        else:
            signs = signs_of(attributes)
            if (signs and styles.HIDDEN in signs) or "hidden" in attributes:
                hidden = 1
                continue
            if signs:
                sized = mode[0] if styles.SIZED not in signs else False
                mode = (styles.NO_SIZE in signs or sized, mode[1] or styles.BULLET in signs, styles.WINGDINGS in signs)
            modes.append(mode)
            seen.append(event)
    return seen


def _drawn(text: str, *, bullet: bool, pictures: bool) -> str:
    bare = text.replace("&nbsp;", " ").strip()
    if bullet and (not bare or bare in BULLETS):
        return "\u2022" if bare else "&nbsp;"
    return WINGDINGS.get(bare, text) if pictures else text
