"""What is wrapped in parts and texts: Rich Text, TNEF, S/MIME, uuencode, flowed text, invitations, false labels."""

import base64
import binascii
import struct

import pytest

from parsers import parse
from parsers.limits import Limits
from parsers.parts.cms import read_cms
from parsers.parts.enriched import enriched_to_text, richtext_to_text
from parsers.parts.flowed import unflow
from parsers.parts.invitation import read_invitation
from parsers.parts.magic import extension_of
from parsers.parts.rtf import decompress, read_rtf
from parsers.parts.tnef import read_tnef
from parsers.parts.transfer import decode_transfer, decode_unlabelled
from parsers.parts.uuencode import split_blocks

SIGNED = bytes.fromhex("06092a864886f70d010702")
DATA = bytes.fromhex("06092a864886f70d010701")


def attribute(level: int, identifier: int, data: bytes) -> bytes:
    return struct.pack("<BHHI", level, identifier, 0, len(data)) + data + b"\0\0"


def winmail(*attributes: bytes) -> bytes:
    return b"\x78\x9f\x3e\x22\0\0" + b"".join(attributes)


def named(name: bytes, data: bytes) -> bytes:
    return attribute(2, 0x9002, b"") + attribute(2, 0x8010, name + b"\0") + attribute(2, 0x800F, data)


def mail(kind: str, octets: bytes) -> bytes:
    head = f"From: a@b.c\nContent-Type: {kind}\nContent-Transfer-Encoding: base64\n\n"
    return head.encode() + base64.encodebytes(octets)


@pytest.mark.parametrize(
    ("packed", "octets"),
    [  # the examples of MS-OXRTFCP §3.1
        (
            "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0",
            b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n",
        ),
        ("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0", b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"),
    ],
)
def test_compressed_rtf(packed, octets):
    assert decompress(bytes.fromhex(packed)) == octets
    assert decompress(bytes.fromhex(packed), Limits(rtf=5)) == octets[:5]


@pytest.mark.parametrize("octets", [b"", b"LZFu" * 8, bytes(4) + b"\xff\0\0\0" + b"LZFu" + bytes(4) + b"\xff\xf0\x0f"])
def test_what_is_no_compressed_rtf(octets):
    with pytest.raises(ValueError, match="compressed RTF"):
        decompress(octets)


@pytest.mark.parametrize(
    ("octets", "text", "is_html"),
    [
        (rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\pard one\par two\tab three}", "one\ntwo\tthree", False),
        (rb"{\rtf1\ansi\ansicpg1251 \'cf\'f0\u1080?\'e2}", "Прив", False),
        (rb"{\rtf1{\fonttbl{\f1\fcharset204 X;}}{\f1 \'e4}\'e4}", "дä", False),
        (rb"{\rtf1\uc1 \u-10179?\u-8704?}", "\U0001f600", False),
        (rb"{\rtf1{\*\unknown hidden}{\pict 00ff}shown\\\{\}}", "shown\\{}", False),
        (
            rb"{\rtf1\fromhtml1{\*\htmltag64 <p>}\htmlrtf {\b \htmlrtf0 x\htmlrtf }\htmlrtf0 {\*\htmltag72 </p>}}",
            "<p>x</p>",
            True,
        ),
        (rb"}}}{\rtf1 still", "still", False),
    ],
)
def test_rtf(octets, text, is_html):
    found = read_rtf(octets)
    assert (found.text, found.is_html, found.cut) == (text, is_html, False)


def test_rtf_ends_at_its_limit():
    assert read_rtf(b"{}" * 50, Limits(rtf_tokens=10)).cut


def test_tnef_gives_texts_and_files():
    found = read_tnef(winmail(attribute(1, 0x800C, b"hello\0"), named(b"a.txt", b"A"), named(b"empty", b"")))
    assert (found.plain, [(one.name, one.octets) for one in found.files]) == (
        "hello",
        [("a.txt", b"A"), ("empty", b"")],
    )
    assert found.whole


def test_tnef_that_is_cut_or_of_another_kind_is_not_whole():
    octets = winmail(named(b"a.txt", b"A"), named(b"b.txt", b"B" * 50))
    assert not read_tnef(octets[:-20]).whole
    assert not read_tnef(winmail(attribute(1, 0x8008, b"IPM.Contact\0"))).whole
    with pytest.raises(ValueError, match="no TNEF"):
        read_tnef(b"hello")


def test_winmail_is_dropped_when_all_of_it_was_unpacked_and_else_kept():
    octets = winmail(named(b"a.pdf", b"%PDF-1"), named(b"b.txt", b"B" * 50))
    kind = "application/ms-tnef; name=winmail.dat"
    assert [one.filename for one in parse(mail(kind, octets)).attachments] == ["a.pdf", "b.txt"]
    assert [one.filename for one in parse(mail(kind, octets[:-20])).attachments] == ["winmail.dat", "a.pdf"]
    found = parse(mail(kind, octets), Limits(tnef_attributes=3))
    assert [one.filename for one in found.attachments] == ["winmail.dat", "a.pdf"]
    assert "limit: TNEF, the whole is attached" in found.defects


def test_signed_content_is_found_in_one_piece_or_more():
    content = b"Content-Type: text/plain\n\nhi"
    pieces = b"\x24\x80" + b"\x04\x05" + content[:5] + b"\x04" + bytes([len(content) - 5]) + content[5:] + b"\0\0"
    for string in (b"\x04" + bytes([len(content)]) + content, pieces):
        octets = b"\x30\x80" + SIGNED + b"\xa0\x80\x30\x80\x02\x01\x01\x31\x00\x30\x80" + DATA + b"\xa0\x80" + string
        assert read_cms(octets).content == content
        found = parse(mail("application/pkcs7-mime; name=smime.p7m", octets))
        assert (found.body.text, [one.filename for one in found.attachments]) == ("hi", ["smime.p7m"])


@pytest.mark.parametrize("octets", [b"", b"\x30", b"\x30\x80\x06\x01a", b"\x30\x89" + bytes(20), b"hello"])
def test_what_is_no_cms(octets):
    assert read_cms(octets).content is None


def test_wrappings_have_an_end():
    octets = b"text"
    for _ in range(9):
        octets = b"Content-Type: message/partial; number=1\n\n" + octets
    found = parse(octets, Limits(unwrapped=3))
    assert "limit: wrapped parts, the rest is kept as it is" in found.defects


def test_uuencoded_files_leave_the_text():
    lines = binascii.b2a_uu(b"x" * 45) + binascii.b2a_uu(b"y")
    whole = b"a\nbegin 644 x.bin\n" + lines + b"`\nend\nb\n"
    text, (block,) = split_blocks(whole)
    assert (text, block.name, block.octets) == (b"a\nb\n", b"x.bin", b"x" * 45 + b"y")
    assert split_blocks(b"begin 644 x\nand go on\nend\n") == (b"begin 644 x\nand go on\nend\n", [])
    assert split_blocks(b"begin-base64 644 x\naGVsbG8=\n====\nb")[1][0].octets == b"hello"
    assert len(split_blocks(whole * 5, Limits(encoded_blocks=2))[1]) == 2


@pytest.mark.parametrize(
    ("text", "del_sp", "unflowed"),
    [
        ("one \ntwo", False, "one two"),
        ("on \ne", True, "one"),
        ("> a \n> b\n>> c \n> d", False, "> a b\n>> c\n> d"),
        (" From x\n >y", False, "From x\n>y"),
        ("bye \n-- \nme ", False, "bye\n-- \nme"),
        ("fixed\nlines", False, "fixed\nlines"),
    ],
)
def test_flowed(text, del_sp, unflowed):
    assert unflow(text, del_sp=del_sp) == unflowed


def test_enriched():
    assert enriched_to_text("<bold>a</bold>\nb\n\nc <<d> <color><param>red</param>e</color>") == "a b\nc <d> e"
    assert richtext_to_text("a\nb<nl><bold>c</bold><lt>d>") == "a b\nc<d>"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            "SUMMARY:S\nDTSTART:20260401T100000Z\nDURATION:PT1H30M",
            "S\nWhen: Wednesday 1 April 2026, 10:00, 1 hour 30 minutes (UTC)",
        ),
        (
            "SUMMARY:S\nDTSTART:20260401T230000\nDTEND:20260402T010000",
            "S\nWhen: Wednesday 1 April 2026, 23:00 \u2013 Thursday 2 April 2026, 01:00",
        ),
        ("SUMMARY:S\nDTSTART;VALUE=DATE:20260401", "S\nWhen: Wednesday 1 April 2026, all day"),
        ("SUMMARY:S\nDTSTART:20269999\nRRULE:FREQ=DAILY;COUNT=3", "S\nWhen: 20269999\nRepeats: every day, 3 times"),
        ("SUMMARY:a\\, b\\nc", "a, b c"),
    ],
)
def test_invitation(lines, told):
    octets = f"BEGIN:VCALENDAR\nBEGIN:VEVENT\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n".encode()
    found = read_invitation(octets, None, "REQUEST")
    assert found is not None
    assert found.as_text() == f"Invitation: {told}"


