"""Header sections, encoded-words, parameters, addresses, msg-ids, subjects, charsets."""

import pytest

from parsers import charset, parse
from parsers.addresses import parse_addresses
from parsers.headers import decode_words, parse_parameters, read_section, to_text
from parsers.limits import Limits
from parsers.message_ids import parse_message_id, parse_message_ids
from parsers.model import Address
from parsers.subject import base_subject, find_references, is_forward, is_reply, without_references
from parsers.words.tables import words


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("plain", "plain"),
        ("=?utf-8?q?caf=C3=A9?=", "café"),
        ("=?utf-8?B?Y2Fmw6k=?=", "café"),
        ("=?utf-8?B?Y2Fmw6k?=", "café"),  # padding lost
        ("=?UTF-8?Q?a_b?= c =?utf-8?q?d?=", "a b c d"),
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?=\r\n\t=?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "é"),  # cut within a character
        ("=?iso-8859-1?q?=A4_=80?=", "¤ €"),
        ("=?utf-8?q?two words raw?=", "two words raw"),
        ("=?utf-8?q?Really??=", "Really?"),
        ("=?utf-8?q?fol\r\n ded?=", "folded"),
        ("=?utf-8*en?q?x?=", "x"),
        ("=?x-nonsense?q?caf=C3=A9?=", "café"),
        ("=?utf-8?x?abc?=", "=?x?="[:0] + "=?utf-8?x?abc?="),
        ("=?utf-8?B?Y2Fmw6k=", "café"),  # the end was cut off
        ("pre=?utf-8?q?fix?=post", "prefixpost"),
        ("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
        ("=?gb2312?B?uvo=?=", "胡"),
        ("a\r\n b\r\n\tc", "a b c"),
        ("=?=?=?", "=?=?=?"),
    ],
)
def test_encoded_words(raw, text):
    assert decode_words(raw) == text


@pytest.mark.parametrize(
    ("octets", "fields", "body"),
    [
        (b"A: 1\nB: 2\n\nbody", ["a", "b"], b"body"),
        (b"A: 1\r\nB: 2\r\n\r\nbody", ["a", "b"], b"body"),
        (b"From x Mon\nA: 1\n\nbody", ["a"], b"body"),  # mbox
        (b"A: 1\ngarbage here\nB: 2\n\nbody", ["a", "b"], b"body"),
        (b"A: 1\nbody without a blank line\nmore", ["a"], b"body without a blank line\nmore"),
        (b"A : 1\n\nbody", ["a"], b"body"),
        (b"A: 1\n folded\n\nbody", ["a"], b"body"),
        (b"A: 1\n: 2\nB: 3\n\nbody", ["a", "b"], b"body"),  # a field that lost its name
        (b"A: 1\nFrom\n : x@y.z\nB: 2\n\nbody", ["a", "from", "b"], b"body"),  # the colon is folded away
        (b"A: 1\none\ntwo\nFrom: x\n\nbody", ["a", "from"], b"body"),
        (b"A: 1\r\none\r\ntwo\r\nFrom: x\r\n\r\nbody", ["a", "from"], b"body"),
        (b"From: x\none\ntwo\nFrom: y\n\nbody", ["from"], b"one\ntwo\nFrom: y\n\nbody"),
        (b"A: 1\none\ntwo\n\nFrom: y", ["a"], b"one\ntwo\n\nFrom: y"),
        (b"", [], b""),
        (b"\xff\xfe", [], b"\xff\xfe"),
    ],
)
def test_header_section(octets, fields, body):
    headers, start = read_section(octets)
    assert [name for name, _ in headers.fields] == fields
    assert octets[start:] == body


def test_an_inner_section_ends_at_what_is_no_field():
    headers, start = read_section(b"A: 1\n--b\nFrom: x\n\nbody", inner=True)
    assert ([name for name, _ in headers.fields], start) == (["a"], 5)


