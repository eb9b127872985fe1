"""`halo-mailgate parse`, the installed command, as people and programs call it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from parsers import parse
from parsers.view import as_object

COMMAND = Path(sys.executable).with_name("halo-mailgate")
MAIL = b"From: Ada <ada@example.com>\nSubject: Printer\nMessage-ID: <1@example.com>\n\nIt smokes.\n-- \nAda\n"


def run(*arguments: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HALO_MAILGATE")}
    return subprocess.run(
        [COMMAND, "parse", *map(str, arguments)], input=stdin, capture_output=True, timeout=60, env=environment
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "b.eml").write_bytes(MAIL)
    (tmp_path / "a.EML").write_bytes(MAIL.replace(b"Printer", b"Scanner"))
    (tmp_path / "notes.txt").write_bytes(b"no mail")
    (tmp_path / "box" / "new").mkdir(parents=True)
    (tmp_path / "box" / "new" / "1700000000.M1.host").write_bytes(MAIL)
    return tmp_path


def test_an_object_a_mail_with_every_key(folder: Path) -> None:
    done = run("--jsonl", folder, "-", stdin=MAIL)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [Path(one["path"]).name for one in found] == ["a.EML", "b.eml", "1700000000.M1.host", "-"]
    assert found[1] == {"path": str(folder / "b.eml"), **as_object(parse(MAIL))}
    assert found[0]["subject"] == "Scanner"
    assert (found[3]["reply_text"], found[3]["signature"]) == ("It smokes.", "--\nAda")


def test_the_readme_names_every_key() -> None:
    readme = (Path(__file__).parents[2] / "parsers" / "README.md").read_text("utf-8")
    assert [key for key in ("path", *as_object(parse(b""))) if f"`{key}`" not in readme] == []


def test_what_cannot_be_read_is_named_and_stops_nothing(folder: Path) -> None:
    done = run("--jsonl", folder / "missing.eml", folder / "b.eml")
    assert done.returncode == 66
    assert b"missing.eml: No such file" in done.stderr
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize("octets", [b"", b"\0" * 100, b"\xff\xfe\r\r\n\n", b"PK\x03\x04 a zip archive", b"Subject"])
def test_octets_that_are_no_mail_give_an_object(octets: bytes) -> None:
    done = run("--jsonl", "-", stdin=octets)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout).keys() == {"path", *as_object(parse(b""))}


def test_a_summary_for_people(folder: Path) -> None:
    done = run(folder / "b.eml")
    said = done.stdout.decode()
    assert done.returncode == 0
    for piece in ("Ada <ada@example.com>", "Printer", "a person", "It smokes.", "signature"):
        assert piece in said


def test_a_mail_cannot_write_to_the_terminal() -> None:
    hostile = "Subject: =?utf-8?q?=1b[2J=c2=9b31m?=\n\n\x1b]0;owned\x07 [bold]x[/bold] \u202etxt.exe\x9b2J\n".encode()
    said = run("-", stdin=hostile).stdout.decode()
    assert not [one for one in said if not (one.isprintable() or one == "\n")]
    assert "[bold]x[/bold]" in said


def test_a_reader_that_leaves_early_is_no_error(folder: Path) -> None:
    for number in range(300):
        (folder / f"{number}.eml").write_bytes(MAIL + b"x" * 1_000)
    process = subprocess.Popen(
        [COMMAND, "parse", "--jsonl", folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/"
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) in {0, 1, -13}
