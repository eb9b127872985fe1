"""The demo's IMAP server, seen by the standard library's client."""

import asyncio
import imaplib

import pytest

from gateway.demo.imap import DemoImap

MAIL = b"Subject: one\r\n\r\nhello\r\n"


async def test_an_appended_mail_is_read_and_flagged():
    def read(server):
        with imaplib.IMAP4(server.host, server.port) as client:
            client.login(server.user, server.password)
            assert client.select() == ("OK", [b"1"])
            (_, octets), _ = client.uid("fetch", "101", "(BODY.PEEK[])")[1]
            client.uid("store", "101", "+FLAGS", "\\Seen")
            return octets

    async with DemoImap("one@harbourpine.example", "secret") as server:
        assert await server.append(MAIL) == 101
        assert await server.flags() == {101: frozenset()}
        assert await asyncio.to_thread(read, server) == MAIL
        assert await server.flags() == {101: frozenset({"\\Seen"})}


async def test_a_wrong_password_is_refused():
    def log_in(server):
        with imaplib.IMAP4(server.host, server.port) as client:
            client.login(server.user, "wrong")

    async with DemoImap() as server:
        with pytest.raises(imaplib.IMAP4.error):
            await asyncio.to_thread(log_in, server)


async def test_leaving_hangs_up():
    async with DemoImap() as server:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        assert (await reader.readline()).startswith(b"* OK")
    assert b"BYE" in await reader.read()
    writer.close()
    with pytest.raises(ConnectionError):
        await asyncio.open_connection(server.host, server.port)
