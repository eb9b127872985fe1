"""Other users of the host: they can read no mail and no secret, and nothing that they can write is believed."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from fakes.messages import mail
from fakes.stack import Stack

from config.load import load
from gateway.exposure import exposed
from storage import private
from storage.errors import LedgerUnusable


@contextmanager
def umask(mask: int):
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def open_to_others(folder: Path) -> list[str]:
    return [f"{one.name} {mode(one):o}" for one in folder.rglob("*") if mode(one) & 0o077 and one.name != "log"]


@pytest.mark.parametrize("mask", [0, 0o022, 0o777])
async def test_whatever_the_umask_files_are_for_their_user_alone(tmp_path, mask):
    """The ledger, what lies beside it while the daemon runs, its lock, its shadow, a backup and a page."""
    async with Stack(tmp_path) as stack:
        stack.deliver(mail(message_id="a@c.example"))
        (tmp_path / "a.eml").write_bytes(mail())
        (tmp_path / "a.eml").chmod(0o600)
        (tmp_path / "log").touch()
        with umask(mask):
            daemon = await stack.start("run")
        try:
            while not (tmp_path / "ledger.db-wal").exists() or not stack.sandbox.tickets:
                assert daemon.returncode is None
                await stack.sandbox.writes_landed()
                await _a_moment()
            beside = {one.name for one in tmp_path.glob("ledger.db*")}
            assert {"ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.db.lock"} <= beside
            assert not open_to_others(tmp_path)
        finally:
            await stack.stop(daemon)
        (tmp_path / "page.html").touch(mode=0o644)  # of an older version
        for command in (
            ("ledger", "backup", str(tmp_path / "copy.db")),
            ("ack", "preview", str(tmp_path / "a.eml"), "--page", str(tmp_path / "page.html")),
        ):
            with umask(mask):
                process = await stack.start(*command)
            await process.communicate()
            assert process.returncode == 0, stack.log
        assert (tmp_path / "page.html").stat().st_size
        assert not open_to_others(tmp_path)


async def _a_moment() -> None:
    import asyncio

    await asyncio.sleep(0.05)


async def test_an_older_ledger_is_mended_and_told_of(tmp_path):
    async with Stack(tmp_path) as stack:
        stack.deliver(mail(message_id="a@c.example"))
        assert await stack.once() == 0
        for name, its in (("ledger.db", 0o644), ("ledger.db.lock", 0o666)):
            (tmp_path / name).chmod(its)
        status, said = await stack.call("check")
        assert status == 1
        assert "chmod 600" in " ".join(said.split())
        assert await stack.once() == 0
        assert (mode(tmp_path / "ledger.db"), mode(tmp_path / "ledger.db.lock")) == (0o600, 0o600)
        assert "had mode 0644" in stack.log
        assert (await stack.call("check"))[0] == 0


WRITABLE = {
    "the configuration": lambda folder: folder / "gateway.toml",
    "the folder of the ledger": lambda folder: folder / "state",
    "the folder of the configuration": lambda folder: folder,
    "the credentials": lambda folder: folder / "credentials",
    "a credential": lambda folder: folder / "credentials" / "halo-client-secret",
    "the templates": lambda folder: folder / "templates",
    "a template": lambda folder: folder / "templates" / "acknowledgement.txt.j2",
}


async def test_what_others_can_write_is_refused_with_its_cure(tmp_path):
    """The same installation each time; group rights and a configuration without secrets are nobody's business."""
    (tmp_path / "state").mkdir(mode=0o700)
    (tmp_path / "templates").mkdir(mode=0o755)
    (tmp_path / "credentials").mkdir(mode=0o700)
    (tmp_path / "credentials" / "halo-client-secret").touch(mode=0o600)
    (tmp_path / "credentials" / "halo-client-secret").write_text("sandbox-secret")
    template = tmp_path / "templates" / "acknowledgement.txt.j2"
    template.touch(mode=0o644)
    template.write_text("We have your mail.\n")
    state = f"sqlite:///{tmp_path / 'state' / 'ledger.db'}"
    secrets = {"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}
    async with Stack(tmp_path, state=state, smtp={"templates": str(tmp_path / "templates")}) as stack:
        stack.config.chmod(0o640)
        stack.deliver(mail(message_id="a@c.example"))
        for what in ("the configuration", "the folder of the ledger", "a credential", "a template"):
            path = WRITABLE[what](tmp_path)
            before = mode(path)
            path.chmod(before | 0o006)
            status, _ = await stack.call("run", "--once", **secrets)
            assert status == 78, what
            assert "chmod" in stack.log.splitlines()[-1], what
            assert not (tmp_path / "state" / "ledger.db").exists()
            path.chmod(before)
        status, _ = await stack.call("run", "--once", **secrets)
        assert status == 0, stack.log
        assert len(stack.sandbox.tickets) == 1


async def test_secrets_that_others_can_read_are_told_of(tmp_path):
    """It works, and the operator knows: in `check`, and by an alert until it is mended."""
    async with Stack(tmp_path) as stack:
        stack.config.chmod(0o644)
        stack.deliver(mail(message_id="a@c.example"))
        assert await stack.once() == 0
        assert f"chmod o-rwx {stack.config}" in stack.log
        status, said = await stack.call("check", "--json")
        assert status == 1
        assert f"chmod o-rwx {stack.config}" in said
        stack.config.chmod(0o640)
        assert await stack.once() == 0
        assert (await stack.call("check"))[0] == 0


@pytest.fixture
def installation(tmp_path):
    """A configuration with its secret elsewhere, in a folder that others may read."""
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    (home / "state").mkdir(mode=0o700)
    (home / "gateway.toml").write_text(
        f'state = "sqlite:///{home}/state/ledger.db"\n[halo]\nurl = "https://acme.halopsa.example"\nclient_id = "x"\n'
        '[[mailbox]]\nname = "support"\naddress = "support@acme.example"\nhost = "imap.acme.example"\nusername = "u"\n'
    )
    (home / "gateway.toml").chmod(0o644)
    return home


def found(home: Path, **environ: str):
    config = home / "gateway.toml"
    return exposed(load(config, environ, need_secrets=False), config, environ)


def test_a_configuration_without_secrets_may_be_read_by_everybody(installation):
    assert found(installation) == []
    (installation / "gateway.toml").chmod(0o640)
    (installation / "state").chmod(0o750)
    assert found(installation) == []


@pytest.mark.parametrize("line", ['client_secret = "s3cret-s3cret"', 'password = "hunter22"'])
def test_one_with_secrets_may_not(installation, line):
    config = installation / "gateway.toml"
    after = "[halo]" if "client" in line else "[[mailbox]]"
    config.write_text(config.read_text().replace(after, f"{after}\n{line}"))
    (one,) = found(installation)
    assert (one.grave, one.cure) == (False, f"chmod o-rwx {config}")
    config.chmod(0o640)
    assert found(installation) == []


@pytest.mark.parametrize(("where", "mode_", "grave"), [
    ("gateway.toml", 0o666, True), (".", 0o777, True), ("state", 0o777, True), ("state", 0o1777, True),
    ("state", 0o755, False), (".", 0o1777, False), ("gateway.toml", 0o660, None), ("state", 0o770, None),
])  # fmt: skip
def test_what_is_grave_and_what_is_not(installation, where, mode_, grave):
    """A sticky folder keeps a configuration from being replaced, but strangers' files from nowhere beside a ledger."""
    (installation / where).chmod(mode_)
    said = found(installation)
    assert [one.grave for one in said][:1] == ([] if grave is None or (where == "." and mode_ == 0o1777) else [grave])


@pytest.mark.parametrize("name", ["halo-client-secret", "mailbox-support-password"])
def test_credentials(installation, tmp_path, name):
    secrets = tmp_path / "credentials"
    secrets.mkdir(mode=0o755)
    (secrets / name).write_text("s3cret-s3cret")
    for its, grave in ((0o400, []), (0o440, []), (0o644, [False]), (0o602, [True])):
        (secrets / name).chmod(its)
        assert [one.grave for one in found(installation, CREDENTIALS_DIRECTORY=str(secrets))] == grave
    (secrets / name).chmod(0o400)
    secrets.chmod(0o777)
    assert [one.grave for one in found(installation, CREDENTIALS_DIRECTORY=str(secrets))] == [True]


def test_no_link_is_followed_where_a_file_of_ours_is_made(tmp_path):
    """Whoever could put a link in its place would have us write over, or into, a file of theirs."""
    theirs = tmp_path / "theirs"
    theirs.write_text("theirs")
    link = tmp_path / "ledger.db.lock"
    link.symlink_to(theirs)
    with pytest.raises(OSError, match="symbolic"):
        private.opened(link)
    with pytest.raises(LedgerUnusable, match="is a link"):
        private.ready(tmp_path / "ledger.db")
    (tmp_path / "other.db").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        private.made(tmp_path / "other.db")
    assert theirs.read_text() == "theirs"
    assert not (tmp_path / "nowhere").exists()


def test_group_rights_that_somebody_gave_stay(tmp_path):
    ledger = tmp_path / "ledger.db"
    assert private.ready(ledger) == []
    ledger.chmod(0o640)
    assert private.ready(ledger) == []
    assert mode(ledger) == 0o640
    ledger.chmod(0o644)
    assert len(private.ready(ledger)) == 1
    assert mode(ledger) == 0o600


def test_a_folder_that_a_mount_keeps_everybody_from_is_no_reason_to_refuse(tmp_path):
    """As a container has its configuration: 0777, and read-only."""
    folder = tmp_path / "etc"
    folder.mkdir()
    tell = (
        "import sys; from pathlib import Path; from gateway.exposure import _place; "
        "print(len(list(_place(Path(sys.argv[1]) / 'gateway.toml', 'the configuration'))))"
    )
    mount = 'mount -t tmpfs -o mode=0777 tmpfs "$1" && touch "$1/gateway.toml" && '
    for more, expected in (("", "1"), ('mount -o remount,ro "$1" && ', "0")):
        command = ["unshare", "-rm", "sh", "-c", f'{mount}{more}exec "$2" -c "$3" "$1"', "sh", str(folder)]
        said = subprocess.run([*command, sys.executable, tell], capture_output=True, text=True, check=False)
        assert said.stdout.strip() == expected, said.stderr


async def test_a_page_is_written_through_no_link(tmp_path):
    async with Stack(tmp_path) as stack:
        victim, page = tmp_path / "victim", tmp_path / "page.html"
        victim.write_text("mine")
        victim.chmod(0o644)
        page.symlink_to(victim)
        status, _ = await stack.call("ack", "preview", "--page", str(page))
        assert status == 64
        assert (victim.read_text(), victim.stat().st_mode & 0o777) == ("mine", 0o644)
