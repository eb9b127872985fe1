import asyncio
import json
import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fakes.halo_settings import Watch, halo_settings

from gateway.errors import Ambiguous, Misconfigured, Permanent, Transient
from gateway.halo.api import HaloApi
from gateway.halo.wire import Payload

BODY = Payload("application/json", b'[{"summary":"x"}]')
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Server:
    """Answers in turn; the last answer for ever."""

    def __init__(self, *answers, token=None, **settings):
        self.answers = list(answers)
        self.token = token or (lambda n: httpx.Response(200, json={"access_token": f"t{n}", "expires_in": 3600}))
        self.tokens = []
        self.seen = []
        self.watch = Watch()
        self.api = HaloApi(
            halo_settings("https://halo.example", **settings),
            clock=lambda: NOW,
            transport=httpx.MockTransport(self.answer),
            monotonic=self.watch,
        )

    async def answer(self, request):
        await asyncio.sleep(0)
        if request.url.path.endswith("/token"):
            self.tokens.append(request)
            return self.token(len(self.tokens))
        self.seen.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


async def fails(awaitable, kind, cause):
    with pytest.raises(kind) as raised:
        await awaitable
    assert raised.value.cause == cause
    assert raised.value.__cause__ is None
    return raised.value


OK = httpx.Response(200, json={"id": 1})
LOGIN = httpx.Response(200, html="<!DOCTYPE html><html>Log in</html>")


async def test_the_login_form_and_one_token_for_many_calls():
    server = Server(OK, tenant="acme")
    await asyncio.gather(*(server.api.read("/Status") for _ in range(5)))
    (request,) = server.tokens
    assert str(request.url) == "https://halo.example/auth/token?tenant=acme"
    assert request.content == b"grant_type=client_credentials&client_id=gateway&client_secret=sandbox-secret&scope=all"
    assert {request.headers["authorization"] for request in server.seen} == {"Bearer t1"}


async def test_a_token_is_renewed_a_minute_early():
    server = Server(OK)
    await server.api.read("/Status")
    server.watch.now += 3539
    await server.api.read("/Status")
    assert len(server.tokens) == 1
    server.watch.now += 2
    await server.api.read("/Status")
    assert len(server.tokens) == 2


@pytest.mark.parametrize(
    ("life", "seconds"), [("3600", 3540), (30, 15), (None, 240), (-5, 240), ("x", 240), (float("1e400"), 240)]
)
async def test_the_life_of_a_token(life, seconds):
    text = json.dumps({"access_token": "t", "expires_in": life})
    server = Server(OK, token=lambda _: httpx.Response(200, text=text))
    await server.api.read("/Status")
    server.watch.now += seconds - 1
    await server.api.read("/Status")
    assert len(server.tokens) == 1
    server.watch.now += 2
    await server.api.read("/Status")
    assert len(server.tokens) == 2


@pytest.mark.parametrize(
    ("answer", "kind", "cause", "words"),
    [
        (httpx.Response(401, json={"error": "invalid_client"}), Misconfigured, "invalid_client", "client_secret"),
        (httpx.Response(400, json={"error": "invalid_scope"}), Misconfigured, "invalid_scope", "`all`"),
        (httpx.Response(403), Misconfigured, "invalid_client", "403"),
        (httpx.Response(404), Misconfigured, "no_token", "auth_url"),
        (httpx.Response(302, headers={"location": "https://sso.example/x?session=1"}), Misconfigured, "redirected",
         "sso.example"),
        (LOGIN, Misconfigured, "login_page", "auth_url"),
        (httpx.Response(500), Transient, "server_error", "tenant"),
        (httpx.Response(503), Transient, "unavailable", ""),
        (httpx.Response(200, json={"access_token": "a\r\nb"}), Transient, "nonsense", ""),
        (httpx.Response(200, json=[1]), Transient, "nonsense", ""),
        (httpx.Response(401, text="no such secret: sandbox-secret"), Misconfigured, "invalid_client", "no such"),
    ],
)  # fmt: skip
async def test_a_login_that_fails_is_never_in_doubt(answer, kind, cause, words):
    server = Server(OK, token=lambda _: answer)
    trouble = await fails(server.api.write("/Tickets", BODY), kind, cause)
    assert words in trouble.words
    assert "sandbox-secret" not in str(trouble)
    assert "session" not in str(trouble)
    assert not server.seen


@pytest.mark.parametrize(
    ("refusal", "cause"),
    [
        (httpx.Response(401), "unauthorized"),
        (httpx.Response(403, html="<h1>Forbidden</h1>"), "forbidden"),
        (httpx.Response(400, json={"error": "invalid_token"}), "unauthorized"),
    ],
)
async def test_a_refused_token_is_renewed_once(refusal, cause):
    server = Server(refusal, OK)
    assert await server.api.write("/Tickets", BODY) == {"id": 1}
    assert [request.headers["authorization"] for request in server.seen] == ["Bearer t1", "Bearer t2"]
    assert [request.content for request in server.seen] == [BODY.head] * 2
    server = Server(refusal)
    await fails(server.api.write("/Tickets", BODY), Misconfigured, cause)
    assert len(server.seen) == 2


async def test_after_a_429_everybody_rests():
    server = Server(httpx.Response(429, text="Rate Limit Reached", headers={"retry-after": "7"}), OK)
    trouble = await fails(server.api.write("/Tickets", BODY), Transient, "rate_limited")
    assert trouble.retry_after == timedelta(seconds=7)
    server.watch.now += 3
    trouble = await fails(server.api.read("/Status"), Transient, "rate_limited")
    assert trouble.retry_after == timedelta(seconds=4)
    assert len(server.seen) == 1
    server.watch.now += 4
    assert await server.api.read("/Status") == {"id": 1}


