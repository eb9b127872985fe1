"""The proxy does what its fates say: to the octet, and no more than that."""

from __future__ import annotations

import asyncio
import contextlib
import time

import pytest

from chaos.proxy import FINE, Fate, Proxy


class Server:
    """Answers each line with `ok LINE`, and keeps what it was sent."""

    def __init__(self):
        self.got = bytearray()
        self.lines = []

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()

    async def _talk(self, reader, writer):
        with contextlib.suppress(OSError):
            while line := await reader.readline():
                self.got += line
                if line.endswith(b"\n"):
                    self.lines.append(line)
                    writer.write(b"ok " + line)
        writer.transport.abort()


@contextlib.asynccontextmanager
async def talking(fate, **named):
    async with Server() as server, Proxy("it", server.port, lambda: fate, drip=0.001, **named) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        try:
            yield server, proxy, reader, writer
        finally:
            writer.transport.abort()


async def say(reader, writer, line):
    """The answer; b"" when the connection has ended."""
    with contextlib.suppress(OSError):
        writer.write(line)
        async with asyncio.timeout(5):
            return await reader.readline()
    return b""


async def test_without_a_fate_everything_passes():
    async with talking(FINE) as (server, proxy, reader, writer):
        for number in range(20):
            assert await say(reader, writer, b"%d\n" % number) == b"ok %d\n" % number
        assert len(server.lines) == 20
        assert not proxy.met


async def test_refused_at_once():
    async with talking(Fate("refuse")) as (server, proxy, reader, writer):
        assert await say(reader, writer, b"hello\n") == b""
        assert (server.got, proxy.met["refuse"]) == (b"", 1)


async def test_some_octets_of_a_request_and_no_more():
    async with talking(Fate("cut_request", turn=2, octets=4)) as (server, proxy, reader, writer):
        assert await say(reader, writer, b"first\n") == b"ok first\n"
        assert await say(reader, writer, b"second\n") == b""
        await asyncio.sleep(0.05)
        assert (bytes(server.got), proxy.met["cut_request"]) == (b"first\nseco", 1)


async def test_some_octets_of_an_answer_after_the_request_was_done():
    async with talking(Fate("cut_answer", turn=1, octets=5)) as (server, proxy, reader, writer):
        assert await say(reader, writer, b"first\n") == b"ok fi"
        assert (server.lines, proxy.met["cut_answer"]) == ([b"first\n"], 1)


async def test_an_answer_lost_after_the_request_was_done():
    async with talking(Fate("lost_answer", turn=2)) as (server, proxy, reader, writer):
        assert await say(reader, writer, b"first\n") == b"ok first\n"
        assert await say(reader, writer, b"second\n") == b""
        assert (server.lines, proxy.met["lost_answer"]) == ([b"first\n", b"second\n"], 1)


async def test_a_write_lands_long_after_its_client_was_cut_off():
    async with talking(Fate("late", turn=2, delay=0.4)) as (server, proxy, reader, writer):
        assert await say(reader, writer, b"first\n") == b"ok first\n"
        begun = time.monotonic()
        assert await say(reader, writer, b"second\n") == b""
        assert time.monotonic() - begun < 0.35
        assert (server.lines, proxy.under_way) == ([b"first\n"], 1)
        await proxy.landed()
        assert (server.lines, proxy.met["landed late"], proxy.under_way) == ([b"first\n", b"second\n"], 1, 0)
        assert time.monotonic() - begun >= 0.4


async def test_a_write_that_is_under_way_lands_though_all_connections_are_cut():
    async with talking(Fate("late", delay=0.3)) as (server, proxy, reader, writer):
        assert await say(reader, writer, b"first\n") == b""
        await proxy.hang_up()
        await proxy.landed()
        assert server.lines == [b"first\n"]


async def test_fate_waits_for_a_turn_that_is_worth_it():
    fate = Fate("lost_answer")
    async with talking(fate, worth=lambda octets: octets.startswith(b"POST")) as (server, _, reader, writer):
        assert await say(reader, writer, b"GET\n") == b"ok GET\n"
        assert await say(reader, writer, b"POST\n") == b""
        assert server.lines == [b"GET\n", b"POST\n"]


@pytest.mark.parametrize("turn", [1, 2])
async def test_half_open_answers_nothing_and_does_nothing(turn):
    async with talking(Fate("half_open", turn=turn)) as (server, proxy, reader, writer):
        for number in range(1, turn):
            assert await say(reader, writer, b"%d\n" % number) == b"ok %d\n" % number
        writer.write(b"hello\n")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await reader.readline()
        assert (len(server.lines), proxy.met["half_open"]) == (turn - 1, 1)


async def test_slow_is_whole_but_slow():
    async with talking(Fate("slow")) as (_, proxy, reader, writer):
        begun = time.monotonic()
        assert await say(reader, writer, b"x" * 500 + b"\n") == b"ok " + b"x" * 500 + b"\n"
        assert time.monotonic() - begun > 0.04  # 24 pieces each way, a thousandth of a second between them
        assert proxy.met["slow"] >= 2


async def test_a_mode_is_the_fate_of_open_connections_too():
    async with talking(FINE) as (server, proxy, reader, writer):
        assert await say(reader, writer, b"first\n") == b"ok first\n"
        proxy.mode = Fate("refuse")
        assert await say(reader, writer, b"second\n") == b""
        again, writing = await asyncio.open_connection("127.0.0.1", proxy.port)
        assert await say(again, writing, b"third\n") == b""
        proxy.mode = None
        again, writing = await asyncio.open_connection("127.0.0.1", proxy.port)
        assert await say(again, writing, b"fourth\n") == b"ok fourth\n"
        writing.close()
        assert server.lines == [b"first\n", b"fourth\n"]


async def test_a_client_that_goes_takes_its_server_side_along():
    async with talking(FINE) as (_, proxy, reader, writer):
        assert await say(reader, writer, b"first\n") == b"ok first\n"
        writer.close()
        async with asyncio.timeout(2):
            while proxy._tasks:
                await asyncio.sleep(0.01)
