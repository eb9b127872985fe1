"""Copies of a ledger in use: of one moment, whole, and the one way back."""

from __future__ import annotations

import os
import sqlite3
import threading

import pytest
from fakes.messages import mail
from fakes.trunk import Halo, desk_with

from storage.copies import backup, faults
from storage.errors import LedgerUnusable
from storage.states import State


async def test_a_copy_taken_while_mail_comes_in_is_whole_and_goes_on_from_its_moment(tmp_path):
    halo, state, copy = Halo(), f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path / "other" / "ledger.db"
    copy.parent.mkdir()
    seen = []
    async with desk_with(tmp_path, halo) as made:
        for number in range(6):
            await made.deliver(mail(message_id=f"{number}@c.example", subject=f"Mail {number}"))
            if number == 3:
                thread = threading.Thread(target=lambda: seen.append(backup(state, copy)))
                thread.start()
            await made.work()
        thread.join()
    assert seen == [copy.stat().st_size]
    assert copy.stat().st_mode & 0o077 == 0
    assert sorted(one.name for one in copy.parent.iterdir()) == ["ledger.db"]
    assert faults(f"sqlite:///{copy}") == []
    async with desk_with(copy.parent, halo) as restored:
        counts = await restored.ledger.reading.counts()
        assert 3 <= counts[State.DONE] + counts[State.RECEIVED] + counts[State.ACTIVE] <= 6
        await restored.work()
        assert (await restored.ledger.reading.counts())[State.BROKEN] == 0


def made(tmp_path, rows: int = 2000):
    path = tmp_path / "ledger.db"
    with sqlite3.connect(path) as opened:
        opened.execute("CREATE TABLE one (id INTEGER PRIMARY KEY, text TEXT)")
        opened.executemany("INSERT INTO one (text) VALUES (?)", [("x" * 500,)] * rows)
    opened.close()
    return path


def test_no_file_is_ever_replaced_and_nothing_is_left_behind(tmp_path):
    path, target = made(tmp_path), tmp_path / "copy.db"
    target.write_text("precious")
    with pytest.raises(LedgerUnusable, match="is there already"):
        backup(f"sqlite:///{path}", target)
    assert target.read_text() == "precious"
    with pytest.raises(LedgerUnusable, match="could not be copied"):
        backup(f"sqlite:///{path}", tmp_path / "nowhere" / "copy.db")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["copy.db", "ledger.db"]


def test_a_damaged_ledger_is_told_and_no_copy_of_it_is_kept(tmp_path):
    path = made(tmp_path)
    with path.open("r+b") as opened:
        opened.seek(path.stat().st_size // 2)
        opened.write(os.urandom(40_000))
    assert faults(f"sqlite:///{path}")
    with pytest.raises(LedgerUnusable):
        backup(f"sqlite:///{path}", tmp_path / "copy.db")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["ledger.db"]


def test_the_progress_comes_to_its_end(tmp_path):
    seen = []
    backup(f"sqlite:///{made(tmp_path, 30_000)}", tmp_path / "copy.db", lambda left, pages: seen.append((left, pages)))
    assert len(seen) > 1
    assert seen[-1][0] == 0
    assert [left for left, _ in seen] == sorted((left for left, _ in seen), reverse=True)


@pytest.mark.parametrize("state", ["postgresql://u@h/d", "sqlite:////nowhere/ledger.db"])
def test_what_cannot_be_copied_has_a_cure(tmp_path, state):
    with pytest.raises(LedgerUnusable) as caught:
        backup(state, tmp_path / "copy.db")
    assert caught.value.cure
