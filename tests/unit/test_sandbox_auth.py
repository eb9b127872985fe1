import asyncio
import signal
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fakes.sandbox_client import connected, fetch_token, plain_client

from gateway.sandbox import Sandbox

START = datetime(2025, 3, 1, 12, tzinfo=UTC)


class Hands:
    def __init__(self):
        self.at = START

    def __call__(self):
        return self.at


async def test_a_token_lets_calls_in_until_its_life_ends():
    now = Hands()
    sandbox = Sandbox("observed", now=now, token_lifetime=timedelta(minutes=10))
    async with connected(sandbox) as http:
        assert (await http.get("/api/Status")).status_code == 200
        now.at += timedelta(minutes=10)
        refused = await http.get("/api/Status")
        assert (refused.status_code, refused.content) == (401, b"")
        granted = (await fetch_token(http)).json()
        assert granted["token_type"] == "Bearer"
        assert granted["expires_in"] == 600
        assert granted["scope"] == "all"


async def test_no_token_a_wrong_token_and_expired_tokens_are_401():
    for dialect, content in (("observed", b""), ("documented", b'{"message":"unauthorized"}')):
        sandbox = Sandbox(dialect)
        async with connected(sandbox) as http:
            sandbox.expire_tokens()
            answers = [
                await http.get("/api/Tickets"),
                await http.get("/api/Tickets", headers={"Authorization": "Bearer guessed"}),
                await http.get("/api/Tickets", headers={"Authorization": ""}),
                await http.get("/api/Nothing"),
            ]
            assert [(answer.status_code, answer.content) for answer in answers] == [(401, content)] * 4


async def test_wrong_credentials_and_wrong_grants():
    async with Sandbox().serving() as url, plain_client(url) as http:
        wrong = await fetch_token(http, client_secret="guess")
        assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
        assert (await fetch_token(http, client_id="gäteway")).status_code == 401
        other = await fetch_token(http, grant_type="password")
        assert (other.status_code, other.json()["error"]) == (400, "unsupported_grant_type")
        assert (await http.post("/auth/token", json={})).status_code == 400


async def test_a_hosted_instance_wants_its_tenant_in_the_query():
    async with Sandbox(tenant="acme").serving() as url, plain_client(url) as http:
        data = {"grant_type": "client_credentials", "client_id": "gateway", "client_secret": "sandbox-secret"}
        assert (await http.post("/auth/token", data=data)).status_code == 500
        assert (await http.post("/auth/token?tenant=acme", data=data)).status_code == 200
        assert (await http.post("/AUTH/Token?tenant=acme", data=data)).status_code == 200
        assert (await http.get("/api/authinfo")).json() == {"auth_url": f"{url}/auth", "tenant_id": "acme"}


async def test_permission_lives_in_the_token():
    sandbox = Sandbox("observed")
    async with connected(sandbox) as http:
        sandbox.withdraw_permission()
        refused = await http.get("/api/Status")
        assert refused.status_code == 403
        assert refused.headers["content-type"].startswith("text/html")
        sandbox.grant_permission()
        assert (await http.get("/api/Status")).status_code == 403
        token = (await fetch_token(http)).json()["access_token"]
        assert (await http.get("/api/Status", headers={"Authorization": f"Bearer {token}"})).status_code == 200


async def test_the_rate_limit_is_a_rolling_window():
    now = Hands()
    sandbox = Sandbox("observed", rate_limit=3, now=now)
    async with connected(sandbox) as http:
        codes = []
        for _ in range(4):
            codes.append((await http.get("/api/Status")).status_code)
            now.at += timedelta(minutes=1)
        assert codes == [200, 200, 200, 429]
        refused = await http.get("/api/Status")
        assert refused.text == "Rate Limit Reached - 3 Requests per rolling 5 minute window."
        assert refused.headers["content-type"].startswith("text/plain")
        assert "retry-after" not in refused.headers
        now.at = START + timedelta(minutes=5)
        assert (await http.get("/api/Status")).status_code == 200
        assert (await http.get("/api/Status")).status_code == 429


async def test_outside_the_api_there_is_a_login_page():
    async with connected(Sandbox("observed")) as http:
        answer = await http.get("/Tickets")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html")


async def test_paths_ignore_case_only_as_observed():
    async with connected(Sandbox("observed")) as http:
        assert (await http.get("/API/tickets")).status_code == 200
    async with connected(Sandbox("documented")) as http:
        assert (await http.get("/api/tickets")).status_code == 404
        assert (await http.put("/api/Tickets")).status_code == 405


async def test_requests_are_noted_with_their_answers():
    sandbox = Sandbox("observed", now=Hands())
    async with connected(sandbox) as http:
        await http.get("/api/Tickets", params={"count": 5, "search": "a b"})
        await http.get("/api/Tickets/77")
        await http.get("/_sandbox/state")
    seen = [(one.method, one.path, dict(one.query), one.status, one.at) for one in sandbox.requests]
    assert seen == [
        ("POST", "/auth/token", {}, 200, START),
        ("GET", "/api/Tickets", {"count": "5", "search": "a b"}, 200, START),
        ("GET", "/api/Tickets/77", {}, 404, START),
    ]


async def test_it_keeps_what_it_holds_while_it_is_down_and_leaves_signals_alone():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    sandbox = Sandbox("observed")
    started = asyncio.get_running_loop().time()
    for _ in range(5):
        async with connected(sandbox) as http:
            assert (await http.post("/api/Tickets", json=[{"summary": "x"}])).status_code == 201
            assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
        with pytest.raises(httpx.ConnectError):
            async with plain_client(str(http.base_url)) as late:
                await late.get("/")
    assert asyncio.get_running_loop().time() - started < 3
    assert len(sandbox.tickets) == 5
