"""`halo-mailgate mailbox …`: try a mailbox step by step, let a person consent to its login, list them all."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.common import EX_UNAVAILABLE, EX_USAGE, ConfigOption, JsonOption, fail, go, print_json, settings

if TYPE_CHECKING:
    from config.settings import Mailbox, Settings
    from gateway.halo.verify import Check

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
def login(name: NameArgument, config: ConfigOption = None) -> None:
    """Let a person consent in a browser (device code), keep what comes of it, and try the mailbox."""
    chosen = settings(config)
    mailbox = _mailbox(chosen, name)
    if mailbox.oauth is None or mailbox.oauth.grant != "refresh_token":
        cure = 'write [mailbox.oauth] with grant = "refresh_token" if a person is to consent'
        fail(f"mailbox {name} needs no such login: {cure}", EX_USAGE)
    if not mailbox.oauth.device_at:
        google = "Google gives mail to no device: use a service account, or get a refresh token for the scope "
        google += (
            "https://mail.google.com/ at developers.google.com/oauthplayground with your own client ID, and keep it "
        )
        google += f"in the credential mailbox-{name}-refresh-token"
        other = "write device_url in [mailbox.oauth]"
        fail(google if mailbox.oauth.provider == "google" else other, EX_USAGE)
    from gateway.observe import logs

    logs.configure(chosen.log_format, "error")
    if not all(one.well for one in go(lambda: _consented(chosen, mailbox))):
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
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in rows[0]:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(", ".join(one) if isinstance(one, list) else str(one)) for one in row.values()))
    Console().print(table)


def _mailbox(chosen: Settings, name: str) -> Mailbox:
    found = next((one for one in chosen.mailbox if one.name == name), None)
    if found is None:
        fail(f"there is no mailbox {name!r}; there are {', '.join(one.name for one in chosen.mailbox)}", EX_USAGE)
    return found


async def _probed(chosen: Settings, mailbox: Mailbox, *, quiet: bool = False) -> list[Check]:
    from gateway.app import Logins
    from gateway.probe import probe
    from storage.errors import LedgerError
    from storage.ledger import open_ledger

    try:
        ledger = await open_ledger(chosen.state, writing=mailbox.oauth is not None)
    except LedgerError:
        ledger = None  # before the first run there is none, and a test needs none
    try:
        found = []
        async for one in probe(chosen, mailbox, Logins(chosen, ledger)):
            found.append(one)
            if not quiet:
                show(one)
        return found
    finally:
        if ledger is not None:
            await ledger.close()


def show(one: Check) -> None:
    """One finding, as soon as it is known."""
    from rich.console import Console
    from rich.text import Text

    mark = ("well  ", "green") if one.well else ("NOT   ", "bold red")
    console = Console(highlight=False)
    console.print(Text.assemble(mark, (f"{one.what}: ", "bold"), one.said), soft_wrap=True)
    if not one.well:
        console.print(Text(f"      cure: {one.cure}"), soft_wrap=True)


async def _consented(chosen: Settings, mailbox: Mailbox) -> list[Check]:
    from gateway.app import Logins, now
    from gateway.errors import Trouble
    from gateway.oauth import device
    from storage.ledger import open_ledger

    ledger = await open_ledger(chosen.state, daemon=False, writing=True)
    try:
        tokens = Logins(chosen, ledger).of(mailbox)
        assert tokens is not None
        try:
            code = await device.begin(tokens)
            typer.echo(f"Open {code.uri} as {mailbox.username} and enter the code {code.user_code}")
            typer.echo(f"Waiting for the consent, {code.expires / 60:.0f} minutes at the most …")
            await device.wait(tokens, code, now)
        except Trouble as trouble:
            fail(trouble.words or trouble.cause, EX_UNAVAILABLE)
    finally:
        await ledger.close()
    typer.echo("Consented; the refresh token is kept in the ledger.")
    return await _probed(chosen, mailbox)
