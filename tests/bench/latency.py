"""From the arrival of a mail to its ticket, with IDLE: `python tests/bench/latency.py [--mails 200]`.

Against Dovecot and the sandbox, over sockets, the installed command as a process. Dovecot tells of new mail with a
delay of its own: it is measured beside, by a client that only idles, and taken off.
"""

from __future__ import annotations

import argparse
import asyncio
import imaplib
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fakes.dovecot import PASSWORD
from fakes.messages import USER, mail
from fakes.stack import Stack


class Idler:
    """The standard library's client, idling: when it was told that there are so many mails."""

    def __init__(self, port: int) -> None:
        self.told: dict[int, float] = {}
        self._client = imaplib.IMAP4("127.0.0.1", port)
        self._client.login(USER, PASSWORD)
        self._client.select("INBOX", readonly=True)
        self._client.send(b"A9 IDLE\r\n")
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while line := self._client.readline():
            words = line.split()
            if len(words) == 3 and words[2] == b"EXISTS":
                self.told.setdefault(int(words[1]), time.monotonic())


async def measure(mails: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        mailbox = {"first_contact": "new", "poll_interval": "30s", "acknowledge": False, "when_done": "nothing"}
        async with Stack(Path(folder), mailbox=mailbox) as stack:
            daemon = await stack.start("run")
            await asyncio.sleep(3)
            idler = Idler(stack.dovecot.port)
            await asyncio.sleep(1)
            whole, own = [], []
            for number in range(1, mails + 1):
                stack.deliver(mail(subject=f"n {number}", message_id=f"{number}@c.example"))
                began = time.monotonic()
                while len(stack.sandbox.tickets) < number:
                    await asyncio.sleep(0.001)
                done = time.monotonic()
                whole.append((done - began) * 1000)
                own.append((done - idler.told.get(number, began)) * 1000)
                await asyncio.sleep(0.05)
            await stack.stop(daemon)
    for name, values in (("arrival to ticket", whole), ("after the server's notification", own)):
        values.sort()
        p99 = values[min(len(values) - 1, round(0.99 * len(values)))]
        print(
            f"{name}: median {statistics.median(values):.0f} ms, 99th percentile {p99:.0f} ms, most {values[-1]:.0f} ms"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--mails", type=int, default=200)
    asyncio.run(measure(parser.parse_args().mails))
