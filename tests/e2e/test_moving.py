"""`ledger move`: the daemon is killed with mail in doubt, mail in hand and mail that waits, and goes on elsewhere."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

import pytest
from fakes.messages import mail
from fakes.stack import Stack

from gateway.sandbox.faults import fault

MAILS = 12


def mails() -> list[bytes]:
    """Every third a reply to the first."""
    made = []
    for n in range(MAILS):
        reply = {"in_reply_to": "0@c.example"} if n and n % 3 == 0 else {}
        text = f"words of mail {n} here"
        made.append(
            mail(subject=f"Mail {n}", sender=f"c{n}@c.example", text=text, message_id=f"{n}@c.example", **reply)
        )
    return made


def places(stack: Stack) -> Counter[str]:
    """How often HaloPSA has the words of each mail."""
    texts = [str(one.fields["details"]) for one in stack.sandbox.tickets]
    texts += [str(one.fields["note"]) for one in stack.sandbox.actions if not one.opening]
    return Counter(f"{n}" for n in range(MAILS) for text in texts if f"mail {n} here" in text)


@pytest.mark.timeout(180)
async def test_a_ledger_that_moves_with_mail_in_doubt_goes_on_and_does_each_thing_once(tmp_path, postgres):
    async with Stack(tmp_path, top={"workers": 2}, halo={"timeout": "30s"}) as stack:
        stack.sandbox.faults.add(
            fault("answer_lost", "POST", "/api/tickets", skip=1),
            fault("slow_after_write", "POST", "/api/tickets", delay=20.0, count=3),
        )
        process = await stack.start("run")
        for octets in mails():
            stack.deliver(octets)
        while len(stack.sandbox.faults.struck) < 3:  # written, and the daemon does not know
            await asyncio.sleep(0.02)
        process.kill()
        await process.communicate()
        assert 0 < sum(places(stack).values()) < MAILS
        stack.sandbox.faults.pending.clear()

        to = postgres.new_database()
        status, out = await stack.call("ledger", "move", "--to", to, "--json")
        assert status == 0, stack.log[-2000:]
        assert json.loads(out)["rows"]["messages"] > 0
        assert await stack.once() != 0
        assert f"was moved to {to} on " in stack.log
        status, _ = await stack.call("messages")  # reading goes on
        assert status == 0

        stack.state = to
        stack.write_config()
        process = await stack.start("run")
        while Counter(stack.flags().values()) != {frozenset({"\\Seen"}): MAILS}:
            assert process.returncode is None, stack.log[-2000:]
            await asyncio.sleep(0.05)
        assert await stack.stop(process) == 0
        assert places(stack) == Counter(map(str, range(MAILS)))
        answered = Counter(one.rcpt_tos[0] for one in stack.smtp.messages)
        assert max(answered.values()) == 1


async def test_the_command_says_what_to_change(tmp_path, postgres):
    async with Stack(tmp_path) as stack:
        assert await stack.once() == 0
        to = postgres.new_database()
        status, out = await stack.call("ledger", "move", "--to", to)
        assert status == 0
        assert f'set `state = "{to}"` in the configuration' in out
        status, _ = await stack.call("ledger", "move", "--to", to)
        assert status != 0
        assert f"this ledger was moved to {to} on " in stack.log
