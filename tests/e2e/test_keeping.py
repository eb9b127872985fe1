"""Octets that go when their time is over, a person who is forgotten, a ledger that is restored or damaged: by the
installed command between real servers."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
from datetime import UTC, datetime

from fakes.messages import mail
from fakes.stack import Stack

from storage.ledger import open_ledger
from storage.states import State

WORD = "Xylophonkoffer"
ANNA, BORIS = "Anna Berg <Anna@customer.example>", "Boris <boris@customer.example>"
NOISE = os.urandom(90_000)


async def rest(stack: Stack, count: int, seconds: float = 30.0) -> None:
    """Until so many messages are settled."""
    for _ in range(int(seconds / 0.1)):
        if "started" in stack.log and (await counts(stack))[State.DONE] >= count:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"they did not come to rest: {stack.log[-2000:]}")


async def counts(stack: Stack) -> dict[State, int]:
    ledger = await open_ledger(stack.state)
    try:
        return await ledger.reading.counts()
    finally:
        await ledger.close()


def query(stack: Stack, sql: str) -> list[tuple]:
    """What lies in the file."""
    with sqlite3.connect(stack.folder / "ledger.db", timeout=10) as opened:
        found = opened.execute(sql).fetchall()
    opened.close()
    return found


def in_files(stack: Stack, *words: bytes) -> list[tuple[str, bytes]]:
    """Which of the words, in upper or lower case, stand in which of the ledger's files."""
    files = sorted(stack.folder.glob("ledger.db*"))
    assert (stack.folder / "ledger.db") in files
    return [(one.name, word) for one in files for word in words if word.lower() in one.read_bytes().lower()]


def of_anna(number: int, **fields) -> bytes:
    return mail(
        sender=ANNA,
        message_id=f"{number}.annas-mac@customer.example",
        subject=f"{WORD} {number}",
        text=f"My {WORD} is out of tune.\n",
        attachments={f"{WORD}.bin": NOISE + bytes([number])},
        **fields,
    )


async def test_a_person_is_forgotten_while_the_daemon_works(tmp_path):
    async with Stack(tmp_path) as stack:
        daemon = await stack.start("run")
        for number in range(3):
            stack.deliver(of_anna(number))
            stack.deliver(mail(sender=BORIS, message_id=f"{number}.boris@customer.example", subject=f"Mail {number}"))
        await rest(stack, 6)
        theirs = [row[0] for row in query(stack, "SELECT id FROM messages WHERE sender = 'anna@customer.example'")]
        assert len(theirs) == 3
        kept = query(stack, f"SELECT data FROM octets WHERE message IN ({','.join(map(str, theirs))})")
        words = {WORD.encode(), b"anna@customer.example", b"annas-mac", *(row[0][2000:2040] for row in kept)}
        assert {word for _, word in in_files(stack, *words)} == words
        before = await counts(stack)

        status, told = await stack.call("forget", "ANNA@customer.example", "--dry-run", "--json")
        assert (status, json.loads(told)["messages"], json.loads(told)["erased"]) == (0, theirs, [])
        assert (await stack.call("forget", "anna@customer.example"))[0] == 64  # nobody can be asked
        assert len(query(stack, "SELECT * FROM octets")) >= 6

        status, told = await stack.call("forget", "ANNA@customer.example", "--yes")
        assert status == 0, told
        assert "erased 3 messages" in told
        tickets = [one.id for one in stack.sandbox.tickets if WORD in one.fields["summary"]]
        assert f"HaloPSA holds this person's mail in tickets {', '.join(map(str, sorted(tickets)))}" in told
        assert in_files(stack, *words) == []

        assert await counts(stack) == before
        status, told = await stack.call("explain", str(theirs[0]))
        assert status == 0
        assert "no longer kept since" in told
        assert f"{tickets[0]} at Halo" in told
        assert (await stack.call("forget", "anna@customer.example", "--yes"))[0] == 1  # there is nothing of her

        stack.deliver(of_anna(0))  # the same again, and an answer of somebody else's
        reply = {"in_reply_to": "1.annas-mac@customer.example", "message_id": "r.boris@customer.example"}
        stack.deliver(mail(sender=BORIS, subject="Re: out of tune", text="Mine too.\n", **reply))
        await rest(stack, 8)
        assert await stack.stop(daemon) == 0
        assert len(stack.sandbox.tickets) == 6
        (reply_to,) = [one for one in tickets if any("Mine too" in entry for entry in stack.entries(one))]
        assert reply_to == tickets[1]
        assert "bug" not in stack.log


async def test_old_messages_are_found_by_their_octets_and_what_is_on_its_way_is_named(tmp_path):
    async with Stack(tmp_path) as stack:
        stack.deliver(of_anna(1))
        stack.deliver(mail(sender=BORIS, message_id="1.boris@customer.example"))
        assert await stack.once() == 0
        query(stack, "UPDATE messages SET sender = ''")  # as before schema 5
        ledger = await open_ledger(stack.state, writing=True)
        await ledger.intake.keep_given("support", of_anna(2), datetime.now(UTC))
        await ledger.close()
        status, told = await stack.call("forget", "anna@customer.example", "--dry-run")
        assert status == 0
        assert "author of 2 messages" in told
        status, told = await stack.call("forget", "anna@customer.example", "--yes", "--json")
        found = json.loads(told)
        assert (status, found["erased"], found["on_their_way"]) == (75, [1], [3])
        assert query(stack, "SELECT DISTINCT message FROM octets ORDER BY 1") == [(2,), (3,)]
        assert query(stack, "SELECT id FROM messages WHERE sender = 'boris@customer.example'") == [(2,)]
        assert await stack.once() == 0
        status, told = await stack.call("forget", "anna@customer.example", "--yes", "--json")
        assert (status, json.loads(told)["erased"], json.loads(told)["wiped"]) == (0, [3], True)
        assert in_files(stack, WORD.encode(), b"anna@customer.example") == []


