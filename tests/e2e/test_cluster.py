"""Several hosts on one PostgreSQL ledger: the installed command, killed and frozen.

Each host is a process with the same configuration and a name of its own; leases are short, so that they end soon.
"""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections import Counter

import pytest
from fakes.messages import mail
from fakes.stack import Stack

USERS = ("support@acme.example", "sales@acme.example", "noc@acme.example")
LEASE = 3.0


@pytest.fixture
async def stack(tmp_path, postgres):
    cluster = {"lease": f"{LEASE:.0f}s"}
    async with Stack(tmp_path, users=USERS, state=postgres.new_database(), cluster=cluster) as made:
        yield made


async def start(stack, name):
    return await stack.start("run", HALO_MAILGATE_CLUSTER__NAME=name)


async def hosts(stack):
    status, out = await stack.call("cluster", "--json")
    assert status == 0, out + stack.log[-2000:]
    return {one["name"]: one for one in json.loads(out)["hosts"] if one["alive"]}


async def until(done, seconds=30.0, stack=None):
    begun = time.monotonic()
    while not (await done() if asyncio.iscoroutinefunction(done) else done()):
        assert time.monotonic() - begun < seconds, stack.log[-3000:] if stack else "it did not happen"
        await asyncio.sleep(0.05)
    return time.monotonic() - begun


def summaries(stack):
    return Counter(str(ticket.fields["summary"]) for ticket in stack.sandbox.tickets)


async def shared(stack, names):
    """Whether these hosts have the mailboxes among them, evenly."""

    async def evenly():
        found = await hosts(stack)
        boxes = [len(found[name]["mailboxes"]) for name in names if name in found]
        return len(boxes) == len(names) and sum(boxes) == len(USERS) and max(boxes) - min(boxes) <= 1

    await until(evenly, 60, stack)


@pytest.mark.timeout(400)
async def test_mailboxes_and_messages_are_shared_and_a_dead_hosts_are_taken_over(stack):
    first = await start(stack, "one")
    await until(lambda: "mailbox taken" in stack.log, 60, stack)
    stack.deliver(mail(subject="early", message_id="early@c.example"), USERS[0])
    await until(lambda: summaries(stack)["early"] == 1, 60, stack)
    second, third = await start(stack, "two"), await start(stack, "three")
    await shared(stack, ["one", "two", "three"])
    for number in range(30):
        stack.deliver(mail(subject=f"m{number}", message_id=f"m{number}@c.example"), USERS[number % 3])
    await until(lambda: len(stack.sandbox.tickets) > 5, 60, stack)
    first.kill()
    await first.wait()
    killed = time.monotonic()
    stack.deliver(mail(subject="after", message_id="after@c.example"), USERS[0])
    stack.deliver(mail(subject="after2", message_id="after2@c.example"), USERS[1])
    stack.deliver(mail(subject="after3", message_id="after3@c.example"), USERS[2])
    await until(lambda: {"after", "after2", "after3"} <= set(summaries(stack)), 60, stack)
    print(f"at work again {time.monotonic() - killed:.1f} s after the kill, the lease being {LEASE} s")
    await until(lambda: all(set(stack.flags(user).values()) == {frozenset({"\\Seen"})} for user in USERS), 60, stack)
    await shared(stack, ["two", "three"])
    assert await stack.stop(second) == 0
    await shared(stack, ["three"])
    assert await stack.stop(third) == 0
    assert summaries(stack) == dict.fromkeys(
        ["early", "after", "after2", "after3", *(f"m{number}" for number in range(30))], 1
    )


@pytest.mark.timeout(400)
async def test_a_frozen_host_changes_nothing_when_it_wakes(stack):
    frozen = await start(stack, "frozen")
    await until(lambda: stack.log.count("mailbox taken") >= 3, 60, stack)
    for number in range(40):
        attachments = {"image001.png": bytes([number]) * 20_000}
        made = mail(subject=f"m{number}", message_id=f"m{number}@c.example", attachments=attachments)
        stack.deliver(made, USERS[number % 3])
    await until(lambda: len(stack.sandbox.tickets) >= 3, 60, stack)
    frozen.send_signal(signal.SIGSTOP)
    other = await start(stack, "other")
    await until(lambda: len(summaries(stack)) == 40, 60, stack)
    await until(lambda: all(set(stack.flags(user).values()) == {frozenset({"\\Seen"})} for user in USERS), 60, stack)
    before = len(stack.sandbox.attachments)
    frozen.send_signal(signal.SIGCONT)
    await until(lambda: "lease lost" in stack.log, 60, stack)
    await shared(stack, ["frozen", "other"])  # it is back, as another host
    stack.deliver(mail(subject="late", message_id="late@c.example"), USERS[0])
    await until(lambda: summaries(stack)["late"] == 1, 60, stack)
    assert (before, len(stack.sandbox.attachments)) == (40, 40)
    assert summaries(stack) == dict.fromkeys(["late", *(f"m{number}" for number in range(40))], 1)
    assert max(Counter(one.rcpt_tos for one in stack.smtp.messages).values()) <= 41
    assert await stack.stop(frozen) == 0
    assert await stack.stop(other) == 0
