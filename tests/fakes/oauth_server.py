"""An OAuth 2.0 authorisation server on a free loopback port, which checks what it is asked byte by byte.

    async with OAuthServer() as server:
        oauth = server.settings(grant="client_credentials", client_secret="s3cret")

Every form it got is in `forms`. `answers` are given instead of the honest one, first come first served: (status, body).
The honest answer is a new access token, good while it is in `valid` (also for Dovecot, which asks `/introspect`).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from typing import Self
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from config.oauth import OAuth

CLIENT = "11111111-2222-3333-4444-555555555555"


class OAuthServer:
    def __init__(self, *, life: object = 3600) -> None:
        self.life = life
        self.forms: list[dict[str, str]] = []
        self.heads: list[str] = []
        self.answers: list[tuple[int, bytes]] = []
        self.valid: dict[str, str] = {}  # access token -> user
        self.user = "support@acme.example"
        self.consented = False
        self.asked: dict[str, str] = {}  # by a browser, at its consent
        self.rotate = False
        self.delay = 0.0
        self._count = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 20)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    def url(self, path: str = "/token") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def settings(self, **changes: object) -> OAuth:
        fields = {
            "provider": "custom",
            "client_id": CLIENT,
            "token_url": self.url(),
            "device_url": self.url("/device"),
            "authorize_url": self.url("/authorize"),
            "scope": "mail",
        }
        return OAuth.model_validate(fields | changes)

    def consent(self, url: str, **changes: str) -> str:
        """What a person's browser does with `url`: the address that it is sent to."""
        assert url.startswith(self.url("/authorize?"))
        self.asked = dict(parse_qsl(urlsplit(url).query, strict_parsing=True))
        assert self.asked["code_challenge_method"] == "S256"
        back = {"code": "code-1", "state": self.asked["state"]} | changes
        return f"{self.asked['redirect_uri']}/?{urlencode(back)}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.heads.append(head)
            fields = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in head.split("\r\n")[1:]}
            body = await reader.readexactly(int(fields.get("content-length", 0)))
            await asyncio.sleep(self.delay)
            status, octets = self._answer(head.split(" ")[1], fields, body)
            writer.write(
                b"HTTP/1.1 %d x\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
                % (status, len(octets))
                + octets
            )
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _answer(self, path: str, fields: dict[str, str], body: bytes) -> tuple[int, bytes]:
        if path.startswith("/introspect"):  # Dovecot's tokeninfo
            token = unquote(path.partition("=")[2])
            user = self.valid.get(token)
            return _json(200, {"username": user, "active": True}) if user else _json(400, {"error": "invalid_token"})
        assert fields["content-type"] == "application/x-www-form-urlencoded"
        form = dict(parse_qsl(body.decode(), strict_parsing=True))
        self.forms.append(form)
        if self.answers:
            return self.answers.pop(0)
        if form.get("grant_type") == "authorization_code":
            challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
            asked = self.asked
            honest = asked["code_challenge"] == challenge.rstrip(b"=").decode() and form["code"] == "code-1"
            if not honest or asked["redirect_uri"] != form["redirect_uri"]:
                return _json(400, {"error": "invalid_grant"})
        if path == "/device":
            return _json(200, {"device_code": "dev-1", "user_code": "ABCD-EFGH", "verification_uri": self.url("/go"),
                               "expires_in": 60, "interval": 0})  # fmt: skip
        if form["grant_type"].endswith("device_code") and not self.consented:
            return _json(400, {"error": "authorization_pending"})
        self._count += 1
        token = f"access-{self._count}"
        self.valid[token] = self.user
        said: dict[str, object] = {"access_token": token, "token_type": "Bearer", "expires_in": self.life}
        if self.rotate or form["grant_type"].endswith(("device_code", "authorization_code")):
            said["refresh_token"] = f"refresh-{self._count}"
        return _json(200, said)


def _json(status: int, document: object) -> tuple[int, bytes]:
    return status, json.dumps(document).encode()
