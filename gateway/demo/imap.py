"""An IMAP server in this event loop: pymap's in-memory backend with one user.

Promises: listens on loopback before `async with` enters and is gone, with its connections, after it; mails come in by
`append` as well as by APPEND. UIDs begin at 101 and UIDVALIDITY is new with every server. Keeps only the flags of
RFC 9051, no keywords. Knows nothing of the gateway.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from argparse import Namespace
from asyncio import StreamReader, StreamWriter
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from uuid import uuid4

from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, Login
from pymap.backend.dict.mailbox import MailboxData
from pymap.concurrent import Subsystem
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.user import Passwords, UserMetadata
from pysasl.hashing import BuiltinHash


class _Config(Config):  # type: ignore[misc]  # pymap is not type-checked
    """pymap's own greeting asks the resolver for this host's name at every connection, which can take seconds."""

    greeting = b"the demo is ready"


class DemoImap:
    """One account with an INBOX. Use it as an asynchronous context manager; `host` and `port` are set inside it."""

    def __init__(self, user: str = "support@harbourpine.example", password: str = "demo") -> None:  # noqa: S107
        self.user = user
        self.password = password
        self.host = "127.0.0.1"
        self.port = 0
        self._config = _Config.from_args(
            _arguments(user, password),
            ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),  # else $CERT_FILE of the host is read
            hash_context=BuiltinHash(rounds=1000),
            cpu_subsystem=Subsystem.for_asyncio(),
        )
        self._login = Login(self._config)
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        password = await Passwords(self._config).hash_password(self.password)
        await self._login.demo_user_identity.set(UserMetadata(self._config, self.user, password=password))
        self._server = await asyncio.start_server(self._accept, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        await self._server.wait_closed()

    async def append(self, octets: bytes) -> int:
        """Deliver a mail to the INBOX, unread; returns its UID."""
        inbox = await self._inbox()
        message = await inbox.append(AppendMessage(octets, datetime.now(UTC), frozenset()), recent=True)
        return int(message.uid)

    async def flags(self) -> dict[int, frozenset[str]]:
        """The flags of each mail in the INBOX by UID, with their backslash."""
        inbox = await self._inbox()
        return {
            int(mail.uid): frozenset(bytes(flag).decode("ascii") for flag in mail.permanent_flags)
            async for mail in inbox.messages()
        }

    async def _inbox(self) -> MailboxData:
        async with self._login.demo_user_identity.new_session() as session:
            return await session.mailbox_set.get_mailbox("INBOX")

    def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        talk = asyncio.create_task(self._talk(reader, writer), name="demo imap connection")
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, reader: StreamReader, writer: StreamWriter) -> None:
        whom = SocketInfo.get(writer, None, unique_id=uuid4().bytes)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await IMAPServer(self._login, self._config)(reader, writer, whom)
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def _arguments(user: str, password: str) -> Namespace:
    """What pymap's command line would have parsed."""
    return Namespace(
        host="127.0.0.1",
        port=0,
        debug=False,
        tls=False,
        cert=None,
        key=None,
        proxy_protocol=None,
        passlib_cfg=None,
        demo_data=False,
        demo_user=user,
        demo_password=password,
    )
