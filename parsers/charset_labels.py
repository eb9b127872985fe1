"""Names of charsets as mail writes them, to the codec that reads what such senders write.

Promises: labels are read the way the WHATWG Encoding Standard reads them (§4.2), and wider: whoever says iso-8859-1
writes windows-1252, whoever says gb2312 writes GB18030. Case, blanks and punctuation do not count. `us-ascii` is the
default of every mailer and says nothing about octets beyond ASCII. Fails: never, what is no charset is None. Knows
nothing of the octets.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

ASCII = "ascii"

# Codec, then the labels it reads: lower case, letters and digits only. What Python knows under its own name is left out.
_TABLE = {
    ASCII: "ascii usascii ansix341968 ansix341986 ansix3110 ansix31101983 isoir6 iso646us us ascii7bit 7bit ibm367 646",
    "cp1252": "iso88591 isoir100 iso885911987 iso88591windows30latin1 8859 88591 latin1 latin1swedishci l1 latin isolatin1 "
    "iso8859 ibm819 cp819 819 ansi windowsansi western westerneuropean 1252",
    "cp1250": "1250 easteuropean",
    "cp1251": "1251 cyrillicwindows",
    "cp1254": "iso88599 isoir148 latin5 l5 88599 turkish iso885991989 1254",
    "cp874": "iso885911 tis620 tis62025330 tis6202533 thai dos874 874 windows874",
    "iso8859-2": "iso88592 latin2 l2 isoir101 88592 iso885921987",
    "iso8859-5": "iso88595 cyrillic isoir144 88595 iso885951988",
    "iso8859-6": "iso88596 iso88596i iso88596e arabic isoir127 ecma114 asmo708",
    "iso8859-7": "iso88597 greek greek8 isoir126 elot928 ecma118 88597 suneugreek",
    "iso8859-8": "iso88598 iso88598i iso88598e hebrew logical visual dos862hebrew isoir138 88598",
    "iso8859-13": "iso885913 latin7 l7 885913",
    "iso8859-15": "iso885915 latin9 l9 latin0 885915 iso885915fdis",
    "iso8859-16": "iso885916 latin10 l10 885916",
    "koi8-r": "koi8r koi8 koi koi7 20866 koi8rwin cp878 cp20866",
    "koi8-u": "koi8u koi8ru 21866 cp21866",
    "cp866": "dos866 ibm866 866 cyrillicdos cp866u",
    "gb18030": "gb2312 gb231280 gb18030 gb180302000 gb180302005 gb180302022 gbk gb gb23121980 euccn eucgb2312cn cngb "
    "cngbisoir165 chinese chs simplifiedchinese isoir58 iso58gb231280 cp936 936 xgbk xeuccn macchinesesimp",
    "hz": "hz hzgb2312 hzgb",
    "cp950": "big5 big5eten big5tw cnbig5 xbig5 xxbig5 cht traditionalchinese cp950 950 macchinesetrad big5et bigfive",
    "big5hkscs": "big5hkscs hkscs big5hk hkscsbig5 big5hkscs2004 big5hkscs1999 big5hkscs2001 big5hkscs2008",
    "cp949": "ksc56011987 ksc56011989 ksc5601 ksc56011992 ksc56011 kscoding euckr xeuckr korean uhc ms949 isoir149 949 "
    "iso149 ksx1001 ksx10011992 mackorean ks",
    "johab": "johab ksc56011992johab ms1361 cp1361",
    "cp932": "shiftjis sjis xsjis mskanji ms932 windows31j sjiswin sjisopen sjissoftbank sjisdocomo shiftjisms cp943 cp943c "
    "932 macjapanese jissjis shiftjis2004",
    "euc_jp": "eucjp xeucjp eucjpms eucjpwin ujis cp51932 xeuc eucjpascii extendedunixcodepackedformatforjapanese",
    "iso2022_jp_ext": "iso2022jp iso2022jp1 iso2022jp2 iso2022jp3 iso2022jpms iso2022jpext iso2022jp2004 cp50220 cp50221 cp50222 jis jis7 "
    "junet isojp iso2022",
    "iso2022_kr": "iso2022kr",
    "utf-8": "utf8 unicode11utf8 unicode20utf8 utf8mb4 utf8mb3 utf8general utf8generalci utf8unicodeci utf8bom utf8sig "
    "utf8mac utf utfeight cp65001 65001 u8 unicodeutf8 utf8utf8 utf8utf",
    "utf-7": "utf7 unicode11utf7 unicode20utf7 cp65000 65000",
    "utf-16": "utf16 unicode ucs2 iso10646ucs2 unicodefffe csunicode iso10646 utf16bom",
    "utf-16-le": "utf16le unicodelittle ucs2le",
    "utf-16-be": "utf16be unicodebig ucs2be unicodefeff",
    "utf-32": "utf32 ucs4 iso10646ucs4",
    "mac_roman": "macintosh mac macroman macwestern xmac",
    "mac_cyrillic": "maccyrillic macukrainian macuk",
    "mac_latin2": "macce maccentraleurope maccentraleurroman mslatin2",
    "mac_greek": "macgreek",
    "mac_turkish": "macturkish",
    "mac_iceland": "macicelandic maciceland",
    "hp-roman8": "hproman8 roman8 r8",
}
_CODECS = {label: codec for codec, labels in _TABLE.items() for label in labels.split()}
_PAGE = re.compile(r"(?:windows|win|wincp|cp|ms|ibm|dos|codepage)([0-9]{3,5})")
_PAGES = {"932": "cp932", "943": "cp932", "936": "gb18030", "949": "cp949", "950": "cp950", "951": "big5hkscs"}
# Not charsets, or codecs whose work grows faster than their input.
_REFUSED = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
_LONGEST = 60


_BEHIND = re.compile(r"[\s;,\"'(*/?\\]")


@lru_cache(maxsize=512)
def codec_for(label: str | None) -> str | None:
    """The codec for a charset label as mail writes it, or None if there is none. Quotes and what follows are off."""
    if not label:
        return None
    name = label[: 2 * _LONGEST].strip(" \t\r\n\"'<>;,()=?\\[]{}").lower()
    name = name.removeprefix("charset").lstrip(" =\"'")[:_LONGEST]
    return _known(name) or _known(_BEHIND.split(name, maxsplit=1)[0]) or _of_python(name)


def _known(name: str) -> str | None:
    key = "".join(letter for letter in name if "a" <= letter <= "z" or "0" <= letter <= "9")
    for one in (key, key.removeprefix("x"), key.removeprefix("cs"), key.removeprefix("xcs")):
        if one in _CODECS:
            return _CODECS[one]
        if match := _PAGE.fullmatch(one):
            return _PAGES.get(match[1]) or _CODECS.get(match[1]) or _of_python(f"cp{match[1]}")
    return None


def _of_python(name: str) -> str | None:
    try:
        found = codecs.lookup(name).name
        "".encode(found)  # binary transforms (base64, zlib) are found too, and refuse this
    except (LookupError, ValueError, TypeError):
        return None
    return None if found.replace("-", "_") in _REFUSED else found
