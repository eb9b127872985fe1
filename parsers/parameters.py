"""Parameters of MIME fields (RFC 2045 §5.1, RFC 2231), as real mailers write them.

Promises: one pass. Names split over segments, percent-encoded in a charset they do or do not name, mixed with
encoded-words; values with quotes missing, left open or inside, with semicolons or blanks that no quotes protect; a
missing semicolon; comments. The first of two with one name counts, and the extended form before the plain one. Values
are one line without controls. Fails: never. Knows nothing of what a parameter means, except that file names hold what
others do not: blanks, semicolons, percent signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from urllib.parse import unquote_to_bytes

from parsers import charset
from parsers.encoded_words import decode_words
from parsers.limits import DEFAULT, Limits
from parsers.unfolding import unfold

NAME = re.compile(r"\s*+([A-Za-z0-9_.-]{1,80}+)(?:\*([0-9]{1,3}+))?+(\*)?+\s*+=")
NEXT = re.compile(r"(?<!\s)\s++(?=[A-Za-z][A-Za-z-]{1,30}+(?:\*[0-9]{0,3}+)?\*?=)")
QUOTED = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
ESCAPED = re.compile(r'\\(["\\])')  # Windows paths are not escaped by the mailers that send them: only these two are
OCTET = re.compile(r"%[0-9A-Fa-f]{2}")
FILE_NAMES = frozenset({"name", "filename"})

Segment = tuple[int, bool, str]


def parse_parameters(text: str, limits: Limits = DEFAULT) -> tuple[str, dict[str, str]]:
    """The leading value in lower case and its parameters, RFC 2231 and RFC 2047 decoded, the first of a name counts."""
    value, _, rest = text.partition(";")
    head = unfold(value).partition("(")[0].strip()
    if " " in head and (match := NEXT.search(value)):
        rest = f"{value[match.end() :]};{rest}"
    plain: dict[str, str] = {}
    extended: dict[str, list[Segment]] = {}
    for count, (name, index, star, given) in enumerate(_pairs(rest)):
        if count >= limits.parameters:
            break
        if index is None and not star:
            plain.setdefault(name, given)
        else:
            extended.setdefault(name, []).append((index or 0, star, given))
    for name, segments in extended.items():
        plain[name] = _join_segments(sorted(segments, key=lambda one: one[0]))
    return head.partition(" ")[0].lower(), {name: _readable(name, given) for name, given in plain.items()}


def _pairs(text: str) -> Iterator[tuple[str, int | None, bool, str]]:
    """Name, number of the segment, whether it is percent-encoded, value. One that has no name belongs to the last."""
    waiting: list[str] = []
    last: re.Match[str] | None = None
    for piece in _split(text):
        match = NAME.match(piece)
        if match is not None:
            if last is not None:
                yield from _pair(last, ";".join(waiting))
            last, waiting = match, [piece[match.end() :]]
        elif last is not None and piece.strip() and last[1].lower() in FILE_NAMES:
            waiting.append(piece)
    if last is not None:
        yield from _pair(last, ";".join(waiting))


def _pair(match: re.Match[str], given: str) -> Iterator[tuple[str, int | None, bool, str]]:
    """One parameter, and those behind it that no semicolon separates."""
    for _ in range(4):
        value, rest = _value(given, names=match[1].lower() in FILE_NAMES)
        yield match[1].lower(), int(match[2]) if match[2] else None, match[3] is not None, value
        follows = NAME.match(rest) if rest else None
        if follows is None:
            return
        match, given = follows, rest[follows.end() :]


def _value(given: str, *, names: bool) -> tuple[str, str]:
    """The value at the beginning of `given`, and what follows it."""
    given = given.strip()
    if given.startswith('"'):
        quoted = QUOTED.match(given)
        end = quoted.end() if quoted else len(given)
        behind = given[end:]
        if quoted and behind.strip() and not NEXT.match(behind) and '"' in behind and names:
            end = given.rfind('"') + 1  # quotes within, not escaped
        inner = given[1 : end - 1] if quoted else given[1:]
        return ESCAPED.sub(r"\1", inner), given[end:]
    follows = NEXT.search(given)
    rest = ""
    if follows is not None and "=?" not in given:
        given, rest = given[: follows.start()], given[follows.end() :]
    if not names:
        given = given.partition(" (")[0].strip()
    elif len(given) > 1 and given[0] == given[-1] == "'":
        given = given[1:-1]
    return given, rest


def _split(text: str) -> list[str]:
    """Cut at semicolons outside quotes; a quote that is never closed holds nothing together."""
    if '"' not in text:
        return text.split(";")
    pieces: list[str] = []
    begun = at = 0
    last_quote = text.rfind('"')
    while at < len(text):
        semicolon = text.find(";", at)
        semicolon = len(text) if semicolon < 0 else semicolon
        quote = text.find('"', at, semicolon)
        if quote < 0:
            pieces.append(text[begun:semicolon])
            begun = at = semicolon + 1
        elif quote >= last_quote or (quoted := QUOTED.match(text, quote)) is None:
            # From no later quote does a closing one follow either: escapes are read in the same pairs from there.
            pieces.extend(_from(text, begun, quote + 1))
            return pieces
        else:
            at = quoted.end()
    if begun < len(text):
        pieces.append(text[begun:])
    return pieces


def _from(text: str, begun: int, at: int) -> list[str]:
    first, *rest = text[at:].split(";")
    return [text[begun:at] + first, *rest]


def _join_segments(segments: Sequence[Segment]) -> str:
    """RFC 2231 §3-4: `charset'language'` opens the first segment, marked segments are percent-encoded."""
    label: str | None = None
    octets: list[bytes] = []
    seen: set[int] = set()
    for index, encoded, given in segments:
        if index in seen:
            continue
        segment = given
        if not seen and encoded:
            label, segment = _label(given)
        seen.add(index)
        octets.append(unquote_to_bytes(segment) if encoded else segment.encode("utf-8", "replace"))
    return charset.decode(b"".join(octets), label).text


def _label(given: str) -> tuple[str | None, str]:
    """The charset in front of the first apostrophe, if it is one: names have apostrophes too."""
    label, apostrophe, rest = given.partition("'")
    if not apostrophe or (label and charset.codec_for(label) is None and not label.lower().startswith("x-")):
        return None, given
    language, apostrophe, value = rest.partition("'")
    return (label or None), value if apostrophe and len(language) <= 12 else rest


def _readable(name: str, given: str) -> str:
    if name in FILE_NAMES and "%" in given and "=?" not in given and len(OCTET.findall(given)) == given.count("%"):
        octets = unquote_to_bytes(given)
        if not octets.isascii():  # else the percent signs may be meant
            with suppress(UnicodeDecodeError):
                given = octets.decode("utf-8")
    return decode_words(given) if "=?" in given else unfold(given)
