"""Encoded-words and parameters, broken as mailers break them."""

import pytest

from parsers.encoded_words import decode_words
from parsers.limits import Limits
from parsers.parameters import parse_parameters
from parsers.parts.transfer import decode_transfer, is_no_base64


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("=?utf-8?B?5Y2w5Yi?= =?utf-8?B?3?=", "印刷"),  # a quantum split between two words
        ("=?utf-8?q?=E5=8D?= =?utf-8?q?=B0?=", "印"),  # a character split
        ("=?utf-8?b?w6k?==?utf-8?b?w6k=?=", "éé"),  # glued
        ("=?utf-8?b?VGVzdA?= =?utf-8?b?VGVzdA?=", "TestTest"),
        ("=?utf-8?q?a=\r\n =C3=A9?=", "aé"),  # a soft break within
        ('"=?utf-8?q?J=C3=B6?=, X"', '"Jö, X"'),
        ("=?utf-8?Q?a b  c?= d", "a b  c d"),
        ("=?utf-8?Q?_a_?=|", "a |"),
        ("=?utf-8*en-GB?Q?colour?=", "colour"),
        ("=?UTF-8?Q?caf=c3=a9?=", "café"),  # small hexadecimal letters
        ("=?UTF-8?q?caf=C3=A9", "café"),  # no end
        ("=?UTF-8?q?caf=C3=A9s=C", "cafés"),  # cut off within an octet
        ("=?utf-8?B?w6k=?", "é"),
        ("=?utf-8?B?w6k= ?=", "é"),
        ("=?utf-8?B?YT9-?=", "a?~"),  # the alphabet of URLs
        ("=?utf-8?B?caf=C3=A9=20x?=", "café x"),  # says B and is Q
        ("=?utf-8?Q?100%?= sure?=", "100% sure?="),
        ("=?utf-8?Q?what?=3F?=", "what??"),  # a question mark raw, before an octet
        ("=?utf-8?Q?é?=", "é"),  # raw within
        ("=?utf-8?Q?a?= =?utf-8?B??= =?utf-8?Q?b?=", "ab"),
        ("=?utf-8?Q?=3D=3Futf-8=3FQ=3Fcaf=3DC3=3DA9=3F=3D?=", "café"),  # a word in a word
        ("=?koi8-r?B?8NLJ18XU?=\r\n =?windows-1251?B?LCDs6PA=?=", "Привет, мир"),
        ("=?nobody-knows?Q?caf=E9?=", "café"),
        ("=?utf-8?Q?evil=0D=0ABcc:_x@y.z=E2=80=AEfdp?=", "evil Bcc: x@y.zfdp"),
        ("=?utf-8?Z?x?= 1 =? 2 ?=", "=?utf-8?Z?x?= 1 =? 2 ?="),
    ],
)
def test_encoded_words(raw, text):
    assert decode_words(raw) == text


def test_a_guessed_charset_is_named():
    defects: list[str] = []
    assert decode_words("=?x?q?caf=E9?= =?utf-8?q?_ol=C3=A9?=", defects) == "café olé"
    assert defects == ["charset guessed: cp1252"]


@pytest.mark.parametrize(
    ("raw", "parameters"),
    [
        ("a; filename*0*=utf-8''%E5%8D; filename*1*=%B0.txt", {"filename": "印.txt"}),  # split in a letter
        ("a; filename*1=b; filename*0=a; filename*2=c", {"filename": "abc"}),
        ("a; filename=plain; filename*=utf-8''caf%C3%A9", {"filename": "café"}),
        ("a; filename*=caf%C3%A9", {"filename": "café"}),  # no charset
        ("a; filename*=iso-8859-2''%BE", {"filename": "ž"}),
        ('a; filename*="=?utf-8?q?caf=C3=A9?="', {"filename": "café"}),
        ('a; filename*0="=?utf-8?q?caf=C3"; filename*1="=A9?="', {"filename": "café"}),
        ('a; name="caf%C3%A9 100%25"', {"name": "café 100%"}),
        ("a; name=100%25.txt", {"name": "100%25.txt"}),  # may be meant
        ("a; name=one two; three.txt; size=5", {"name": "one two; three.txt", "size": "5"}),
        ('a; name="a "quoted" word.txt"; x=1', {"name": 'a "quoted" word.txt', "x": "1"}),
        ("a; charset=utf-8 (a comment)", {"charset": "utf-8"}),
        ('a; charset="utf-8" name="x"', {"charset": "utf-8", "name": "x"}),  # a semicolon is missing
        ("a; charset=utf-8 format=flowed", {"charset": "utf-8", "format": "flowed"}),
        ("a; charset=one; charset=two", {"charset": "one"}),
        ("a; name='x y.txt'", {"name": "x y.txt"}),
        ('a; name="two\r\n lines"', {"name": "two lines"}),
    ],
)
def test_parameters(raw, parameters):
    assert parse_parameters(raw) == ("a", parameters)


def test_parameters_are_bounded():
    assert len(parse_parameters("a" + "".join(f"; n{one}=1" for one in range(50)), Limits(parameters=7))[1]) == 7


@pytest.mark.parametrize(
    ("raw", "octets"),
    [
        (b"Y2Fm*w6k=", "café".encode()),
        (b"Y2Fmw6k", "café".encode()),
        (b"Y2Fmw6k=\r\nunsubscribe\r\n", "café".encode()),  # a word below
        (b"Y2Fmw6k=\r\n\r\nYWJj\r\n", "caféabc".encode()),  # more of it below
        (b"Y2Fm\r\n\r\n_____\r\nlist\r\n", b"caf"),
    ],
)
def test_base64(raw, octets):
    assert decode_transfer(raw, "base64") == octets


@pytest.mark.parametrize(
    ("raw", "octets"),
    [
        (b"caf=c3=A9", "café".encode()),
        (b"a=b =ZZ 100% =", b"a=b =ZZ 100% "),
        (b"soft=  \r\nbreak", b"softbreak"),
        (b"=E2=82=\r\n=AC", "€".encode()),
    ],
)
def test_quoted_printable(raw, octets):
    assert decode_transfer(raw, "quoted-printable") == octets


@pytest.mark.parametrize(
    ("raw", "encoding", "is_none"),
    [
        (b"Hello, this is not encoded.\nAt all", "base64", True),
        ("Grüße".encode(), "base64", True),
        (b"Y2Fmw6k=\n\nA footer, in words.", "base64", False),
        (b"Hello, this is not encoded.", "8bit", False),
        (b"", "base64", False),
    ],
)
def test_words_that_call_themselves_base64(raw, encoding, is_none):
    assert is_no_base64(raw, 0, len(raw), encoding) is is_none
