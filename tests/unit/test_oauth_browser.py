"""A consent in a browser: what is asked for, and which answers count."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from fakes.oauth_server import CLIENT, OAuthServer

from config.oauth import OAuth
from gateway.errors import Misconfigured, Transient
from gateway.oauth import browser
from gateway.oauth.tokens import Tokens

NOW = datetime(2026, 11, 24, tzinfo=UTC)
USER = "support@acme.example"


def tokens(oauth: OAuth, kept: list[str] | None = None) -> Tokens:
    async def remember(token: str) -> None:
        if kept is not None:
            kept.append(token)

    return Tokens(oauth, USER, lambda: NOW, where="[[mailbox]] support oauth", remember=remember)


@pytest.fixture
async def server():
    async with OAuthServer() as running:
        yield running


async def answered(server: OAuthServer, kept: list[str], **changes: str):
    made = tokens(server.settings(grant="refresh_token"), kept)
    consent = browser.ask(made, USER, 4711)
    addresses: asyncio.Queue[str] = asyncio.Queue()
    await addresses.put(server.consent(consent.url, **changes))
    return await browser.wait(made, consent, addresses, lambda: NOW)


async def test_a_consent_is_exchanged_with_what_only_we_know(server):
    kept: list[str] = []
    assert (await answered(server, kept)).refresh == "refresh-1"
    assert kept == ["refresh-1"]
    (form,) = server.forms
    assert form.pop("code_verifier") not in str(server.asked)
    assert form == {
        "grant_type": "authorization_code", "code": "code-1", "redirect_uri": "http://127.0.0.1:4711",
        "client_id": CLIENT,
    }  # fmt: skip
    assert (server.asked["scope"], server.asked["login_hint"]) == ("mail", USER)


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"state": "another"}, "other_login"),
        ({"state": ""}, "other_login"),
        ({"error": "access_denied"}, "no_consent"),
        ({"error": "<script>"}, "no_consent"),
        ({"code": ""}, "no_consent"),
        ({"code": "stolen"}, "login_refused"),
    ],
)
async def test_another_answer_counts_for_nothing(server, changes, cause):
    kept: list[str] = []
    with pytest.raises(Misconfigured) as caught:
        await answered(server, kept, **changes)
    assert caught.value.cause == cause
    assert kept == []
    assert "<script>" not in caught.value.words


async def test_nobody_consents(server, monkeypatch):
    monkeypatch.setattr(browser, "LONGEST", 0.05)
    made = tokens(server.settings(grant="refresh_token"))
    with pytest.raises(Transient, match="nobody consented in time"):
        await browser.wait(made, browser.ask(made, USER, 1), asyncio.Queue(), lambda: NOW)


def test_google_is_asked_for_a_refresh_token_and_microsoft_by_its_localhost():
    google = browser.ask(tokens(OAuth(provider="google", grant="refresh_token", client_id="x")), USER, 99)
    asked = {key: values[0] for key, values in parse_qs(urlsplit(google.url).query).items()}
    assert google.url.startswith("https://accounts.google.com/o/oauth2/v2/auth?")
    assert (asked["access_type"], asked["prompt"], asked["scope"]) == ("offline", "consent", "https://mail.google.com/")
    settings = OAuth(provider="microsoft", grant="refresh_token", tenant="acme.example", client_id="x")
    microsoft = browser.ask(tokens(settings), USER, 99)
    assert microsoft.url.startswith("https://login.microsoftonline.com/acme.example/oauth2/v2.0/authorize?")
    assert microsoft.redirect == "http://localhost:99"
    assert "offline_access" in microsoft.url


KNOCKS = [
    b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n",
    b"POST /?state=x HTTP/1.1\r\n\r\n",
    b"\0\r\n\r\n",
    b"GET /?\xff HTTP/1.1\r\n\r\n",
]


@pytest.mark.parametrize("octets", KNOCKS, ids=range(len(KNOCKS)))
async def test_whatever_knocks_at_the_door_is_no_answer(octets):
    async with browser.listening() as (port, addresses):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(octets)
        with contextlib.suppress(ConnectionError):  # cut, with octets of ours unread
            assert b"200" not in await asyncio.wait_for(reader.read(20), 5)
        writer.close()
        assert addresses.empty()
