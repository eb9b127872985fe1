"""What customers get, by the installed command between real servers; and what an administrator sees beforehand."""

from __future__ import annotations

import asyncio
import socket
import urllib.request
from email import message_from_bytes
from email.policy import default

import pytest
from fakes.messages import mail
from fakes.stack import Stack

from gateway.sandbox.picklists import CLOSED
from storage.states import State

OFFICE = {"time_zone": "Europe/Berlin", "open": ["mon-fri 08:00-17:00"], "holidays_of": ["DE"]}
GERMAN = "Guten Tag,\n\nder Drucker im zweiten Stock druckt leider nicht mehr. Können Sie bitte helfen?\n\nAnna\n"


@pytest.fixture(params=["observed", "documented"])
def dialect(request):
    return request.param


def answers(stack: Stack):
    return [message_from_bytes(one.octets, policy=default) for one in stack.smtp.messages]


def text(answer) -> str:
    return " ".join(answer.get_body(("plain",)).get_content().split())


async def test_an_answer_in_the_customers_language_with_hours_by_templates_of_a_mailbox(tmp_path, dialect):
    folder = tmp_path / "templates" / "support"
    folder.mkdir(parents=True)
    (folder / "acknowledgement.de.txt.j2").write_text("{{ marker }}\nMoin: {{ tag }} {{ summary }}\n{{ signed }}\n")
    async with Stack(
        tmp_path,
        dialect=dialect,
        top={"workers": 1},
        office_hours=OFFICE,
        smtp={"templates": str(tmp_path / "templates")},
    ) as stack:
        stack.deliver(mail(message_id="a@x", subject="Drucker", text=GERMAN, sender="a@customer.example"))
        stack.deliver(mail(message_id="b@x", subject="Printer", sender="b@customer.example"))
        assert await stack.once() == 0
        german, english = sorted(answers(stack), key=lambda one: str(one["To"]))
        assert "Moin: [ID:" in text(german)
        assert german.get_body(("html",)) is None
        assert german["Thread-Topic"] == "Drucker"
        assert "Office hours: Mon\N{EN DASH}Fri 08:00\N{EN DASH}17:00 (Central European Time)" in text(english)
        assert stack.smtp.sessions == 1


async def test_a_customer_is_told_of_a_ticket_that_is_open_again(tmp_path, dialect):
    async with Stack(tmp_path, dialect=dialect, mailbox={"answers": ["reopened"]}) as stack:
        stack.deliver(mail(message_id="one@gmail.com", sender="anna@gmail.com"))
        assert await stack.once() == 0
        (ticket,) = stack.sandbox.tickets
        closing = {"status_id": CLOSED, "resolution": "done", "closure_note": "done"}
        stack.sandbox._instance.store.change_ticket(ticket.id, closing)
        again = {"sender": "anna@gmail.com", "in_reply_to": "one@gmail.com"}
        stack.deliver(mail(message_id="b@gmail.com", text="It burns again\n", **again))
        assert await stack.once() == 0
        first, second = answers(stack)
        assert "opened it again" in text(second)
        assert first["Subject"] == second["Subject"]
        stack.deliver(
            mail(message_id="c@gmail.com", text="Still\n", sender="anna@gmail.com", in_reply_to="b@gmail.com")
        )
        assert await stack.once() == 0
        assert len(stack.smtp.messages) == 2
        assert len(stack.sandbox.tickets) == 1


async def test_a_customer_is_told_that_a_mail_was_too_large(tmp_path, dialect):
    small = {"answers": ["oversized"], "max_message_size": "100kB"}
    async with Stack(tmp_path, dialect=dialect, mailbox=small) as stack:
        stack.deliver(mail(message_id="one@x", attachments={"photo.jpg": b"x" * 300_000}))
        assert await stack.once() == 0
        (ticket,) = stack.sandbox.tickets
        (answer,) = answers(stack)
        assert "too large to reach us whole" in text(answer)
        assert f"[ID:{ticket.id:07d}]" in answer["Subject"]


async def test_who_is_set_aside_is_told_so_without_a_ticket(tmp_path, dialect):
    sealed = {"stranger_number": "quarantine"}
    async with Stack(tmp_path, dialect=dialect, policy=sealed, mailbox={"answers": ["refused"]}) as stack:
        stack.deliver(mail(message_id="one@x", sender="anna@customer.example"))
        assert await stack.once() == 0
        (ticket,) = stack.sandbox.tickets
        subject = f"[ID:{ticket.id:07d}] Printer"
        stack.deliver(mail(message_id="two@y", sender="eve@other.example", subject=subject))
        assert await stack.once() == 0
        assert (await stack.journey(2)).message.state is State.QUARANTINED
        answer = answers(stack)[1]
        assert answer["Subject"] == "Re: Printer"
        assert str(ticket.id) not in text(answer)
        assert "one of us will read it first" in text(answer)
        status, _ = await stack.call("quarantine", "assign", "2", str(ticket.id))
        assert status == 0
        assert await stack.once() == 0
        assert len(stack.entries(ticket.id)) == 1
        assert len(stack.smtp.messages) == 2


