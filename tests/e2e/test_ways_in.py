"""Mail that comes by other ways than IMAP: a watched Maildir, and `ingest` as a mail server calls it."""

from __future__ import annotations

import asyncio
import mailbox as standard
import sqlite3

import pytest
from fakes.messages import mail
from fakes.stack import COMMAND, Stack


async def ingest(stack, octets, *more, name="support"):
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "ingest", "--mailbox", name, "--config", str(stack.config), *more,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate(octets)
    return process.returncode, out.decode()


def handed(tmp_path, **more):
    return Stack(tmp_path, mailbox={"source": "ingest", "host": "", "username": "", "password": "", **more})


async def test_what_is_handed_over_is_safe_and_becomes_a_ticket(tmp_path):
    async with handed(tmp_path) as stack:
        assert (await ingest(stack, mail()))[0] == 75  # before its first start there is no ledger
        assert await stack.once() == 0
        assert await ingest(stack, mail(message_id="a@c.example")) == (0, "kept as message 1\n")
        assert await ingest(stack, mail(message_id="a@c.example")) == (0, "kept before as message 1\n")
        daemon = await stack.start("run")
        assert (await ingest(stack, mail(message_id="b@c.example", in_reply_to="a@c.example").replace(b"\r\n", b"\n")))[
            0
        ] == 0
        for _ in range(200):
            if len(stack.sandbox.tickets) == 1 and stack.entries(stack.sandbox.tickets[0].id):
                break
            await asyncio.sleep(0.05)
        assert await stack.stop(daemon) == 0
        assert len(stack.sandbox.tickets) == 1
        assert len(stack.entries(stack.sandbox.tickets[0].id)) == 1
        assert len(stack.smtp.messages) == 1


async def test_a_disk_below_its_reserve_leaves_the_mail_with_its_server(tmp_path):
    async with handed(tmp_path) as stack:
        assert await stack.once() == 0
        assert (await ingest(stack, mail()))[0] == 0
        stack.tables["top"] = {"reserve": "1024GiB"}
        stack.write_config()
        status, said = await ingest(stack, mail(message_id="b@c.example"))
        assert (status, "has " in said, "make room until" in said) == (75, True, True)


async def test_whatever_may_be_mended_leaves_the_mail_with_its_server(tmp_path):
    async with handed(tmp_path, max_message_size="100kB") as stack:
        assert await stack.once() == 0
        status, said = await ingest(stack, mail(), name="suport")
        assert (status, "there are support" in said) == (75, True)
        assert (await ingest(stack, mail(), "--no-such-option"))[0] == 75
        assert (await ingest(stack, b""))[0] == 75
        status, said = await ingest(stack, mail(text="x" * 70 + "\n") + b"x" * 100_000)
        assert (status, "larger than" in said) == (69, True)
        good = stack.config.read_text()
        stack.config.write_text("nonsense")
        assert (await ingest(stack, mail()))[0] == 75
        stack.config.write_text(good)
        holder = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        try:
            status, said = await ingest(stack, mail())
            assert (status, "ledger" in said) == (75, True)
        finally:
            holder.execute("ROLLBACK")
            holder.close()
        assert (await ingest(stack, mail()))[0] == 0


@pytest.mark.timeout(300)
async def test_one_that_is_killed_has_kept_the_mail_or_has_not_said_so(tmp_path):
    async with handed(tmp_path) as stack:
        assert await stack.once() == 0
        for n in range(12):
            octets = mail(message_id=f"{n}@c.example")
            process = await asyncio.create_subprocess_exec(
                *COMMAND, "ingest", "-m", "support", "--config", str(stack.config), stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            process.stdin.write(octets)
            process.stdin.close()
            await asyncio.sleep(0.3 + n / 25)
            if process.returncode is None:
                process.kill()
            await process.wait()
            if process.returncode != 0:  # its server has it still
                assert (await ingest(stack, octets))[0] == 0
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == 12


@pytest.mark.parametrize(("when_done", "left"), [("seen", 2), ("delete", 0), ("move:Archive/Done", 0)])
async def test_a_maildir_is_watched(tmp_path, when_done, left):
    path = tmp_path / "Maildir"
    box = standard.Maildir(path)
    changes = {"source": "maildir", "maildir": str(path), "when_done": when_done, "poll_interval": "30s"}
    async with Stack(tmp_path, mailbox={"host": "", "username": "", "password": "", **changes}) as stack:
        box.add(mail(message_id="a@c.example").replace(b"\r\n", b"\n"))
        daemon = await stack.start("run")
        for number in (1, 2):
            for _ in range(200):
                if len(stack.sandbox.tickets) >= number:
                    break
                await asyncio.sleep(0.05)
            if number == 1:
                box.add(mail(message_id="b@c.example"))
        await asyncio.sleep(1)
        assert await stack.stop(daemon) == 0
        assert len(stack.sandbox.tickets) == 2
        assert len(standard.Maildir(path)) == left
        if when_done == "seen":
            assert {one.get_flags() for one in standard.Maildir(path)} == {"S"}
        if when_done.startswith("move"):
            assert len(standard.Maildir(path).get_folder("Archive.Done")) == 2
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == 2


async def test_a_maildir_that_is_none_names_its_cure(tmp_path):
    changes = {"source": "maildir", "maildir": str(tmp_path / "nowhere")}
    async with Stack(tmp_path, mailbox={"host": "", "username": "", "password": "", **changes}) as stack:
        status, out = await stack.call("mailbox", "test", "support")
        assert (status, "maildirmake" in out) == (1, True)
        assert await stack.once() == 75
