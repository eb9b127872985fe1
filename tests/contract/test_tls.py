"""TLS of every client of ours against real servers that cannot be trusted: each refusal is an operator's to mend."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from fakes.certificates import Authority

from config.oauth import OAuth
from config.settings import Halo, Mailbox, Smtp
from gateway.errors import Misconfigured
from gateway.halo.backend import HaloBackend
from gateway.imap.source import ImapSource
from gateway.oauth.tokens import Tokens
from gateway.smtp.connections import Connections

CLIENTS = ("imap tls", "imap starttls", "smtp tls", "smtp starttls", "halo", "oauth")
NOBODYS = "192.0.2.7"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@asynccontextmanager
async def serving(client: str, context: ssl.SSLContext | None) -> AsyncIterator[int]:
    """A server for one client that goes as far as TLS. Without a context it is one that offers no STARTTLS.

    It is a thread with plain sockets: asyncio hangs up where a server says, by an alert, what it does not like.
    """
    heard: list[bytes] = []

    def talk(plain: socket.socket) -> None:
        if client.endswith("starttls"):
            begin(plain)
        if context is not None:
            with context.wrap_socket(plain, server_side=True) as secure:
                heard.append(secure.recv(1000))

    def begin(plain: socket.socket) -> None:
        """Up to STARTTLS, or the end."""
        imap = client.startswith("imap")
        plain.sendall(b"* OK ready\r\n" if imap else b"220 ready\r\n")
        for line in plain.makefile("rb"):
            heard.append(line)
            tag, _, command = line.strip().upper().partition(b" ")
            if context is not None and b"STARTTLS" in line:
                plain.sendall(tag + b" OK now\r\n" if imap else b"220 now\r\n")
                return
            if imap:
                offer = b"* CAPABILITY IMAP4rev1" + b" STARTTLS" * (context is not None) + b"\r\n"
                plain.sendall(offer * (command == b"CAPABILITY") + tag + b" OK done\r\n")
            else:
                plain.sendall(b"250-here\r\n" + b"250-STARTTLS\r\n" * (context is not None) + b"250 SIZE\r\n")

    def serve() -> None:
        with contextlib.suppress(OSError):
            plain, _ = listener.accept()
            plain.settimeout(10)
            with plain, contextlib.suppress(OSError):
                talk(plain)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
    await asyncio.to_thread(thread.join, 10)
    assert not any(b"LOGIN" in one.upper() or b"AUTH" in one.upper() for one in heard)


async def connect(client: str, port: int, ca_file, minimum="1.2") -> None:
    kind, _, security = client.partition(" ")
    match kind:
        case "imap":
            about = {"name": "support", "address": "support@acme.example", "username": "u", "password": "p"}
            settings = Mailbox(**about, host="127.0.0.1", port=port, security=security, ca_file=ca_file, timeout="5s")
            source = ImapSource(settings, minimum=minimum)
            try:
                await source.open()
            finally:
                await source.close()
        case "smtp":
            smtp = Smtp(
                host="127.0.0.1",
                port=port,
                security=security,
                ca_file=ca_file,
                username="u",
                password="p",
                timeout="5s",
            )
            async with Connections(smtp, "acme.example", minimum=minimum).ready():
                pass
        case "halo":
            url = f"https://127.0.0.1:{port}"
            halo = Halo(url=url, auth_url=f"{url}/auth", client_id="x", client_secret="y", ca_file=ca_file)

            async def nobody(_: str) -> None: ...

            backend = HaloBackend(halo, remembered_dialect="observed", remember=nobody, clock=now, minimum=minimum)
            try:
                await backend.ticket(1)
            finally:
                await backend.close()
        case "oauth":
            about = {"provider": "custom", "client_id": "x", "client_secret": "y", "scope": "mail"}
            oauth = OAuth(**about, token_url=f"https://127.0.0.1:{port}/token", ca_file=ca_file)
            await Tokens(oauth, "u", now, where="[[mailbox]] support oauth", minimum=minimum).get()


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    ("server", "trusted", "said"),
    [
        ({"expired": True}, True, "expired"),
        ({"address": NOBODYS}, True, "IP address mismatch"),
        ({}, False, "unable to get local issuer certificate"),
    ],
)
async def test_a_certificate_that_cannot_be_trusted(authority, client, server, trusted, said):
    async with serving(client, authority.server(**server)) as port:
        with pytest.raises(Misconfigured) as caught:
            await connect(client, port, authority.ca_file if trusted else None)
    assert "certificate" in caught.value.cause
    assert said in caught.value.words
    assert "ca_file" in caught.value.words


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    ("most", "minimum"),
    [(ssl.TLSVersion.TLSv1_2, "1.3"), (ssl.TLSVersion.TLSv1_1, "1.2"), (ssl.TLSVersion.TLSv1, "1.2")],
)
async def test_a_server_that_speaks_only_an_older_tls(authority, client, most, minimum):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context = authority.server(most=most)
    async with serving(client, context) as port:
        with pytest.raises(Misconfigured) as caught:
            await connect(client, port, authority.ca_file, minimum)
    assert "tls_version" in caught.value.cause
    assert "minimum_version" in caught.value.words


@pytest.mark.parametrize("client", ["imap starttls", "smtp starttls"])
async def test_a_server_without_starttls_is_told_nothing(client):
    async with serving(client, None) as port:
        with pytest.raises(Misconfigured) as caught:
            await connect(client, port, None)
    assert "starttls" in caught.value.words.lower()
