"""The people of a quoted header field, as mail clients write them for readers rather than for machines.

Promises: `Jane <jane@a.example>`, `Jane [mailto:jane@a.example]`, `Doe, Jane <…<mailto:…>>`, `'Jane' (jane@a.example)`,
and a name alone. Linear. Fails: never. Knows nothing of which field the text came from.
"""

from __future__ import annotations

import html
import re

from parsers.blocks import lowered
from parsers.headers import decode_words
from parsers.limits import DEFAULT, Limits

DIRECTIONS = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
LONGEST_SENDER = 2_000
LONGEST_NAME = 300
SPEC = r"[^\s<>\[\]()\"\u201c\u201d\u00ab\u00bb,;:|*@]{1,64}+@[^\s<>\[\]()\"\u201c\u201d\u00ab\u00bb,;:|*@/]{1,255}+"
ADDRESS = re.compile(SPEC)
# In brackets: what stands before it is a name, even if that is an address.
BRACKETED = re.compile(rf"[<\[(]\s{{0,3}}+(?:(?:mailto|smtp|e-?+mail)\s?+:\s{{0,3}}+)?+'?+({SPEC})", re.IGNORECASE)
TAG = re.compile(r"<[^<>]{0,1000}+>")
LONGEST_LINK = 500  # characters of a link's text
MOST_LINKS = 200
SCHEME = "mailto:"
SPEC_END = re.compile("[\"'<>?&\\s]")
QUOTES = (
    " \t'\"\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u00ab\u00bb*,;\u00a0\u202a\u202c\u202d\u200e\u200f\u2068\u2069"
)


def sender_of(value: str) -> tuple[str | None, str | None]:
    """The address and the name of one person; either may be missing."""
    value = value[:LONGEST_SENDER].translate(DIRECTIONS)
    found = BRACKETED.search(value)
    if found:
        address, name = _clean(found[1]), value[: found.start()]
    elif found := ADDRESS.search(value):
        address, name = _clean(found[0]), value[: found.start()] or _comment(value[found.end() :])
    else:
        address, name = None, value
    if address is None:  # a name of Lotus Notes or Exchange: `Jane Doe/ACME@ACME`
        name = value.partition("<")[0].partition("[")[0]
        name = name.partition("/")[0] if "@" in name else name
    if "=?" in name:
        name = decode_words(name)
    name = " ".join(name.split()).strip(QUOTES)[:LONGEST_NAME]
    if not any(letter.isalnum() for letter in name) or name.lower() == address:
        name = ""
    if ADDRESS.fullmatch(name) and address is not None and _clean(name) == address:
        name = ""
    return address, name or None


def recipients_of(value: str, limits: Limits = DEFAULT) -> tuple[str, ...]:
    """The addresses of a list, each once, in order."""
    found: dict[str, None] = {}
    for match in ADDRESS.finditer(value.translate(DIRECTIONS)):
        if address := _clean(match[0]):
            found[address] = None
        if len(found) == limits.addresses:
            break
    return tuple(found)


def address_in_links(name: str, markup: str) -> str | None:
    """The address that a `mailto:` link of this text leads to: Outlook shows the name alone."""
    wanted, at = lowered(name), 0
    for _ in range(MOST_LINKS):
        at = markup.find(SCHEME, at)
        if at < 0:
            return None
        at += len(SCHEME)
        spec = SPEC_END.split(markup[at : at + LONGEST_LINK], 1)[0]
        begin = markup.find(">", at, at + LONGEST_LINK) + 1
        end = markup.find("</a", begin, begin + LONGEST_LINK) if begin else -1
        if end >= 0:
            text = html.unescape(TAG.sub("", markup[begin:end])).strip(QUOTES)
            if lowered(text) == wanted and "@" in spec and (address := _clean(html.unescape(spec))):
                return address
    return None


def _comment(rest: str) -> str:
    rest = rest.strip()
    return rest[1 : rest.find(")")] if rest.startswith("(") and ")" in rest else ""


def _clean(spec: str) -> str | None:
    """The addr-spec with its domain in lower case; None for names of Lotus Notes and Exchange."""
    local, _, domain = spec.strip("'.").partition("@")
    domain = domain.rstrip(".'\u2019").lower()
    if not local or not domain or "/" in local or local.lower().startswith("/o="):
        return None
    return f"{local}@{domain}"
