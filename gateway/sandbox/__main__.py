"""`python -m gateway.sandbox`: the sandbox as a process of its own, until SIGINT or SIGTERM.

Promises: the port is written to `--port-file` (whole, by renaming) and to standard output once connections are
accepted. What it holds ends with it.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from datetime import timedelta
from pathlib import Path

from gateway.sandbox import Sandbox


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m gateway.sandbox", description="A HaloPSA to try against.")
    parser.add_argument("--dialect", choices=["documented", "observed"], default="observed")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--port-file", type=Path, help="write the port there")
    parser.add_argument("--client-id", default="gateway")
    parser.add_argument("--client-secret", default="sandbox-secret")
    parser.add_argument("--tenant")
    parser.add_argument("--token-lifetime", type=float, default=3600.0, help="in seconds")
    parser.add_argument("--rate-limit", type=int, help="requests per rolling five minutes")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    sandbox = Sandbox(
        arguments.dialect,
        client_id=arguments.client_id,
        client_secret=arguments.client_secret,
        tenant=arguments.tenant,
        token_lifetime=timedelta(seconds=arguments.token_lifetime),
        rate_limit=arguments.rate_limit,
    )
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with sandbox.serving(arguments.host, arguments.port) as url:
        port = url.rpartition(":")[2]
        if arguments.port_file is not None:
            _write_whole(arguments.port_file, port)
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        await stop.wait()


def _write_whole(path: Path, text: str) -> None:
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(text, encoding="ascii")
    beside.replace(path)


if __name__ == "__main__":
    asyncio.run(_serve(_arguments()))