@pytest.mark.parametrize(
    ("octets", "hint", "text"),
    [
        (b"plain", None, "plain"),
        ("Grüße".encode(), "cp1251", "Grüße"),
        ("Привет".encode("cp1251"), "cp1251", "Привет"),
        ("印刷".encode("iso2022_jp"), None, "印刷"),
        (b"caf\xe9", None, "café"),
        (b" a\x07\x00b\r\n c ", None, "ab\r\n c"),
    ],
)
def test_raw_fields(octets, hint, text):
    assert to_text(octets, hint) == text


@pytest.mark.parametrize(
    ("label", "body", "defects"),
    [
        ("; charset=windows-1251", b"", ()),
        ("; charset=iso-8859-1", b"", ("charset guessed: cp1251",)),
        ("", "Помогите, пожалуйста, принтер не работает.".encode("cp1251"), ("charset guessed: cp1251",)),
    ],
)
def test_raw_fields_are_in_the_charset_of_the_text_if_it_fits(label, body, defects):
    subject = "Принтер не печатает совсем".encode("cp1251")
    mail = parse(b"Subject: " + subject + b"\nContent-Type: text/plain" + label.encode() + b"\n\n" + body)
    assert (mail.subject, mail.defects) == ("Принтер не печатает совсем", defects)


def test_a_guess_within_an_encoded_word_is_reported():
    assert parse(b"Subject: =?x-none?Q?caf=E9?=\n\nx").defects == ("charset guessed: cp1252",)
    assert parse(b"From: =?x-none?Q?caf=E9?= <a@b.c>\n\nx").defects == ("charset guessed: cp1252",)
    assert parse(b"Subject: =?iso-8859-1?Q?caf=E9?=\n\nx").defects == ()


def test_header_limits_cut_and_say_so():
    headers, start = read_section(b"X: y\n" * 50 + b"\nbody", limits=Limits(header_fields=10))
    assert (len(headers.fields), headers.cut, start) == (10, True, 251)
    assert "limit: header section" in parse(b"X: y\n" * 3000 + b"\nbody").defects


@pytest.mark.parametrize(
    ("raw", "value", "parameters"),
    [
        ("text/plain; charset=utf-8", "text/plain", {"charset": "utf-8"}),
        ('a/b; name="x; y"; z=1', "a/b", {"name": "x; y", "z": "1"}),
        ("a; filename*=utf-8'en'caf%C3%A9.txt", "a", {"filename": "café.txt"}),
        ("a; filename*0=one; filename*1=two", "a", {"filename": "onetwo"}),
        ("a; filename*1=two; filename*0*=''on%65", "a", {"filename": "onetwo"}),
        ("a; filename==?utf-8?q?caf=C3=A9?=", "a", {"filename": "café"}),
        (r'a; filename="c:\temp\x.txt"', "a", {"filename": r"c:\temp\x.txt"}),
        (r'a; filename="say \"hi\".txt"', "a", {"filename": 'say "hi".txt'}),
        ('a; name="never closed', "a", {"name": "never closed"}),
        ("TEXT/HTML", "text/html", {}),
        ("", "", {}),
        (";;;=;a", "", {}),
    ],
)
def test_parameters(raw, value, parameters):
    assert parse_parameters(raw) == (value, parameters)


