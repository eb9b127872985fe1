"""Hand-written mails and what is expected of each; `why` in the answer says why the mail is there."""

import json
from pathlib import Path

import pytest

from parsers import parse
from parsers.model import Address, ParsedEmail
from parsers.subject import find_ticket_tag

FOLDER = Path(__file__).parents[1] / "golden" / "mail"
CASES = sorted(path.stem for path in FOLDER.glob("*.eml"))
SIMPLE = ("message_id", "subject", "base_subject", "hops", "null_reverse_path")


def as_address(one: Address | None) -> dict | None:
    return one and {"address": one.address, "name": one.name}


def seen(mail: ParsedEmail) -> dict:
    body = mail.body
    return {
        **{name: getattr(mail, name) for name in SIMPLE},
        "from": as_address(mail.from_),
        "in_reply_to": list(mail.in_reply_to),
        "references": list(mail.references),
        "ticket": find_ticket_tag(mail.subject),
        "text": body.text,
        "reply_text": body.reply_text,
        "signature": body.signature,
        "quoted": body.quoted_text,
        "automation": str(mail.automation.kind),
        "attachments": [
            {name: getattr(one, name) for name in ("filename", "media_type", "inline", "content_id")}
            for one in mail.attachments
        ],
        "report": mail.delivery_report
        and {
            "recipients": [
                {name: getattr(one, name) for name in ("address", "action", "status", "diagnostic")}
                for one in mail.delivery_report.recipients
            ],
            "original_message_id": mail.delivery_report.original_message_id,
        },
        "forward": mail.forward
        and {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in ((name, getattr(mail.forward, name)) for name in mail.forward.__dataclass_fields__)
        },
    }


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_golden(case: str, ends: str) -> None:
    octets = (FOLDER / f"{case}.eml").read_bytes().replace(b"\r\n", b"\n").replace(b"\n", ends.encode())
    expected = json.loads((FOLDER / f"{case}.json").read_text("utf-8"))
    assert expected.pop("why")
    mail = parse(octets)
    found = seen(mail)
    pieces = {
        "text": mail.body.text,
        "html": mail.body.html or "",
        "reply": mail.body.reply_text,
        "reply_html": mail.body.reply_html or "",
        "quoted": mail.body.quoted_text,
    }
    for name, value in expected.items():
        piece, _, how = name.rpartition("_")
        if how == "has":
            assert [one for one in value if one not in pieces[piece]] == [], name
        elif how == "lacks":
            assert [one for one in value if one in pieces[piece]] == [], name
        else:
            assert found[name] == value, name


@pytest.mark.parametrize("case", CASES)
def test_a_mail_cut_anywhere_is_read_as_far_as_it_goes(case: str) -> None:
    octets = (FOLDER / f"{case}.eml").read_bytes()
    for end in range(0, len(octets), max(len(octets) // 40, 1)):
        mail = parse(octets[:end])
        assert not [one for one in mail.defects if one.startswith("unreadable")]


@pytest.mark.parametrize("case", CASES)
def test_an_unknown_charset_loses_nothing_but_letters(case: str) -> None:
    octets = (FOLDER / f"{case}.eml").read_bytes()
    mail = parse(octets.replace(b"charset=utf-8", b"charset=x-klingon"))
    assert mail.body.text
    assert len(mail.attachments) == len(parse(octets).attachments)