async def test_an_answer_that_is_refused_for_good_is_noted_on_the_ticket_once(tmp_path, dialect):
    async with Stack(tmp_path, dialect=dialect) as stack:
        stack.smtp.replies["RCPT"] = "550 5.1.1 <anna@customer.example>: unknown here"
        stack.deliver(mail(message_id="one@x"))
        assert await stack.once() == 0
        (ticket,) = stack.sandbox.tickets
        (note,) = stack.entries(ticket.id)
        assert "anna@customer.example: 550 5.1.1" in note
        assert "was not told" in note
        assert await stack.once() == 0
        assert len(stack.entries(ticket.id)) == 1
        (hidden,) = [one.fields["hiddenfromuser"] for one in stack.sandbox.actions if not one.opening]
        assert hidden


async def test_broken_templates_keep_the_daemon_from_starting_and_lose_nothing(tmp_path):
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "acknowledgement.txt.j2").write_text("Hello\n{{ tga }}\n")
    (folder / "reopened.de.txt.j2").write_text("{% if %}")
    async with Stack(tmp_path, smtp={"templates": str(folder)}) as stack:
        stack.deliver(mail(message_id="one@x"))
        assert await stack.once() == 78
        assert "2 problems" in stack.log
        assert "acknowledgement.txt.j2, line 2" in stack.log
        assert "did you mean tag?" in stack.log
        status, out = await stack.call("check", "--json")
        assert status == 1
        assert "acknowledgement.txt.j2, line 2" in out
        (folder / "acknowledgement.txt.j2").write_text("Hello\n{{ tag }}\n")
        (folder / "reopened.de.txt.j2").unlink()
        assert await stack.once() == 0
        assert text(answers(stack)[0]).startswith("Hello [ID:")


async def test_a_preview_in_the_terminal_and_in_a_browser(tmp_path):
    async with Stack(tmp_path, office_hours=OFFICE) as stack:
        file = tmp_path / "one.eml"
        file.write_bytes(mail(message_id="one@x", text=GERMAN, subject="Drucker\x1b[31m"))
        status, out = await stack.call("ack", "preview", str(file), "--at", "2026-12-24 20:00", "--within", "4h")
        assert status == 0
        assert "Montag, 28. Dezember, 08:00" in " ".join(out.split())
        assert "innerhalb von 4 Stunden" in out
        assert "\x1b" not in out
        status, out = await stack.call(
            "ack", "preview", "--form", "html", "--language", "fr", "--occasion", "oversized"
        )
        assert "trop volumineux" in out
        page = tmp_path / "page.html"
        assert (await stack.call("ack", "preview", str(file), "--page", str(page)))[0] == 0
        shown = page.read_text()
        assert shown.count("<iframe") == 26  # four occasions in one language, nine languages more; light and dark
        assert "<script" not in shown
        for wrong in (
            ["--language", "xx"],
            ["--occasion", "x"],
            ["--at", "soon"],
            ["--within", "4"],
            ["--mailbox", "x"],
        ):
            assert (await stack.call("ack", "preview", *wrong))[0] == 64
        assert (await stack.call("ack", "preview", str(tmp_path / "none.eml")))[0] == 66
        assert stack.smtp.sessions == 0


async def test_the_served_page_shows_templates_as_they_are_now(tmp_path):
    folder = tmp_path / "templates"
    folder.mkdir()
    template = folder / "acknowledgement.html.j2"
    template.write_text("<p>one {{ tag }}</p>")
    async with Stack(tmp_path, smtp={"templates": str(folder)}) as stack:
        with socket.create_server(("127.0.0.1", 0)) as free:
            where = f"127.0.0.1:{free.getsockname()[1]}"
        process = await stack.start("ack", "preview", "--serve", where)
        try:
            line = await asyncio.wait_for(process.stdout.readline(), 20)
            assert f"http://{where}/" in line.decode()

            def get() -> str:
                with urllib.request.urlopen(f"http://{where}/", timeout=10) as answer:
                    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
                    return answer.read().decode()

            assert "one [ID:0001234]" in await asyncio.to_thread(get)
            template.write_text("<p>two {{ tag }} {{ nothing }}</p>")
            broken = await asyncio.to_thread(get)
            assert "acknowledgement.html.j2, line 1" in broken
            template.write_text("<p>three {{ tag }}</p>")
            assert "three [ID:0001234]" in await asyncio.to_thread(get)
        finally:
            process.terminate()
            await process.communicate()