@pytest.mark.parametrize(
    ("raw", "addresses"),
    [
        ("a@b.c", [("a@b.c", "")]),
        ("A <A@B.C>", [("A@b.c", "A")]),
        ('"Doe, Jo" <jo@x.y>, b@x.y', [("jo@x.y", "Doe, Jo"), ("b@x.y", "")]),
        ("jo@x.y (Jo Doe)", [("jo@x.y", "Jo Doe")]),
        ("Team: a@x.y, B <b@x.y>;, c@x.y", [("a@x.y", ""), ("b@x.y", "B"), ("c@x.y", "")]),
        ("undisclosed-recipients:;", []),
        ("Jo <jo@x.y", [("jo@x.y", "Jo")]),
        ("Jo <jo@x.y, Al <al@x.y>", [("jo@x.y", "Jo"), ("al@x.y", "Al")]),
        ("a@x.y; b@x.y", [("a@x.y", ""), ("b@x.y", "")]),
        ("=?utf-8?q?J=C3=B6,_X?= <j@x.y>", [("j@x.y", "Jö, X")]),
        ('"=?utf-8?q?J=C3=B6?=" <j@x.y>', [("j@x.y", "Jö")]),
        ("<<a@x.y>>", [("a@x.y", "")]),
        ("<@relay.z,@r:a@x.y>", [("a@x.y", "")]),
        ("a <mailto:a@x.y>", [("a@x.y", "a")]),
        ("pete(wow)@x(the host).y <pete(his)@x.y(h)>", [("pete@x.y", "pete@x.y")]),
        ("'Jo' <jo@x.y>", [("jo@x.y", "Jo")]),
        ("not an address, <>, @, a@", []),
        ("Jo jo@x.y", [("jo@x.y", "Jo")]),
        ("a@b@c.d", [("a@b@c.d", "")]),
        ("Doe, Jo <jo@x.y>, b@x.y", [("jo@x.y", "Doe, Jo"), ("b@x.y", "")]),
        ("Support, jo@x.y", [("jo@x.y", "Support")]),
        ("a, b, c, d, e <e@x.y>", [("e@x.y", "d, e")]),
        ("nobody; Jo <jo@x.y>", [("jo@x.y", "Jo")]),
        ("=?utf-8?q?Team, Support?= <s@x.y>", [("s@x.y", "Team, Support")]),
        ("Jo [mailto:jo@x.y]", [("jo@x.y", "Jo")]),
        ("", []),
    ],
)
def test_addresses(raw, addresses):
    assert parse_addresses(raw) == tuple(Address(*one) for one in addresses)


def test_addresses_are_bounded():
    assert len(parse_addresses("a@b.c, " * 500)) == 200


@pytest.mark.parametrize(
    ("raw", "ids"),
    [
        ("<a@B.C>", ["a@b.c"]),
        ("<A@b>\r\n <c@d>", ["A@b", "c@d"]),
        ("<a@b>,<c@d>", ["a@b", "c@d"]),
        ("<long\r\n part@b>", ["longpart@b"]),
        ("a@b (added by postmaster@c.d)", ["a@b"]),
        ("<a@b> (added by postmaster@c.d)", ["a@b"]),
        ("a@b c@d", ["a@b", "c@d"]),
        ("<a@b> <a@b>", ["a@b"]),
        ("Your message of Monday <a@b>", ["a@b"]),
        ("<12345>", ["12345"]),
        ("<>", []),
        ("< >", []),
        ("", []),
        ("   ", []),
    ],
)
def test_message_ids(raw, ids):
    assert list(parse_message_ids(raw)) == ids


def test_the_newest_references_are_kept_in_their_order():
    assert parse_message_ids("".join(f"<{n}@x>" for n in range(60)), newest=3) == ("57@x", "58@x", "59@x")


@pytest.mark.parametrize(("raw", "one"), [("<a@b>", "a@b"), ("bare", "bare"), ("two words", None), ("<>", None)])
def test_message_id(raw, one):
    assert parse_message_id(raw) == one


PREFIXED = words(
    "Re Aw Antw Odp SV VS Fwd FW WG TR RV RES Enc Rif R I Ynt Atb Ats Bls Vá Továbbítás Vl Doorst PD Отв Відп ΑΠ "
    "תגובה رد 答复 返信 답장 ตอบ RE[2] AW(3)"
)


@pytest.mark.parametrize("prefix", sorted(PREFIXED))
def test_base_subject_without_the_prefix(prefix):
    assert base_subject(f"{prefix}: Printer") == "Printer"
    assert base_subject(f"{prefix} : Printer") == "Printer"
    assert base_subject(f"{prefix}\uff1aPrinter") == "Printer"


@pytest.mark.parametrize(
    ("subject", "base"),
    [
        ("Re: Re: AW: Printer", "Printer"),
        ("Re: [list] Re: Printer (fwd)", "Printer"),
        ("[ID:12] Printer", "Printer"),
        ("[ID:12]", "[ID:12]"),
        ("回复\uff1a打印机", "打印机"),
        ("Rechnung: 5", "Rechnung: 5"),
        ("Reminder: pay", "Reminder: pay"),
        ("Re:", ""),
        ("", ""),
    ],
)
def test_base_subject(subject, base):
    assert base_subject(subject) == base


