"""Nothing that mail or HaloPSA says reaches a terminal as something that it obeys, hides or turns round."""

from __future__ import annotations

import asyncio
import json
import unicodedata

import pytest
from fakes.messages import mail
from fakes.stack import COMMAND, Stack

from gateway.observe import logs
from gateway.sandbox.faults import Fault
from gateway.visible import escaped, one_line, printable

HOSTILE = {
    "C1 control": "\x9b31m",
    "escape": "\x1b]0;title\x07",
    "delete": "a\x7fb",
    "turned round": "\u202egpj.exe\u202c",
    "isolated": "\u2066x\u2069\u061c\u200f",
    "separators": "a\u2028b\u2029c\x85d",
    "no width": "pay\u200bpal\u2060\ufeff",
    "tags": "\U000e0001\U000e0068\U000e0069",
    "selectors": "\U000e0100\ufe00",
    "fillers": "\u3164\u115f\u2800",
}


UNSEEN = "\u3164\u115f\u2800\ufe00\U000e0100"


def dangerous(text: str) -> set[str]:
    """What a terminal would obey, hide or turn round."""
    classes = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    return {
        f"{ord(one):04x}" for one in text if one != "\n" and (unicodedata.category(one) in classes or one in UNSEEN)
    }


def hostile_mail(number: int, text: str) -> bytes:
    octets = mail(
        subject="SUBJECT", sender='"NAME" <anna@customer.example>', message_id="IDENTITY@c.example",
        text="Hello TEXT\n", attachments={"a.txt": b"x"},
    ).replace(b"us-ascii", b"utf-8").replace(b"7bit", b"8bit")  # fmt: skip
    for place in ("SUBJECT", "NAME", "TEXT", "IDENTITY", "a.txt"):
        octets = octets.replace(place.encode(), f"{place.lower()}{number}{text}".encode())
    return octets


async def test_what_mail_says_in_every_command(tmp_path):
    aside = {"name": "aside", "quarantine": True, "subject": [f"subject{number}*" for number in range(1, len(HOSTILE))]}
    async with Stack(tmp_path, rule=[aside]) as stack:
        for number, text in enumerate(HOSTILE.values()):
            stack.deliver(hostile_mail(number, text))
        (tmp_path / "3.eml").write_bytes(hostile_mail(3, HOSTILE["turned round"]))
        body = json.dumps({"message": "No \u202e outcome \x9b2J"}, ensure_ascii=False)
        stack.sandbox.faults.add(Fault("POST", "/api/Tickets", status=400, body=body, content_type="application/json"))
        await stack.once()
        for command in (
            ("messages", "--json"),
            ("quarantine", "list"),
            ("explain", "1"),
            ("explain", "1", "--json"),
            ("explain", "4", "--json"),
            ("quarantine", "show", "4"),
            ("check", "--json"),
            ("explain", "--file", str(tmp_path / "3.eml"), "--offline"),
            ("ack", "preview", str(tmp_path / "3.eml")),
        ):
            _, said = await stack.call(*command)
            assert said, command
            assert not dangerous(said), (command, dangerous(said))
        await stack.call("explain", "\x9b31m\u202enobody")
        assert not dangerous(stack.log)
        shown = json.loads((await stack.call("quarantine", "show", "4", "--json"))[1])
        assert "\u202egpj.exe" in json.dumps(shown, ensure_ascii=False)  # escaped, not lost


@pytest.mark.parametrize("form", [(), ("--jsonl",)])
async def test_what_parse_shows(tmp_path, form):
    for number, text in enumerate(HOSTILE.values()):
        (tmp_path / f"{number}{'' if '/' in text else text}.eml").write_bytes(hostile_mail(number, text))
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "parse", str(tmp_path), *form, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, beside = (octets.decode() for octets in await process.communicate())
    assert process.returncode == 0
    assert not dangerous(said)
    assert not dangerous(beside)
    assert said.count("subject") >= len(HOSTILE)
    if form:
        subjects = {json.loads(line)["reply_text"] for line in said.splitlines()}
        assert f"Hello text3{HOSTILE['turned round']}" in {one.strip() for one in subjects}


async def test_what_halopsa_says(tmp_path):
    async with Stack(tmp_path) as stack:
        ticket = stack.sandbox.add_ticket(summary="\u202eevil\x9b31m \u2028 \U000e0041 Drucker für Zoë")
        stack.sandbox.add_client("Client\x1b[2J\u2066")
        for command in (
            ("tickets", "show", str(ticket.id)),
            ("tickets", "search", "--json"),
            ("picklist", "client"),
            ("picklist", "client", "--json"),
        ):
            _, said = await stack.call(*command)
            assert "Client" in said or "evil" in said, command
            assert not dangerous(said), command
        assert not dangerous(stack.log)


async def test_usage_errors_and_addresses_of_strangers(tmp_path):
    """What comes as an argument, such as a recipient that a mail server hands on, is not obeyed either."""
    async with Stack(tmp_path) as stack:
        for command in (
            ("ingest", "--mailbox", "\x9b31m\u202e"),
            ("messages", "--state", "\x1b[2J"),
            ("--\x9b31m",),
            ("picklist", "\u202ex"),
        ):
            await stack.call(*command)
        assert stack.log
        assert not dangerous(stack.log)


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_log(form, capsys):
    import logging

    import structlog

    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    try:
        logs.configure(form, "info")
        for text in HOSTILE.values():
            structlog.stdlib.get_logger("halo_mailgate").error("alert", words=text, about={"key": [text]})
            logging.getLogger("elsewhere").error("it said %s", text)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.configure(**before)
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 2 * len(HOSTILE)
    assert not dangerous(said)
    if form == "json":
        assert json.loads(said.splitlines()[0])["words"] == HOSTILE["C1 control"]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_escaped_is_the_same_document(text):
    document = json.dumps({"words": text, "half": "\ud83d"}, ensure_ascii=False, indent=2)
    assert not dangerous(escaped(document))
    assert json.loads(escaped(document)) == {"words": text, "half": "\ud83d"}
    assert not dangerous(printable(text))
    assert "\n" not in one_line(f"{text}\n2026 forged")


@pytest.mark.parametrize(
    "text", ["Grüße, Ödön Šárközy", "中文 日本語 한국어", "हिन्दी", "עברית العربية", "👍🏽 ✓ — “so”", "a\nb"]
)
def test_people_s_own_letters_stay(text):
    assert printable(text) == text
    assert escaped(json.dumps(text, ensure_ascii=False)) == json.dumps(text, ensure_ascii=False)
