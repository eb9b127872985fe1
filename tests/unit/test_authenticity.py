"""What our servers say of From, and of which of them what is believed."""

from __future__ import annotations

import pytest
from builders import email

from gateway.authenticity import authenticity, judgement
from gateway.model import Authenticity
from parsers import parse

OURS = ("mx.acme.example",)
MICROSOFT = ("microsoft365",)
A = Authenticity


def said(*fields: str, sender: str = "anna@customer.example", above: str = ""):
    lines = "".join(f"Authentication-Results: {one}\r\n" for one in fields)
    return parse(f"{above}{lines}From: {sender}\r\n\r\nx".encode())


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        (["mx.acme.example; dmarc=pass header.from=customer.example"], A.PASSED),
        (["mx.acme.example; dmarc=pass header.from=CUSTOMER.example."], A.PASSED),
        (["mx.acme.example; dmarc=pass header.from=anna@customer.example"], A.PASSED),
        (["mx.acme.example; dmarc=fail header.from=customer.example; spf=pass smtp.mailfrom=evil.example"], A.FAILED),
        (["mx.acme.example; dkim=pass header.d=customer.example"], A.PASSED),
        (["mx.acme.example; dkim=pass header.d=mail.customer.example"], A.PASSED),
        (["mx.acme.example; dkim=pass header.d=evil.example"], A.UNVERIFIED),
        (["mx.acme.example; spf=pass smtp.mailfrom=bounce@customer.example"], A.PASSED),
        (["mx.acme.example; spf=pass smtp.mailfrom=evil.example"], A.UNVERIFIED),
        (["mx.acme.example; spf=fail smtp.mailfrom=customer.example"], A.FAILED),
        (["mx.acme.example; spf=fail smtp.mailfrom=customer.example; dkim=pass header.d=customer.example"], A.PASSED),
        (["mx.acme.example; spf=softfail smtp.mailfrom=customer.example"], A.UNVERIFIED),
        (["mx.acme.example; dmarc=none; dkim=none; spf=none"], A.UNVERIFIED),
        (["mx.acme.example; none"], A.UNVERIFIED),
        (["mx.evil.example; dmarc=pass header.from=customer.example"], A.UNVERIFIED),
        ([], A.UNVERIFIED),
        # the newest field of ours counts: who sends can write older ones
        (["mx.acme.example; dmarc=fail", "mx.acme.example; dmarc=pass header.from=customer.example"], A.FAILED),
        (["mx.acme.example; spf=none", "mx.acme.example; dkim=pass header.d=customer.example"], A.UNVERIFIED),
        (["mx.evil.example; x=y", "mx.acme.example; dmarc=pass header.from=customer.example"], A.PASSED),
        # a server that says nothing of whom it judged
        (["mx.acme.example; dmarc=pass"], A.PASSED),
        # one that judged somebody else read another From than we do
        (["mx.acme.example; dmarc=pass header.from=evil.example"], A.FAILED),
        (["mx.acme.example; dmarc=none header.from=evil.example"], A.FAILED),
        (["mx.acme.example; dmarc=pass header.from=mail.customer.example"], A.FAILED),
        (["mx.acme.example; dmarc=pass header.from=example"], A.FAILED),
        (["mx.acme.example; dmarc=pass header.from=eve@customer.example"], A.FAILED),
        (["mx.acme.example; dkim=pass header.d=customer.example; dmarc=pass header.from=evil.example"], A.FAILED),
        (["mx.acme.example; dkim=pass header.d=example"], A.UNVERIFIED),
    ],
)
def test_only_our_servers_are_believed(fields, found):
    assert authenticity(said(*fields), OURS)[0] is found
    assert authenticity(said(*fields), ())[0] is A.UNVERIFIED


@pytest.mark.parametrize(
    ("field", "exact"),
    [
        ("dmarc=pass header.from=customer.example", True),
        ("dkim=pass header.d=customer.example", True),
        ("spf=pass smtp.mailfrom=customer.example", True),
        ("dmarc=pass; dkim=pass header.d=customer.example", True),
        ("dmarc=pass", False),
        ("dkim=pass header.d=mail.customer.example", False),
        ("dkim=pass header.d=sub.mail.customer.example; spf=pass smtp.mailfrom=x.customer.example", False),
        ("dmarc=fail header.from=customer.example; dkim=pass header.d=customer.example", False),
    ],
)
def test_an_agent_needs_a_result_about_the_very_domain(field, exact):
    assert judgement(said(f"mx.acme.example; {field}"), OURS).exact is exact


def test_an_international_domain_is_one_however_it_is_written():
    mail = said("mx.acme.example; dmarc=pass header.from=xn--bcher-kva.example", sender="anna@bücher.example")
    assert judgement(mail, OURS).found is A.PASSED


@pytest.mark.parametrize(
    "sender",
    [
        "anna@customer.example, eve@evil.example",
        "eve@evil.example <anna@customer.example>",
        "us: eve@evil.example, anna@customer.example;",
        "<anna@customer .example>",
        "<@evil.example:anna@customer.example>",
        "anna@customer.example\r\nFrom: eve@evil.example",
    ],
)
def test_a_from_that_others_read_otherwise_has_failed_whatever_was_said(sender):
    mail = said("mx.acme.example; dmarc=pass header.from=customer.example", sender=sender)
    assert authenticity(mail, OURS)[0] is A.FAILED
    assert authenticity(mail, ())[0] is A.FAILED


@pytest.mark.parametrize(
    ("fields", "above", "found"),
    [
        (["spf=pass smtp.mailfrom=customer.example;dmarc=pass action=none header.from=customer.example"], "", A.PASSED),
        (["spf=fail; dkim=none; dmarc=fail header.from=customer.example;compauth=fail"], "", A.FAILED),
        (["dmarc=pass header.from=evil.example"], "", A.FAILED),
        (["dmarc=none", "dmarc=pass header.from=customer.example"], "", A.UNVERIFIED),  # the topmost only
        (["mx.evil.example; dmarc=pass header.from=customer.example"], "", A.UNVERIFIED),
        (
            ["dmarc=pass header.from=customer.example"],
            "Received: from a (b) by AM0PR01MB1.eurprd01.prod.outlook.com (2603::1) with Microsoft SMTP Server; x\r\n",
            A.PASSED,
        ),
        (["dmarc=pass header.from=customer.example"], "Received: from a by mx.acme.example; x\r\n", A.UNVERIFIED),
        ([], "X-MS-Exchange-Organization-AuthAs: Internal\r\n", A.PASSED),
        (["dkim=none header.d=none;dmarc=none header.from=customer.example"],
         "X-MS-Exchange-Organization-AuthAs: Internal\r\n", A.PASSED),
        (["dmarc=fail header.from=customer.example"], "X-MS-Exchange-Organization-AuthAs: Internal\r\n", A.FAILED),
        (["dmarc=none header.from=evil.example"], "X-MS-Exchange-Organization-AuthAs: Internal\r\n", A.FAILED),
        ([], "X-MS-Exchange-Organization-AuthAs: Anonymous\r\n", A.UNVERIFIED),
        ([], "Received: from a by mx.evil.example; x\r\nX-MS-Exchange-Organization-AuthAs: Internal\r\n", A.UNVERIFIED),
    ],
)  # fmt: skip
def test_microsoft_365_names_no_server(fields, above, found):
    assert authenticity(said(*fields, above=above), MICROSOFT)[0] is found
    assert authenticity(said(*fields, above=above), OURS)[0] is A.UNVERIFIED


def test_a_mail_without_sender_is_nobodys():
    assert authenticity(email(from_=None), OURS)[0] is A.UNVERIFIED