async def test_octets_go_when_their_time_is_over_and_the_outcome_stays(tmp_path):
    async with Stack(tmp_path, keeping={"tickets": "1ms", "actions": "forever"}) as stack:
        stack.deliver(of_anna(1))
        assert await stack.once() == 0
        assert query(stack, "SELECT count(*) FROM octets") == [(0,)]
        assert query(stack, "SELECT count(*) FROM messages WHERE plan LIKE '%out of tune%'") == [(0,)]
        status, told = await stack.call("explain", "1")
        assert status == 0
        assert "no longer kept since" in told
        assert "acknowledge?" in told  # what the rules said is still there
        assert f"{stack.sandbox.tickets[0].id} at Halo" in told
        stack.deliver(
            mail(sender=ANNA, message_id="2.annas-mac@customer.example", in_reply_to="1.annas-mac@customer.example")
        )
        assert await stack.once() == 0
        assert query(stack, "SELECT DISTINCT message FROM octets") == [(2,)]
        assert len(stack.sandbox.tickets) == 1
        status, told = await stack.call("forget", "anna@customer.example", "--yes", "--json")
        assert (status, json.loads(told)["erased"]) == (0, [1, 2])


async def test_what_is_set_aside_and_gone_is_shown_so_and_only_discarded(tmp_path):
    async with Stack(tmp_path, keeping={"quarantined": "1ms"}, rule=[{"name": "all", "quarantine": True}]) as stack:
        stack.deliver(of_anna(1))
        await stack.once()
        status, told = await stack.call("quarantine", "show", "1")
        assert status == 0
        assert "no longer kept since" in told
        assert "halo-mailgate quarantine discard 1" in told
        status, told = await stack.call("quarantine", "show", "1", "--json")
        assert (status, json.loads(told)["mail"]) == (0, None)
        assert (await stack.call("quarantine", "show", "1", "--raw"))[0] == 1
        assert (await stack.call("quarantine", "release", "1"))[0] == 1
        assert "its octets are no longer kept; it can only be discarded" in stack.log
        assert (await stack.call("quarantine", "discard", "1"))[0] == 0
        assert await stack.once() == 0
        assert list(stack.flags().values()) == [{"\\Seen"}]


async def test_a_daemon_lets_go_by_itself(tmp_path):
    async with Stack(tmp_path, keeping={"tickets": "1ms"}) as stack:
        daemon = await stack.start("run")
        stack.deliver(of_anna(1))
        await rest(stack, 1)
        for _ in range(300):
            if "let go" in stack.log:
                break
            await asyncio.sleep(0.1)
        assert await stack.stop(daemon) == 0
        assert "let go" in stack.log
        assert query(stack, "SELECT count(*) FROM octets") == [(0,)]


async def test_a_restored_ledger_takes_again_what_came_since_and_nothing_else(tmp_path):
    async with Stack(tmp_path) as stack:
        daemon = await stack.start("run")
        for number in range(3):
            stack.deliver(mail(message_id=f"{number}@c.example", subject=f"Before {number}"))
        await rest(stack, 3)
        status, _ = await stack.call("ledger", "backup", str(tmp_path / "copy.db"))
        assert status == 0
        assert await stack.stop(daemon) == 0

        restore(stack)  # nothing came since
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == len(stack.smtp.messages) == 3

        daemon = await stack.start("run")
        stack.deliver(mail(message_id="new@c.example", subject="Since"))
        stack.deliver(mail(message_id="re@c.example", in_reply_to="0@c.example", subject="Re: Before", text="reply\n"))
        await rest(stack, 5)
        assert await stack.stop(daemon) == 0
        assert len(stack.sandbox.tickets) == 4

        restore(stack)
        stack.deliver(mail(message_id="later@c.example", in_reply_to="1@c.example", text="later reply\n"))
        assert await stack.once() == 0
        assert (await stack.call("ledger", "check"))[0] == 0
        # As storage/README.md says: what came since the copy is taken again, the rest is known.
        subjects = sorted(str(one.fields["summary"]) for one in stack.sandbox.tickets)
        assert subjects == ["Before 0", "Before 1", "Before 2", "Since", "Since"]
        first, second = stack.sandbox.tickets[0].id, stack.sandbox.tickets[1].id
        assert len(stack.entries(first)) == 2
        assert len(stack.entries(second)) == 1


def restore(stack: Stack) -> None:
    """The copy in place of the ledger."""
    for one in stack.folder.glob("ledger.db-*"):
        one.unlink()
    shutil.copy(stack.folder / "copy.db", stack.folder / "ledger.db")


async def test_a_damaged_ledger_is_refused_at_the_start_and_a_restored_one_is_not(tmp_path):
    async with Stack(tmp_path) as stack:
        stack.deliver(mail(message_id="1@c.example"))
        assert await stack.once() == 0
        assert (await stack.call("ledger", "backup", str(tmp_path / "copy.db")))[0] == 0
        (root,) = query(stack, "SELECT rootpage FROM sqlite_master WHERE name = 'steps'")[0]
        with (tmp_path / "ledger.db").open("r+b") as opened:
            opened.seek((root - 1) * 4096)
            opened.write(os.urandom(2000))
        stack.deliver(mail(message_id="2@c.example"))
        assert await stack.once() == 69
        assert "is damaged" in stack.log
        assert "ledger backup" in stack.log
        restore(stack)
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == 2
