"""The sandbox, judged by a client that is not ours: the PyPI package `halopsa`, over TLS, under HaloPSA's own name."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import ssl
import sys
from pathlib import Path

from fakes.dovecot import make_certificate

from gateway.sandbox import Sandbox

SCRIPT = Path(__file__).with_name("other_client.py")
HOST = "acme.halopsa.com"


@contextlib.asynccontextmanager
async def tls_in_front_of(port: int, folder: Path):
    """A port that speaks TLS with a certificate of our own for HOST, and hands the octets on."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    make_certificate(cert, key, name=HOST)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)

    async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inside, outside = await asyncio.open_connection("127.0.0.1", port)

        async def pour(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            with contextlib.suppress(ConnectionError):
                while octets := await source.read(65_536):
                    target.write(octets)
                    await target.drain()
            target.close()

        await asyncio.gather(pour(reader, outside), pour(inside, writer))

    server = await asyncio.start_server(hand_on, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1], cert


async def test_a_client_that_is_not_ours_works_with_the_sandbox(tmp_path):
    sandbox = Sandbox("observed")
    sandbox.add_client("Acme", "acme.example")
    async with (
        sandbox.serving() as url,
        tls_in_front_of(int(url.rpartition(":")[2]), tmp_path) as (port, cert),
    ):
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(SCRIPT), str(port), "gateway", "sandbox-secret",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "REQUESTS_CA_BUNDLE": str(cert), "NO_PROXY": "*"},
        )  # fmt: skip
        out, said = await process.communicate()
    assert process.returncode == 0, said.decode()[-2000:]
    answered = json.loads(out)
    ticket = answered["made"]["id"]
    assert (answered["read"]["id"], answered["read"]["status_id"], answered["read"]["agent_id"]) == (ticket, 2, 4)
    assert answered["read"]["details"] == "It burns"
    assert [one["id"] for one in answered["found"]["tickets"]] == [ticket]
    assert (answered["pages"]["record_count"], answered["pages"]["page_size"]) == (1, 1)
    assert "Looked at it" in [one["note"] for one in answered["actions"]["actions"]]
    assert answered["note"]["outcome_id"] == 7
    assert [one["filename"] for one in answered["attachments"]["attachments"]] == ["a.txt"]
    assert [held.octets for held in sandbox.attachments] == [b"octets"]
    assert sandbox.tickets[0].fields["summary"] == "Made by another client"
