"""What goes wrong with the servers, one episode after the other, with a little calm in between.

All kinds come in a random order, then all of them again in another. What happens to single connections is the proxies'
business, and kills are the hosts': both go on meanwhile.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress

from chaos.proxy import Fate
from chaos.world import World
from gateway.sandbox import fault

Episode = Callable[[World, random.Random, float], Awaitable[None]]
STEPS = (-3600, -600, -90, -20, 20, 90, 600, 3600)
"""Seconds by which a clock is wrong."""

AFTER_WRITE = (
    "answer_lost", "server_error_after_write", "bad_gateway_after_write", "gateway_timeout_after_write",
    "cut_json_after_write", "senseless_json_after_write",
)  # fmt: skip
LIGHT = ("server_error", "bad_gateway", "unavailable", "gateway_timeout", "dropped", "unauthorized")


async def storm(world: World, chance: random.Random, seconds: float) -> None:
    """429 to everything."""
    name = chance.choice(("rate_limited", "rate_limited_for_2s"))
    world.sandbox.faults.add(fault(name, path="/api", count=chance.randint(5, 60)))
    await asyncio.sleep(seconds)


async def errors(world: World, chance: random.Random, seconds: float) -> None:
    """500s, 502s and so on, of which nothing comes."""
    for _ in range(12):
        world.sandbox.faults.add(fault(chance.choice(LIGHT), path="/api", skip=chance.randint(0, 3)))
    await asyncio.sleep(seconds)


async def errors_after_write(world: World, chance: random.Random, seconds: float) -> None:
    """The write is done, and the answer says otherwise, or nothing."""
    for _ in range(5):
        world.sandbox.faults.add(fault(chance.choice(AFTER_WRITE), "POST", "/api", skip=chance.randint(0, 2)))
    await asyncio.sleep(seconds)


async def late_writes(world: World, chance: random.Random, seconds: float) -> None:
    """A gateway gives up, and the write is done long after."""
    for _ in range(3):
        delay = chance.uniform(0.3, 1) * world.scale.late
        world.sandbox.faults.add(fault("gateway_timeout_late_write", "POST", "/api", skip=chance.randint(0, 2),
                                       delay=delay))  # fmt: skip
    await asyncio.sleep(seconds)


async def slow_halo(world: World, chance: random.Random, seconds: float) -> None:
    """Every answer takes a while, some longer than the gateway waits."""
    for _ in range(10):
        world.sandbox.faults.add(fault("slow_after_write", path="/api", delay=chance.uniform(0.2, 7)))
    await asyncio.sleep(seconds)


async def tokens(world: World, chance: random.Random, seconds: float) -> None:
    """Every token ends, again and again."""
    for _ in range(chance.randint(2, 5)):
        world.sandbox.expire_tokens()
        await asyncio.sleep(seconds / 4)


def through(name: str, kind: str) -> Episode:
    """Every connection to a server has this fate."""

    async def episode(world: World, chance: random.Random, seconds: float) -> None:
        proxy = world.proxies[name]
        proxy.mode = Fate(kind)
        try:
            await asyncio.sleep(seconds)
        finally:
            proxy.mode = None

    return episode


def cut_all(name: str) -> Episode:
    """Every open connection to a server breaks, several times."""

    async def episode(world: World, chance: random.Random, seconds: float) -> None:
        for _ in range(4):
            await world.proxies[name].hang_up()
            await asyncio.sleep(seconds / 4)

    return episode


async def names(world: World, chance: random.Random, seconds: float) -> None:
    """No name is found."""
    try:
        for host in world.hosts:
            host.resolves(yes=False)
        await asyncio.sleep(seconds)
    finally:
        for host in world.hosts:
            host.resolves(yes=True)


async def imap_restart(world: World, chance: random.Random, seconds: float) -> None:
    """Dovecot is killed and comes back."""
    await world.restart_dovecot(seconds / 2)


async def smtp_trouble(world: World, chance: random.Random, seconds: float) -> None:
    """The mail server refuses for now or for good, or hangs up at the worst moment."""
    match chance.randrange(4):
        case 0:
            world.smtp.replies["RCPT"] = "451 4.2.0 later"
        case 1:
            world.smtp.replies["."] = "554 5.7.0 never"
        case 2:
            world.smtp.drop = chance.choice(("before_data", "in_data", "after_data"))
        case _:
            await world.smtp.stop()
    try:
        await asyncio.sleep(seconds)
    finally:
        world.smtp.replies.clear()
        world.smtp.drop = None
        if world.smtp._server is None:
            await world.smtp.start()


async def clock(world: World, chance: random.Random, seconds: float) -> None:
    """A host's clock is wrong, then right again."""
    host = chance.choice(world.hosts)
    try:
        host.step(chance.choice(STEPS))
        await asyncio.sleep(seconds + 2)
    finally:
        host.step(0)


