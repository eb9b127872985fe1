"""A small IMAP server that can be told to misbehave, for what no real server does on demand.

It keeps `mails` (UID to octets) in one folder and answers honestly, except where `faults` has something for a command:

    async with FaultyImap({1: b"..."}, faults={"UID FETCH": hang_up(b"* 1 FETCH (BODY[] {100}\\r\\nhalf")}) as server:
        source = ImapSource(server.mailbox())

A fault is `async (talk, arguments) -> bool`: True when it has dealt with the command, False for the honest answer. It
is found by the command's words in capitals ("LOGIN", "UID FETCH") or "greeting". `commands` lists what was said to the
server, `logins` what it was told as credentials.
"""

from __future__ import annotations

import asyncio
import base64
import random
import re
import ssl
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Self

from config.settings import Mailbox

Fault = Callable[["Talk", str], Awaitable[bool]]

CAPABILITY = "IMAP4rev1 UIDPLUS MOVE AUTH=PLAIN"


class Talk:
    """One connection, seen from a fault: the tag of the command and ways to answer."""

    def __init__(self, server: FaultyImap, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server = server
        self.reader = reader
        self.writer = writer
        self.tag = "*"

    async def send(self, octets: bytes) -> None:
        """In one go, or in pieces of random length where the server was made with `splits`."""
        dice = self.server.splits
        while octets:
            piece = dice.choice((1, 2, 7, 60, 4000)) if dice else len(octets)
            self.writer.write(octets[:piece])
            octets = octets[piece:]
            if dice:
                await self.writer.drain()
                await asyncio.sleep(0)

    async def done(self, text: str = "OK done") -> bool:
        await self.send(f"{self.tag} {text}\r\n".encode())
        return True

    async def hang_up(self) -> bool:
        await self.writer.drain()
        self.writer.close()
        return True


class FaultyImap:
    def __init__(
        self,
        mails: Mapping[int, bytes] | None = None,
        *,
        faults: Mapping[str, Fault] | None = None,
        capability: str = CAPABILITY,
        selected: bytes = b"* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 100] ok\r\n",
        context: ssl.SSLContext | None = None,
        splits: random.Random | None = None,
    ) -> None:
        self.mails = dict(mails or {})
        self.faults = dict(faults or {})
        self.capability = capability
        self.selected = selected
        self.context = context
        self.listed = b""  # the rows of LIST
        self.prefix = b""  # of the personal name space
        self.splits = splits
        self.sizes: dict[int, int] = {}  # what RFC822.SIZE claims, where it lies
        self.commands: list[str] = []
        self.logins: list[tuple[str, str]] = []
        self.connections = 0
        self.idling: set[Talk] = set()
        self._talking: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=1 << 20)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in list(self._talking):
            task.cancel()
        await asyncio.gather(*self._talking, return_exceptions=True)
        await self._server.wait_closed()

    def mailbox(self, *, limit: float = 5, **changes: object) -> Mailbox:
        """Settings for it; `limit` is the time limit in seconds."""
        fields = {
            "name": "support",
            "address": "support@acme.example",
            "host": "127.0.0.1",
            "port": self.port,
            "security": "none",
            "username": "jo",
            "password": "secret",
        }
        return Mailbox.model_validate(fields | changes).model_copy(update={"timeout": timedelta(seconds=limit)})

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._talking.add(task)
        self.connections += 1
        try:
            await self._talk(Talk(self, reader, writer))
        except (ConnectionError, asyncio.CancelledError, ssl.SSLError, asyncio.IncompleteReadError):
            pass
        finally:
            self._talking.discard(task)
            writer.transport.abort()

    async def _talk(self, talk: Talk) -> None:
        if not await self._fault(talk, "greeting", ""):
            await talk.send(b"* OK ready\r\n")
        while line := await talk.reader.readline():
            text = line.decode().rstrip("\r\n")
            self.commands.append(text.partition(" ")[2])
            talk.tag, _, rest = text.partition(" ")
            words = rest.split(" ")
            count = 2 if words[0].upper() == "UID" else 1
            command, arguments = " ".join(words[:count]).upper(), " ".join(words[count:])
            if not await self._fault(talk, command, arguments):
                await getattr(self, "_" + command.lower().replace(" ", "_"), self._unknown)(talk, arguments)
            if talk.writer.is_closing():
                return

    async def _fault(self, talk: Talk, name: str, arguments: str) -> bool:
        fault = self.faults.get(name)
        return fault is not None and await fault(talk, arguments)

    async def _unknown(self, talk: Talk, arguments: str) -> None:
        await talk.done()

    async def _capability(self, talk: Talk, arguments: str) -> None:
        await talk.send(f"* CAPABILITY {self.capability}\r\n".encode())
        await talk.done()

    async def _starttls(self, talk: Talk, arguments: str) -> None:
        await talk.done()
        await talk.writer.start_tls(self.context)

    async def _login(self, talk: Talk, arguments: str) -> None:
        if arguments.endswith("}"):
            await talk.send(b"+ go on\r\n")
            rest = (await talk.reader.readline()).decode()
            user, _, size = rest.rpartition(" ")
            await talk.send(b"+ go on\r\n")
            secret = (await talk.reader.readexactly(int(size.strip("{}\r\n")))).decode()
            await talk.reader.readline()
        else:
            user, secret = (re.sub(r"\\(.)", r"\1", s) for s in re.findall(r'"((?:[^"\\]|\\.)*)"', arguments))
        self.logins.append((user, secret))
        await talk.done()

    async def _authenticate(self, talk: Talk, arguments: str) -> None:
        await talk.send(b"+ \r\n")
        _, user, secret = base64.b64decode(await talk.reader.readline()).decode().split("\0")
        self.logins.append((user, secret))
        await talk.done()

    async def _select(self, talk: Talk, arguments: str) -> None:
        await talk.send(b"* %d EXISTS\r\n" % len(self.mails) + self.selected)
        await talk.done("OK [READ-WRITE] selected")

    async def _examine(self, talk: Talk, arguments: str) -> None:
        await talk.send(b"* %d EXISTS\r\n" % len(self.mails) + self.selected)
        await talk.done("OK [READ-ONLY] examined")

    async def _idle(self, talk: Talk, arguments: str) -> None:
        await talk.send(b"+ idling\r\n")
        self.idling.add(talk)
        try:
            line = (await talk.reader.readline()).strip()
        finally:
            self.idling.discard(talk)
        self.commands.append(line.decode())
        await talk.done("OK idled" if line == b"DONE" else "BAD what?")

    async def push(self, octets: bytes) -> None:
        """Say this to everybody who idles."""
        for talk in self.idling:
            await talk.send(octets)

    async def _list(self, talk: Talk, arguments: str) -> None:
        await talk.send(self.listed)
        await talk.done()

    async def _namespace(self, talk: Talk, arguments: str) -> None:
        await talk.send(b'* NAMESPACE (("%s" ".")) NIL NIL\r\n' % self.prefix)
        await talk.done()

    async def _uid_search(self, talk: Talk, arguments: str) -> None:
        uids = sorted(self.mails)
        if match := re.match(r"UID (\S+)", arguments):
            wanted = self._uids(match[1])
            uids = [uid for uid in uids if uid in wanted]
        await talk.send(b"* SEARCH" + b"".join(b" %d" % uid for uid in uids) + b"\r\n")
        await talk.done()

    async def _uid_fetch(self, talk: Talk, arguments: str) -> None:
        wanted, _, items = arguments.partition(" ")
        for number, uid in enumerate(sorted(self.mails), start=1):
            if uid in self._uids(wanted):
                await talk.send(self.row(number, uid, items))
        await talk.done()

    def row(self, number: int, uid: int, items: str) -> bytes:
        """An honest FETCH row."""
        octets = self.mails[uid]
        out = b"* %d FETCH (UID %d" % (number, uid)
        if "RFC822.SIZE" in items:
            out += b" RFC822.SIZE %d" % self.sizes.get(uid, len(octets))
        if "INTERNALDATE" in items:
            out += b' INTERNALDATE "17-Jul-2026 02:44:25 -0700"'
        if "BODY.PEEK[]" in items:
            name = b"BODY[]"
            if partial := re.search(r"<(\d+)\.(\d+)>", items):
                start, count = int(partial[1]), int(partial[2])
                octets, name = octets[start : start + count], b"BODY[]<%d>" % start
            out += b" %s {%d}\r\n" % (name, len(octets)) + octets
        return out + b")\r\n"

    def _uids(self, uid_set: str) -> set[int]:
        last = max(self.mails, default=0)
        found: set[int] = set()
        for part in uid_set.replace("*", str(last)).split(","):
            low, _, high = part.partition(":")
            ends = sorted((int(low), int(high or low)))
            found.update(uid for uid in self.mails if ends[0] <= uid <= ends[1])
        return found


def says(octets: bytes, *, then: str | None = "OK done") -> Fault:
    """Sends `octets`, then the tagged line (None: nothing more)."""

    async def fault(talk: Talk, arguments: str) -> bool:
        await talk.send(octets)
        return await talk.done(then) if then else True

    return fault


def refuses(text: str) -> Fault:
    """Answers with this tagged text: "NO [UNAVAILABLE] later"."""
    return says(b"", then=text)


def hang_up(octets: bytes = b"") -> Fault:
    """Sends `octets` and closes."""

    async def fault(talk: Talk, arguments: str) -> bool:
        await talk.send(octets)
        return await talk.hang_up()

    return fault


def only_if(condition: Callable[[str], bool], fault: Fault) -> Fault:
    """`fault` where the command's arguments meet `condition`, else honesty."""

    async def chosen(talk: Talk, arguments: str) -> bool:
        return condition(arguments) and await fault(talk, arguments)

    return chosen


silence = says(b"", then=None)
