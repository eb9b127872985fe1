"""How long a customer's mail waits for its ticket behind another sender's flood.

    PYTHONPATH=tests python tests/bench/flood.py [--requests 100] [--window 60s] [--most 90] [--known] [--json]

The daemon is the installed command (`run`), between a real mail server and the sandbox; the flood is in its folder
before it starts, and the customer's mail comes when the flood has used `--after` of the requests that a window has, or
gets no more of them. HaloPSA takes `--latency` seconds for each.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fakes.messages import mail
from fakes.stack import Stack

from gateway.sandbox.faults import fault

FLOODS: dict[str, Callable[[], list[bytes]]] = {
    "4 mails with 999 files each": lambda: [
        mail(
            sender="Mallory <mallory@flood.example>", subject=f"Flood {n}", message_id=f"f{n}@flood.example",
            attachments={f"{n}-{k}.bin": b"%02d" % (k % 100) for k in range(999)},
        )
        for n in range(4)
    ],
    "1,000 mails of one sender": lambda: [
        mail(sender="mallory@flood.example", subject=f"Flood {n}", message_id=f"f{n}@flood.example")
        for n in range(1000)
    ],
    "300 mails of 300 plus addresses": lambda: [
        mail(sender=f"mallory+{n}@flood.example", subject=f"Flood {n}", message_id=f"f{n}@flood.example")
        for n in range(300)
    ],
    "300 names of one domain": lambda: [
        mail(sender=f"m{n}@flood.example", subject=f"Flood {n}", message_id=f"f{n}@flood.example") for n in range(300)
    ],
    "300 names below one domain": lambda: [
        mail(sender=f"m@a{n}.flood.example", subject=f"Flood {n}", message_id=f"f{n}@flood.example")
        for n in range(300)
    ],
    "a user's 300 mails with 20 files each": lambda: [
        mail(
            sender="bert@flood.example", subject=f"Flood {n}", message_id=f"f{n}@flood.example",
            attachments={f"{n}-{k}.bin": b"%02d" % (k % 100) for k in range(20)},
        )
        for n in range(300)
    ],
    "500 mails of 5 domains": lambda: [
        mail(sender=f"m{n}@flood{n % 5}.example", subject=f"Flood {n}", message_id=f"f{n}@flood.example")
        for n in range(500)
    ],
    "300 mails of 300 domains": lambda: [
        mail(sender=f"m{n}@flood{n}.example", subject=f"Flood {n}", message_id=f"f{n}@flood.example")
        for n in range(300)
    ],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wait:
    flood: str
    known: bool  # whether the customer is a user of HaloPSA
    seconds: float | None  # None: longer than was waited for
    most: float


async def measure(what: str, arguments: argparse.Namespace) -> Wait:
    """From the delivery of the customer's mail to its ticket."""
    with tempfile.TemporaryDirectory() as folder:
        halo = {"requests": arguments.requests, "request_window": arguments.window}
        async with Stack(Path(folder), halo=halo, top={"log_level": "warning"}) as stack:
            client = stack.sandbox.add_client("Customer").id
            if arguments.known:
                stack.sandbox.add_user("Anna Berg", "anna@customer.example", client)
                stack.sandbox.add_user("Bert", "bert@flood.example", stack.sandbox.add_client("Another").id)
            if arguments.latency:
                slow = fault("slow", count=1_000_000, delay=arguments.latency)
                stack.sandbox.faults.add(slow)
            for octets in FLOODS[what]():
                stack.deliver(octets)
            daemon = await stack.start("run")
            try:
                await flooded(stack, int(arguments.requests * arguments.after))
                stack.deliver(mail(subject="Please help", message_id="anna@customer.example"))
                began = time.monotonic()
                while (waited := time.monotonic() - began) < arguments.most:
                    if any(one.fields["summary"] == "Please help" for one in stack.sandbox.tickets):
                        return Wait(what, arguments.known, round(waited, 2), arguments.most)
                    await asyncio.sleep(0.02)
                return Wait(what, arguments.known, None, arguments.most)
            finally:
                daemon.terminate()
                await daemon.communicate()


async def flooded(stack: Stack, enough: int) -> None:
    """Until the sandbox was asked so often, or for three seconds no more."""
    asked, since = 0, time.monotonic()
    while asked < enough and (asked < 10 or time.monotonic() - since < 3):
        await asyncio.sleep(0.05)
        if (now := len(stack.sandbox.requests)) != asked:
            asked, since = now, time.monotonic()


async def main(arguments: argparse.Namespace) -> list[Wait]:
    waits = []
    for what in [one for one in FLOODS if arguments.only in one]:
        waits.append(await measure(what, arguments))
        if not arguments.json:
            one = waits[-1]
            said = f"more than {one.most:.0f} s" if one.seconds is None else f"{one.seconds:.2f} s"
            print(f"{one.flood:34} {'known' if one.known else 'unknown':8} customer: {said}", flush=True)
    return waits


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=100)
    parser.add_argument("--window", default="60s")
    parser.add_argument("--after", type=float, default=0.3)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--only", default="", help="only floods with these words")
    parser.add_argument("--most", type=float, default=90)
    parser.add_argument("--known", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    waits = asyncio.run(main(arguments))
    if arguments.json:
        print(json.dumps([asdict(one) for one in waits], indent=2))
