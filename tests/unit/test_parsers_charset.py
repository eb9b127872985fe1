"""Octets to text: labels as senders use them, evidence against labels, guesses."""

# ruff: noqa: RUF001 - other alphabets are what this is about

import pytest

from parsers.charset import codec_for, decode
from parsers.japanese import decode_jis

RUSSIAN = "Здравствуйте, принтер на втором этаже снова не печатает, помогите пожалуйста."
GREEK = "Καλημέρα, ο εκτυπωτής δεν λειτουργεί από χθες."
CZECH = "Dobrý den, tiskárna ve druhém patře zase netiskne, prosím o pomoc. Žluťoučký kůň."


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("ISO-8859-1", "cp1252"),
        ("latin1", "cp1252"),
        ('"utf-8"', "utf-8"),
        ("UTF8", "utf-8"),
        ("utf-8; format=flowed", "utf-8"),
        ("charset=utf-8", "utf-8"),
        ("GB2312", "gb18030"),
        ("gb_2312-80", "gb18030"),
        ("ks_c_5601-1987", "cp949"),
        ("x-sjis", "cp932"),
        ("Windows-31J", "cp932"),
        ("cp-850", "cp850"),
        ("windows1252", "cp1252"),
        ("x-mac-roman", "mac_roman"),
        ("TIS-620", "cp874"),
        ("iso-8859-8-i", "iso8859-8"),
        ("iso-8859-9", "cp1254"),
        ("cp50220", "iso2022_jp_ext"),
        ("us-ascii", "ascii"),
        ("unknown-8bit", None),
        ("x-user-defined", None),
        ("base64", None),
        ("idna", None),
        ("punycode", None),
        ("rot13", None),
        ("", None),
        (None, None),
        ("\0" * 500, None),
    ],
)
def test_labels(label, codec):
    assert codec_for(label) == codec


@pytest.mark.parametrize(
    ("octets", "label", "text"),
    [
        ("“smart” – 5 €…".encode("cp1252"), "iso-8859-1", "“smart” – 5 €…"),
        ("“smart” – 5 €…".encode("cp1252"), "iso-8859-15", "“smart” – 5 €…"),
        ("5 €".encode("iso8859-15"), "iso-8859-15", "5 €"),
        ("Šárka – „ano“".encode("cp1250"), "iso-8859-2", "Šárka – „ano“"),
        ("“Geçersiz” ışık".encode("cp1254"), "iso-8859-9", "“Geçersiz” ışık"),
        ("镕喆堃€".encode("gb18030"), "gb2312", "镕喆堃€"),
        ("똠펲믜".encode("cp949"), "euc-kr", "똠펲믜"),
        ("嗰啲佢哋".encode("big5hkscs"), "big5", "嗰啲佢哋"),
        ("①髙橋㈱".encode("cp932"), "shift_jis", "①髙橋㈱"),
        ("①印刷".encode("euc_jis_2004"), "euc-jp", "①印刷"),
        ("ґанок".encode("koi8-u"), "koi8-u", "ґанок"),
        ("שלום – ₪".encode("cp1255"), "iso-8859-8-i", "שלום – ₪"),
        ("Grüße".encode(), "iso-8859-1", "Grüße"),
        ("Grüße".encode(), "us-ascii", "Grüße"),
        (b"ok \xed\xa0\xbd\xed\xb8\x80", "utf-8", "ok \U0001f600"),  # CESU-8
        ("Grüße".encode("utf-16"), "us-ascii", "Grüße"),
        ("Grüße".encode("utf-16-le"), "utf-16le", "Grüße"),
        ("Grüße".encode("utf-16-be"), "utf-16", "Grüße"),
        ("\ufeffGrüße".encode(), "utf-8", "Grüße"),
        (b"+ACI-caf+AOk-+ACI-", "utf-7", '"café"'),
        (b"a+2D0-b", "utf-7", "a?b"),  # half of a surrogate pair
        (b"~{VP9z~}", "hz-gb-2312", "中国"),
        ("印刷".encode()[:-1], "utf-8", "印"),  # cut within the last letter
        ("Hello – hi".encode("cp1252"), "us-ascii", "Hello – hi"),
    ],
)
def test_what_senders_with_a_label_write(octets, label, text):
    assert decode(octets, label).text == text


@pytest.mark.parametrize(
    ("octets", "label", "hint", "text", "charset"),
    [
        (RUSSIAN.encode("koi8-r"), "windows-1251", None, RUSSIAN, "koi8-r"),
        (RUSSIAN.encode("cp1251"), "iso-8859-1", None, RUSSIAN, "cp1251"),
        (RUSSIAN.encode("cp1251"), None, None, RUSSIAN, "cp1251"),
        (RUSSIAN.encode("cp1251"), None, "cp1252", RUSSIAN, "cp1251"),
        (GREEK.encode("iso8859-7"), "unknown-8bit", None, GREEK, "iso8859-7"),
        ("Да".encode("cp1251"), None, "cp1251", "Да", "cp1251"),
        ("印刷機が動きません。".encode("cp932"), None, None, "印刷機が動きません。", "cp932"),
        (b"caf\xe9", "utf-8", None, "café", "cp1252"),
        ("Zamówienie – błąd".encode("cp1250"), None, None, "Zamówienie – błąd", "cp1250"),
        ("Şifre değişikliği".encode("cp1254"), None, None, "Şifre değişikliği", "cp1254"),
        ("Það er í lagi".encode("cp1252"), None, None, "Það er í lagi", "cp1252"),
        ("5 m³/h ¿Qué?".encode("cp1252"), None, None, "5 m³/h ¿Qué?", "cp1252"),
        ("ログインできない".encode("euc_jp"), None, None, "ログインできない", "euc_jp"),
        ("Größe".encode().decode("cp1252").encode() * 3, "utf-8", None, "Größe" * 3, "utf-8 twice"),
        (b"\x1b$B0u:~\x1b(B", None, None, "印刷", "iso2022_jp_ext"),
    ],
)
def test_guesses_say_that_they_are(octets, label, hint, text, charset):
    found = decode(octets, label, hint=hint)
    assert (found.text, found.charset, found.guessed) == (text, charset, True)


def test_a_label_that_fits_is_no_guess():
    for codec in ("cp1250", "iso8859-2", "utf-8", "utf-16"):
        octets = CZECH.encode(codec)
        assert (decode(octets, codec).text, decode(octets, codec).guessed) == (CZECH, False)


def test_a_footer_in_another_charset_spoils_nothing():
    found = decode((RUSSIAN * 3).encode() + b"\r\n-- \r\ncaf\xe9\r\n", "utf-8")
    assert (found.text, found.guessed) == (RUSSIAN * 3 + "\r\n-- \r\ncafé\r\n", False)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"\x1b$B0u:~\x1b(B", "印刷"),
        (b"\x1b$B-!\x1b(B", "①"),  # row 13 of NEC
        (b"\x1b(I6E\x1b(B", "ｶﾅ"),
        (b"\xb6\xc5", "ｶﾅ"),  # with the eighth bit set
        (b"\x1b$(D0!\x1b(B", "丂"),
        (b"\x1b$B0u\n:~\n", "印\n刷\n"),  # still open at the end of a line
        (b"\x1b$B0", "0"),
        (b"plain", "plain"),
    ],
)
def test_japanese_as_it_is_written(octets, text):
    assert decode_jis(octets) == text
