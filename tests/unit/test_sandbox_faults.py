import asyncio

import httpx
import pytest
from fakes.sandbox_client import connected, fetch_token, plain_client

from gateway.sandbox import NAMED, Fault, Sandbox, fault

TICKET = [{"summary": "x"}]


@pytest.mark.parametrize(
    ("name", "status", "content_type"),
    [
        ("rate_limited", 429, "text/plain"),
        ("server_error", 500, "text/plain"),
        ("bad_gateway", 502, "text/html"),
        ("unavailable", 503, "text/html"),
        ("gateway_timeout", 504, "text/html"),
        ("forbidden", 403, "text/html"),
        ("unauthorized", 401, "text/plain"),
        ("refused", 400, "application/json"),
        ("refused_in_text", 400, "text/plain"),
        ("login_page", 200, "text/html"),
        ("cut_json", 200, "application/json"),
        ("senseless_json", 200, "application/json"),
    ],
)
async def test_an_answer_instead_of_the_write(name, status, content_type):
    sandbox = Sandbox("observed")
    async with connected(sandbox) as http:
        sandbox.faults.add(fault(name, "POST", "/api/Tickets"))
        answer = await http.post("/api/Tickets", json=TICKET)
        assert answer.status_code == status
        assert answer.headers["content-type"].startswith(content_type)
        assert "retry-after" not in answer.headers
        assert not sandbox.tickets
        assert (await http.post("/api/Tickets", json=TICKET)).status_code == 201


async def test_a_429_may_say_when_to_come_back():
    sandbox = Sandbox("observed")
    async with connected(sandbox) as http:
        sandbox.faults.add(
            fault("rate_limited_for_2s"), fault("rate_limited", retry_after="Sat, 01 Mar 2025 00:00:00 GMT")
        )
        answers = [await http.get("/api/Status") for _ in range(2)]
        assert [answer.headers["retry-after"] for answer in answers] == ["2", "Sat, 01 Mar 2025 00:00:00 GMT"]


@pytest.mark.parametrize("name", ["bad_gateway_after_write", "gateway_timeout_after_write", "server_error_after_write"])
async def test_an_error_after_the_write(name):
    sandbox = Sandbox("observed")
    async with connected(sandbox) as http:
        sandbox.faults.add(fault(name, "POST"))
        assert (await http.post("/api/Tickets", json=TICKET)).status_code >= 500
    assert len(sandbox.tickets) == 1


async def test_an_answer_without_sense_after_the_write():
    sandbox = Sandbox("observed")
    async with connected(sandbox) as http:
        sandbox.faults.add(fault("cut_json_after_write"), fault("senseless_json_after_write"))
        cut = await http.post("/api/Tickets", json=TICKET)
        assert cut.status_code == 201
        with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
            cut.json()
        assert "id" not in (await http.post("/api/Tickets", json=TICKET)).json()
    assert len(sandbox.tickets) == 2


@pytest.mark.parametrize(("name", "written"), [("dropped", 0), ("answer_lost", 1)])
async def test_a_connection_lost_before_or_after_the_write(name, written):
    sandbox = Sandbox("observed")
    async with connected(sandbox) as http:
        sandbox.faults.add(fault(name, "POST", "/api/tickets"))
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await http.post("/api/Tickets", json=TICKET)
        assert len(sandbox.tickets) == written
        assert sandbox.requests[-1].status is None
        assert (await http.get("/api/Status")).status_code == 200


async def test_only_the_connection_of_the_request_is_lost():
    sandbox = Sandbox("observed")
    async with connected(sandbox) as http, asyncio.TaskGroup() as group:
        sandbox.faults.add(fault("slow", "GET", "/api/Status", delay=0.2))
        slow = group.create_task(http.get("/api/Status"))
        await asyncio.sleep(0.05)
        sandbox.faults.add(fault("dropped", "POST"))
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await http.post("/api/Tickets", json=TICKET)
        assert (await slow).status_code == 200


async def test_a_write_that_lands_late():
    sandbox = Sandbox("observed")
    async with connected(sandbox) as http:
        sandbox.faults.add(fault("late_write", "POST", delay=0.1))
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await http.post("/api/Tickets", json=TICKET)
        assert not sandbox.tickets
        await sandbox.writes_landed()
        assert len(sandbox.tickets) == 1
        sandbox.faults.add(fault("gateway_timeout_late_write", "POST", delay=0.1))
        assert (await http.post("/api/Tickets", json=TICKET)).status_code == 504
        assert len(sandbox.tickets) == 1
        await sandbox.writes_landed()
        assert len(sandbox.tickets) == 2


@pytest.mark.parametrize(("name", "written"), [("slow", 0), ("slow_after_write", 1)])
async def test_a_slow_answer_to_a_caller_who_does_not_wait(name, written):
    sandbox = Sandbox("observed")
    async with connected(sandbox, timeout=0.1) as http:
        sandbox.faults.add(fault(name, "POST", delay=0.3))
        with pytest.raises(httpx.ReadTimeout):
            await http.post("/api/Tickets", json=TICKET)
        assert len(sandbox.tickets) == written
        await asyncio.sleep(0.3)
        assert len(sandbox.tickets) == 1


async def test_count_skip_method_and_path_choose_the_requests():
    sandbox = Sandbox("observed")
    async with connected(sandbox) as http:
        sandbox.faults.add(
            fault("unavailable", "GET", "/api/Ticket", skip=1, count=2), fault("forbidden", path="/auth")
        )
        codes = [(await http.get("/api/TicketType")).status_code for _ in range(4)]
        assert codes == [200, 503, 503, 200]
        assert (await fetch_token(http)).status_code == 403
        assert (await fetch_token(http)).status_code == 200
        assert len(sandbox.faults.struck) == 3
        sandbox.faults.add(fault("server_error", count=99))
        sandbox.faults.clear()
        assert (await http.get("/api/Status")).status_code == 200


async def test_stopping_waits_for_nobody():
    sandbox = Sandbox("observed")
    started = asyncio.get_running_loop().time()
    async with sandbox.serving() as url:
        http = plain_client(url)
        sandbox.faults.add(fault("slow", delay=60.0), fault("late_write", delay=60.0))
        slow = asyncio.create_task(http.get("/api/Status"))
        await asyncio.sleep(0.05)
        with pytest.raises(httpx.HTTPError):
            await http.get("/api/Status")
    with pytest.raises(httpx.HTTPError):
        await slow
    await http.aclose()
    assert asyncio.get_running_loop().time() - started < 2


def test_faults_without_sense_are_refused():
    with pytest.raises(ValueError, match="needs a real answer"):
        Fault(do="pass")
    with pytest.raises(ValueError, match="only after the write"):
        Fault(do="cut", write="late")
    with pytest.raises(ValueError, match="no such fault"):
        Fault(do="explode")
    with pytest.raises(KeyError):
        fault("earthquake")
    assert len(NAMED) >= 20
