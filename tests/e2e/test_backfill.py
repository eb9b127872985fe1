"""Old mail, asked for later: counted first, taken in silence, once each however often it is killed."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from fakes.messages import USER, mail
from fakes.stack import Stack

FIRST = datetime(2024, 3, 1, 9, 0, tzinfo=UTC)
CONVERSATIONS, REPLIES = 40, 2


def old_mails():
    """40 conversations of three mails, a vacation reply, and a copy."""
    made = []
    for n in range(CONVERSATIONS):
        made.append(
            mail(subject=f"Old {n}", sender=f"c{n}@c.example", message_id=f"{n}.0@c.example", text=f"old {n}.0\n")
        )
        for m in range(1, REPLIES + 1):
            ids = {"message_id": f"{n}.{m}@c.example", "in_reply_to": f"{n}.{m - 1}@c.example"}
            made.append(mail(subject=f"Re: Old {n}", sender=f"c{n}@c.example", text=f"old {n}.{m}\n", **ids))
    away = {"headers": {"Auto-Submitted": "auto-replied"}, "text": "I am away until Monday.\n"}
    made.append(mail(message_id="v@c.example", subject="Out of office: Re: x", in_reply_to="x@y.example", **away))
    return [*made, made[0]]


def fill(stack):
    for number, octets in enumerate(old_mails()):
        stack.dovecot.append(USER, octets, internal_date=FIRST + timedelta(hours=number))


async def settled(stack, tickets, seconds=60):
    for _ in range(seconds * 10):
        if len(stack.sandbox.tickets) >= tickets:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it did not happen")


@pytest.mark.timeout(240)
async def test_counted_killed_and_taken_up_again_each_is_there_once_and_nobody_is_told(tmp_path):
    async with Stack(tmp_path, mailbox={"first_contact": "new", "poll_interval": "1s"}) as stack:
        fill(stack)
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == 0

        status, out = await stack.call("backfill", "support", "--since", "2024-03-01", "--dry-run", "--json")
        told = json.loads(out)
        assert (status, told["mails"], told["kept_already"]) == (0, 122, 0)
        assert told["outcomes"]["new tickets"] in {CONVERSATIONS, CONVERSATIONS + 1}
        assert told["outcomes"]["added to the ticket of another of these"] == CONVERSATIONS * REPLIES
        assert told["outcomes"]["the same as another of these"] == 1
        assert len(stack.sandbox.tickets) == 0

        for life in range(3):  # the command and the daemon, killed in turns
            daemon = await stack.start("run")
            command = await stack.start("backfill", "support", "--since", "2024-03-01")
            await asyncio.sleep(1.5 + life / 2)
            command.kill()
            await asyncio.sleep(0.5)
            daemon.kill()
            await asyncio.gather(command.communicate(), daemon.communicate())

        daemon = await stack.start("run")
        command = asyncio.create_task(stack.call("backfill", "support", "--since", "2024-03-01"))
        stack.deliver(mail(subject="Live", message_id="live@c.example"))
        status, out = await command
        assert status == 0, out
        await settled(stack, CONVERSATIONS + 1)
        await stack.stop(daemon)

        found = Counter(ticket.fields["summary"] for ticket in stack.sandbox.tickets)
        assert found.pop("Live") == 1
        found.pop("Out of office: Re: x", None)
        assert found == {f"Old {n}": 1 for n in range(CONVERSATIONS)}
        for ticket in stack.sandbox.tickets:
            if (summary := str(ticket.fields["summary"])).startswith("Old"):
                n = summary.removeprefix("Old ")
                said = " ".join((str(ticket.fields["details"]), *stack.entries(ticket.id)))
                assert [said.count(f"old {n}.{m}") for m in range(REPLIES + 1)] == [1, 1, 1]
                assert str(ticket.fields["dateoccurred"]).startswith("2024-03")
        assert [one.rcpt_tos for one in stack.smtp.messages] == [("anna@customer.example",)]


@pytest.mark.parametrize(
    ("arguments", "cure"),
    [
        (("nobody", "--all"), "there are support"),
        (("support",), "--since DATE"),
        (("support", "--all", "--folder", "Other"), "add it to `folders`"),
        (("support", "--since", "yesterday"), "%Y-%m-%d"),
    ],
)
async def test_what_cannot_be_meant_names_the_cure(tmp_path, arguments, cure):
    async with Stack(tmp_path) as stack:
        status, _ = await stack.call("backfill", *arguments)
        assert status in {2, 64}
        assert cure in stack.log


async def test_without_a_daemon_it_says_so(tmp_path):
    async with Stack(tmp_path, mailbox={"first_contact": "new"}) as stack:
        stack.dovecot.append(USER, mail(message_id="a@c.example"), internal_date=FIRST)
        assert await stack.once() == 0
        status, out = await stack.call("backfill", "support", "--before", "2024-04-01", "--no-wait")
        assert (status, "1 mails kept" in out) == (0, True)
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == 1
        status, out = await stack.call("backfill", "support", "--all")
        assert (status, "0 mails kept for the daemon; 1 were kept already" in out) == (0, True)


async def test_it_waits_while_too_much_is_unworked_and_says_so(tmp_path):
    more = {"first_contact": "new", "poll_interval": "1s"}
    async with Stack(tmp_path, top={"most_waiting": 30}, mailbox=more) as stack:
        fill(stack)
        assert await stack.once() == 0
        keeping = await stack.start("backfill", "support", "--all", "--no-wait")
        for _ in range(300):
            if "waiting for room: more than 30 messages wait" in stack.log:
                break
            await asyncio.sleep(0.1)
        assert keeping.returncode is None
        daemon = await stack.start("run")
        out, _ = await asyncio.wait_for(keeping.communicate(), 60)
        assert (keeping.returncode, out.decode()) == (0, "122 mails kept for the daemon; 0 were kept already.\n")
        assert await stack.stop(daemon) == 0
