"""The first benchmark: mails a second from Dovecot to the sandbox, requests per mail, peak memory.

    make bench                        or: PYTHONPATH=tests python tests/bench/path.py [--mails 1000] [--json]

The daemon is the installed command (`run --once`); HaloPSA and the mail server run in the benchmark's own process, so a
machine with two cores gives one to each side. Peak memory is the daemon's VmHWM. Ratios compare runs of one call.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fakes.messages import mail
from fakes.stack import COMMAND, Stack


@dataclass(frozen=True, slots=True)
class Figure:
    what: str
    mails: int
    seconds: float
    per_second: float
    requests_per_mail: float
    peak_mb: float


async def measure(what: str, mails: list[bytes], *, before: list[bytes] = (), known: bool = True) -> Figure:
    """Deliver `before` and settle it, unmeasured; then the time, requests and memory of settling `mails`."""
    with tempfile.TemporaryDirectory() as folder:
        async with Stack(Path(folder), mailbox={"acknowledge": False}, top={"log_level": "warning"}) as stack:
            client = stack.sandbox.add_client("Customer").id
            for n in range(50 if known else 0):
                stack.sandbox.add_user(f"Customer {n}", f"customer{n}@c.example", client)
            for octets in before:
                stack.deliver(octets)
            assert await stack.once() == 0
            empty = await run(stack)
            requests = len(stack.sandbox.requests)
            for octets in mails:
                stack.deliver(octets)
            seconds, peak = await run(stack)
            made = Counter(one.method for one in stack.sandbox.requests[requests:] if "/api/" in one.path.lower())
            seconds = max(0.0, seconds - empty[0])  # without start, log-ins and stop: of one mail only noise is left
            rate = round(len(mails) / seconds, 1) if len(mails) > 1 else 0.0
            return Figure(what, len(mails), round(seconds, 2), rate,
                          round(made.total() / len(mails), 3), round(peak / 1024, 1))  # fmt: skip


async def run(stack: Stack) -> tuple[float, int]:
    """Seconds and peak memory (KiB) of one `run --once`."""
    began = time.perf_counter()
    with (stack.folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(*COMMAND, "run", "--once", "--config", stack.config, stderr=log)
    peak = 0
    ended = asyncio.create_task(process.wait())
    while not ended.done():  # VmHWM and not ru_maxrss: that one counts what the parent had at the fork, too
        with contextlib.suppress(OSError, IndexError):
            status = Path(f"/proc/{process.pid}/status").read_text()
            peak = max(peak, int(status.split("VmHWM:")[1].split()[0]))
        await asyncio.wait({ended}, timeout=0.02)
    assert process.returncode == 0, stack.log[-2000:]
    return time.perf_counter() - began, peak


def requests(count: int, **fields: object) -> list[bytes]:
    return [
        mail(
            subject=f"Request {n}",
            sender=f"customer{n % 50}@c.example",
            message_id=f"{n}@c.example",
            text="words " * 400,
            **fields,
        )
        for n in range(count)
    ]


def line(one: Figure) -> str:
    rate = f"{one.mails:5} mails {one.seconds:8.2f} s {one.per_second:8.1f}/s"
    return f"{one.what:34} {rate} {one.requests_per_mail:6.2f} requests a mail {one.peak_mb:7.1f} MB peak"


async def main(arguments: argparse.Namespace) -> list[Figure]:
    count = arguments.mails
    first = requests(50)
    replies = [
        mail(
            subject="Re: Request",
            sender=f"customer{n % 50}@c.example",
            message_id=f"r{n}@c.example",
            in_reply_to=f"{n % 50}@c.example",
            text="words " * 100,
        )
        for n in range(count)
    ]
    big = mail(
        message_id="big@c.example", sender="customer0@c.example", attachments={"big.bin": os.urandom(18 * 2**20)}
    )
    figures = []
    for what, mails, before in (
        ("new tickets", requests(count), []),
        ("new tickets, one attachment each", requests(count // 5, attachments={"a.pdf": os.urandom(20_000)}), []),
        ("replies", replies, first),
        ("one mail", requests(1), []),
        (f"one mail of {len(big) / 2**20:.0f} MiB", [big], []),
    ):
        figures.append(await measure(what, mails, before=before))
        if not arguments.json:
            print(line(figures[-1]), flush=True)
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mails", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = asyncio.run(main(arguments))
    if arguments.json:
        print(json.dumps([asdict(one) for one in figures], indent=2))
