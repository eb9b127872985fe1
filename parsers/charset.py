"""Octets to text, whatever the mail says about them.

Promises: `decode` answers for all octets and names: what is declared if it fits, else what the octets show, else a
guess that is reported. Labels are read the way senders use them: whoever says iso-8859-1 writes windows-1252 (WHATWG
Encoding Standard §4.2), whoever says gb2312 writes GB18030. Fails: never. Knows nothing of MIME.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from functools import lru_cache

import chardet

# Label -> codec that can do more than the label promises. Labels are compared without case, `_` and spaces.
ALIASES = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "ansi-x3.4-1968": "cp1252",
    "ansi-x3.110-1983": "cp1252",
    "646": "cp1252",
    "ansi": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso-88591": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "l1": "cp1252",
    "cp819": "cp1252",
    "iso-8859-9": "cp1254",
    "latin5": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "iso-8859-6-e": "iso-8859-6",
    "gb2312": "gb18030",
    "gb-2312": "gb18030",
    "gb2312-80": "gb18030",
    "euc-cn": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "windows-936": "gb18030",
    "cn-gb": "gb18030",
    "hz-gb-2312": "hz",
    "big5": "cp950",
    "big-5": "cp950",
    "cn-big5": "cp950",
    "x-x-big5": "cp950",
    "ks-c-5601-1987": "cp949",
    "ks-c-5601-1989": "cp949",
    "ks-c-5601": "cp949",
    "ksc5601": "cp949",
    "ksc-5601": "cp949",
    "euc-kr": "cp949",
    "euckr": "cp949",
    "windows-949": "cp949",
    "shift-jis": "cp932",
    "shiftjis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "ms-kanji": "cp932",
    "windows-31j": "cp932",
    "x-euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "unicode-1-1-utf-7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "utf8mb4": "utf-8",
    "utf-8mb4": "utf-8",
    "x-utf-8": "utf-8",
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
}
# Not charsets, or codecs whose work grows faster than their input (idna, punycode).
REFUSED = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "unicode_internal"}
)
SINGLE_BYTE_PREFIXES = ("cp125", "iso8859", "iso-8859", "koi8", "mac", "cp874", "cp85", "cp86", "cp437")
UTF_8_EVIDENCE = 3  # characters beyond ASCII that happen to be valid UTF-8 are no accident from here on
SAMPLE = 16 * 1024  # octets that chardet sees: it is the slowest step of a mail, and more does not change its mind
SHORTEST_SAMPLE = 8  # octets beyond ASCII below which statistics are noise
BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text, the codec that gave it, and whether that codec was a guess."""

    text: str
    charset: str
    guessed: bool = False


def decode(octets: bytes, declared: str | None = None, *, hint: str | None = None) -> Decoded:
    """The text of `octets`. `hint` is a charset found elsewhere in the mail, better than a guess from few octets."""
    for bom, name in BOMS:
        if octets.startswith(bom):
            return Decoded(octets[len(bom) :].decode(name, "replace"), name)
    codec = codec_for(declared)
    if octets.isascii():
        return _decode_ascii(octets, codec)
    as_utf8 = _strict(octets, "utf-8")
    if as_utf8 is not None and (
        codec is None or _is_single_byte(codec) or codec == "utf-8" or _beyond_ascii(octets) >= 2 * UTF_8_EVIDENCE
    ):
        return Decoded(as_utf8, "utf-8")
    if codec is not None and codec != "utf-8":
        text = _strict(octets, codec)
        if text is None and codec == "cp1252":
            text = octets.decode("cp1252", "replace").replace("\ufffd", "") if _is_mostly_fine(octets) else None
        if text is not None:
            return Decoded(text, codec)
    if codec == "utf-8" and _few_errors(octets):
        return Decoded(octets.decode("utf-8", "replace"), "utf-8")
    return _guess(octets, codec, codec_for(hint))


@lru_cache(maxsize=256)
def codec_for(label: str | None) -> str | None:
    """The codec for a charset label as mail writes it (quotes, languages, `_`), or None if there is none."""
    if not label:
        return None
    name = label.strip(" \t\r\n\"'<>;,()").lower().replace("_", "-").replace(" ", "-")[:60]
    name = name.removeprefix("charset=").removeprefix("x-windows-")
    name = ALIASES.get(name, name)
    if name.startswith("cp-"):
        name = "cp" + name[3:]
    try:
        found = codecs.lookup(name).name
        "".encode(found)  # binary transforms (base64, zlib) are found too, and refuse this
    except (LookupError, ValueError, TypeError):
        return None
    return None if found in REFUSED or found.replace("-", "_") in REFUSED else _canonical(found)


def _canonical(found: str) -> str:
    return ALIASES.get(found.replace("_", "-"), found)


def _decode_ascii(octets: bytes, codec: str | None) -> Decoded:
    """Seven-bit octets: plain ASCII unless an escape-based charset is declared, or shows by its escapes."""
    if codec in {"utf-7", "hz"} or (codec or "").startswith(("iso2022", "utf-16", "utf-32")):
        assert codec is not None
        text = _strict(octets, codec)
        if text is not None:
            return Decoded(text, codec)
    if b"\x1b$" in octets:  # ISO-2022-JP shifts to two octets a character
        for name in ("iso2022_jp_ext", "iso2022_kr"):
            text = _strict(octets, name)
            if text is not None:
                return Decoded(text, name, guessed=True)
    return Decoded(octets.decode("ascii"), "ascii")


def _guess(octets: bytes, codec: str | None, hint: str | None) -> Decoded:
    beyond = bytes(octet for octet in octets[:SAMPLE] if octet > 127)
    if len(beyond) >= SHORTEST_SAMPLE:
        found = chardet.detect(octets[:SAMPLE], prefer_superset=True, compat_names=False)["encoding"]
        name = codec_for(found)
        if name is not None and (text := _strict(octets, name)) is not None:
            return Decoded(text, name, guessed=True)
    for name in (hint, "cp1252"):
        if name is not None and (text := _strict(octets, name)) is not None:
            return Decoded(text, name, guessed=True)
    name = codec or "cp1252"
    return Decoded(octets.decode(name, "replace"), name, guessed=True)


def _strict(octets: bytes, codec: str) -> str | None:
    try:
        return octets.decode(codec)
    except (UnicodeError, LookupError, ValueError):
        return None


def _is_single_byte(codec: str) -> bool:
    return codec.startswith(SINGLE_BYTE_PREFIXES)


def _beyond_ascii(octets: bytes) -> int:
    return len(octets) - len(octets.decode("ascii", "ignore"))


def _few_errors(octets: bytes) -> bool:
    """Whether this is UTF-8 with a scratch (a character cut in two), rather than something else."""
    text = octets.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    return wrong * 10 <= sum(1 for one in text if one > "\x7f") - wrong


def _is_mostly_fine(octets: bytes) -> bool:
    """Windows-1252 leaves five octets undefined; a few of them are stray controls, not another charset."""
    undefined = sum(octets.count(one) for one in (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d"))
    return undefined * 20 <= _beyond_ascii(octets)