def test_an_answer_says_which():
    event = b"BEGIN:VEVENT\nSUMMARY:S\nATTENDEE;PARTSTAT=DECLINED:mailto:a@b.c\nEND:VEVENT\n"
    found = read_invitation(event.join([b"BEGIN:VCALENDAR\nMETHOD:REPLY\n", b"END:VCALENDAR"]), None, "")
    assert found is not None
    assert found.as_text() == "Answer (declined): S\nWho: a@b.c"


def test_base64_ends_where_something_else_begins():
    assert decode_transfer(b"aGVsbG8=\n-- \nlist footer\n", "base64") == b"hello"
    assert decode_transfer(b"aGVs\n\n_______\nlist footer\n", "base64") == b"hel"
    assert decode_transfer(b"aGVsbG8=\naGVsbG8=\n", "Base-64") == b"hellohello"
    long = bytes(range(256)) * 2_000
    assert decode_transfer(base64.encodebytes(long), "base64") == long


def test_base64_by_another_label_needs_certain_evidence():
    pdf = base64.encodebytes(b"%PDF-1.4 " + bytes(200))
    assert decode_unlabelled(pdf, "7bit", text=False).startswith(b"%PDF")
    assert decode_unlabelled(pdf, "x-own", text=False) == pdf
    unknown = base64.encodebytes(b"unknown" + bytes(200))
    assert decode_unlabelled(unknown, "", text=False) == unknown
    words = b"word" * 19 + b"\n" + b"not base64\n"
    assert decode_unlabelled(words, "", text=True) == words


@pytest.mark.parametrize(
    ("octets", "extension"),
    [
        (b"%PDF-1.7", ".pdf"),
        (b"RIFF0000WEBP", ".webp"),
        (b"PK\x03\x04....[Content_Types].xml....word/document.xml", ".docx"),
        (b"PK\x03\x04....a.txt", ".zip"),
        (b"\0\0\0\x18ftypheic", ".heic"),
        (b"hello", ""),
    ],
)
def test_kinds_of_files(octets, extension):
    assert extension_of(octets) == extension
