"""What every command shares: the settings, the ledger for reading, errors on their way out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer

from config.errors import BadConfiguration
from config.settings import Settings
from gateway.cli.out import tell
from gateway.secrecy import know, mask
from storage.errors import LedgerError, LedgerUnusable
from storage.ledger import Ledger, open_ledger

T = TypeVar("T")

EX_NOT_FOUND = 1
EX_USAGE = 64
EX_UNAVAILABLE = 69
EX_TEMPFAIL = 75
EX_CONFIG = 78

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="The configuration file; else $HALO_MAILGATE_CONFIG, else /etc/halo-mailgate/gateway.toml.",
        show_default=False,
    ),
]
ShadowOption = Annotated[
    bool, typer.Option("--shadow", help="Look into the ledger of `run --shadow`: what would have been done.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]


def settings(path: Path | None, *, need_secrets: bool = True) -> Settings:
    """The configuration, or every problem of it on standard error and exit status 78.

    `need_secrets` False: whoever may read the ledger need not have the credentials.
    """
    from config.load import load
    from config.secrets import secrets_of

    try:
        found = load(path, need_secrets=need_secrets)
    except BadConfiguration as bad:
        fail(str(bad), EX_CONFIG)
    know(*secrets_of(found))
    return found


def fail(said: str, status: int) -> NoReturn:
    """Say it on standard error and leave."""
    tell(f"halo-mailgate: {mask(said)}")
    raise typer.Exit(status)


def go(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run one command's coroutine; what the ledger refuses becomes a sentence and an exit status."""
    try:
        return asyncio.run(work())
    except LedgerUnusable as unusable:
        fail(str(unusable), EX_UNAVAILABLE)
    except LedgerError as trouble:
        fail(f"the ledger is in trouble: {trouble}", EX_UNAVAILABLE)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


@asynccontextmanager
async def reading(config: Settings, *, shadow: bool = False) -> AsyncIterator[Ledger]:
    """The ledger, or its shadow, for a command that only reads: the daemon is not held up."""
    ledger = await open_ledger(config.state, shadow=shadow)
    try:
        yield ledger
    finally:
        await ledger.close()
