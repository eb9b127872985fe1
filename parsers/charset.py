"""Octets to text, whatever the mail says about them.

Promises: `decode` answers for all octets and names: what is declared if it fits, else what the octets show, else a
guess that is reported. UTF-8 that calls itself something else is UTF-8; what was encoded as UTF-8 twice is undone only
where it can be nothing else. The text can always be stored: it holds no halves of surrogate pairs. Linear in the
octets; statistics see the first few kilobytes. Fails: never. Knows nothing of MIME.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

import chardet

from parsers.charset_labels import ASCII, codec_for
from parsers.japanese import decode_jis

__all__ = ["Decoded", "codec_for", "decode"]

UTF_8 = "utf-8"
TWICE = "utf-8 twice"
REPLACEMENT = "\ufffd"
ALL_ASCII = bytes(range(128))
C1 = bytes(range(0x80, 0xA0))
NOT_C1 = bytes(one for one in range(256) if one not in C1)
NOT_CONTROLS = bytes(one for one in range(256) if one > 6)
# What the senders of a charset also write: tried in turn when the octets do not fit the first.
SIBLINGS = {
    "cp950": ("big5hkscs",),
    "big5hkscs": ("cp950",),
    "cp932": ("shift_jis_2004",),
    "euc_jp": ("euc_jis_2004",),
    "cp949": ("johab",),
}
# Controls of the second kind are letters and quotation marks of the Windows charset for the same languages.
OF_WINDOWS = {
    "iso8859-2": "cp1250",
    "iso8859-4": "cp1257",
    "iso8859-5": "cp1251",
    "iso8859-6": "cp1256",
    "iso8859-7": "cp1253",
    "iso8859-8": "cp1255",
    "iso8859-13": "cp1257",
    "iso8859-15": "cp1252",
}
SEVEN_BIT = ("iso2022", "utf-7", "hz")
WIDE = ("utf-16", "utf-32")
CJK = frozenset({"gb18030", "cp950", "big5hkscs", "cp949", "johab", "cp932", "euc_jp", "shift_jis_2004"})
CYRILLIC = frozenset({"cp1251", "koi8-r", "koi8-u", "iso8859-5", "cp866", "mac_cyrillic", "mac-cyrillic"})
WESTERN = frozenset({"cp1252", "iso8859-15", "mac_roman", "mac-roman", "cp1250", "cp1254", "cp1257", "cp1258"})
# What chardet may answer: what people have written mail in. Without the charsets of DOS boxes, old Macintoshes and
# mainframes it is a tenth as slow and more often right about short texts.
OF_MAIL = frozenset(
    [
        "big5hkscs",
        "cp932",
        "cp949",
        "gb18030",
        "euc-jp",
        "cp874",
        "cp1250",
        "cp1251",
        "cp1252",
        "cp1253",
        "cp1254",
        "cp1255",
        "cp1256",
        "cp1257",
        "cp1258",
        "koi8-r",
        "koi8-u",
        "iso8859-2",
        "iso8859-5",
        "iso8859-7",
        "iso8859-15",
        "cp866",
        "utf-8",
    ]
)
UTF_8_EVIDENCE = 6  # octets beyond ASCII that happen to be valid UTF-8 are no accident from here on
SAMPLE = 8 * 1024  # octets that chardet sees: it is the slowest step of a mail, and more does not change its mind
SHORTEST_SAMPLE = 8  # octets beyond ASCII below which statistics are noise
FEW = 60  # octets beyond ASCII up to which single letters count more than statistics
SHORTEST_RUNS = 4  # the same if they stand side by side, as they do outside the Latin alphabet
MOST_STRAYS = 20_000  # octets of another charset in UTF-8 that are looked at one by one
BOMS = (
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
RUNS = re.compile(rb"[\x80-\xff]{3,}+")
PAIRS = re.compile(rb"[\x80-\xff]{2,}+")
# A letter that was encoded twice, within a word.
TWICE_ENCODED = re.compile(r"[A-Za-z](?:[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2})|\xc3[\x80-\xbf][a-z]")
FEWEST_TWICE = 3
# What shows in few words that a reading as windows-1252 is wrong: kana of EUC-JP, signs within Polish words, and
# Icelandic letters without those that no Icelandic text is without.
KANA = re.compile(rb"[\xa4\xa5][\xa1-\xf6]")
FEWEST_KANA = 4
POLISH = re.compile(r"[a-z][\xb9\xb3\xbf][a-z\xe6\xea\xf1\xf3\u0153\u0178\xb9\xb3\xbf]")
TURKISH = re.compile(r"[\xf0\xfe\xd0\xde]")
NOT_TURKISH = re.compile(r"[\xc0-\xff](?<![\xf0\xfe\xfd\xd0\xde\xdd\xe7\xc7\xf6\xd6\xfc\xdc\xe2\xc2\xee\xd7])")
CP1252_AS_LATIN_1 = {
    ord(bytes([octet]).decode("cp1252")): octet for octet in C1 if octet not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}
}


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text, the codec that gave it, and whether that codec was a guess."""

    text: str
    charset: str
    guessed: bool = False


