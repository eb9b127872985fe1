"""`halo-mailgate sandbox`: a HaloPSA to try against, alone."""

from __future__ import annotations

import asyncio
import signal
from typing import Annotated, Literal

import typer

from gateway.cli.common import EX_UNAVAILABLE, JsonOption, fail, go
from gateway.cli.out import print_json, say


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(sandbox)


def sandbox(
    port: Annotated[int, typer.Option("--port", help="0: any free one.", min=0, max=65535)] = 8085,
    dialect: Annotated[
        Literal["documented", "observed"], typer.Option("--dialect", help="Which HaloPSA it behaves like.")
    ] = "observed",
    limit: Annotated[
        int | None, typer.Option("--limit", help="Requests in a rolling five minutes; more is a 429.", min=1)
    ] = None,
    retry_after: Annotated[
        bool, typer.Option("--retry-after", help="Let a 429 say when to come again; most servers do not.")
    ] = False,
    answers: Annotated[
        Literal["bare", "array", "wrapped"] | None,
        typer.Option("--answers", help="The shape of what a POST is answered; without it the dialect's own."),
    ] = None,
    largest: Annotated[
        int | None, typer.Option("--largest", help="Octets of a request, beyond which it is a 413.", min=1)
    ] = None,
    json: JsonOption = False,
) -> None:
    """Run a HaloPSA sandbox until it is interrupted: the API, and pages that show what it holds."""
    try:
        from gateway.sandbox import Habits, Sandbox
    except ModuleNotFoundError as missing:
        fail(f"the sandbox needs {missing.name}; install it with: pip install 'halo-mailgate[demo]'", EX_UNAVAILABLE)

    async def work() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        habits = Habits(answers=answers, largest_body=largest, retry_after=retry_after)
        held = Sandbox(dialect, rate_limit=limit, habits=habits)
        held.add_user("Ada Sample", "ada@acme.example", held.add_client("Acme", "acme.example").id)
        try:
            async with held.serving(port=port) as url:
                said = {"url": url, "pages": f"{url}/_sandbox/", "client_id": "gateway"}
                if json:
                    print_json({**said, "client_secret": "sandbox-secret", "dialect": dialect})
                else:
                    say(f"a HaloPSA sandbox ({dialect} dialect) is at {url}; what it holds: {said['pages']}")
                    say('for the configuration: client_id = "gateway", client_secret = "sandbox-secret"')
                    say("it forgets everything when it ends; Ctrl-C ends it")
                await stop.wait()
        except OSError as error:
            fail(f"port {port} cannot be used ({error.strerror}); choose another by --port, or 0", EX_UNAVAILABLE)

    go(work)
