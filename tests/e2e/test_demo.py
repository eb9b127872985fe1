"""`halo-mailgate demo` as a process: its table, its exit status, its end on request."""

import os
import pty
import re
import shlex
import signal
import smtplib
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest

DEMO = [sys.executable, "-m", "gateway", "demo"]
ENDS_WITHIN = 60

TABLE = [
    r"1  new request with a picture +done +ticket 1001 +1 +sent",
    r"2  forwarded mail +done +ticket 100[23] +sent",
    r"3  stranger's mail, broken HTML +done +ticket 100[23] +sent",
    r"4  reply to acknowledgement +done +ticket 1001, action 2 +1 +none: no new ticket",
    r"5  out-of-office answer +done +ticket 100[23], action 2 +none: no new ticket",
    r"6  bounce of acknowledgement +done +ticket 100[23], action 2, hidden( +[0-9]+)? +none: no new ticket",
]


@pytest.fixture
def environment(tmp_path):
    """Its folder among pytest's; nothing that would turn colours on."""
    ours = {name: value for name, value in os.environ.items() if name not in {"FORCE_COLOR", "TTY_INTERACTIVE"}}
    return {**ours, "TMPDIR": str(tmp_path), "TERM": "xterm", "PYTHONUNBUFFERED": "1"}


def run(command, environment):
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=ENDS_WITHIN)


@contextmanager
def started(command, environment):
    """A process that is not left behind, even when it says nothing more."""
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        alarm = threading.Timer(ENDS_WITHIN, process.kill)
        alarm.start()
        try:
            yield process
        finally:
            alarm.cancel()
            process.kill()


def read_until(process, words):
    lines = []
    for line in process.stdout:
        lines.append(line)
        if words in line:
            return lines
    raise AssertionError(f"it never said {words!r}: {''.join(lines)}")


def test_it_ends_well_with_its_table_and_can_be_explained(environment):
    ended = run(DEMO, environment)
    assert (ended.returncode, ended.stderr) == (0, "")
    rows = [line for line in ended.stdout.splitlines() if re.match(r"\d  ", line)]
    assert len(rows) == len(TABLE)
    for row, expected in zip(rows, TABLE, strict=True):
        assert re.fullmatch(expected, row), row
    assert "3 tickets, 3 actions" in ended.stdout
    assert "3 acknowledgements" in " ".join(ended.stdout.split())
    assert "6 of 6 mails" in " ".join(ended.stdout.split())
    assert "\x1b" not in ended.stdout
    explain = next(line for line in ended.stdout.splitlines() if " explain ticket:" in line)
    explained = run(shlex.split(explain), environment)
    assert explained.returncode == 0
    assert "decides: OpenTicket, new_request" in explained.stdout
    assert "reply_by_signed_reference" in explained.stdout


def test_a_terminal_sees_it_live(environment):
    ours, theirs = pty.openpty()
    with subprocess.Popen(DEMO, env={**environment, "COLUMNS": "120"}, stdout=theirs) as process:
        os.close(theirs)
        seen = bytearray()
        try:
            while part := os.read(ours, 65536):
                seen += part
        except OSError:  # how a terminal ends on Linux
            pass
        finally:
            os.close(ours)
        assert process.wait(ENDS_WITHIN) == 0
    text = seen.decode()
    assert text.count("forwarded mail") > 3
    assert "in folder" in text
    assert text.count("1  new request") > text.count("HaloPSA holds") == 1


def test_served_it_takes_mail_until_it_is_interrupted(environment):
    with started([*DEMO, "--serve"], environment) as process:
        said = "".join(read_until(process, "sendmail("))
        port = int(re.search(r"SMTP +127\.0\.0\.1:(\d+)", said)[1])
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.sendmail(
                "ines@quill-ledger.example", "support@harbourpine.example", "From: ines@quill-ledger.example\n\nhello"
            )
        (*_, told) = read_until(process, "message 7:")
        assert told == "message 7: done; ticket 1004; acknowledgement: sent\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(ENDS_WITHIN) == 0


def test_interrupted_it_says_so(environment):
    with started(DEMO, environment) as process:
        read_until(process, "The real daemon")
        process.send_signal(signal.SIGINT)
        assert "Interrupted." in process.stdout.read()
        assert process.wait(ENDS_WITHIN) == 130


def test_what_does_not_come_to_rest_is_named(environment):
    play = "import asyncio, sys; from gateway.demo import demo; sys.exit(asyncio.run(demo(patience=0)))"
    ended = run([sys.executable, "-c", play], environment)
    assert ended.returncode == 1
    assert "0 seconds have passed, and these mails have not come to rest: 1, 2, 3, 4, 5, 6" in ended.stdout
    assert "daemon.log" in ended.stdout


@pytest.mark.parametrize("package", ["pymap", "starlette"])
def test_a_missing_package_is_named_with_its_cure(environment, package):
    without = f"import sys; sys.modules[{package!r}] = None; from gateway.cli import main; main()"
    ended = run([sys.executable, "-c", without, "demo"], environment)
    assert ended.returncode != 0
    assert f"the demo needs {package}" in ended.stderr
    assert "pip install 'halo-mailgate[demo]'" in ended.stderr
