"""One text as several readers see it: with escapes undone, and each character's place in the original.

Promises: pure, linear, total. A view is of the text as it stands, without characters that nobody sees, and with
percent signs (RFC 3986), escapes of JSON and entities of HTML undone, one after the other and up to three times, as
texts are that were quoted in quotations. Knows nothing of what is looked for.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

ROUNDS = 3

_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})++")
_JSON = re.compile(
    r"(?:\\u[0-9A-Fa-f]{4}){1,2}+|\\u\{[0-9A-Fa-f]{1,6}\}|\\x[0-9A-Fa-f]{2}|\\[0-3][0-7]{2}|\\[\"'/\\bfnrt]"
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}+;?+|#[xX][0-9A-Fa-f]{1,6}+;?+|[A-Za-z]{2,8};)")
_PLUS = re.compile(r"\+")
_QUOTED_PRINTABLE = re.compile(r"(?:=[0-9A-F]{2})++")
# Octets as numbers in a list; what follows the last comma is optional, so that no match is tried twice.
_LISTED = re.compile(r"(?:\b[0-9]{1,3}+, ?+){3,}+[0-9]{0,3}+")
_LISTED_HEX = re.compile(r"(?:0x[0-9A-Fa-f]{2}[, ]{1,2}+){3,}+(?:0x[0-9A-Fa-f]{2})?+")
_JOINED_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}[-,:]){3,}+(?:[0-9A-Fa-f]{2})?+")
_SPACED = re.compile(r"(?:\S[ \u00a0]){5,}+\S?+")
_NUMBER = re.compile(r"[0-9]++")
_BETWEEN_HEX = re.compile(r"0x|[-,: ]")
_WIDE = re.compile(r"[\u00aa-\uffff]")
_SIMPLE = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}

Spans = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class View:
    """A reading, and which part of the original each of its characters stands for; None: each for itself."""

    text: str
    spans: Spans | None = None

    def hide(self, hidden: bytearray, start: int, end: int) -> None:
        """Mark in `hidden`, which counts the original's characters, what is here from `start` to `end`."""
        if end > start:
            first, last = (start, end) if self.spans is None else (self.spans[start][0], self.spans[end - 1][1])
            hidden[first:last] = b"\x01" * (last - first)

    def span(self, at: int) -> tuple[int, int]:
        """What one character stands for."""
        return (at, at + 1) if self.spans is None else self.spans[at]


def views(text: str) -> Iterator[View]:
    """Every reading of `text`, the text itself first."""
    now = View(text)
    yield now
    for pattern, undone in ((_PLUS, lambda _: " "), (_QUOTED_PRINTABLE, _of_octets("=")), *_WRITTEN_OUT):
        if (other := _again(now, pattern, undone)) is not None:
            yield other
    for _ in range(ROUNDS):
        before = now
        for step in (_unseen, _percent, _json, _entities):
            other = step(now)
            if other is not None:
                now = other
                yield now
        if now is before:
            return


def _unseen(view: View) -> View | None:
    """Without characters that take no place."""
    if view.text.isprintable():
        return None
    kept = [at for at, one in enumerate(view.text) if unicodedata.category(one) not in {"Cf", "Cc", "Mn"}]
    if len(kept) == len(view.text):
        return None
    return View("".join(view.text[at] for at in kept), [view.span(at) for at in kept])


def _percent(view: View) -> View | None:
    return _again(view, _PERCENT, _of_octets("%")) if "%" in view.text else None


def _json(view: View) -> View | None:
    return _again(view, _JSON, _escape) if "\\" in view.text else None


def _entities(view: View) -> View | None:
    return _again(view, _ENTITY, lambda found: html.unescape(found[0])) if "&" in view.text else None


def _again(view: View, pattern: re.Pattern[str], undone: Callable[[re.Match[str]], str]) -> View | None:
    """Each match in place of which something else is read."""
    out: list[str] = []
    spans: Spans = []
    at = 0
    for found in pattern.finditer(view.text):
        out.append(view.text[at : found.start()])
        spans += [view.span(one) for one in range(at, found.start())]
        read = undone(found)
        out.append(read)
        width = len(found[0]) // len(read) if read and len(found[0]) % len(read) == 0 else 0
        for number in range(len(read)):  # character by character where all have one width, else all of it for each
            first = found.start() + number * width
            last = first + width if width else found.end()
            spans.append((view.span(first if width else found.start())[0], view.span(last - 1)[1]))
        at = found.end()
    if not at:
        return None
    out.append(view.text[at:])
    spans += [view.span(one) for one in range(at, len(view.text))]
    return View("".join(out), spans)


def _of_octets(sign: str) -> Callable[[re.Match[str]], str]:
    return lambda found: bytes.fromhex(found[0].replace(sign, "")).decode("utf-8", "replace")


def _letter(code: int) -> str:
    """The letter of a code point; of half a pair, or of none, the sign for a letter that cannot be shown."""
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"


def _escape(found: re.Match[str]) -> str:
    said = found[0]
    if said[1:3] == "u{":
        return _letter(int(said[3:-1], 16))
    if said[1].isdigit():
        return chr(int(said[1:], 8))
    if said[1] == "u":
        units = [int(one, 16) for one in said.split("\\u")[1:]]
        return b"".join(unit.to_bytes(2, "big") for unit in units).decode("utf-16-be", "replace")
    if said[1] == "x":
        return chr(int(said[2:4], 16))
    return _SIMPLE.get(said[1], said[1])


def _listed(found: re.Match[str]) -> str:
    octets = [int(one) for one in _NUMBER.findall(found[0])]
    return bytes(one for one in octets if one < 256).decode("utf-8", "replace")


def _hex(found: re.Match[str]) -> str:
    return bytes.fromhex(_BETWEEN_HEX.sub("", found[0])).decode("utf-8", "replace")


_WRITTEN_OUT: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (_LISTED, _listed),
    (_LISTED_HEX, _hex),
    (_JOINED_HEX, _hex),
    (_SPACED, lambda found: found[0].replace(" ", "").replace("\u00a0", "")),
    (_WIDE, lambda found: unicodedata.normalize("NFKC", found[0])),
)
