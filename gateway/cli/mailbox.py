"""`halo-mailgate mailbox …`: try a mailbox step by step, let a person consent to its login, list them all."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli import out
from gateway.cli.common import EX_UNAVAILABLE, EX_USAGE, ConfigOption, JsonOption, fail, go, settings
from gateway.cli.out import print_json, say

if TYPE_CHECKING:
    from config.settings import Mailbox, Settings
    from gateway.halo.verify import Check
    from gateway.oauth.tokens import Tokens

app = typer.Typer(help="Mailboxes: test one step by step, log in where a person must consent, list them.")
NameArgument = Annotated[str, typer.Argument(help="The mailbox, by its name.")]


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="mailbox", no_args_is_help=True)


@app.command("test")
def try_(name: NameArgument, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Walk through DNS, TLS, login, folders and a dry fetch; say what fails, why, and its cure."""
    chosen = settings(config)
    mailbox = _mailbox(chosen, name)
    from gateway.observe import logs

    logs.configure(chosen.log_format, "error")
    found = go(lambda: _probed(chosen, mailbox, quiet=json))
    if json:
        print_json([asdict(one) for one in found])
    if not all(one.well for one in found):
        raise typer.Exit(1)


@app.command()
def login(
    name: NameArgument,
    config: ConfigOption = None,
    browser: Annotated[
        bool, typer.Option("--browser", help="Without a code: the browser comes back to this machine, or you do.")
    ] = False,
    shadow: Annotated[
        bool, typer.Option("--shadow", help="For `run --shadow`, which needs a consent of its own beside a daemon.")
    ] = False,
) -> None:
    """Let a person consent in a browser, keep what comes of it, and try the mailbox."""
    chosen = settings(config)
    mailbox = _mailbox(chosen, name)
    if mailbox.oauth is None or mailbox.oauth.grant != "refresh_token":
        cure = 'write [mailbox.oauth] with grant = "refresh_token" if a person is to consent'
        fail(f"mailbox {name} needs no such login: {cure}", EX_USAGE)
    if not (mailbox.oauth.device_at or mailbox.oauth.authorize_at):
        fail("write device_url or authorize_url in [mailbox.oauth]: there is nowhere to consent", EX_USAGE)
    if browser and not mailbox.oauth.authorize_at:
        fail("write authorize_url in [mailbox.oauth]: there is nowhere for a browser to begin", EX_USAGE)
    browser = browser or not mailbox.oauth.device_at
    from gateway.observe import logs

    logs.configure(chosen.log_format, "error")
    if not all(one.well for one in go(lambda: _consented(chosen, mailbox, browser=browser, shadow=shadow))):
        raise typer.Exit(1)


@app.command("list")
def list_(config: ConfigOption = None, json: JsonOption = False) -> None:
    """List the mailboxes of the configuration."""
    chosen = settings(config, need_secrets=False)
    rows = [
        {
            "name": one.name,
            "address": one.address,
            "server": f"{one.host}:{one.port}" if one.source == "imap" else str(one.maildir or one.source),
            "security": one.security,
            "login": one.oauth.grant if one.oauth is not None else "password",
            "folders": list(one.all_folders),
            "when_done": one.when_done,
        }
        for one in chosen.mailbox
    ]
    if json:
        print_json(rows)
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in rows[0]:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(", ".join(one) if isinstance(one, list) else str(one)) for one in row.values()))
    out.console().print(table)


def _mailbox(chosen: Settings, name: str) -> Mailbox:
    found = next((one for one in chosen.mailbox if one.name == name), None)
    if found is None:
        fail(f"there is no mailbox {name!r}; there are {', '.join(one.name for one in chosen.mailbox)}", EX_USAGE)
    return found


async def _probed(chosen: Settings, mailbox: Mailbox, *, quiet: bool = False, shadow: bool = False) -> list[Check]:
    from gateway.app import now
    from gateway.oauth.logins import Logins
    from gateway.probe import probe
    from storage.errors import LedgerError
    from storage.ledger import open_ledger

    try:
        ledger = await open_ledger(chosen.state, writing=mailbox.oauth is not None, shadow=shadow)
    except LedgerError:
        ledger = None  # before the first run there is none, and a test needs none
    try:
        found = []
        async for one in probe(chosen, mailbox, Logins(chosen, ledger, now)):
            found.append(one)
            if not quiet:
                show(one)
        return found
    finally:
        if ledger is not None:
            await ledger.close()


def show(one: Check) -> None:
    """One finding, as soon as it is known."""
    from rich.text import Text

    mark = ("well  ", "green") if one.well else ("NOT   ", "bold red")
    console = out.console(highlight=False)
    console.print(Text.assemble(mark, (f"{one.what}: ", "bold"), one.said), soft_wrap=True)
    if not one.well:
        console.print(Text(f"      cure: {one.cure}"), soft_wrap=True)


async def _consented(chosen: Settings, mailbox: Mailbox, *, browser: bool, shadow: bool) -> list[Check]:
    from gateway.app import now
    from gateway.errors import Trouble
    from gateway.oauth.logins import Logins
    from storage.ledger import open_ledger

    ledger = await open_ledger(chosen.state, writing=True, shadow=shadow)
    try:
        tokens = Logins(chosen, ledger, now).of(mailbox)
        assert tokens is not None
        try:
            await (_by_browser(tokens, mailbox) if browser else _by_code(tokens, mailbox))
        except Trouble as trouble:
            fail(trouble.words or trouble.cause, EX_UNAVAILABLE)
    finally:
        await ledger.close()
    say("Consented; the refresh token is kept in the ledger.")
    return await _probed(chosen, mailbox, shadow=shadow)


async def _by_code(tokens: Tokens, mailbox: Mailbox) -> None:
    from gateway.app import now
    from gateway.oauth import device

    code = await device.begin(tokens)
    say(f"Open {code.uri} as {mailbox.username} and enter the code {code.user_code}")
    say(f"Waiting for the consent, {code.expires / 60:.0f} minutes at the most …")
    await device.wait(tokens, code, now)


async def _by_browser(tokens: Tokens, mailbox: Mailbox) -> None:
    from gateway.app import now
    from gateway.oauth import browser

    async with browser.listening() as (port, addresses):
        consent = browser.ask(tokens, mailbox.username, port)
        say(f"Open as {mailbox.username}:\n\n{consent.url}\n")
        say("If that browser is on another machine, it ends at an address that it cannot open:")
        say(f"paste that here. Waiting for the consent, {browser.LONGEST / 60:.0f} minutes at the most …")
        _lines_into(addresses)
        await browser.wait(tokens, consent, addresses, now)


def _lines_into(addresses: asyncio.Queue[str]) -> None:
    """What is pasted. A thread of its own, which nobody waits for: a terminal cannot be asked to stop."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        with contextlib.suppress(OSError, ValueError, RuntimeError, asyncio.QueueFull):
            for line in sys.stdin:
                if line.strip():
                    loop.call_soon_threadsafe(addresses.put_nowait, line)
                    return

    threading.Thread(target=read, daemon=True).start()
