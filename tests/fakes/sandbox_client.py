"""A plain HTTP client of the sandbox, for tests that look at its wire: no library of ours in between."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from gateway.sandbox import Sandbox

CREDENTIALS = {"grant_type": "client_credentials", "client_id": "gateway", "client_secret": "sandbox-secret"}


async def fetch_token(http: httpx.AsyncClient, **changes: str) -> httpx.Response:
    return await http.post("/auth/token", data={**CREDENTIALS, "scope": "all", **changes})


def plain_client(url: str, *, timeout: float = 5.0) -> httpx.AsyncClient:
    """A client that has not logged in. It speaks no TLS, and is spared the making of a TLS context."""
    return httpx.AsyncClient(base_url=url, timeout=timeout, trust_env=False, verify=False)


@asynccontextmanager
async def connected(sandbox: Sandbox, *, timeout: float = 5.0) -> AsyncIterator[httpx.AsyncClient]:
    """A client that has logged in; paths are relative to the root."""
    async with sandbox.serving() as url, plain_client(url, timeout=timeout) as http:
        token = (await fetch_token(http)).json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        yield http
