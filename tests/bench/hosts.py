"""Three hosts against one on a PostgreSQL ledger, and how soon a killed host's mail flows again.

    make bench-hosts                  or: PYTHONPATH=.:tests python tests/bench/hosts.py
                                          [--mails 600] [--kills 10] [--json]

The hosts are the installed command, with six mailboxes among them and the lease that is usual (15 s). HaloPSA runs in
the benchmark's own process and answers at once, or after 300 ms as one does that is far away. A server of the tests'
PostgreSQL does not wait for its disk. Ratios compare runs of one call.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fakes.messages import mail
from fakes.postgres import Postgres
from fakes.stack import Stack

from config.operation import Cluster
from gateway.sandbox.faults import Fault

USERS = tuple(f"{name}@acme.example" for name in ("support", "sales", "noc", "billing", "projects", "security"))


@dataclass(frozen=True, slots=True)
class Throughput:
    hosts: int
    answers_after_ms: int
    mails: int
    seconds: float
    per_second: float


@dataclass(frozen=True, slots=True)
class TakeOver:
    """In seconds, from the kill to the ticket of each mail that came to a mailbox of the dead host after it."""

    kills: int
    lease: float
    least: float
    median: float
    most: float


def a_mail(name: str) -> bytes:
    return mail(subject=name, sender=f"{name}@c.example", message_id=f"{name}@c.example", text="words " * 200)


async def until(done: Callable[[], bool], seconds: float = 600.0) -> None:
    began = time.monotonic()
    while not done():
        if time.monotonic() - began > seconds:
            raise TimeoutError("it did not come to pass")
        await asyncio.sleep(0.02)


async def mailboxes(stack: Stack) -> dict[int, list[str]]:
    """What each living host has, by its process."""
    status, out = await stack.call("cluster", "--json")
    if status != 0:
        return {}  # none has begun
    return {one["pid"]: one["mailboxes"] for one in json.loads(out)["hosts"] if one["alive"]}


async def settled(stack: Stack, hosts: int) -> dict[int, list[str]]:
    """When all mailboxes are shared out evenly among so many hosts."""
    while True:
        found = await mailboxes(stack)
        if len(found) == hosts and {len(names) for names in found.values()} == {len(USERS) // hosts}:
            return found
        await asyncio.sleep(0.3)


async def throughput(postgres: Postgres, hosts: int, after: float, mails: int) -> Throughput:
    """The time from the first ticket to the last, of mails that all lie there when the hosts start."""
    with tempfile.TemporaryDirectory() as folder:
        state, top = postgres.new_database(), {"log_level": "warning"}
        stack = Stack(Path(folder), users=USERS, state=state, top=top, mailbox={"acknowledge": False})
        async with stack:
            for number in range(mails):
                stack.deliver(a_mail(f"m{number}"), USERS[number % len(USERS)])
            if after:
                slow = Fault(path="/api/", count=10**9, do="pass", write="late", delay=after)
                stack.sandbox.faults.add(slow)
            running = [await stack.start("run", HALO_MAILGATE_CLUSTER__NAME=f"host{n}") for n in range(hosts)]
            tenth = mails // 10  # then all have started
            await until(lambda: len(stack.sandbox.tickets) >= tenth)
            began, before = time.perf_counter(), len(stack.sandbox.tickets)
            await until(lambda: len(stack.sandbox.tickets) >= mails)
            seconds = time.perf_counter() - began
            assert len(stack.sandbox.tickets) == mails
            for one in running:
                assert await stack.stop(one) == 0
    done = mails - before
    return Throughput(hosts, round(after * 1000), done, round(seconds, 2), round(done / seconds, 1))


async def take_over(postgres: Postgres, kills: int) -> TakeOver:
    """Three hosts; one is killed at any time, and started again after the measurement."""
    took: list[float] = []
    names = itertools.count()
    with tempfile.TemporaryDirectory() as folder:
        async with Stack(Path(folder), users=USERS, state=postgres.new_database()) as stack:
            running = [await stack.start("run", HALO_MAILGATE_CLUSTER__NAME=f"host{n}") for n in range(3)]
            for _ in range(kills):
                shares = await settled(stack, 3)
                await asyncio.sleep(random.uniform(0, 5))
                index = random.randrange(3)
                victim = running[index]
                victim.kill()
                await victim.wait()
                killed = time.perf_counter()
                wanted = [f"t{next(names)}" for _ in shares[victim.pid]]
                for name, account in zip(wanted, shares[victim.pid], strict=True):
                    stack.deliver(a_mail(name), next(one for one in USERS if one.partition("@")[0] == account))
                for name in wanted:
                    await until(lambda name=name: any(one.fields["summary"] == name for one in stack.sandbox.tickets))
                    took.append(time.perf_counter() - killed)
                running[index] = await stack.start("run", HALO_MAILGATE_CLUSTER__NAME=f"host{index}")
            for one in running:
                await stack.stop(one)
    least, median, most = (round(one, 1) for one in (min(took), statistics.median(took), max(took)))
    return TakeOver(kills, Cluster().lease.total_seconds(), least, median, most)


async def main(arguments: argparse.Namespace) -> list[Throughput | TakeOver]:
    found: list[Throughput | TakeOver] = []
    with tempfile.TemporaryDirectory() as folder, Postgres(Path(folder)) as postgres:
        for after, hosts in itertools.product((0.0, 0.3), (1, 3)):
            found.append(await throughput(postgres, hosts, after, arguments.mails))
            if not arguments.json:
                print(found[-1], flush=True)
        found.append(await take_over(postgres, arguments.kills))
        if not arguments.json:
            print(found[-1], flush=True)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mails", type=int, default=600)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = asyncio.run(main(arguments))
    if arguments.json:
        print(json.dumps([{"what": type(one).__name__, **asdict(one)} for one in figures], indent=2))
