"""The servers of one demo, the settings that point the daemon at them, and the folder that keeps what it leaves.

Promises: all servers listen on loopback while the stage stands; the settings are made here, so that no file and no
environment variable can point the demo elsewhere; the folder gets the same settings as `gateway.toml`, for `explain`.
Knows nothing of samples.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from config.settings import Halo, Mailbox, Settings, Smtp
from gateway.demo.imap import DemoImap
from gateway.demo.smtp import DemoSmtp
from gateway.sandbox import Sandbox
from storage import private

ADDRESS = "support@harbourpine.example"
CLIENT_ID = "gateway"
CLIENT_SECRET = "sandbox-secret"  # noqa: S105 - the sandbox's, known to everybody


@dataclass(frozen=True, slots=True)
class Stage:
    """What a demo is played on."""

    imap: DemoImap
    smtp: DemoSmtp
    sandbox: Sandbox
    settings: Settings
    folder: Path

    @property
    def config(self) -> Path:
        """The settings as a file, for other commands."""
        return self.folder / "gateway.toml"


@asynccontextmanager
async def on_stage(folder: Path) -> AsyncIterator[Stage]:
    """Start the servers; `folder` gets gateway.toml and, once the daemon runs, its ledger."""
    sandbox = _sandbox()
    async with DemoImap(ADDRESS) as imap, DemoSmtp(ADDRESS, imap.append) as smtp, sandbox.serving() as url:
        stage = Stage(imap, smtp, sandbox, _settings(imap, smtp, url, folder), folder)
        private.made(stage.config)  # it holds secrets
        stage.config.write_text(written(stage.settings), encoding="utf-8")
        yield stage


def _sandbox() -> Sandbox:
    """A HaloPSA that knows two customers; the third sender is a stranger."""
    sandbox = Sandbox("observed", client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    bakery = sandbox.add_client("Linden Bakery", "linden-bakery.example")
    sandbox.add_user("Mara Lindqvist", "mara@linden-bakery.example", bakery.id)
    accountants = sandbox.add_client("Quill & Ledger", "quill-ledger.example")
    sandbox.add_user("Ines Duarte", "ines@quill-ledger.example", accountants.id)
    return sandbox


def _settings(imap: DemoImap, smtp: DemoSmtp, url: str, folder: Path) -> Settings:
    mailbox = Mailbox(
        name="support",
        address=ADDRESS,
        from_name="Harbour & Pine Support",
        host=imap.host,
        port=imap.port,
        security="none",
        username=imap.user,
        password=SecretStr(imap.password),
        poll_interval=timedelta(seconds=0.5),
        first_contact="all",
    )
    return Settings(
        state=f"sqlite:///{folder.absolute() / 'ledger.db'}",
        halo=Halo(url=url, client_id=CLIENT_ID, client_secret=SecretStr(CLIENT_SECRET)),
        smtp=Smtp(host=smtp.host, port=smtp.port),
        mailbox=(mailbox,),
    )


def written(settings: Settings) -> str:
    """These settings as `gateway.toml`; what is left out has its default. A JSON string of ASCII is a TOML string."""
    (mailbox,) = settings.mailbox
    quoted = json.dumps
    return f"""# The settings of one run of `halo-mailgate demo`.
state = {quoted(settings.state)}

[halo]
url = {quoted(settings.halo.url)}
client_id = {quoted(settings.halo.client_id)}
client_secret = {quoted(settings.halo.client_secret.get_secret_value())}

[smtp]
host = {quoted(settings.smtp.host)}
port = {settings.smtp.port}

[[mailbox]]
name = {quoted(mailbox.name)}
address = {quoted(mailbox.address)}
from_name = {quoted(mailbox.from_name)}
host = {quoted(mailbox.host)}
port = {mailbox.port}
security = {quoted(mailbox.security)}
username = {quoted(mailbox.username)}
password = {quoted(mailbox.password.get_secret_value())}
poll_interval = "{int(mailbox.poll_interval.total_seconds() * 1000)}ms"
first_contact = {quoted(mailbox.first_contact)}
"""