def decode(octets: bytes, declared: str | None = None, *, hint: str | None = None) -> Decoded:
    """The text of `octets`. `hint` is a charset found elsewhere in the mail, better than a guess from few octets."""
    if octets[:1] in b"\xef\xff\xfe\x00":
        for bom, name in BOMS:
            if octets.startswith(bom):
                return Decoded(octets[len(bom) :].decode(name, "replace"), name)
    codec = codec_for(declared)
    if octets.isascii():
        return _decode_ascii(octets, codec)
    if codec == ASCII:
        codec = None
    if codec is None or not codec.startswith(WIDE) or b"\0" not in octets:
        as_utf8 = _strict(octets, UTF_8)
        if as_utf8 is not None and (codec not in CJK or _beyond_ascii(octets) >= UTF_8_EVIDENCE):
            once = _undo_double(as_utf8)
            return Decoded(as_utf8, UTF_8) if once is None else Decoded(once, TWICE, guessed=True)
    if codec is not None and codec != UTF_8:
        found = _as_declared(octets, codec)
        if found is not None:
            return found
    if b"\xed" in octets and (text := _paired(octets)) is not None:
        return Decoded(text, UTF_8)
    return _mixed(octets, declared=codec == UTF_8) or _guess(octets, codec, codec_for(hint))


def _decode_ascii(octets: bytes, codec: str | None) -> Decoded:
    """Seven-bit octets: plain ASCII unless an escape-based charset is declared, or shows by its escapes."""
    if b"\x1b" in octets and (b"\x1b$" in octets or b"\x1b(" in octets):
        return _escapes(octets, codec)
    if codec == "utf-7" and (text := _strict(octets, codec)) is not None:
        return Decoded(_storable(text), codec)
    if b"~{" in octets and codec in {"hz", "gb18030"} and (text := _strict(octets, "hz")) is not None:
        return Decoded(text, "hz", guessed=codec != "hz")
    if octets.translate(None, NOT_CONTROLS) and (wide := _width(octets, codec)) is not None:
        return Decoded(octets.decode(wide, "replace"), wide, guessed=codec is None)
    return Decoded(octets.decode(ASCII), ASCII)


def _escapes(octets: bytes, codec: str | None) -> Decoded:
    """ISO-2022 shifts between sets by escape sequences; which, shows whether anybody declared it or not."""
    declared = codec is not None and codec.startswith("iso2022")
    if b"\x1b$" not in octets and b"\x1b(I" not in octets and not declared:
        return Decoded(octets.decode(ASCII, "replace"), ASCII)
    names = ("iso2022_kr",) if b"\x1b$)C" in octets else ("iso2022_jp_ext", "iso2022_jp_2")
    for name in names:
        if (text := _strict(octets, name)) is not None:
            return Decoded(text, name, guessed=not declared)
    return Decoded(decode_jis(octets), "iso2022_jp_ext", guessed=not declared)


def _width(octets: bytes, codec: str | None) -> str | None:
    """UTF-16 or UTF-32, and which end comes first: the octets of ASCII letters that are zero say so."""
    sample = octets[:1024]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if codec is not None and codec.endswith(("le", "be")) and codec.startswith(WIDE):
        return codec
    if codec == "utf-32":
        return "utf-32-le" if sample[3::4].count(0) > sample[::4].count(0) else "utf-32-be"
    if codec == "utf-16" or 3 * max(even, odd) > len(sample):
        return "utf-16-le" if odd >= even else "utf-16-be"
    return None


def _as_declared(octets: bytes, codec: str) -> Decoded | None:
    """The text if the octets are what the label says, or what senders with this label write."""
    if codec.startswith(SEVEN_BIT):
        return _escapes(octets, codec) if b"\x1b$" in octets else None
    if codec.startswith(WIDE):
        wide = _width(octets, codec)
        return None if wide is None else Decoded(octets.decode(wide, "replace"), wide)
    if codec in OF_WINDOWS and octets.translate(None, NOT_C1):
        codec = OF_WINDOWS[codec]
    text = next((one for name in (codec, *SIBLINGS.get(codec, ())) if (one := _strict(octets, name)) is not None), None)
    if text is None:
        text = _lenient(octets, codec)
    if text is None:
        return None
    return _otherwise(octets, codec, text) or Decoded(text, codec)


def _lenient(octets: bytes, codec: str) -> str | None:
    """The text without the few octets that the codec does not know: stray controls, a character cut in two."""
    text = octets.decode(codec, "replace")
    wrong, beyond = text.count(REPLACEMENT), _beyond_ascii(octets)
    few = wrong * 20 <= beyond or (wrong == 1 and beyond >= SHORTEST_RUNS)
    if not few:
        return None
    return text.rstrip(REPLACEMENT) if codec in CJK else text.replace(REPLACEMENT, "")


