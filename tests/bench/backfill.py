"""Old mail by the thousand, the daemon killed meanwhile: `python tests/bench/backfill.py [--mails 20000] [--kills 3]`.

Against Dovecot and the sandbox. Told are the rates of keeping and of working, the most memory of command and daemon,
and whether every mail is there once and nobody was answered.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fakes.messages import USER, mail
from fakes.stack import Stack

FIRST = datetime(2023, 1, 1, tzinfo=UTC)


def old(number: int) -> bytes:
    """Three of four begin a conversation, the fourth answers the first of them."""
    ids = {"message_id": f"{number}@c.example"}
    if number % 4 == 3:
        ids["in_reply_to"] = f"{number - 3}@c.example"
    return mail(subject=f"Old {number - 3 * (number % 4 == 3)}", sender=f"c{number}@c{number % 97}.example",
                text=f"old mail {number}.\n" * 20, **ids)  # fmt: skip


def most_memory(pid: int) -> float:
    """The largest resident size so far, in MB."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024
    except (OSError, StopIteration):
        return 0.0


async def measure(mails: int, kills: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with Stack(Path(folder), mailbox={"first_contact": "new", "poll_interval": "5s"}) as stack:
            for number in range(mails):
                stack.dovecot.append(USER, old(number), internal_date=FIRST + timedelta(minutes=number))
            assert await stack.once() == 0
            arguments = ("backfill", "support", "--since", "2023-01-01")
            began, memory = time.monotonic(), 0.0
            command = await stack.start(*arguments, "--no-wait")
            while command.returncode is None:
                memory = max(memory, most_memory(command.pid))
                await asyncio.sleep(0.2)
            keeping = time.monotonic() - began
            print(
                f"kept {mails} in {keeping:.0f} s ({mails / keeping:.0f}/s), the command's most memory {memory:.0f} MB"
            )
            began, memory, done, life = time.monotonic(), 0.0, 0, 0
            daemon = await stack.start("run")
            while done < mails:
                await asyncio.sleep(1)
                memory = max(memory, most_memory(daemon.pid))
                replies = sum(not one.opening for one in stack.sandbox.actions)
                done = len(stack.sandbox.tickets) + replies
                if life < kills and done > mails * (life + 1) / (kills + 1):
                    daemon.kill()
                    await daemon.communicate()
                    life += 1
                    daemon = await stack.start("run")
            working = time.monotonic() - began
            await asyncio.sleep(2)
            await stack.stop(daemon)
            found = Counter(str(one.fields["summary"]) for one in stack.sandbox.tickets)
            replies = sum(not one.opening for one in stack.sandbox.actions)
            once = set(found.values()) == {1} and len(found) + replies == mails
            print(f"worked on {mails} in {working:.0f} s ({mails / working:.0f}/s), {life} times killed, "
                  f"the daemon's most memory {memory:.0f} MB")  # fmt: skip
            print(
                f"tickets {len(found)}, replies {replies}, each once: {once}, answers sent: {len(stack.smtp.messages)}"
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--mails", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=3)
    given = parser.parse_args()
    asyncio.run(measure(given.mails, given.kills))
