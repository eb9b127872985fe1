"""A daemon does not begin on a ledger that is damaged, and does not look for minutes."""

from __future__ import annotations

import os
import sqlite3
import threading

import pytest
from fakes.ledgers import NOW, keep

from gateway.chores import examination
from storage import soundness
from storage.errors import LedgerUnusable
from storage.ledger import open_ledger


async def made(tmp_path, mails: int = 60):
    """A ledger with mails in it, closed."""
    path = tmp_path / "ledger.db"
    ledger = await open_ledger(f"sqlite:///{path}", daemon=True)
    assert ledger.database.examined
    for at in range(0, mails, 20):
        await keep(ledger, *range(at + 1, at + 21), octets=os.urandom(20_000))
    await ledger.close()
    return path


def pages_of(path, name: str) -> list[int]:
    """The offsets of the pages of a table or an index, by the file itself."""
    with sqlite3.connect(path) as opened:
        root = opened.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()[0]
        size = opened.execute("PRAGMA page_size").fetchone()[0]
    opened.close()
    octets = path.read_bytes()
    page = octets[(root - 1) * size : root * size]
    if page[0] in {2, 5}:  # inner pages (SQLite file format §1.6): the children are the leaves
        cells = int.from_bytes(page[3:5])
        pointers = [int.from_bytes(page[12 + 2 * n : 14 + 2 * n]) for n in range(cells)]
        children = [int.from_bytes(page[at : at + 4]) for at in pointers] + [int.from_bytes(page[8:12])]
        return [(child - 1) * size for child in children]
    return [(root - 1) * size]


@pytest.mark.parametrize("name", ["messages", "octets", "journal", "ix_messages_sha256", "ix_journal_message"])
async def test_a_file_damaged_in_the_middle_of_a_table_or_an_index_is_refused(tmp_path, name):
    path = await made(tmp_path)
    pages = pages_of(path, name)
    with path.open("r+b") as opened:
        opened.seek(pages[len(pages) // 2])
        opened.write(os.urandom(2000))
    with pytest.raises(LedgerUnusable, match="is damaged") as caught:
        await open_ledger(f"sqlite:///{path}", daemon=True)
    assert "ledger backup" in caught.value.cure
    assert soundness.examine(path, threading.Event())


async def test_a_file_that_was_cut_is_refused(tmp_path):
    path = await made(tmp_path)
    os.truncate(path, path.stat().st_size * 2 // 3)
    with pytest.raises(LedgerUnusable, match="is damaged"):
        await open_ledger(f"sqlite:///{path}", daemon=True)


async def test_an_index_that_lost_a_row_is_found_beside_the_work(tmp_path):
    path = await made(tmp_path)
    with sqlite3.connect(path) as opened:
        opened.execute("PRAGMA writable_schema = ON")
        opened.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'sha256', 'words') WHERE name = 'ix_messages_sha256'"
        )
    opened.close()
    told = []

    async def tell(words: str) -> None:
        told.append(words)

    await examination(path, tell).work()
    assert "damaged" in told[0]
    assert "ix_messages_sha256" in told[0]


async def test_a_row_that_names_one_that_is_not_there_is_refused(tmp_path):
    path = await made(tmp_path)
    with sqlite3.connect(path) as opened:
        opened.execute("DELETE FROM messages WHERE id = 7")
    opened.close()
    with pytest.raises(LedgerUnusable, match="names a row of messages that is not there"):
        await open_ledger(f"sqlite:///{path}", daemon=True)


async def test_the_look_ends_in_its_time_and_the_rest_is_read_beside_the_work(tmp_path):
    path = await made(tmp_path, 400)
    assert soundness.look(path) is True
    assert soundness.look(path, 0.0) is False
    stopped = threading.Event()
    stopped.set()
    assert soundness.examine(path, stopped) == []
    told = []

    async def tell(words: str) -> None:
        told.append(words)

    await examination(path, tell).work()
    assert told == [""]


async def test_parts_of_two_ledgers_are_refused(tmp_path):
    path = await made(tmp_path)
    with sqlite3.connect(path) as opened:
        opened.execute("UPDATE alembic_version SET version_num = '0003'")
    opened.close()
    with pytest.raises(LedgerUnusable, match="migration 0003: restore a backup"):
        await open_ledger(f"sqlite:///{path}", daemon=True)


async def test_freed_room_goes_back_to_the_disk_in_steps(tmp_path):
    ledger = await open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}", daemon=True)
    try:
        ids = await keep(ledger, *range(1, 21), octets=os.urandom(300_000))
        for _ in ids:
            held = await ledger.work.claim("w", NOW)
            await ledger.work.hold(held, "stranger", "", NOW)
        await ledger.forgetting.wipe()
        full = (tmp_path / "ledger.db").stat().st_size
        assert await ledger.forgetting.forget(ids, NOW) == ids
        steps = 1
        while await ledger.keeping.shrink():
            steps += 1
        assert steps >= 3
        assert await ledger.forgetting.wipe()
        assert (tmp_path / "ledger.db").stat().st_size < full / 4
    finally:
        await ledger.close()
    assert soundness.look(tmp_path / "ledger.db")
