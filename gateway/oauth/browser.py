"""The browser flow (RFC 8252, with RFC 7636): a person consents on this machine or another, and we get a refresh token.

For who offers no codes for devices (Google), or forbids them (Microsoft's conditional access). The provider sends the
browser to a port of this host's loopback; from a browser elsewhere the person brings the address that it ends at.
Promises: only an answer with our own state counts, and its code is worth nothing without what only we know. Fails:
Misconfigured when the person says no or the answer is of another login, Transient when nobody consents in time. Knows
nothing of terminals.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

from gateway.errors import Misconfigured, Transient
from gateway.oauth import grants
from gateway.oauth.tokens import Token, Tokens
from gateway.ports import Clock

LONGEST = 1800.0  # seconds that a consent is waited for
_LARGEST_REQUEST = 16_384
_PAGE = (
    b"HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n"
    b"Content-Security-Policy: default-src 'none'\r\n\r\n<!DOCTYPE html><title>halo-mailgate</title><p>%s\r\n"
)
_WELL = (b"200 OK", b"Done. You may close this window and go back to the terminal.")
_ELSE = (b"404 Not Found", b"There is nothing here.")


@dataclass(frozen=True, slots=True)
class Consent:
    """What was asked: `url` is for the person, the rest recognises the answer."""

    url: str
    redirect: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)


def ask(tokens: Tokens, username: str, port: int) -> Consent:
    """The address to open. Nothing has been asked of anybody yet."""
    oauth = tokens.oauth
    # Microsoft takes any port of "localhost" alone, everybody else of the address too (RFC 8252 §7.3).
    host = "localhost" if oauth.provider == "microsoft" else "127.0.0.1"
    redirect, state, verifier = f"http://{host}:{port}", secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code", "client_id": oauth.client_id, "redirect_uri": redirect, "state": state,
        "code_challenge": challenge, "code_challenge_method": "S256", "login_hint": username,
    }  # fmt: skip
    query |= {"scope": oauth.scopes} if oauth.scopes else {}
    # Google gives a refresh token only to who asks so.
    query |= {"access_type": "offline", "prompt": "consent"} if oauth.provider == "google" else {}
    between = "&" if urlsplit(oauth.authorize_at).query else "?"
    return Consent(f"{oauth.authorize_at}{between}{urlencode(query)}", redirect, state, verifier)


@contextlib.asynccontextmanager
async def listening() -> AsyncIterator[tuple[int, asyncio.Queue[str]]]:
    """A port of the loopback, and the addresses that browsers ask for there."""
    addresses: asyncio.Queue[str] = asyncio.Queue(10)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ValueError, asyncio.IncompleteReadError, TimeoutError, asyncio.QueueFull):
            async with asyncio.timeout(10):
                request = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)
                path = request[1].decode("ascii") if len(request) == 3 and request[0] == b"GET" else ""
                ours = path.startswith("/?")
                writer.write(_PAGE % (_WELL if ours else _ELSE))
                await writer.drain()
                if ours:
                    addresses.put_nowait(path)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=_LARGEST_REQUEST)
    port = server.sockets[0].getsockname()[1]
    sixth = None
    with contextlib.suppress(OSError):  # for a browser to whom localhost is ::1
        sixth = await asyncio.start_server(serve, "::1", port, limit=_LARGEST_REQUEST)
    try:
        yield port, addresses
    finally:
        for one in (server, sixth):
            if one is not None:
                one.close()


async def wait(tokens: Tokens, consent: Consent, addresses: asyncio.Queue[str], clock: Clock) -> Token:
    """Until an address with the answer comes; the refresh token is kept."""
    try:
        async with asyncio.timeout(LONGEST):
            address = await addresses.get()
    except TimeoutError:
        raise Transient("code_expired", f"{tokens.where}: nobody consented in time: begin again") from None
    code = _code(tokens, consent, address)
    form = grants.code_form(tokens.oauth, code, consent.redirect, consent.verifier, clock())
    token = tokens.read(*await tokens.ask(form, tokens.oauth.token_at))
    if not token.refresh:
        said = "no refresh token came with the consent: add offline_access to the scope, or withdraw the old consent"
        raise Misconfigured("no_refresh_token", f"{tokens.where}: {said}")
    await tokens.keep(token.refresh)
    return token


def _code(tokens: Tokens, consent: Consent, address: str) -> str:
    try:
        query = parse_qs(urlsplit(address.strip()).query, max_num_fields=30)
    except ValueError:
        query = {}
    said = {key: values[0] for key, values in query.items()}
    if not hmac.compare_digest(said.get("state", "").encode(), consent.state.encode()):
        words = "that address is not the end of this login: begin again, and paste all of it"
        raise Misconfigured("other_login", f"{tokens.where}: {words}")
    if "error" in said:
        word = said["error"] if said["error"].isidentifier() else "refused"
        raise Misconfigured("no_consent", f"{tokens.where}: no consent ({word[:60]}): ask somebody who may give it")
    if not said.get("code"):
        raise Misconfigured("no_consent", f"{tokens.where}: the address has no code: begin again")
    return said["code"]
