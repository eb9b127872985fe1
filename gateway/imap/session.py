"""One connection to an IMAP server, from the greeting to LOGOUT: the hardened adapter over aioimaplib.

Promises: TLS is verified and never falls back to plain text; every call ends within its time limit; arguments are
quoted; only IMAP commands of RFC 9051 and the extensions UIDPLUS and MOVE are used, and those only if offered.
Fails: Transient or Misconfigured (`errors` has the table), and then the connection is gone: open a new one. A refusal
that a caller may want to answer comes back as an `Answer` that is not `ok` instead. Knows nothing of settings and of
what mail is for.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from aioimaplib import aioimaplib

from gateway.errors import Misconfigured, Transient, Trouble
from gateway.imap import errors, names, rows
from gateway.imap.folders import Folders
from gateway.imap.framing import Parts
from gateway.imap.protocol import Exchange, HardenedProtocol
from gateway.trust import Minimum, client_context

Security = Literal["tls", "starttls", "none"]

PROBE = 20.0  # seconds for the answers that cost a server nothing: what else is a dead connection?
PATIENCE = 10  # a command may last this many time limits, as long as the server goes on sending


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command brought: its untagged rows, and the tagged OK or NO with its text."""

    command: str
    result: str
    text: bytes
    rows: list[Parts]

    @property
    def ok(self) -> bool:
        """Whether the server did it."""
        return self.result == "OK"

    @property
    def code(self) -> str:
        """The response code of the tagged line, such as TRYCREATE, or ""."""
        return errors.response_code(self.text)

    def trouble(self) -> Trouble:
        """This refusal as an error."""
        return errors.refused(self.command, self.result, self.text)


@dataclass(frozen=True, slots=True)
class Selected:
    """What SELECT said. `uidnext` None: the server keeps it to itself. `keywords`: whether new ones may be made.

    `flags`: those that may be set to stay, in lower case.
    """

    uidvalidity: int
    uidnext: int | None
    read_only: bool
    flags: frozenset[str] = frozenset()
    keywords: bool = False


