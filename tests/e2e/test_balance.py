"""The balance by the installed command, and mail that was missed, between real servers."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

from fakes.ledgers import NOW, claim, keep
from fakes.messages import USER, mail
from fakes.stack import Stack

from storage.ledger import open_ledger
from storage.model import Fate

NUMBERS = {
    "seen", "known", "found_again", "too_old", "vanished", "fetched", "tickets", "actions", "quarantined", "broken",
    "ignored", "same_again", "discarded", "waiting", "holes_found",
}  # fmt: skip


async def until(condition, seconds: float = 30.0):
    """Wait for something that the daemon does."""
    for _ in range(int(seconds / 0.05)):
        if found := condition():
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("it did not happen")


def change(stack: Stack, *statements: str) -> None:
    with closing(sqlite3.connect(stack.folder / "ledger.db")) as connection:
        for one in statements:
            connection.execute(one)
        connection.commit()


async def test_the_balance_says_what_became_of_what_came_in(tmp_path):
    async with Stack(tmp_path) as stack:
        assert (await stack.call("balance"))[0] == 69  # there is no ledger yet
        stack.deliver(mail(message_id="one@customer.example"))
        stack.deliver(mail(message_id="two@customer.example", in_reply_to="one@customer.example"))
        stack.deliver(mail(message_id="one@customer.example"))
        assert await stack.once() == 0
        status, said = await stack.call("balance")
        lines = said.splitlines()
        assert (status, lines[0]) == (0, "all mail that was ever kept")
        assert lines[1].split() == ["mailbox", "seen", "fetched", "tickets", "actions", "same", "again", "waiting"]
        assert lines[2].split() == ["support", "3", "3", "1", "1", "1", "0"]
        assert lines[-1] == (
            "balanced: 3 fetched = 1 tickets + 1 actions + 0 quarantined + 0 broken + 0 ignored by rule + 1 same again"
            " + 0 discarded + 0 waiting; 3 seen = 3 fetched"
        )
        status, said = await stack.call("balance", "--day", "today", "--mailbox", "support", "--json")
        found = json.loads(said)
        assert (status, found["balanced"], found["verified"]) == (0, True, False)
        assert found["day"] == f"{datetime.now(UTC):%Y-%m-%d}"
        assert found["total"].keys() == NUMBERS
        (support,) = found["mailboxes"]
        assert support == {"mailbox": "support", "balanced": True, **found["total"]}
        (folder,) = found["folders"]
        assert (folder["mailbox"], folder["folder"], folder["open_holes"]) == ("support", "INBOX", [])
        assert datetime.fromisoformat(folder["compared_at"]).tzinfo is not None
        status, said = await stack.call("balance", "--day", "yesterday")
        assert (status, said.splitlines()[-1].startswith("balanced: 0 fetched = ")) == (0, True)
        assert (await stack.call("balance", "--day", "2026-13-01"))[0] == 64
        assert (await stack.call("balance", "--mailbox", "nobody"))[0] == 64
        assert "there is no mailbox 'nobody'; there are support" in stack.log


async def test_what_does_not_balance_is_said_with_its_cure_and_can_be_repaired(tmp_path):
    async with Stack(tmp_path) as stack:
        ledger = await open_ledger(stack.state, daemon=True)
        await keep(ledger, 1, 2, 3)
        await ledger.work.settle(await claim(ledger), "", Fate.ACTION, NOW)
        await ledger.close()
        change(stack, "UPDATE tallies SET count = 0 WHERE fate = 'action'")
        status, said = await stack.call("balance")
        assert status == 1
        assert "NOT balanced: support: 3 fetched is not 2 = " in said
        assert said.splitlines()[-1].startswith("cure: `halo-mailgate balance --verify`")
        status, said = await stack.call("balance", "--verify")
        assert status == 1
        assert "2026-03-01 (UTC), actions: counted 0, but there are 1" in said
        assert said.splitlines()[-1].startswith("cure: `halo-mailgate balance --repair`")
        status, said = await stack.call("balance", "--verify", "--json")
        (difference,) = json.loads(said)["differences"]
        assert (difference["what"], difference["counted"], difference["found"]) == ("actions", 0, 1)
        status, said = await stack.call("balance", "--repair")
        assert (status, "put right: support" in said, said.splitlines()[-1][:9]) == (0, True, "balanced:")
        assert (await stack.call("balance", "--verify"))[0] == 0


async def test_mail_that_was_missed_is_found_told_of_and_becomes_its_ticket(tmp_path):
    async with Stack(tmp_path) as stack:
        assert await stack.once() == 0
        stack.deliver(mail(message_id="one@customer.example"))
        draft = stack.dovecot.append(USER, mail(message_id="two@customer.example"), flags=["\\Draft"])
        stack.deliver(mail(message_id="three@customer.example", subject="The last"))
        change(stack, "UPDATE cursors SET last_uid = 2, swept_at = NULL")  # as if a bug had passed the first by
        process = await stack.start("run")
        await until(lambda: len(stack.sandbox.tickets) == 2)
        status, said = await stack.call("check", "--json")
        assert status == 1
        (alert,) = [one for one in json.loads(said) if one["what"].startswith("alert")]
        assert alert["what"] == "alert holes in support"
        assert 'the folder "INBOX" has a mail that was not in the ledger (UID 1): taken now' in alert["said"]
        (compared,) = [one for one in json.loads(said) if "compared" in one["said"]]
        assert compared["said"].startswith("INBOX: last compared with the ledger ")
        await until(lambda: stack.flags()[1] == {"\\Seen"} == stack.flags()[3])
        assert stack.flags()[draft] == {"\\Draft"}
        assert await stack.stop(process) == 0
        status, said = await stack.call("balance", "--verify", "--json")
        found = json.loads(said)
        assert (status, found["balanced"], found["total"]["holes_found"]) == (0, True, 1)
        assert (found["total"]["fetched"], found["total"]["tickets"]) == (2, 2)
        change(stack, "UPDATE cursors SET backlog = '2'")  # missed, and no daemon has read it yet
        status, said = await stack.call("balance")
        assert status == 1
        assert "missed mail is not read yet: support, folder INBOX, UID 2; `halo-mailgate run` reads it" in said
        change(stack, "UPDATE cursors SET backlog = '', swept_at = NULL")
        assert await stack.once() == 0  # nothing is missed any more
        status, said = await stack.call("check", "--json")
        assert (status, [one for one in json.loads(said) if one["what"].startswith("alert")]) == (0, [])
