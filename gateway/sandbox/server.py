"""A uvicorn server inside the running event loop.

Promises: listens before `listening` yields, stops at once afterwards whatever its callers are doing, touches no signal
handler and logs only its own bugs. uvicorn's `serve` does none of that: it takes over SIGINT and SIGTERM and polls
every tenth of a second, which a test suite with a hundred servers would feel.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol


class LoopServer:
    """One server; `hang_up` is for the application that it serves."""

    def __init__(self) -> None:
        self._server: uvicorn.Server | None = None

    @asynccontextmanager
    async def listening(self, app: ASGIApp, host: str, port: int) -> AsyncIterator[int]:
        """Serve the application; yields the port. OSError: the address cannot be bound."""
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=75,
        )
        config.load()
        listener = _bound(host, port)
        server = self._server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[listener])
        await server.on_tick(0)  # fills in the default headers
        try:
            yield listener.getsockname()[1]
        finally:
            await _stop(server)
            listener.close()
            self._server = None

    def hang_up(self, scope: Scope) -> None:
        """Close the connection of a request without an answer."""
        if self._server is not None:
            for connection in list(self._server.server_state.connections):
                if isinstance(connection, H11Protocol) and connection.client == scope["client"]:
                    connection.transport.abort()


def _bound(host: str, port: int) -> socket.socket:
    """A socket that names its protocol: for no other does asyncio set TCP_NODELAY, without which a call takes 40 ms."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


async def _stop(server: uvicorn.Server) -> None:
    for listening in server.servers:
        listening.close()
    for connection in list(server.server_state.connections):
        connection.transport.abort()
    tasks = list(server.server_state.tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)  # lets the aborted transports say that they are gone
    for listening in server.servers:
        await listening.wait_closed()
