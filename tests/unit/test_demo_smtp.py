"""The demo's SMTP server, seen by the standard library's client."""

import asyncio
import smtplib

from gateway.demo.smtp import DemoSmtp, KeptMail

OURS = "support@harbourpine.example"
MAIL = b"Subject: one\r\n\r\nhello\r\n"


def send(server, sender, *recipients):
    with smtplib.SMTP(server.host, server.port) as client:
        client.sendmail(sender, recipients, MAIL)


async def test_mail_for_others_is_kept():
    async with DemoSmtp() as server:
        await asyncio.to_thread(send, server, "", "mara@linden-bakery.example")
        assert server.kept == [KeptMail("", ("mara@linden-bakery.example",), MAIL)]


async def test_mail_for_us_is_delivered_with_its_return_path():
    delivered = []

    async def deliver(octets):
        delivered.append(octets)

    async with DemoSmtp(OURS, deliver) as server:
        await asyncio.to_thread(send, server, "otto@brandt-roofing.example", OURS.upper(), "ines@quill-ledger.example")
        assert delivered == [b"Return-Path: <otto@brandt-roofing.example>\r\n" + MAIL]
        assert [one.recipients for one in server.kept] == [("ines@quill-ledger.example",)]
        await asyncio.to_thread(send, server, "", OURS)
        assert delivered[1].startswith(b"Return-Path: <>\r\n")


async def test_leaving_hangs_up():
    async with DemoSmtp() as server:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        await reader.readline()
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()