def _otherwise(octets: bytes, codec: str, text: str) -> Decoded | None:
    """What the octets show where a label that fits everything cannot be meant.

    Octets beyond ASCII stand alone in Western words; whole words of them are another alphabet. Cyrillic in the wrong
    one of its charsets has capitals inside words.
    """
    if codec == "cp1252":
        sample = octets[:SAMPLE].translate(None, b"<>/=")
        runs = sum(map(len, RUNS.findall(sample)))
        beyond = _beyond_ascii(sample)
        if beyond >= SHORTEST_SAMPLE and runs * 5 > beyond * 3:
            name = _detect(octets)
            if name is not None and name not in WESTERN and (found := _strict(octets, name)) is not None:
                return Decoded(found, name, guessed=True)
    elif codec in CYRILLIC and _is_inverted(text):
        name = _detect(octets)
        if name in CYRILLIC and name != codec and (found := _strict(octets, name)) and not _is_inverted(found):
            return Decoded(found, name, guessed=True)
    return None


def _is_inverted(text: str) -> bool:
    letters = [one for one in text[:2_000] if one > "\x7f" and one.isalpha()][:400]
    capitals = sum(one.isupper() for one in letters)
    return len(letters) >= SHORTEST_SAMPLE and capitals * 2 > len(letters)


def _paired(octets: bytes) -> str | None:
    """UTF-8 of the halves of surrogate pairs (CESU-8, Unicode Technical Report 26), as Java and databases write it."""
    try:
        return octets.decode(UTF_8, "surrogatepass").encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeError:
        return None


def _mixed(octets: bytes, *, declared: bool) -> Decoded | None:
    """UTF-8 with a scratch: a character cut in two, or a footer in another charset that a list put below."""
    text = octets.decode(UTF_8, "replace")
    wrong = text.count(REPLACEMENT)
    good = len(text) - len(text.encode(ASCII, "ignore")) - wrong
    if not good or wrong > (2 * good if declared else good // 10 + 1) or (good == 1 and not declared):
        return None
    if wrong == 1 and text.endswith(REPLACEMENT):
        return Decoded(text[:-1], UTF_8)
    if wrong <= MOST_STRAYS:
        text = octets.decode(UTF_8, "parsers.stray")
    return Decoded(text, UTF_8, guessed=wrong * 10 > good)


def _stray(error: UnicodeError) -> tuple[str, int]:
    """One octet that is not UTF-8 is windows-1252; more are the rest of a character that was cut."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    octets = error.object[error.start : error.end]
    return (octets.decode("cp1252", "replace") if len(octets) == 1 else REPLACEMENT), error.end


codecs.register_error("parsers.stray", _stray)


def _guess(octets: bytes, codec: str | None, hint: str | None) -> Decoded:
    if hint not in {None, ASCII, UTF_8} and not hint.startswith((*SEVEN_BIT, *WIDE)):
        text = _strict(octets, hint)
        if text is not None:
            return _otherwise(octets, hint, text) or Decoded(text, hint, guessed=True)
    beyond = octets[:SAMPLE].translate(None, ALL_ASCII)
    enough = SHORTEST_SAMPLE
    if len(beyond) < enough and sum(map(len, PAIRS.findall(octets[:SAMPLE]))) == len(beyond):
        enough = SHORTEST_RUNS
    name = _few_words(octets, beyond) or (_detect(octets) if len(beyond) >= enough else None)
    for one in (name, "cp1252"):
        if one is not None and (text := _strict(octets, one)) is not None:
            return Decoded(text, one, guessed=True)
    if codec is None or codec.startswith(SEVEN_BIT):
        codec = name or "cp1252"
    text = _storable(octets.decode(codec, "replace"))
    return Decoded(text if codec in CJK else text.replace(REPLACEMENT, ""), codec, guessed=True)


def _few_words(octets: bytes, beyond: bytes) -> str | None:
    """The charset that certain letters show where there are too few of them for statistics."""
    if len(beyond) > FEW:
        return None
    kana = len(KANA.findall(beyond))
    if kana >= FEWEST_KANA and 4 * kana >= len(beyond):  # half of the octets, or more
        return "euc_jp"
    western = octets[:SAMPLE].decode("cp1252", "replace")
    if POLISH.search(western):
        return "cp1250"
    return "cp1254" if TURKISH.search(western) and not NOT_TURKISH.search(western) else None


def _detect(octets: bytes) -> str | None:
    """What chardet holds for likely, as a codec."""
    found = chardet.detect(octets[:SAMPLE], prefer_superset=False, compat_names=False, include_encodings=OF_MAIL)
    return codec_for(found["encoding"])


def _undo_double(text: str) -> str | None:
    """The text whose UTF-8 was read as windows-1252 and encoded again, or None unless every character says so."""
    if len(TWICE_ENCODED.findall(text[:SAMPLE])) < FEWEST_TWICE:
        return None
    try:
        once = text.translate(CP1252_AS_LATIN_1).encode("latin-1").decode(UTF_8)
    except UnicodeError:
        return None
    return once


def _strict(octets: bytes, codec: str) -> str | None:
    try:
        return octets.decode(codec)
    except (UnicodeError, LookupError, ValueError):
        return None


def _storable(text: str) -> str:
    """Without halves of surrogate pairs, which UTF-7 can spell."""
    return text.encode(UTF_8, "replace").decode(UTF_8)


def _beyond_ascii(octets: bytes) -> int:
    return len(octets.translate(None, ALL_ASCII))
