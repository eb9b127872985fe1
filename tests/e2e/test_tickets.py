"""`halo-mailgate tickets` and `picklist`, as installed, against a HaloPSA that speaks either dialect."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fakes.stack import COMMAND

from gateway.sandbox import Sandbox, fault

CONFIG = """\
state = "sqlite:///{folder}/ledger.db"
[halo]
url = "{url}"
client_id = "gateway"
client_secret = "sandbox-secret"
timeout = "5s"
[[mailbox]]
name = "support"
host = "127.0.0.1"
port = 143
security = "none"
username = "support"
password = "x"
address = "support@it-desk.example"
"""


class Shell:
    """The command, with a configuration, in front of a sandbox."""

    def __init__(self, sandbox: Sandbox, config: Path) -> None:
        self.sandbox = sandbox
        self.config = config

    async def __call__(self, *arguments: object) -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            *map(str, arguments),
            "--config",
            str(self.config),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "COLUMNS": "200", "NO_PROXY": "*"},
        )
        out, said = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), said.decode()

    async def json(self, *arguments: object) -> object:
        status, out, said = await self(*arguments, "--json")
        assert status == 0, said
        return json.loads(out)


@pytest.fixture(params=["documented", "observed"])
async def shell(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shell]:
    sandbox = Sandbox(request.param)
    sandbox.add_client("Acme", "acme.example")
    async with sandbox.serving() as url:
        config = tmp_path / "gateway.toml"
        config.write_text(CONFIG.format(folder=tmp_path, url=url))
        yield Shell(sandbox, config)


async def test_the_life_of_a_ticket(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "error.log"
    file.write_bytes(b"paper jam\n")
    made = await shell.json("tickets", "create", "Printer <b>jams</b>", "--client", "acme", "--details", "Tray 2\n<b>?",
                            "--priority", "high", "--set", "category_1=Hardware")  # fmt: skip
    ticket = made["id"]  # type: ignore[index]
    status, out, said = await shell("tickets", "update", ticket, "--status", "In Progress")
    assert (status, out.strip()) == (0, f"ticket {ticket} is changed")
    assert "nobody is assigned" in said
    assert (await shell("tickets", "note", ticket, "Looked at it & cleaned"))[0] == 0
    assert (await shell("tickets", "log-time", ticket, 30, "Cleaning", "--charge"))[0] == 0
    assert (await shell("tickets", "attach", ticket, file))[0] == 0
    listed = await shell.json("tickets", "attachments", ticket)
    assert [(one["filename"], one["filesize"]) for one in listed] == [("error.log", 10)]  # type: ignore[attr-defined]

    status, _, said = await shell("tickets", "resolve", ticket)
    assert status == 1
    assert "needs a resolution" in said
    assert "--resolution" in said
    assert (await shell("tickets", "resolve", ticket, "--resolution", "Cleaned"))[0] == 0

    shown = await shell.json("tickets", "show", ticket)
    assert isinstance(shown, dict)
    assert (shown["summary"], shown["status_id"], shown["category_1"]) == ("Printer <b>jams</b>", 8, "Hardware")
    assert shown["details"] == "<p>Tray 2<br>\n&lt;b&gt;?</p>"
    assert [one["minutes"] for one in shown["actions"]][-1] == 30
    status, out, _ = await shell("tickets", "show", ticket)
    assert status == 0
    assert "Tray 2\n<b>?" in out
    assert "Looked at it & cleaned" in out
    assert "error.log" in out
    standing = await shell.json("tickets", "sla", ticket)
    assert isinstance(standing, dict)
    assert standing["priority"] == "High"
    assert standing["resolve_by"]


async def test_a_search_as_people_and_programs_see_it(shell: Shell) -> None:
    for number in range(3):
        shell.sandbox.add_ticket(summary=f"Lamp <{number}> \x1b[31m", client_id=2, status_id=1 + number, priority_id=3)
    status, out, _ = await shell("tickets", "search", "lamp", "--client", "Acme")
    assert status == 0
    assert [f"Lamp <{number}>" in out for number in range(3)] == [True] * 3
    assert "In Progress" in out
    assert "\x1b" not in out
    found = await shell.json("tickets", "search", "--status", "pending")
    assert [one["summary"][:6] for one in found] == ["Lamp <"]  # type: ignore[attr-defined]


async def test_picklists(shell: Shell) -> None:
    assert {"id": 5, "name": "Waiting on Client"} in await shell.json("picklist", "status")  # type: ignore[operator]
    status, out, _ = await shell("picklist", "priority")
    assert status == 0
    assert "Critical" in out
    status, _, said = await shell("picklist", "colour")
    assert status == 64
    assert "there are status" in said


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["tickets", "show", 4711], 1, "there is no ticket 4711"),
        (["tickets", "create", "x", "--client", "Nobody"], 78, "client 'Nobody' is not known; there are: 1 Unknown"),
        (["tickets", "update", 1], 1, "there is no ticket 1"),
        (["tickets", "note", 4711, "x"], 1, "404"),
        (["tickets", "search", "--since", "yesterday"], 64, "write it as 2026-03-01"),
        (["tickets", "attach", 1, "/nowhere/file"], 66, "/nowhere/file: No such file"),
        (["tickets", "create", "x", "--client", "1", "--set", "no"], 64, "write NAME=VALUE"),
    ],
)
async def test_what_is_wrong_is_said_with_its_cure(
    shell: Shell, arguments: list[object], status: int, said: str
) -> None:
    found, _, words = await shell(*arguments)
    assert (found, said in words) == (status, True), words
    assert "Traceback" not in words


async def test_halos_troubles_are_said(shell: Shell) -> None:
    shell.sandbox.withdraw_permission()
    status, _, said = await shell("tickets", "search")
    assert status == 78
    assert "permission" in said
    shell.sandbox.grant_permission()
    shell.sandbox.faults.add(fault("answer_lost", "POST", "/api/Tickets"))
    status, _, said = await shell("tickets", "create", "x", "--client", 1)
    assert status == 75
    assert "look before you repeat" in said


async def test_the_sandbox_alone(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(*COMMAND, "sandbox", "--port", "0", "--json", stdout=-1, stderr=-1)
    assert process.stdout is not None
    said = json.loads(await process.stdout.readuntil(b"}\n"))
    assert said["client_secret"] == "sandbox-secret"
    config = tmp_path / "gateway.toml"
    config.write_text(CONFIG.format(folder=tmp_path, url=said["url"]))
    shell = Shell(Sandbox(), config)
    assert (await shell("tickets", "create", "A lamp", "--client", "Acme"))[0] == 0
    taken = said["url"].rpartition(":")[2]
    other = await asyncio.create_subprocess_exec(*COMMAND, "sandbox", "--port", taken, stdout=-1, stderr=-1)
    _, words = await other.communicate()
    assert other.returncode == 69
    assert b"choose another by --port" in words
    process.send_signal(signal.SIGTERM)
    await process.communicate()
    assert process.returncode == 0
