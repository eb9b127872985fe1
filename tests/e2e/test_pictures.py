"""Pictures in the text of a mail, the whole way: what an agent sees where the sender saw them."""

from __future__ import annotations

import re
from email.message import EmailMessage

import httpx
import pytest
from fakes.messages import USER
from fakes.stack import Stack

from gateway.sandbox.faults import fault

PNG = b"\x89PNG" + bytes(60)


def shown(message_id: str, in_reply_to: str = "", **files: bytes) -> bytes:
    """A mail whose text shows a picture; `files` are attached besides."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Anna <anna@customer.example>", USER, "Printer"
    made["Message-ID"] = f"<{message_id}>"
    if in_reply_to:
        made["In-Reply-To"] = f"<{in_reply_to}>"
    made.set_content("see")
    made.add_alternative('<p>see <img src="cid:zebra@c" width="60"> there</p>', subtype="html")
    made.get_payload()[1].add_related(PNG, "image", "png", cid="<zebra@c>", filename="zebra.png")
    for name, octets in files.items():
        made.add_attachment(octets, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes()


def text_of(fields) -> str:
    return next(str(fields[name]) for name in ("details_html", "note_html", "details", "note") if name in fields)


@pytest.mark.parametrize("dialect", ["observed", "documented"])
async def test_a_picture_is_seen_where_halo_gives_a_link_and_named_where_it_does_not(tmp_path, dialect):
    async with Stack(tmp_path, dialect=dialect) as stack:
        stack.deliver(shown("a@c.example"))
        assert await stack.once() == 0
        stack.deliver(shown("b@c.example", "a@c.example", other=b"octets"))
        assert await stack.once() == 0
        (ticket,) = stack.sandbox.tickets
        (reply,) = [one for one in stack.sandbox.actions if not one.opening]
        for text in (text_of(ticket.fields), text_of(reply.fields)):
            if dialect == "documented":
                assert "see [picture: zebra.png] there" in text
                continue
            (link,) = re.findall('<img alt="zebra.png" src="([^"]+)" width="60">', text)
            async with httpx.AsyncClient() as browser:
                assert (await browser.get(link)).content == PNG
        posts = [seen.path for seen in stack.sandbox.requests if seen.method == "POST" and "token" not in seen.path]
        # A reply is one write and one a file; a new ticket's text is told its links afterwards, where there are any.
        first = ["/api/Tickets", "/api/Attachment", *(["/api/Tickets"] if dialect == "observed" else [])]
        assert posts == [*first, "/api/Attachment", "/api/Actions", "/api/Attachment"]
        assert sum(seen.path.startswith("/api/Tickets/") for seen in stack.sandbox.requests) == 1


async def test_a_link_whose_giving_is_in_doubt_is_given_again_and_a_refusal_stops_nothing(tmp_path):
    async with Stack(tmp_path) as stack:
        stack.sandbox.faults.add(fault("answer_lost", "POST", "/api/Tickets", skip=1))
        stack.deliver(shown("a@c.example"))
        for _ in range(3):
            if await stack.once() == 0:
                break
        assert "<img" in text_of(stack.sandbox.tickets[0].fields)
        stack.sandbox.faults.add(fault("refused", "POST", "/api/Tickets", skip=1))
        stack.deliver(shown("b@c.example"))
        assert await stack.once() == 0
        assert "[picture: zebra.png]" in text_of(stack.sandbox.tickets[1].fields)
        assert (len(stack.sandbox.tickets), len(stack.smtp.messages)) == (2, 2)
