"""aioimaplib's protocol, hardened: one command at a time, answered, refused or failed, and never left hanging.

Promises: linear parsing with bounds; a lost connection fails the command under way at once, with what the server said
in its BYE; a command that is cancelled or times out takes the connection with it, since its late answer would be read
as the next one's; nothing that is sent or received is logged. Fails: `ConnectionLost`, `Nonsense` (an answer that is
no IMAP) and what `framing` raises. Knows nothing of logins, folders or messages.

It stands on the inside of aioimaplib 2.0.3 (command table, states, tags), hence the exact pin.
"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from aioimaplib import aioimaplib

from gateway.imap.framing import Framer, Parts, TooMuch

MAX_ANSWER = 64 << 20  # octets of one command's answer, with something for each part's own weight
_PART_WEIGHT = 128

_KEEPALIVE = (  # a silent peer is noticed within a minute, also while nothing is asked of it
    ("TCP_KEEPIDLE", 20),
    ("TCP_KEEPINTVL", 10),
    ("TCP_KEEPCNT", 3),
    ("TCP_USER_TIMEOUT", 50_000),
)
_COUNTED = re.compile(rb"\* (\d{1,10}) (EXISTS|EXPUNGE)\b", re.IGNORECASE)


class ConnectionLost(aioimaplib.Abort):  # type: ignore[misc] # aioimaplib is untyped
    """The connection is gone, or was given up. `bye` is what the server said before it hung up, if it did."""

    def __init__(self, why: str, *, bye: bytes | None = None) -> None:
        super().__init__(why)
        self.bye = bye


class Nonsense(aioimaplib.Abort):  # type: ignore[misc] # aioimaplib is untyped
    """The server broke the protocol."""


def _never_below_info(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.INFO


_library_log = logging.getLogger(aioimaplib.__name__)
_library_log.setLevel(logging.INFO)
# At DEBUG aioimaplib writes base64 passwords and whole mails; the filter holds even when an application sets the level.
_library_log.addFilter(_never_below_info)


class Exchange(aioimaplib.Command):  # type: ignore[misc] # aioimaplib is untyped
    """A command and its answer. `replies` are sent one by one, each when the server asks with "+".

    Raises ValueError for NUL, CR and LF in an argument.
    """

    def __init__(self, name: str, tag: str, *args: str, uid: bool = False, replies: Iterable[bytes] = ()) -> None:
        super().__init__(name, tag, *args, prefix="UID" if uid else "")
        self.replies = deque(replies)
        self.rows: list[Parts] = []
        self.result = ""
        self.text = b""
        self.weight = 0
        self.continued = asyncio.Event()  # set when the server asked for more, and when nothing more will come

    def __repr__(self) -> str:
        """Without the arguments: they may be a password."""
        return f"<{self.name}>"

    def line(self) -> str:
        """The command as it goes over the wire."""
        return str(super().__repr__())

    def add(self, parts: Parts) -> None:
        """One untagged response. Raises TooMuch."""
        self.weight += sum(len(part) + _PART_WEIGHT for part in parts)
        if self.weight > MAX_ANSWER:
            raise TooMuch(f"an answer of more than {MAX_ANSWER} octets", literal=True)
        self.rows.append(parts)

    @property
    def over(self) -> bool:
        """Whether the tagged response has come, or never will."""
        return bool(self._event.is_set())

    def complete(self, result: str, text: bytes) -> None:
        """The tagged response has come."""
        self.result, self.text = result, text
        self.continued.set()
        self._event.set()

    def fail(self, why: Exception) -> None:
        """No answer will come any more."""
        self._exception = why
        self.continued.set()
        self._event.set()


class HardenedProtocol(aioimaplib.IMAP4ClientProtocol):  # type: ignore[misc] # aioimaplib is untyped
    """One connection. `greeting` and `lost` are what a session waits for besides its commands."""

    def __init__(self, loop: asyncio.AbstractEventLoop, framer: Framer | None = None) -> None:
        super().__init__(loop)
        self.transport: Any = None  # asyncio.Transport; aioimaplib's own __init__ knows no types
        self.pending_sync_command: Exchange | None = None
        self.capabilities: set[str] = set()
        self.greeting: asyncio.Future[bytes] = loop.create_future()
        self.lost = asyncio.Event()
        self.why: Exception | None = None
        self.heard: Callable[[], None] = _nothing  # called for each chunk: the server is alive
        self.news = asyncio.Event()  # set when the folder has grown; cleared by who looks
        self._exists = 0
        self._unasked = 0  # octets that came since the last command began, and belong to no answer
        self._framer = framer or Framer()
        self._awaiting_tls = False
        self._bye: bytes | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Set keepalive, so that a peer that vanished is noticed."""
        super().connection_made(transport)
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE:
            if hasattr(socket, name):  # TCP_USER_TIMEOUT is Linux's
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

    def data_received(self, data: bytes) -> None:
        """Cut into responses and hand them out; anything that is no IMAP ends the connection."""
        try:
            self._refuse_injection()
            self.heard()
            for parts in self._framer.feed(data):
                self._dispatch(parts)
            if not self._framer.clean:
                self._refuse_injection()
        except (TooMuch, aioimaplib.AioImapException) as exc:
            self.abort(exc)
        except Exception as exc:  # noqa: BLE001 - whatever octets from outside bring about, it is theirs
            self.abort(Nonsense(f"an answer that cannot be read ({type(exc).__name__})"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail whatever is waiting, now."""
        self._over(self.why or exc)

    def abort(self, why: Exception | None = None) -> None:
        """Give the connection up without a word. Harmless when it is gone already."""
        self._over(why)
        if self.transport is not None:
            self.transport.abort()

    def _over(self, why: Exception | None) -> None:
        if self.lost.is_set():
            return
        self.why = why or ConnectionLost("the connection is closed", bye=self._bye)
        if isinstance(why, OSError):
            self.why = ConnectionLost(why.strerror or type(why).__name__, bye=self._bye)
        self.state = aioimaplib.LOGOUT
        self.lost.set()
        if not self.greeting.done():
            self.greeting.set_exception(self.why)
            self.greeting.exception()  # nobody may be waiting for it
        if self.pending_sync_command is not None:
            self.pending_sync_command.fail(self.why)

    async def execute(self, command: Exchange, scrub: str | None = None) -> Exchange:  # noqa: ARG002 - nothing is logged
        """Send and wait for the tagged response, whatever it is. Cancelling gives the connection up."""
        self._begin(command)
        return await self._ended(command)

    async def start_idling(self, command: Exchange) -> bool:
        """Send IDLE (RFC 2177) and wait until the server idles; False: it refuses, and the command is over."""
        self._begin(command)
        try:
            await command.continued.wait()
        except BaseException:
            self.abort()
            raise
        if not command.over:
            return True
        await self._ended(command)
        return False

    async def stop_idling(self, command: Exchange) -> None:
        """End what `start_idling` began."""
        self.transport.write(b"DONE\r\n")
        await self._ended(command)

    def _begin(self, command: Exchange) -> None:
        if self.lost.is_set():
            raise self.why or ConnectionLost("the connection is closed")
        if self.pending_sync_command is not None:
            raise aioimaplib.Abort("one command at a time")
        if self.state not in aioimaplib.Commands[command.name].valid_states:
            raise aioimaplib.Abort(f"{command.name} is not possible in state {self.state}")
        try:
            self.send(command.line())
        except BaseException:
            self.abort()
            raise
        self._unasked = 0
        self.pending_sync_command = command

    async def _ended(self, command: Exchange) -> Exchange:
        try:
            await command.wait()
        except BaseException:
            self.abort()
            raise
        finally:
            self.pending_sync_command = None
        return command

    def send(self, line: str, scrub: str | None = None) -> None:  # noqa: ARG002 - nothing is logged
        """One line; a command with replies goes out up to where the server must say "+" first."""
        self.transport.write(line.encode() + b"\r\n")

    async def start_tls(self, context: object, host: str) -> None:
        """After STARTTLS was accepted. What the server said before it counts for nothing (RFC 9051 §6.2.1)."""
        self._awaiting_tls = False
        self.capabilities = set()
        transport = self.transport
        self.transport = await self.loop.start_tls(transport, self, context, server_hostname=host)

    def _dispatch(self, parts: Parts) -> None:
        line = bytes(parts[0])
        self._refuse_injection()
        if self.state == aioimaplib.CONNECTED and not self.greeting.done():
            self._greeted(line)
        elif line.startswith(b"* "):
            if line[2:6].upper() == b"BYE ":
                self._bye = line[6:]
            self._count(line)
            if self.pending_sync_command is not None and self.pending_sync_command.name != "IDLE":
                parts[0] = line[2:]
                self.pending_sync_command.add(parts)
            else:
                self._unasked += sum(len(part) + _PART_WEIGHT for part in parts)
                if self._unasked > MAX_ANSWER:
                    raise TooMuch(f"more than {MAX_ANSWER} octets that nobody asked for", literal=False)
        elif line.startswith(b"+"):
            self._continuation(line)
        elif line:
            self._response_done(line)

    def _count(self, line: bytes) -> None:
        """Whether the folder has grown. Some servers repeat EXISTS in every answer: the number must be a larger one."""
        if found := _COUNTED.match(line):
            if found[2].upper() == b"EXPUNGE":
                self._exists -= 1
                return
            if int(found[1]) > self._exists:
                self.news.set()
            self._exists = int(found[1])

    def _refuse_injection(self) -> None:
        """Between the OK to STARTTLS and TLS a man in the middle could put words into the server's mouth."""
        if self._awaiting_tls:
            raise Nonsense("data before TLS began")

    def _greeted(self, line: bytes) -> None:
        if line[:6].upper() == b"* BYE ":
            raise ConnectionLost("the server says BYE", bye=line[6:])
        if line[:4].upper() != b"* OK" and line[:9].upper() != b"* PREAUTH":
            raise Nonsense("no IMAP greeting")
        self.greeting.set_result(line)

    def _continuation(self, line: bytes) -> None:
        command = self.pending_sync_command
        if command is not None and command.name == "IDLE":
            command.continued.set()
            return
        if command is None or not (command.replies or command.name == "AUTHENTICATE"):
            raise Nonsense("an unexpected continuation request")
        command.add([line])
        # A challenge after the last reply tells why a login fails (SASL): an empty answer gets the tagged NO.
        self.transport.write((command.replies.popleft() if command.replies else b"") + b"\r\n")

    def _response_done(self, line: bytes) -> None:
        tag, _, rest = line.partition(b" ")
        result, _, text = rest.partition(b" ")
        command = self.pending_sync_command
        if command is None or tag.decode("ascii", "replace") != command.tag:
            raise Nonsense("an answer to no command of ours")
        if result.upper() not in {b"OK", b"NO", b"BAD"}:
            raise Nonsense("neither OK nor NO nor BAD")
        if command.name == "STARTTLS" and result.upper() == b"OK":
            self._awaiting_tls = True
        command.complete(result.upper().decode("ascii"), text)


def _nothing() -> None:
    pass
