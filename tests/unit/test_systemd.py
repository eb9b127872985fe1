"""The unit file, by systemd's own judgement; and the notification protocol, over real sockets."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import socket
import subprocess
import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from config.settings import Settings
from gateway.observe.sd_notify import notify, watchdog_interval

SYSTEMD = Path(__file__).parents[2] / "systemd"
UNIT = SYSTEMD / "halo-mailgate.service"
MOST_EXPOSED = 15  # tenths, of 100; 12 today: what is left is the network, which is what the daemon is for


@pytest.fixture
def unit(tmp_path):
    """The unit with a command that exists wherever the tests run."""
    text, number = re.subn("^ExecStart=.*$", "ExecStart=/bin/true run", UNIT.read_text(), flags=re.MULTILINE)
    assert number == 1
    path = tmp_path / UNIT.name
    path.write_text(text)
    return path


def run(command: str, *args: object) -> subprocess.CompletedProcess[str]:
    assert shutil.which(command), f"{command} is missing: apt-get install systemd"
    # Away from a running systemd, whose state is none of this test's business.
    environ = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    return subprocess.run([command, *map(str, args)], capture_output=True, text=True, env=environ, timeout=60)


def test_systemd_finds_nothing_wrong(unit):
    said = run("systemd-analyze", "verify", "--man=no", unit)
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def test_systemd_would_find_something_wrong(unit):
    unit.write_text(unit.read_text() + "\n[Service]\nNoSuchThing=yes\n")
    assert "NoSuchThing" in run("systemd-analyze", "verify", "--man=no", unit).stderr


def test_the_sandbox_is_tight(unit):
    said = run("systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={MOST_EXPOSED}", unit)
    assert said.returncode == 0, said.stdout[-200:]


def test_the_user_can_be_made():
    said = run("systemd-sysusers", "--dry-run", SYSTEMD / "halo-mailgate.sysusers")
    assert said.returncode == 0, said.stderr


def directives() -> dict[str, str]:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(UNIT)
    return dict(parser["Service"])


def test_the_unit_and_the_daemon_agree():
    service = directives()
    assert service["Type"] == "notify"
    assert service["ExecStart"] == "/opt/halo-mailgate/bin/halo-mailgate run"
    assert service["RestartPreventExitStatus"] == "78"
    assert service["Environment"] == "PYTHONSAFEPATH=1"
    stop_time = Settings.model_fields["stop_time"].default
    assert timedelta(seconds=int(service["TimeoutStopSec"].removesuffix("s"))) >= stop_time + timedelta(seconds=10)
    state = Settings.model_fields["state"].default
    assert state.startswith(f"sqlite:////var/lib/{service['StateDirectory']}/")
    user = (SYSTEMD / "halo-mailgate.sysusers").read_text().splitlines()[-1].split()
    assert (user[0], user[1], user[-1]) == ("u", service["User"], f"/var/lib/{service['StateDirectory']}")


def test_a_reader_of_its_own_can_be_given_limits():
    """The filter takes setrlimit away; what the C library calls in its place is prlimit64, which must stay."""
    service = UNIT.read_text()
    removed = re.findall(r"^SystemCallFilter=~(.*)$", service, flags=re.MULTILINE)
    for group in removed[0].split():
        listed = run("systemd-analyze", "syscall-filter", group).stdout.split()
        assert "prlimit64" not in listed
    assert "prlimit64" in run("systemd-analyze", "syscall-filter", "@default").stdout.split()
    assert directives()["OOMPolicy"] == "continue"


def test_every_directive_has_its_reason():
    """A comment stands above each group of lines, and no group is long."""
    service = UNIT.read_text().partition("[Service]")[2].partition("[Install]")[0].strip().splitlines()
    unexplained = 0
    for line in service:
        unexplained = 0 if line.startswith("#") else unexplained + bool(line)
        assert unexplained <= 6, line


@pytest.mark.parametrize("abstract", [False, True])
def test_notifications_arrive(tmp_path, abstract):
    path = f"@halo-mailgate-{uuid.uuid4()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.bind("\0" + path[1:] if abstract else path)
        door.settimeout(5)
        assert notify("READY=1", "STATUS=at work", environ={"NOTIFY_SOCKET": path})
        assert door.recv(1024) == b"READY=1\nSTATUS=at work"
        assert notify("WATCHDOG=1", environ={"NOTIFY_SOCKET": path})
        assert door.recv(1024) == b"WATCHDOG=1"


def test_nobody_listens(tmp_path):
    assert not notify("READY=1", environ={})
    assert not notify("READY=1", environ={"NOTIFY_SOCKET": str(tmp_path / "gone")})
    assert not notify("READY=1", environ={"NOTIFY_SOCKET": "x" * 200})


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "60000000"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "-1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": ""}, None),
    ],
)
def test_the_watchdog(environ, seconds):
    assert watchdog_interval(environ) == seconds


def test_a_listener_that_never_reads_holds_nobody_up(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.bind(str(tmp_path / "notify"))
        said = [notify("WATCHDOG=1", environ={"NOTIFY_SOCKET": str(tmp_path / "notify")}) for _ in range(2000)]
    assert said[0]
    assert not said[-1]
