import ast
import asyncio
import hashlib
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fakes.sandbox_client import fetch_token, plain_client

import gateway.sandbox


@asynccontextmanager
async def process(tmp_path, *arguments):
    port_file = tmp_path / "port"
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-W", "error", "-m", "gateway.sandbox", "--port-file", str(port_file), *arguments),
        cwd=Path(gateway.sandbox.__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        port = int(await asyncio.wait_for(started.stdout.readline(), 20))
        assert port_file.read_text(encoding="ascii") == str(port)
        async with plain_client(f"http://127.0.0.1:{port}") as http:
            yield http
        started.send_signal(signal.SIGTERM)
        _, errors = await asyncio.wait_for(started.communicate(), 10)
        assert (started.returncode, errors) == (0, b"")
    finally:
        if started.returncode is None:
            started.kill()
            await started.wait()


async def test_a_process_can_be_steered_and_looked_into(tmp_path):
    async with process(tmp_path, "--dialect", "observed", "--tenant", "acme") as http:
        assert (await http.post("/_sandbox/clients", json=[{"name": "Acme"}])).json() == [2]
        user = {"name": "Ann", "address": "ann@acme.example", "client_id": 2}
        assert (await http.post("/_sandbox/users", json=[user])).json() == [301]
        assert (await http.post("/_sandbox/tickets", json=[{"summary": "old", "user_id": 301}])).json() == [1001]
        action = {"ticket_id": 1001, "note": "from an agent", "outcome_id": 4}
        assert (await http.post("/_sandbox/actions", json=[action])).json() == [2]
        lost = {"name": "answer_lost", "method": "POST", "path": "/api/Attachment", "count": 1}
        assert (
            await http.post("/_sandbox/faults", json=[lost, {"status": 503, "path": "/api/Status"}])
        ).status_code == 200

        data = {"grant_type": "client_credentials", "client_id": "gateway", "client_secret": "sandbox-secret"}
        token = (await http.post("/auth/token?tenant=acme", data=data)).json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        body = [{"ticket_id": 1001, "filename": "a.bin", "data_base64": "AAEC"}]
        with pytest.raises(httpx.HTTPError):
            await http.post("/api/Attachment", json=body)
        assert (await http.get("/api/Status")).status_code == 503

        state = (await http.get("/_sandbox/state")).json()
        assert state["tickets"][0]["fields"]["summary"] == "old"
        assert [(one["id"], one["opening"]) for one in state["actions"]] == [(1, True), (2, False)]
        (attachment,) = state["attachments"]
        assert attachment["size"] == 3
        assert attachment["sha256"] == hashlib.sha256(b"\x00\x01\x02").hexdigest()
        assert state["requests"] == [
            ["POST", "/auth/token", 200],
            ["POST", "/api/Attachment", None],
            ["GET", "/api/Status", 503],
        ]
        assert state["faults_pending"] == 0
        assert (await http.post("/_sandbox/tokens/expire")).status_code == 200
        assert (await http.get("/api/Status")).status_code == 401
        await http.post("/_sandbox/faults", json=[{"name": "bad_gateway", "count": 5}])
        await http.request("DELETE", "/_sandbox/faults")
        assert (await http.get("/api/Status")).status_code == 401
        for wrong in ([{"name": "earthquake"}], [{"weather": 1}], [{"do": "pass"}], "x", [1]):
            assert (await http.post("/_sandbox/faults", json=wrong)).status_code == 400


async def test_a_documented_process_with_a_rate_limit(tmp_path):
    async with process(tmp_path, "--dialect", "documented", "--rate-limit", "1", "--token-lifetime", "60") as http:
        granted = (await fetch_token(http)).json()
        assert granted["expires_in"] == 60
        http.headers["Authorization"] = f"Bearer {granted['access_token']}"
        assert [(await http.get("/api/Status")).status_code for _ in range(2)] == [200, 429]


def test_the_sandbox_knows_nothing_of_the_gateway():
    folder = Path(gateway.sandbox.__file__).parent
    imported = set()
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")
            elif isinstance(node, ast.Import):
                imported |= {name.name for name in node.names}
    ours = {name for name in imported if name.split(".")[0] in {"gateway", "parsers", "storage", "config"}}
    assert all(name.startswith("gateway.sandbox") for name in ours)