async def full_disk(world: World, chance: random.Random, seconds: float) -> None:
    """No room for the ledger."""
    world.fill()
    try:
        await asyncio.sleep(seconds)
    finally:
        world.free()


async def read_only_disk(world: World, chance: random.Random, seconds: float) -> None:
    """The ledger's file system takes no writes, as after an error of the disk."""
    world.ready.clear()
    await asyncio.gather(*(host.kill() for host in world.hosts))
    try:
        world.read_only(on=True)
        world.ready.set()
        await asyncio.sleep(seconds)
        world.ready.clear()
        await asyncio.gather(*(host.kill() for host in world.hosts))
    finally:
        world.read_only(on=False)
        world.ready.set()


async def locked(world: World, chance: random.Random, seconds: float) -> None:
    """Somebody else holds the ledger's lock."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(world.disk / "ledger.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(seconds + 8)
        other.execute("ROLLBACK")


async def postgres_read_only(world: World, chance: random.Random, seconds: float) -> None:
    """PostgreSQL takes no writes."""
    assert world.postgres is not None
    await asyncio.to_thread(world.postgres.read_only, on=True)
    try:
        await asyncio.sleep(seconds)
    finally:
        await asyncio.to_thread(world.postgres.read_only, on=False)


async def postgres_restart(world: World, chance: random.Random, seconds: float) -> None:
    """PostgreSQL dies at once and comes back."""
    assert world.postgres is not None
    await asyncio.to_thread(world.postgres.stop)
    try:
        await asyncio.sleep(seconds / 2)
    finally:
        await asyncio.to_thread(world.postgres.start)


def episodes(world: World) -> dict[str, Episode]:
    """What may happen in this world."""
    found: dict[str, Episode] = {
        "429 storm": storm, "500s": errors, "answers lost after the write": errors_after_write,
        "late writes of a gateway": late_writes, "slow HaloPSA": slow_halo, "tokens expire": tokens,
        "HaloPSA is down": through("halo", "refuse"), "HaloPSA is half open": through("halo", "half_open"),
        "slow sockets": through("halo", "slow"), "all cut off from HaloPSA": cut_all("halo"),
        "IMAP restart": imap_restart, "IMAP is half open": through("imap", "half_open"),
        "slow IMAP": through("imap", "slow"), "all cut off from IMAP": cut_all("imap"),
        "SMTP trouble": smtp_trouble, "SMTP is half open": through("smtp", "half_open"),
    }  # fmt: skip
    if world.hosts[0].separate:
        found["DNS failure"] = names
    if world.has_clocks:
        found["clock step"] = clock
    if world.postgres is not None:
        found |= {
            "PostgreSQL restart": postgres_restart, "read-only database": postgres_read_only,
            "all cut off from PostgreSQL": cut_all("ledger"), "PostgreSQL is half open": through("ledger", "half_open"),
        }  # fmt: skip
    else:
        found |= {"full disk": full_disk, "locked database": locked}
        if world.real_disk:
            found["read-only database"] = read_only_disk
    return found


class Weather:
    """Episodes without end. `now` is the one under way; `length` and `calm` are ranges of seconds."""

    def __init__(self, world: World, length: tuple[float, float], calm: tuple[float, float]) -> None:
        self._world = world
        self._length, self._calm = length, calm
        self._chance = world.chance("weather")
        self.now = ""

    async def go_on(self) -> None:
        """Until cancelled; whatever an episode did is undone by then."""
        kinds = episodes(self._world)
        while True:
            for kind in self._chance.sample(sorted(kinds), len(kinds)):
                self.now = kind
                self._world.counts[kind] += 1
                try:
                    await kinds[kind](self._world, self._chance, self._chance.uniform(*self._length))
                finally:
                    self._world.sandbox.faults.clear()
                    self.now = ""
                await asyncio.sleep(self._chance.uniform(*self._calm))
