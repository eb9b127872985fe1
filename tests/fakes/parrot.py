"""A HaloPSA that repeats what was said to it: it gives a token, and answers everything else as `answer` says.

async with Parrot(lambda head, body: (400, f'{{"message": "{head}"}}')) as parrot:
    Stack(folder, halo={"url": parrot.url, "dialect": "observed"})
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Self

TOKEN = "ZmFrZS10b2tlbi1mb3ItdGVzdHM.Aa1-x_9"


class Parrot:
    def __init__(
        self, answer: Callable[[str, str], tuple[int, str]], token: Callable[[str], tuple[int, str]] | None = None
    ) -> None:
        self.answer = answer
        self.token = token or (lambda _: (200, json.dumps({"access_token": TOKEN, "expires_in": 3600})))
        self.asked = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            lengths = [line.split(":")[1] for line in head.split("\r\n") if line.lower().startswith("content-length:")]
            body = (await reader.readexactly(int(lengths[0]) if lengths else 0)).decode()
            self.asked += 1
            path = head.split(" ")[1].partition("?")[0]
            status, said = self.token(body) if path.endswith("/token") else self.answer(head, body)
            octets = said.encode("utf-8", "surrogatepass")
            writer.write(
                f"HTTP/1.1 {status} so\r\nContent-Type: application/json\r\nContent-Length: {len(octets)}\r\n"
                "Connection: close\r\n\r\n".encode()
                + octets
            )
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
