"""Rich Text Format: unpacked (MS-OXRTFCP) and turned back into the HTML or text it was made from (MS-OXRTFEX).

Promises: one pass over the octets, bounded in size and in the number of tokens, no recursion. RTF that encapsulates
HTML gives that HTML; any other gives its text. Fails: `decompress` raises ValueError for what is not compressed RTF.
Knows nothing of TNEF or mail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from parsers import charset
from parsers.limits import DEFAULT, Limits

COMPRESSED = b"LZFu"
UNCOMPRESSED = b"MELA"
HEADER = 16
# MS-OXRTFCP §2.1.2.1: what the dictionary holds at the beginning.
PRIMED = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor "
    rb"MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
DICTIONARY = 4_096
TOKEN = re.compile(
    rb"\\([a-z]{1,32})(-?[0-9]{1,9})? ?|\\'([0-9a-fA-F]{2})|\\([^a-z'])|([{}])|[\r\n]++|([^\\{}\r\n]++)|\\",
    re.DOTALL | re.IGNORECASE,
)
SEARCHED_FOR_KIND = 1_000
# Groups whose text is not the document's.
DESTINATIONS = frozenset(
    {
        b"aftnsep",
        b"bkmkend",
        b"bkmkstart",
        b"colorschememapping",
        b"colortbl",
        b"datastore",
        b"fldinst",
        b"fonttbl",
        b"footer",
        b"footerf",
        b"footerl",
        b"footerr",
        b"ftnsep",
        b"generator",
        b"header",
        b"headerf",
        b"headerl",
        b"headerr",
        b"info",
        b"latentstyles",
        b"listoverridetable",
        b"listtable",
        b"mhtmltag",
        b"mmathpr",
        b"objdata",
        b"object",
        b"pict",
        b"private",
        b"rsidtbl",
        b"stylesheet",
        b"template",
        b"themedata",
        b"wgrffmtfilter",
        b"xmlnstbl",
    }
)
CHARACTERS = {
    b"lquote": ("\u2018", "&lsquo;"),
    b"rquote": ("\u2019", "&rsquo;"),
    b"ldblquote": ("\u201c", "&ldquo;"),
    b"rdblquote": ("\u201d", "&rdquo;"),
    b"bullet": ("\u2022", "&bull;"),
    b"endash": ("\u2013", "&ndash;"),
    b"emdash": ("\u2014", "&mdash;"),
    b"par": ("\n", "\r\n"),
    b"line": ("\n", "\r\n"),
    b"sect": ("\n", "\r\n"),
    b"page": ("\n", "\r\n"),
    b"row": ("\n", "\r\n"),
    b"tab": ("\t", "\t"),
    b"cell": ("\t", "\t"),
    b"~": ("\u00a0", "&nbsp;"),
    b"_": ("\u2011", "&shy;"),
    b"{": ("{", "{"),
    b"}": ("}", "}"),
    b"\\": ("\\", "\\"),
    b"\n": ("\n", "\r\n"),
    b"\r": ("\n", "\r\n"),
}
# \fcharset to code page ([MS-RTF], font table); what is not here is the document's.
FONT_CHARSETS = {
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    134: "gb18030",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
}


@dataclass(frozen=True, slots=True)
class Document:
    """What RTF holds: `text` is HTML if `is_html`. `cut` says that a limit was reached."""

    text: str
    is_html: bool
    cut: bool = False


@dataclass(frozen=True, slots=True)
class _State:
    """What a group hands to the groups within it and takes back from them."""

    hidden: bool = False  # in a destination that is no text
    suppressed: bool = False  # between \\htmlrtf and \\htmlrtf0
    codec: str = ""
    skip: int = 1  # characters that stand for a \\u in old readers


def decompress(octets: bytes, limits: Limits = DEFAULT) -> bytes:
    """The RTF in `octets`, at most `limits.rtf` octets of it. Raises ValueError if it is not compressed RTF."""
    kind = octets[8:12]
    if kind == UNCOMPRESSED:
        return octets[HEADER : HEADER + limits.rtf]
    if kind != COMPRESSED:
        msg = "no compressed RTF"
        raise ValueError(msg)
    out = bytearray(PRIMED)
    size = min(int.from_bytes(octets[4:8], "little"), limits.rtf) + len(PRIMED)
    at = HEADER
    while at < len(octets) and len(out) < size:
        control = octets[at]
        at += 1
        for bit in range(8):
            if at >= len(octets):
                break
            if not control >> bit & 1:
                out.append(octets[at])
                at += 1
                continue
            token = int.from_bytes(octets[at : at + 2], "big")
            at += 2
            offset, length = token >> 4, (token & 15) + 2
            if offset == len(out) % DICTIONARY:  # the end: the place that is written next
                at = len(octets)
                break
            begin = len(out) - len(out) % DICTIONARY + offset
            begin -= DICTIONARY if begin >= len(out) else 0
            if begin < 0:
                msg = "compressed RTF points before its beginning"
                raise ValueError(msg)
            piece = out[begin : begin + length]
            out += (piece * length)[:length] if len(piece) < length else piece
    return bytes(out[len(PRIMED) : size])


def read_rtf(octets: bytes, limits: Limits = DEFAULT) -> Document:
    """The HTML that the RTF encapsulates, or else its text."""
    return _Reader(octets, limits).read()


class _Reader:
    """The pass: `groups` holds the states of the open groups, `waiting` octets of the current code page."""

    def __init__(self, octets: bytes, limits: Limits) -> None:
        self.octets = octets[: limits.rtf]
        self.limits = limits
        self.is_html = b"\\fromhtml" in octets[:SEARCHED_FOR_KIND]
        self.state = _State(codec="cp1252")
        self.groups: list[_State] = []
        self.out: list[str] = []
        self.waiting = bytearray()
        self.fonts: dict[int, str] = {}
        self.font = 0  # the font that the font table is at
        self.in_fonts = 0  # the number of open groups where the font table began
        self.opened = False  # the last token opened a group
        self.starred = False  # the last tokens opened a group that old readers leave out
        self.skipping = 0

    def read(self) -> Document:
        cut = len(self.octets) == self.limits.rtf
        for count, match in enumerate(TOKEN.finditer(self.octets)):
            if count >= self.limits.rtf_tokens:
                cut = True
                break
            self._token(match)
        self._flush()
        text = "".join(self.out).encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # \\u comes in halves
        return Document(text, self.is_html, cut)

    def _token(self, match: re.Match[bytes]) -> None:
        word, number, code, symbol, brace, text = match.groups()
        opened, starred = self.opened, self.starred
        self.opened = self.starred = False
        if text is not None:
            self._octets(text)
        elif word is not None:
            self._word(word.lower(), number, opened=opened, starred=starred)
        elif code is not None:
            self._octets(bytes.fromhex(code.decode("ascii")))
        elif brace is not None:
            self._brace(brace)
        elif symbol == b"*":
            self.starred = opened
        elif symbol is not None and symbol in CHARACTERS:
            self._character(*CHARACTERS[symbol])

    def _brace(self, brace: bytes) -> None:
        self._flush()
        self.skipping = 0
        if brace == b"{":
            self.groups.append(self.state)
            self.opened = True
        elif self.groups:
            self.state = self.groups.pop()
            if len(self.groups) < self.in_fonts:
                self.in_fonts = 0

    def _word(self, word: bytes, number: bytes | None, *, opened: bool, starred: bool) -> None:
        value = int(number) if number else None
        if word == b"htmltag" and starred:
            self.state = replace(self.state, hidden=False, suppressed=False)
        elif word == b"htmlrtf":
            self._flush()
            self.state = replace(self.state, suppressed=value != 0)
        elif starred or (opened and word in DESTINATIONS):
            if word == b"fonttbl":
                self.in_fonts = len(self.groups)
            self.state = replace(self.state, hidden=True)
        elif word in {b"ansicpg", b"f", b"fcharset", b"plain"}:
            self._codec(word, value)
        elif word == b"uc":
            self.state = replace(self.state, skip=min(value or 0, 8))
        elif word == b"u" and value is not None:
            self._unicode(value)
        elif word in CHARACTERS:
            self._character(*CHARACTERS[word])

    def _codec(self, word: bytes, value: int | None) -> None:
        self._flush()
        if word == b"ansicpg":
            self.state = replace(self.state, codec=charset.codec_for(f"cp{value}") or self.state.codec)
            self.fonts[-1] = self.state.codec
        elif word == b"fcharset" and self.in_fonts:
            self.fonts[self.font] = FONT_CHARSETS.get(value or 0, "")
        elif word == b"f" and self.in_fonts:
            self.font = value or 0
        else:
            codec = self.fonts.get(value or 0, "") if word == b"f" else ""
            self.state = replace(self.state, codec=codec or self.fonts.get(-1, "cp1252"))

    def _octets(self, octets: bytes) -> None:
        if self.skipping:
            skipped = min(self.skipping, len(octets))
            self.skipping -= skipped
            octets = octets[skipped:]
        if self._is_shown():
            self.waiting += octets

    def _unicode(self, value: int) -> None:
        self._flush()
        self.skipping = self.state.skip
        if self._is_shown():
            self.out.append(chr(value % 0x10000))

    def _character(self, plain: str, markup: str) -> None:
        if self.skipping:
            self.skipping -= 1
        elif self._is_shown():
            self._flush()
            self.out.append(markup if self.is_html else plain)

    def _is_shown(self) -> bool:
        """Whether what comes belongs to the document (MS-OXRTFEX §2.1.3)."""
        state = self.state
        return not state.hidden and not (self.is_html and state.suppressed)

    def _flush(self) -> None:
        if self.waiting:
            self.out.append(self.waiting.decode(self.state.codec or "cp1252", "replace"))
            self.waiting.clear()
