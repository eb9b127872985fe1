"""The daemon in a child process that dies by SIGKILL when its n-th outside call has been made.

Every way out of the process is counted: a ledger transaction that changes something, an HTTP request, an IMAP
command, an SMTP command. To die before a call is to die after the one before it: the world is the same. The parent
has imported everything once; each child is a fork of it, so that hundreds of deaths take seconds.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiosmtplib
import alembic.command  # noqa: F401  (imported here once, not in every child)
import httpx

from config.load import load
from gateway.app import compose
from gateway.imap.protocol import HardenedProtocol
from gateway.observe import logs
from storage.database import Database


class Deaths:
    """Counts calls and dies at one of them. `at` None: only counts."""

    def __init__(self, at: int | None, log: Path) -> None:
        self._at = at
        self._calls = 0
        self._log = log.open("a", buffering=1)

    def call(self, name: str) -> None:
        """One outside call has happened, and its result is not known here yet."""
        self._calls += 1
        if self._at is None:
            self._log.write(name + "\n")
        if self._calls == self._at:
            os.kill(os.getpid(), signal.SIGKILL)


def instrument(deaths: Deaths) -> None:
    """Count at the outermost line of each library, where it touches the world."""

    def around(kind: type, name: str, label: Callable[..., str]) -> None:
        inner = getattr(kind, name)

        async def counted(self, *arguments, **keywords):
            result = await inner(self, *arguments, **keywords)
            deaths.call(label(*arguments, **keywords))
            return result

        setattr(kind, name, counted)

    around(
        httpx.AsyncHTTPTransport,
        "handle_async_request",
        lambda request, **_: f"HTTP {request.method} {request.url.path}",
    )
    around(HardenedProtocol, "execute", lambda command, *_, **__: f"IMAP {command.name}")
    for command in ("connect", "mail", "rcpt", "data", "quit"):
        around(aiosmtplib.SMTP, command, lambda *_, command=command, **__: f"SMTP {command.upper()}")
    inner_write = Database.write

    @asynccontextmanager
    async def write(self, lock=None):
        async with inner_write(self, lock) as connection:
            yield connection
        deaths.call("ledger commit")

    Database.write = write


def once(config: Path, at: int | None, log: Path) -> int:
    """`halo-mailgate run --once` in a forked child; its exit status, -9 when it was killed."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    status = 1
    try:
        os.dup2(os.open(config.with_name("log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
        instrument(Deaths(at, log))
        settings = load(config)
        logs.configure("text", "info")

        async def run() -> bool:
            async with compose(settings) as supervisor:
                return await supervisor.once()

        status = 0 if asyncio.run(run()) else 75
    finally:
        os._exit(status)
