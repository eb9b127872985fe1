"""Hundreds of mailboxes in one process: `python tests/bench/mailboxes.py [--mailboxes 500]`.

Dovecot tells of new mail at once only where fs.inotify.max_user_instances is larger than the number of mailboxes (128
on Debian): else it looks every 30 seconds by itself. Measured: memory of the daemon, the time until all are connected
(and idle), and until the first ticket of a mail that comes then.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fakes.messages import mail
from fakes.stack import Stack

MORE = """
service imap-login {
  client_limit = 4000
  process_limit = 4
  service_count = 0
}
service imap {
  process_limit = 2000
}
service anvil {
  client_limit = 6000
}
service auth {
  client_limit = 6000
}
mail_max_userip_connections = 2000
"""


def memory(pid: int) -> float:
    """Resident MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


async def measure(mailboxes: int) -> None:
    users = tuple(f"box{number}@acme.example" for number in range(mailboxes))
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder), users=users, mailbox={"first_contact": "new", "poll_interval": "30s"})
        stack.dovecot._extra += MORE
        async with stack:
            began = time.monotonic()
            daemon = await stack.start("run")
            connected = 0
            while connected < mailboxes and time.monotonic() - began < 300:
                await asyncio.sleep(0.2)
                connected = stack.log.count("first contact")
            all_there = time.monotonic() - began
            first = memory(daemon.pid)
            delivered = time.monotonic()
            stack.deliver(mail(message_id="a@c.example"), user=users[-1])
            while not stack.sandbox.tickets:
                await asyncio.sleep(0.005)
            ticket = time.monotonic() - delivered
            await asyncio.sleep(35)  # every mailbox is looked at once more
            print(f"{connected} mailboxes connected in {all_there:.1f} s, {first:.0f} MB")
            print(f"first ticket {ticket:.2f} s after its mail; after a round of looking {memory(daemon.pid):.0f} MB")
            assert await stack.stop(daemon) == 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--mailboxes", type=int, default=500)
    asyncio.run(measure(parser.parse_args().mailboxes))
