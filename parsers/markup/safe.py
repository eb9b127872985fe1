"""HTML of strangers to HTML that is safe to show.

Promises: nothing in `safe_html` runs, loads from afar or points anywhere but http, https, mailto and the mail's own
parts (`cid:`); pictures from afar are out. HTML that an HTML library would choke on (`bounds.py`) never reaches one: it
is shown as escaped text, with a defect. Fails: never. Knows nothing of parts or of what is a reply.
"""

from __future__ import annotations

import nh3

from parsers.limits import DEFAULT, Limits
from parsers.markup import bounds
from parsers.markup.plain import text_to_html
from parsers.markup.text import strip_tags
from parsers.words.tables import words

TAGS = words(
    "a abbr address b bdi bdo big blockquote br caption center cite code col colgroup dd del details dfn div dl dt em "
    "figcaption figure font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strike strong sub "
    "summary sup table tbody td tfoot th thead time tr tt u ul var wbr"
)
DROPPED_WITH_CONTENT = words(
    "script style title head noscript template iframe object embed applet svg math textarea select noembed noframes "
    "xmp plaintext audio video canvas"
) - {"head", "plaintext"}  # these two have no end of their own where mailers forget it, and would take the text along
ATTRIBUTES = {
    "*": {"style", "dir", "lang", "title", "align", "valign"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "font": {"color", "face", "size"},
    "table": {"border", "cellpadding", "cellspacing", "width", "bgcolor"},
    "td": {"colspan", "rowspan", "width", "height", "bgcolor", "nowrap"},
    "th": {"colspan", "rowspan", "width", "height", "bgcolor", "scope"},
    "tr": {"bgcolor"},
    "col": {"span", "width"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "time": {"datetime"},
}
# No property that takes a url(), none that moves text over other text.
STYLES = words(
    "background-color border border-bottom border-collapse border-color border-left border-right border-style "
    "border-top border-width color font-family font-size font-style font-weight letter-spacing line-height margin-left "
    "padding padding-left text-align text-decoration text-indent vertical-align white-space width"
)
SCHEMES = frozenset({"http", "https", "mailto", "cid"})
LONGEST_STYLE = 2_000


def safe_html(markup: str, limits: Limits = DEFAULT) -> tuple[str, tuple[str, ...]]:
    """The markup as it may be shown, and defects. Idempotent."""
    if broken := bounds.check(markup, limits):
        return text_to_html(strip_tags(markup[: limits.text])), (f"limit: html {broken}, shown as text",)
    return _clean(markup), ()


def _clean(markup: str) -> str:
    return nh3.clean(
        markup.replace("\0", ""),
        tags=set(TAGS),
        clean_content_tags=set(DROPPED_WITH_CONTENT),
        attributes=ATTRIBUTES,
        attribute_filter=_filter,
        filter_style_properties=set(STYLES),
        url_schemes=set(SCHEMES),
        url_relative="deny",
        link_rel="noopener noreferrer",
    ).strip()


def _filter(tag: str, attribute: str, value: str) -> str | None:
    if tag == "img" and attribute == "src":
        return value if value.strip().lower().startswith("cid:") else None
    if attribute == "style" and len(value) > LONGEST_STYLE:
        return None
    return value