@pytest.mark.parametrize(
    ("subject", "number"),
    [
        ("[ID:0012345] x", 12345),
        ("Re: [id: 7 ] x", 7),
        ("[ID:1] [ID:2]", 1),
        ("[ID:0] x", None),
        ("[ID:12x]", None),
        ("[ID:1234567890123]", None),
        ("ID:5", None),
        ("[ID:٣]", None),
        ("", None),
    ],
)
def test_ticket_tag(subject, number):
    assert next(iter(find_references(subject, [("[ID:", "]")])), None) == number


def test_ticket_tag_with_other_brackets():
    assert find_references("x (#(0042)) y", [("(#(", "))")]) == (42,)


@pytest.mark.parametrize(
    ("subject", "number"),
    [
        ("Re: Ticket #0042 open", 42),
        ("ticket #42: x", 42),
        ("ticket #42a", None),
        ("Myticket #42", None),
        ("Case 7", 7),
        ("Case 0007", 7),
        ("Suitcase 7", None),
        ("Case 7 and [ID:9]", 9),
        ("Ticket #5 Case 7", 5),
        ("[ID:9", None),
        ("[ID:[ID:5]5]", 5),
        ("İstanbul [ID:9]", 9),
        ("case 1234567890123", None),
    ],
)
def test_references_of_several_kinds(subject, number):
    kinds = [("[ID:", "]"), ("Ticket #", ""), ("Case ", "")]
    assert next(iter(find_references(subject, kinds)), None) == number
    assert find_references(without_references(subject, kinds), kinds) == ()


@pytest.mark.parametrize(
    ("subject", "forward", "reply"),
    [("WG: x", True, False), ("AW: WG: x", False, True), ("[x] Fwd: y", True, False), ("x: y", False, False)],
)
def test_direction(subject, forward, reply):
    assert (is_forward(subject), is_reply(subject)) == (forward, reply)


@pytest.mark.parametrize(
    ("octets", "label", "text", "guessed"),
    [
        (b"abc", None, "abc", False),
        ("é".encode(), None, "é", False),
        ("é".encode(), "us-ascii", "é", False),
        ("é".encode(), "iso-8859-1", "é", False),  # mislabelled UTF-8
        (b"\x80 5", "iso-8859-1", "€ 5", False),
        ("胡萝卜".encode("gb18030"), "gb2312", "胡萝卜", False),
        ("똠방각하".encode("cp949"), "ks_c_5601-1987", "똠방각하", False),
        ("日本".encode("iso2022_jp"), "ISO-2022-JP", "日本", False),
        ("日本".encode("iso2022_jp"), None, "日本", True),
        (b"+AOk-", "utf-7", "é", False),
        (b"\xff\xfeh\x00i\x00", None, "hi", False),
        (b"caf\xe9", "utf-8", "café", True),
        (b"caf\xe9", "idna", "café", True),
        (b"caf\xe9", "base64", "café", True),
        ("Привет, как дела сегодня?".encode("koi8-r"), "koi8-r", "Привет, как дела сегодня?", False),
        (
            "Добрый день, принтер снова не печатает.".encode("cp1251"),
            None,
            "Добрый день, принтер снова не печатает.",
            True,
        ),
    ],
)
def test_charset(octets, label, text, guessed):
    decoded = charset.decode(octets, label)
    assert (decoded.text, decoded.guessed) == (text, guessed)


def test_the_first_usable_field_counts_and_a_missing_from_is_none():
    mail = parse(b"Subject:\nSubject: two\nSubject: three\nFrom: nobody\nMessage-ID: <a@b>\nMessage-ID: <c@d>\n\nx")
    assert (mail.subject, mail.from_, mail.message_id) == ("two", None, "a@b")
    assert parse(b"To: a@b.c\n\nx").from_ is None
