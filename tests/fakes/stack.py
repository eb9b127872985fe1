"""Everything around the gateway, real: Dovecot, an SMTP server, a HaloPSA sandbox; and the installed command.

async with Stack(tmp_path) as stack:
    stack.deliver(mail(subject="Printer"))
    await stack.once()
    stack.sandbox.tickets
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

from fakes.dovecot import PASSWORD, Dovecot
from fakes.messages import USER
from fakes.smtp_sink import SmtpSink
from gateway.sandbox import Sandbox
from storage.ledger import open_ledger
from storage.reading import Journey

COMMAND = [str(Path(sys.executable).with_name("halo-mailgate"))]


class Stack:
    """Three servers and a configuration. `halo`, `ticket`, `mailbox` … are lines that replace or join the defaults."""

    def __init__(
        self,
        folder: Path,
        *,
        dialect: str = "observed",
        users: tuple[str, ...] = (USER,),
        tenant: str | None = None,
        state: str | None = None,
        **tables: Mapping[str, object],
    ) -> None:
        self.folder = folder
        self.dovecot = Dovecot(*users)
        self.sandbox = Sandbox(dialect, tenant=tenant)
        self.smtp = SmtpSink()
        self.users = users
        self.tables = tables
        self.state = state or f"sqlite:///{folder / 'ledger.db'}"
        self.config = folder / "gateway.toml"
        self._stack = AsyncExitStack()
        self._serving: AsyncExitStack | None = None
        self._halo_port = 0

    async def __aenter__(self) -> Self:
        self._stack.enter_context(self.dovecot)
        await self._stack.enter_async_context(self.smtp)
        await self.halo_up()
        self._stack.push_async_callback(self.halo_down)
        self.write_config()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    # HaloPSA comes and goes on one port

    async def halo_up(self) -> None:
        self._serving = AsyncExitStack()
        self.url = await self._serving.enter_async_context(self.sandbox.serving(port=self._halo_port))
        self._halo_port = int(self.url.rpartition(":")[2])

    async def halo_down(self) -> None:
        if self._serving is not None:
            await self._serving.aclose()
            self._serving = None

    # The configuration

    def write_config(self) -> None:
        halo = {
            "url": self.url, "client_id": "gateway", "client_secret": "sandbox-secret",
            "ambiguity_window": "1s", "timeout": "5s", "requests": 1_000_000,
        }  # fmt: skip
        smtp = {"host": self.smtp.host, "port": self.smtp.port, "timeout": "5s"}
        lines = [f"state = {json.dumps(self.state)}"]
        lines += [f"{name} = {_toml(value)}" for name, value in self.tables.get("top", {}).items()]
        for name, values in (
            ("halo", halo),
            ("smtp", smtp),
            ("ticket", {}),
            ("matching", {}),
            ("people", {}),
            ("policy", {}),
            ("budgets", {}),
            ("office_hours", {}),
            ("alerts", {}),
            ("cluster", {}),
            ("keeping", {}),
            ("metrics", {}),
        ):
            lines += [
                f"[{name}]",
                *(f"{key} = {_toml(value)}" for key, value in {**values, **self.tables.get(name, {})}.items()),
            ]
        for number, user in enumerate(self.users):
            mailbox = {
                "name": "support" if number == 0 else user.partition("@")[0], "address": user,
                "host": self.dovecot.host, "port": self.dovecot.port, "security": "none",
                "username": user, "password": PASSWORD,
                "first_contact": "all", "poll_interval": "300ms",
            }  # fmt: skip
            changed = {**mailbox, **self.tables.get("mailbox", {})}
            lines += ["[[mailbox]]", *(f"{key} = {_toml(value)}" for key, value in changed.items())]
        for rule in self.tables.get("rule", ()):
            lines += ["[[rule]]", *(f"{key} = {_toml(value)}" for key, value in rule.items())]
        self.config.touch(mode=0o600)  # it holds secrets
        self.config.write_text("\n".join(lines) + "\n", encoding="utf-8")

    # Mail in

    def deliver(self, octets: bytes, user: str = USER) -> int:
        """Its UID."""
        return self.dovecot.append(user, octets)

    # The installed command

    async def start(self, *arguments: str, **environment: str) -> asyncio.subprocess.Process:
        """`halo-mailgate …`, its log in the folder."""
        with (self.folder / "log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *COMMAND, *arguments, "--config", str(self.config),
                stdout=asyncio.subprocess.PIPE, stderr=log, env={**os.environ, "PYTHONSAFEPATH": "1", **environment},
            )  # fmt: skip

    async def call(self, *arguments: str, **environment: str) -> tuple[int, str]:
        """Exit status and standard output."""
        process = await self.start(*arguments, **environment)
        out, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode()

    async def once(self) -> int:
        """One round; its exit status."""
        return (await self.call("run", "--once"))[0]

    async def stop(self, process: asyncio.subprocess.Process) -> int:
        """SIGTERM, and its exit status."""
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.communicate()
        assert process.returncode is not None
        return process.returncode

    @property
    def log(self) -> str:
        """All that the command has written to standard error."""
        path = self.folder / "log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    # What became of it

    async def journey(self, message: int = 1) -> Journey:
        """What the ledger knows of a message."""
        ledger = await open_ledger(self.state)
        try:
            found = await ledger.reading.journey(message)
        finally:
            await ledger.close()
        assert found is not None
        return found

    def flags(self, user: str = USER) -> dict[int, frozenset[str]]:
        """The flags of what is in the folder."""
        return dict(self.dovecot.messages(user))

    def entries(self, ticket_id: int) -> list[str]:
        """The notes of what was added to a ticket (the server's own opening entry left out)."""
        return [
            str(one.fields.get("note_html") or one.fields.get("note"))
            for one in self.sandbox.actions
            if one.ticket_id == ticket_id and not one.opening
        ]


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(one)}" for key, one in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)