class Session:
    """One connection; one command at a time."""

    def __init__(self, protocol: HardenedProtocol, server: str, limit: float) -> None:
        self._protocol = protocol
        self.server = server  # "host:port"
        self._limit = limit
        self._folders = Folders(self._rows, lambda: self.capabilities)
        self._idles = True

    @classmethod
    async def connect(
        cls,
        host: str,
        port: int,
        security: Security,
        *,
        limit: float,
        ca_file: Path | None = None,
        minimum: Minimum = "1.2",
    ) -> Session:
        """Connected, greeted, TLS as asked, capabilities known. `limit` in seconds, for each step."""
        loop = asyncio.get_running_loop()
        session = cls(HardenedProtocol(loop), f"{host}:{port}", limit)
        try:
            context = None if security == "none" else client_context(ca_file, minimum)
            async with session._bounded():
                await loop.create_connection(
                    lambda: session._protocol,
                    host,
                    port,
                    ssl=context if security == "tls" else None,
                    happy_eyeballs_delay=0.25,
                )
            await session._greet()
            if security == "starttls":
                assert context is not None
                await session._start_tls(context, host)
            await session._learn_capabilities()
        except BaseException:
            session.abort()
            raise
        return session

    @property
    def capabilities(self) -> frozenset[str]:
        """As last announced, in capitals."""
        return frozenset(self._protocol.capabilities)

    @property
    def authenticated(self) -> bool:
        """Whether a login is behind us, or the server asks for none (PREAUTH)."""
        return self._protocol.state in {aioimaplib.AUTH, aioimaplib.SELECTED}

    @property
    def tls(self) -> ssl.SSLObject | None:
        """The TLS that is spoken."""
        transport = self._protocol.transport
        return transport.get_extra_info("ssl_object") if transport is not None else None

    @property
    def encrypted(self) -> bool:
        """Whether TLS is spoken."""
        return self.tls is not None

    @property
    def lost(self) -> asyncio.Event:
        """Set as soon as the connection is gone."""
        return self._protocol.lost

    def abort(self) -> None:
        """Hang up without a word."""
        self._protocol.abort()

    def lost_error(self) -> Trouble:
        """Why the connection is gone."""
        why = self._protocol.why
        return (errors.translate(why, self.server) if why else None) or Transient("connection_lost", self.server)

    async def logged_in(self) -> None:
        """A login was accepted: what the server can do often changes with it, and few servers volunteer that."""
        self._protocol.state = aioimaplib.AUTH
        await self._learn_capabilities()

    async def select(self, folder: str, *, examine: bool = False) -> Selected:
        """Open `folder` (Unicode, "/" between levels) for reading and writing; `examine`: for reading alone.

        Misconfigured: there is no such folder, or its UIDs mean nothing tomorrow.
        """
        answer = await self.run("EXAMINE" if examine else "SELECT", await self.mailbox(folder))
        if not answer.ok:
            self._protocol.state = aioimaplib.AUTH  # RFC 9051 §6.3.2: nothing is selected now
            raise await self._not_selected(folder, answer)
        self._protocol.state = aioimaplib.SELECTED
        said = rows.codes(answer.rows)
        uidvalidity = rows.number(said.get("UIDVALIDITY"))
        if uidvalidity is None or "UIDNOTSTICKY" in said:
            raise self.give_up(
                Misconfigured("no_uids", f'{self.server} keeps no lasting UIDs for "{folder}": use another folder')
            )
        flags = frozenset(said.get("PERMANENTFLAGS", "").strip("()").lower().split())
        read_only = answer.code == "READ-ONLY"
        return Selected(uidvalidity, rows.number(said.get("UIDNEXT")), read_only, flags, r"\*" in flags)

    async def uid_search(self, *criteria: str) -> list[int]:
        """UIDs in ascending order. Criteria are ASCII, and no CHARSET is named: some servers refuse any."""
        answer = await self.run("SEARCH", *criteria, uid=True)
        return rows.search_rows(self.expect(answer).rows)

    async def uid_fetch(self, uids: Sequence[int], items: str) -> tuple[dict[int, rows.FetchRow], Answer]:
        """What was said of each message. The answer may be a NO and yet have brought some of them."""
        answer = await self.run("FETCH", names.uid_set(uids), items, uid=True)
        return rows.fetched(answer.rows), replace(answer, rows=[])  # so that nothing else keeps the bodies

    async def uid_store(self, uids: Sequence[int], flag: str) -> Answer:
        """Add one flag to each message."""
        return await self.run("STORE", names.uid_set(uids), "+FLAGS.SILENT", f"({flag})", uid=True)

    async def uid_expunge(self, uids: Sequence[int]) -> Answer:
        """Remove those of `uids` that are flagged Deleted. Needs UIDPLUS."""
        return await self.run("EXPUNGE", names.uid_set(uids), uid=True)

    async def uid_transfer(self, command: Literal["MOVE", "COPY"], uids: Sequence[int], folder: str) -> Answer:
        """Move (needs MOVE) or copy messages to `folder`."""
        return await self.run(command, names.uid_set(uids), await self.mailbox(folder), uid=True)

    async def create(self, folder: str) -> Answer:
        """Make `folder` and subscribe to it, so that people's mail programs show it."""
        name = await self.mailbox(folder)
        answer = await self.run("CREATE", name)
        if answer.ok:
            await self.run("SUBSCRIBE", name)  # a server without subscriptions refuses: no harm
        return answer

    async def exists(self, folder: str) -> bool:
        """Whether there is a folder of this name that can be selected."""
        name = await self.mailbox(folder)
        if any(wildcard in name for wildcard in "%*"):
            return (await self.run("STATUS", name, "(UIDNEXT)")).ok
        listed = rows.list_rows(self.expect(await self.run("LIST", '""', name)).rows)
        return any(not attributes & {"\\noselect", "\\nonexistent"} for attributes, _ in listed)

    async def noop(self) -> None:
        """Give the server the occasion to tell of expunged messages."""
        self.expect(await self.run("NOOP"))

    @property
    def news(self) -> asyncio.Event:
        """Set when the folder has grown; who looks clears it first."""
        return self._protocol.news

    async def rest(self, seconds: float, until: asyncio.Event) -> None:
        """Return when the folder has grown, `until` is set, or after `seconds`, in which the server may push.

        By IDLE (RFC 2177) where there is one; else the connection is tried with a NOOP at the end. Either way a dead
        one shows no later than `seconds` and PROBE. Transient, at once, when it is lost.
        """
        if not (self._idles and "IDLE" in self.capabilities):
            if not await self._first(seconds, self.news, until):
                async with self._bounded(PROBE):
                    await self._protocol.execute(self.exchange("NOOP"))
            return
        idling = self.exchange("IDLE")
        try:
            async with self._bounded(PROBE):
                self._idles = await self._protocol.start_idling(idling)
            if self._idles:
                await self._first(seconds, self.news, until)
                async with self._bounded(PROBE):
                    await self._protocol.stop_idling(idling)
        except BaseException:
            self.abort()
            raise

    async def _first(self, seconds: float, *events: asyncio.Event) -> bool:
        """Whether one of `events` came within `seconds`. A connection that is lost meanwhile raises."""
        waits = [asyncio.create_task(one.wait()) for one in (self.lost, *events)]
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
        if self.lost.is_set():
            raise self.lost_error()
        return any(one.is_set() for one in events)

    async def logout(self) -> None:
        """Say goodbye, briefly, and hang up; never raises."""
        try:
            async with asyncio.timeout(min(self._limit, 2.0)):
                await self._protocol.execute(self.exchange("LOGOUT"))
        except Exception:  # noqa: BLE001, S110 - it was a courtesy, and nothing that a server answers may matter here
            pass
        finally:
            self.abort()

    async def mailbox(self, folder: str) -> str:
        r"""A folder as people write it, "Archive/Tickets" or "\Archive", as an argument; see `folders`."""
        try:
            return await self._folders.argument(folder)
        except Misconfigured as trouble:
            raise self.give_up(trouble) from None

    async def _rows(self, name: str, *args: str) -> list[Parts]:
        return self.expect(await self.run(name, *args)).rows

    async def run(self, name: str, *args: str, uid: bool = False) -> Answer:
        """One command. A NO comes back as an answer; everything worse raises."""
        return await self.answer(self.exchange(name, *args, uid=uid))

    def expect(self, answer: Answer) -> Answer:
        """The answer, if it is an OK; otherwise its error, and the connection is given up."""
        if not answer.ok:
            raise self.give_up(answer.trouble())
        return answer

    def exchange(self, name: str, *args: str, uid: bool = False, replies: tuple[bytes, ...] = ()) -> Exchange:
        """A command for `answer`; each of `replies` is sent when the server asks for more."""
        return Exchange(name, self._protocol.new_tag(), *args, uid=uid, replies=replies)

    async def answer(self, exchange: Exchange) -> Answer:
        """Send it; what came. A BAD raises."""
        async with self._bounded():
            await self._protocol.execute(exchange)
        answer = Answer(exchange.name, exchange.result, exchange.text, exchange.rows)
        if answer.result == "BAD":
            raise self.give_up(answer.trouble())
        return answer

    async def _greet(self) -> None:
        async with self._bounded():
            greeting = await self._protocol.greeting
        preauth = greeting[:9].upper() == b"* PREAUTH"
        self._protocol.state = aioimaplib.AUTH if preauth else aioimaplib.NONAUTH

    async def _start_tls(self, context: ssl.SSLContext, host: str) -> None:
        if self.authenticated:  # PREAUTH before TLS would let a man in the middle choose the account (RFC 9051 §11.1)
            raise self.give_up(Misconfigured("no_tls", f'{self.server} skips the login: use security = "tls"'))
        await self._learn_capabilities()
        if "STARTTLS" not in self.capabilities:
            raise self.give_up(
                Misconfigured("no_tls", f'{self.server} offers no STARTTLS: use security = "tls" and its port')
            )
        self.expect(await self.run("STARTTLS"))
        async with self._bounded():
            await self._protocol.start_tls(context, host)

    async def _learn_capabilities(self) -> None:
        answer = self.expect(await self.run("CAPABILITY"))
        said: set[str] = set()
        for row in answer.rows:
            words = bytes(row[0]).decode("ascii", "replace").upper().split()
            if words and words[0] == "CAPABILITY":
                said.update(words[1:])
        if not said & {"IMAP4REV1", "IMAP4REV2"}:
            raise self.give_up(Transient("protocol", f"{self.server} speaks neither IMAP4rev1 nor IMAP4rev2"))
        self._protocol.capabilities = said

    async def _not_selected(self, folder: str, answer: Answer) -> Trouble:
        trouble = answer.trouble()
        unexplained = not errors.says_later(answer.text) and not isinstance(trouble, Misconfigured)
        if answer.code == "NONEXISTENT" or (unexplained and not await self.exists(folder)):
            trouble = Misconfigured("no_such_folder", f'no folder "{folder}" there: create it or correct the name')
        return self.give_up(trouble)

    def give_up(self, trouble: Trouble) -> Trouble:
        """Hang up; the error to raise."""
        self.abort()
        return trouble

    @contextlib.asynccontextmanager
    async def _bounded(self, most: float | None = None) -> AsyncIterator[None]:
        """One time limit of silence (`most` if that is less), ten in all; foreign errors become ours.

        Any error ends the connection.
        """
        loop = asyncio.get_running_loop()
        limit = self._limit if most is None else min(most, self._limit)
        latest = loop.time() + limit * PATIENCE
        try:
            async with asyncio.timeout(limit) as deadline:

                def heard() -> None:
                    if not deadline.expired():
                        deadline.reschedule(min(loop.time() + limit, latest))

                self._protocol.heard = heard
                try:
                    yield
                finally:
                    self._protocol.heard = _unheard
        except BaseException as exc:
            self.abort()
            trouble = errors.translate(exc, self.server)
            if trouble is None:
                raise
            raise trouble from exc


def _unheard() -> None:
    pass
