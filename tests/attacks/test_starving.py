"""One sender's flood and another's mail, through the installed command, with a small budget of requests.

Each flood would use up the budget of a minute several times over. The customer's mail comes when that has begun.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.policy import default

import pytest
from fakes.messages import mail
from fakes.stack import Stack

from gateway.sandbox.faults import fault

REQUESTS = 60
SOON = 12.0
"""Seconds: a fifth of the window that the flood would use up."""


async def until(condition, seconds):
    began = time.monotonic()
    while not (found := condition()):
        assert time.monotonic() - began < seconds, "it did not happen"
        await asyncio.sleep(0.05)
    return found


@asynccontextmanager
async def running(stack):
    """The daemon, until what is tested was seen or was not."""
    daemon = await stack.start("run")
    try:
        yield
    finally:
        daemon.kill()
        await daemon.communicate()


def files(count, prefix="f"):
    return {f"{prefix}{n}.bin": b"%02d" % (n % 100) for n in range(count)}


def flood(count, sender, **more):
    return [
        mail(sender=sender.format(n), subject=f"Flood {n}", message_id=f"f{n}@flood.example", **more)
        for n in range(count)
    ]


FLOODS = {
    "files": lambda: [
        mail(sender="m@flood.example", subject=f"Flood {n}", message_id=f"f{n}@flood.example",
             attachments=files(999, f"{n}-")) for n in range(4)
    ],
    "many": lambda: flood(200, "m@flood.example"),
    "spellings": lambda: flood(200, "M <m+{}@flood.example>"),
    "names below": lambda: flood(200, "m@a{}.flood.example"),
    "a user's": lambda: flood(40, "bert@customer.example", attachments=files(20)),
}  # fmt: skip


@pytest.mark.parametrize("kind", FLOODS)
async def test_a_flood_holds_up_nobody_else(tmp_path, kind):
    """Neither a user of HaloPSA nor somebody who writes for the first time."""
    halo = {"requests": REQUESTS, "request_window": "60s"}
    async with Stack(tmp_path, halo=halo, mailbox={"acknowledge": False}) as stack:
        client = stack.sandbox.add_client("Customer").id
        stack.sandbox.add_user("Bert", "bert@customer.example", client)
        stack.sandbox.add_user("Anna Berg", "anna@customer.example", client)
        for octets in FLOODS[kind]():
            stack.deliver(octets)
        async with running(stack):
            await until(lambda: len(stack.sandbox.tickets) >= 3, 40)
            stack.deliver(mail(subject="Please help", message_id="anna@customer.example"))
            stack.deliver(mail(subject="Me too", message_id="new@new.example", sender="new@new.example"))
            wanted = {"Please help", "Me too"}
            await until(lambda: wanted <= {one.fields["summary"] for one in stack.sandbox.tickets}, SOON)
            assert len(stack.sandbox.requests) < REQUESTS  # there is still room for the next one


async def test_replies_with_many_pictures_and_files_hold_up_nobody_else(tmp_path):
    halo = {"requests": REQUESTS, "request_window": "60s"}
    async with Stack(tmp_path, halo=halo, mailbox={"acknowledge": False}) as stack:
        stack.deliver(mail(sender="m@flood.example", subject="Flood", message_id="root@flood.example"))
        assert await stack.once() == 0
        for octets in flood(12, "m@flood.example", in_reply_to="root@flood.example", attachments=files(20)):
            stack.deliver(octets)
        async with running(stack):
            (ticket,) = stack.sandbox.tickets
            await until(lambda: len(stack.entries(ticket.id)) >= 4, 40)
            stack.deliver(mail(subject="Please help", message_id="anna@customer.example"))
            await until(lambda: len(stack.sandbox.tickets) == 2, SOON)


async def test_large_files_that_go_slowly_leave_workers_for_others(tmp_path):
    """A server that takes seconds for each file of one sender."""
    async with Stack(tmp_path, mailbox={"acknowledge": False}) as stack:
        slow = fault("slow", "POST", "/api/Attachment", count=1000, delay=4.0)
        stack.sandbox.faults.add(slow)
        for octets in flood(8, "m@flood.example", attachments=files(4)):
            stack.deliver(octets)
        async with running(stack):
            await until(lambda: len(stack.sandbox.tickets) >= 2, 40)
            stack.deliver(mail(subject="Please help", message_id="anna@customer.example"))
            await until(lambda: "Please help" in [one.fields["summary"] for one in stack.sandbox.tickets], 3.5)


async def test_of_very_many_files_the_first_are_attached_the_others_listed_and_the_mail_itself_is_there(tmp_path):
    genuine = mail(sender="anna@customer.example", message_id="a@customer.example", subject="Twelve",
                   attachments=files(12, "photo"))  # fmt: skip
    many = mail(sender="bert@customer.example", message_id="b@customer.example", subject="Forty",
                attachments=files(40, "<b>file"))  # fmt: skip
    halo = {"requests": REQUESTS, "request_window": "5s"}
    async with Stack(tmp_path, halo=halo) as stack:
        for octets in (genuine, many):
            stack.deliver(octets)
        assert await stack.once() == 0
        of = {str(one.fields["summary"]): one for one in stack.sandbox.tickets}
        twelve = [one.filename for one in stack.sandbox.attachments if one.ticket_id == of["Twelve"].id]
        assert sorted(twelve) == sorted(files(12, "photo"))
        theirs = [one for one in stack.sandbox.attachments if one.ticket_id == of["Forty"].id]
        assert len(theirs) == 26
        original = next(one for one in theirs if one.filename == "original.eml")
        assert hashlib.sha256(original.octets).digest() == hashlib.sha256(many).digest()
        inside = [one.get_filename() for one in message_from_bytes(original.octets, policy=default).iter_attachments()]
        assert len(inside) == 40
        text = str(of["Forty"].fields.get("details_html"))
        assert "This mail has 40 files; the first 25 are attached one by one" in text
        assert text.count("file") >= 15
        assert "<b>" not in text
        assert "This mail has" not in str(of["Twelve"].fields.get("details_html"))
        assert len(stack.smtp.messages) == 2


async def test_an_ordinary_customer_who_writes_thirty_mails_has_them_all_settled_in_order(tmp_path):
    first = [mail(message_id=f"r{n}@customer.example", subject=f"Matter {n}") for n in range(10)]
    rest = [
        mail(message_id=f"r{n}.{k}@customer.example", in_reply_to=f"r{n}@customer.example", text=f"part {k}")
        for k in range(2)
        for n in range(10)
    ]
    halo = {"requests": REQUESTS, "request_window": "4s"}
    async with Stack(tmp_path, halo=halo, mailbox={"acknowledge": False}) as stack:
        for octets in (*first, *rest):
            stack.deliver(octets)
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == 10
        for ticket in stack.sandbox.tickets:
            assert ["part 0" in one for one in stack.entries(ticket.id)] == [True, False]