@pytest.mark.parametrize(
    ("answer", "on_read", "on_write"),
    [
        (httpx.Response(302, headers={"location": "https://login.example/?x=1"}), Misconfigured, Misconfigured),
        (LOGIN, Misconfigured, Ambiguous),
        (httpx.Response(200, text='{"id": 1'), Transient, Ambiguous),
        (httpx.Response(200, text="[" * 100_000), Transient, Ambiguous),
        (httpx.Response(200, content=b"\xff\xfe\xff"), Transient, Ambiguous),
        (httpx.Response(204), Transient, Ambiguous),
        (httpx.Response(200, content=b" " * (17 << 20)), Transient, Ambiguous),
        (httpx.Response(400, json={"Message": "no"}), Permanent, Permanent),
        (httpx.Response(413), Permanent, Permanent),
        (httpx.Response(500), Transient, Ambiguous),
        (httpx.Response(502), Transient, Ambiguous),
        (httpx.Response(503), Transient, Transient),
        (httpx.Response(504), Transient, Ambiguous),
        (httpx.ConnectError("x"), Transient, Transient),
        (httpx.ReadTimeout("x"), Transient, Ambiguous),
        (httpx.WriteError("x"), Transient, Ambiguous),
        (ValueError("?"), Transient, Ambiguous),
    ],
)
async def test_what_an_answer_means_depends_on_the_request(answer, on_read, on_write):
    for kind, call in ((on_read, lambda api: api.read("/Status")), (on_write, lambda api: api.write("/Tickets", BODY))):
        with pytest.raises(kind) as raised:
            await call(Server(answer).api)
        assert "?x=1" not in str(raised.value)


async def test_a_large_answer_is_read():
    rows = [{"id": n, "summary": "x" * 100} for n in range(20_000)]
    assert await Server(httpx.Response(200, json=rows)).api.read("/Tickets") == rows


async def test_the_servers_clock_is_learnt():
    server = Server(httpx.Response(200, json=[], headers={"date": "Sun, 01 Mar 2026 12:05:00 GMT"}))
    await server.api.read("/Status")
    assert await server.api.now() == NOW + timedelta(minutes=5)
    server.watch.now += 60  # counted from there by what nobody sets
    assert await server.api.now() == NOW + timedelta(minutes=6)


async def test_a_server_that_was_not_asked_yet_is_asked_for_its_time():
    dated = httpx.Response(
        200, json={"access_token": "t", "expires_in": 3600}, headers={"date": "Sun, 01 Mar 2026 13:00:00 GMT"}
    )
    server = Server(OK, token=lambda _: dated)
    assert await server.api.now() == NOW + timedelta(hours=1)
    assert not server.seen
    assert await Server(OK).api.now() == NOW  # it never tells


async def test_cancelling_passes_through():
    arrived = asyncio.Event()

    async def never(request):
        if request.url.path.endswith("/token"):
            return httpx.Response(200, json={"access_token": "t"})
        arrived.set()
        return await asyncio.sleep(60)

    settings = halo_settings("https://halo.example")
    api = HaloApi(settings, clock=lambda: NOW, transport=httpx.MockTransport(never))
    task = asyncio.create_task(api.write("/Tickets", BODY))
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await api.close()
    await api.close()


async def test_neither_addresses_nor_tokens_are_logged(caplog):
    caplog.set_level(logging.DEBUG)
    await Server(OK).api.read("/Users", {"search": "ada@acme.example"})
    assert "ada" not in caplog.text
    assert "Bearer" not in caplog.text


@pytest.mark.parametrize(
    ("octets", "on_read", "on_write"),
    [
        (b"", Transient, Ambiguous),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\nContent-Type: application/json\r\n\r\n{", Transient, Ambiguous),
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 50\r\n\r\n{", Permanent, Permanent),
        (b"220 mail.example ESMTP\r\n", Transient, Ambiguous),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd", Transient, Ambiguous),
    ],
)
async def test_a_server_that_hangs_up_or_speaks_something_else(octets, on_read, on_write):
    token = b'{"access_token":"t"}'

    async def serve(reader, writer):
        request = await reader.readuntil(b"\r\n\r\n")
        if b"/token" in request:
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(token), token))
        else:
            writer.write(octets)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    api = HaloApi(halo_settings(f"http://127.0.0.1:{port}"), clock=lambda: NOW)
    async with server:
        for kind, call in ((on_read, api.read("/Status")), (on_write, api.write("/Tickets", BODY))):
            with pytest.raises(kind):
                await call
    await api.close()


async def test_a_server_that_drips_is_left_after_the_timeout():
    left = asyncio.Event()

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        with suppress(ConnectionError):
            while not reader.at_eof():
                writer.write(b" ")
                await writer.drain()
                with suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(1), 0.05)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        left.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    api = HaloApi(halo_settings(f"http://127.0.0.1:{port}", timeout="0.5s"), clock=lambda: NOW)
    async with server:
        with pytest.raises(Transient) as raised:
            await api.read("/Status")
        assert raised.value.cause == "no_answer"
        await api.close()
        await left.wait()


def test_a_file_of_authorities_that_cannot_be_read(tmp_path):
    for ca_file in (tmp_path / "missing.pem", tmp_path / "broken.pem"):
        (tmp_path / "broken.pem").write_text("nothing")
        with pytest.raises(Misconfigured):
            HaloApi(halo_settings("https://halo.example", ca_file=ca_file), clock=lambda: NOW)
