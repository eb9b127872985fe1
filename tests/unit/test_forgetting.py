"""Nothing of what was erased stays in the files of a ledger on SQLite, not even what a page once held."""

from __future__ import annotations

import random
import sqlite3

from fakes.ledgers import NOW, claim, keep
from sqlalchemy import insert

from storage import forgetting
from storage.ledger import open_ledger
from storage.tables import thread_ids


async def erased(ledger):
    """A message erased that had so many Message-IDs, among those of others, that pages were split around them."""
    theirs, others = await keep(ledger, 1, 2)
    for _ in range(2):
        held = await claim(ledger)
        await ledger.threads.join(held, None, None, [], NOW)
        await ledger.work.hold(held, "stranger", "", NOW)
    chance = random.Random(7)
    rows = [
        {
            "msgid": f"{chance.getrandbits(64):016x}.{'annas-mac' if of == theirs else 'borisbox'}@customer.example",
            "conversation": 1,
            "strength": "own",
            "message": of,
        }
        for of in chance.choices([theirs, others], k=3000)
    ]
    for start in range(0, len(rows), 100):
        async with ledger.database.write() as connection:
            await connection.execute(insert(thread_ids), rows[start : start + 100])
    assert await ledger.forgetting.forget([theirs], NOW) == [theirs]


def left(folder) -> list[str]:
    return [one.name for one in folder.glob("ledger.db*") if b"annas-mac" in one.read_bytes()]


async def test_pages_that_were_split_keep_no_copy(tmp_path):
    ledger = await open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}", daemon=True)
    try:
        await erased(ledger)
        assert await ledger.forgetting.unwiped()
        assert await ledger.forgetting.wipe()
        assert left(tmp_path) == []
        assert b"borisbox" in (tmp_path / "ledger.db").read_bytes()
        assert not await ledger.forgetting.unwiped()
        with sqlite3.connect(tmp_path / "ledger.db") as opened:
            assert opened.execute("PRAGMA auto_vacuum").fetchone() == (2,)  # it is kept by the writing anew
        opened.close()
    finally:
        await ledger.close()


async def test_what_could_not_be_wiped_is_remembered(tmp_path, monkeypatch):
    monkeypatch.setattr(forgetting, "PATIENCE", 0.2)
    ledger = await open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}", daemon=True)
    reader = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    try:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM messages").fetchall()
        await erased(ledger)
        assert await ledger.forgetting.wipe() is False
        assert await ledger.forgetting.unwiped()
        reader.execute("COMMIT")
        assert await ledger.forgetting.wipe() is True
        assert left(tmp_path) == []
    finally:
        reader.close()
        await ledger.close()
