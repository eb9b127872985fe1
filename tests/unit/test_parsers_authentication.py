"""Authentication-Results as the servers of this world write them, and as nobody should."""

import time

import pytest

from parsers import parse
from parsers.authentication import LONGEST_FIELD, LONGEST_WORD, MOST_FIELDS, MOST_RESULTS, parse_authentication


def results(*fields: str) -> list[tuple[str, str, str]]:
    return [(one.server, one.method, one.result) for one in parse_authentication(fields)]


def properties(field: str) -> list[dict[str, str]]:
    return [dict(one.properties) for one in parse_authentication([field])]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (  # Google
            (
                "mx.google.com;\r\n       dkim=pass header.i=@oak.example header.s=s1;\r\n"
                "       spf=pass (google.com: domain of jo@oak.example designates 192.0.2.1 as permitted sender)"
                " smtp.mailfrom=jo@oak.example;\r\n  dmarc=pass (p=REJECT dis=NONE) header.from=oak.example"
            ),
            [
                ("mx.google.com", "dkim", "pass"),
                ("mx.google.com", "spf", "pass"),
                ("mx.google.com", "dmarc", "pass"),
            ],
        ),
        (  # Microsoft 365 names no server
            (
                "spf=pass (sender IP is 192.0.2.1)\r\n smtp.mailfrom=oak.example; dkim=pass (it was verified)\r\n"
                " header.d=oak.example;dmarc=pass action=none\r\n header.from=oak.example;compauth=pass reason=100"
            ),
            [("", "spf", "pass"), ("", "dkim", "pass"), ("", "dmarc", "pass"), ("", "compauth", "pass")],
        ),
        (  # Exchange
            "EX01.oak.example; dkim=none (message not signed)\r\n header.d=none;EX01.oak.example; dmarc=none",
            [("ex01.oak.example", "dkim", "none"), ("ex01.oak.example", "dmarc", "none")],
        ),
        (  # Fastmail
            (
                "mx5.mail.example;\r\n    dkim=pass (2048-bit rsa key sha256) header.d=oak.example"
                " header.i=@oak.example x-bits=2048;\r\n    x-ptr=pass smtp.helo=m.oak.example;\r\n"
                "    x-vs=clean score=-100 state=0"
            ),
            [
                ("mx5.mail.example", "dkim", "pass"),
                ("mx5.mail.example", "x-ptr", "pass"),
                ("mx5.mail.example", "x-vs", "clean"),
            ],
        ),
        (  # Yahoo glues its comment to the result
            (
                "atlas102.mail.example;\r\n dkim=pass header.i=@oak.example header.s=k;\r\n"
                " spf=none smtp.mailfrom=oak.example;\r\n dmarc=pass(p=NONE) header.from=oak.example;"
            ),
            [
                ("atlas102.mail.example", "dkim", "pass"),
                ("atlas102.mail.example", "spf", "none"),
                ("atlas102.mail.example", "dmarc", "pass"),
            ],
        ),
        (  # Amavis
            (
                'mx.oak.example (amavisd-new); dkim=pass (1024-bit key)\r\n reason="pass (generated, assumed good)"'
                " header.d=oak.example"
            ),
            [("mx.oak.example", "dkim", "pass")],
        ),
        (  # OpenDKIM
            'mx.oak.example;\r\n\tdkim=pass (1024-bit key; unprotected) header.d=oak.example header.b="Ab;=c"',
            [("mx.oak.example", "dkim", "pass")],
        ),
        (  # OpenDMARC
            "OpenDMARC; dmarc=fail (p=reject dis=none) header.from=oak.example",
            [("opendmarc", "dmarc", "fail")],
        ),
        (  # rspamd
            (
                "mx.oak.example;\r\n\tdkim=pass header.d=oak.example header.s=mail header.b=AbC;\r\n"
                '\tdmarc=pass (policy=none) header.from=oak.example;\r\n\tspf=softfail (mx: "192.0.2.1" is neither'
                " permitted; nor denied) smtp.mailfrom=jo@oak.example"
            ),
            [
                ("mx.oak.example", "dkim", "pass"),
                ("mx.oak.example", "dmarc", "pass"),
                ("mx.oak.example", "spf", "softfail"),
            ],
        ),
        ("mx.oak.example 1; SPF=Pass", [("mx.oak.example", "spf", "pass")]),
        ("mx.oak.example spf=pass", [("mx.oak.example", "spf", "pass")]),
        ("mx.oak.example; dkim/1 = pass", [("mx.oak.example", "dkim", "pass")]),
        ("mx.oak.example; none", []),
        ("mx.oak.example", []),
        ("", []),
        (";;;", []),
        ("=; =pass; spf=", [("", "spf", "")]),
        ("a (outer (inner; spf=pass) dkim=pass) ; dmarc=pass", [("a", "dmarc", "pass")]),
        (r"a (a \) b; spf=pass); dmarc=pass", [("a", "dmarc", "pass")]),
        ("a; dkim=fail (never closed; dmarc=pass", [("a", "dkim", "fail")]),
        ('a; dkim=fail reason="never closed; dmarc=pass', [("a", "dkim", "fail")]),
    ],
)
def test_results(field: str, expected: list[tuple[str, str, str]]) -> None:
    assert results(field) == expected


def test_properties_without_comments_and_quotes() -> None:
    field = r'a; dkim=fail (bad; header.d=evil.example) reason="was \"changed\"; dmarc=pass" HEADER.D = oak.example'
    assert properties(field) == [{"reason": 'was "changed"; dmarc=pass', "header.d": "oak.example"}]


def test_what_a_sender_wrote_into_an_address_is_no_result() -> None:
    assert results('a; spf=fail smtp.mailfrom="x; dmarc=pass"@evil.example') == [("a", "spf", "fail")]
    assert results("a; spf=fail smtp.mailfrom=x dmarc=pass") == [("a", "spf", "fail")]


def test_newest_first_and_each_with_its_server() -> None:
    mail = parse(
        b"Authentication-Results: mx.ours.example; spf=pass\nFrom: a@b.example\n"
        b"Authentication-Results: mx.evil.example; spf=fail\n\nx"
    )
    found = [(one.server, one.result) for one in mail.authentication]
    assert found == [("mx.ours.example", "pass"), ("mx.evil.example", "fail")]


def test_there_is_an_end_to_everything() -> None:
    assert len(parse_authentication(["a; spf=pass"] * 2 * MOST_FIELDS)) == MOST_FIELDS
    assert len(parse_authentication(["a" + "; b=c" * 2 * MOST_RESULTS])) < MOST_RESULTS
    assert parse_authentication(["a; spf=" + "x" * LONGEST_FIELD])[0].result == "x" * (LONGEST_WORD - len("spf="))


@pytest.mark.parametrize("unit", ["(", ")", '"', "\\", "=", "; ", "a ", "a=", "= ", "(\\", "\u00a0"])
def test_no_input_is_slow(unit: str) -> None:
    field = unit * (1_000_000 // len(unit))
    begun = time.process_time()
    parse_authentication([field] * MOST_FIELDS)
    assert time.process_time() - begun < 1
