"""The chaos machine: mail arrives, everything fails, and at the end each mail has had its one outcome.

    python -m chaos.run --minutes 30 --seed 7 --hosts 1 --database sqlite --folder DIR

Exit status: 0 all well; 1 a mail was lost, doubled, … (the folder is kept); 130 interrupted, to be gone on with by the
same command and folder.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import shutil
import signal
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import fields, replace
from email import message_from_bytes
from pathlib import Path

from fakes.stack import COMMAND

from chaos.fleet import Host
from chaos.judge import Fault, Held, judge, opened_by_answers
from chaos.mails import Post
from chaos.report import Report
from chaos.weather import Weather
from chaos.world import Scale, World
from storage.ledger import Ledger, open_ledger
from storage.states import State

OPEN = (State.RECEIVED, State.ACTIVE, State.DEFERRED)
ASIDE = (State.QUARANTINED, State.BROKEN)
DIED = "process_ended"
"""Cause of what is set aside because the process died so often while it was being read: an operator releases it."""

STALLED = 60.0
"""Seconds beyond the windows of what may be in doubt without any change: then the drain has ended, whatever waits."""

REFERENCE = "[ID:"


class Machine:
    """One run."""

    def __init__(self, world: World, report: Report, *, length: tuple[float, float], calm: tuple[float, float]) -> None:
        self.world = world
        self.report = report
        self.weather = Weather(world, length, calm)
        self._told: dict[str, int] = {}  # Message-ID -> ticket, as customers were told
        self._read = 0

    # The storm

    async def rage(self, seconds: float) -> None:
        """Mail, kills and faults for so long. Cancelled, it leaves the servers as they were."""
        world = self.world
        tasks = [
            asyncio.create_task(self._deliver()),
            asyncio.create_task(self.weather.go_on()),
            asyncio.create_task(self._show(seconds)),
            *(asyncio.create_task(host.live()) for host in world.hosts),
        ]
        try:
            done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()  # none of them ends but by a bug of the machine's

    async def _deliver(self) -> None:
        world = self.world
        chance = world.chance("mails")
        post = Post(chance, max((one.number for one in world.letters), default=0), self._reference)
        while True:
            batch = post.batch()
            for letter in batch:
                await world.deliver(letter)
            await asyncio.sleep(len(batch) * 60 / world.scale.rate * chance.uniform(0.5, 1.5))
            while self.waiting() > world.scale.backlog:
                await asyncio.sleep(1)

    def _reference(self, message_id: str) -> int | None:
        for one in self.world.smtp.messages[self._read :]:
            answer = message_from_bytes(one.octets)
            number = str(answer["Subject"]).partition(REFERENCE)[2].partition("]")[0]
            if number.isdigit():
                self._told[str(answer["In-Reply-To"]).strip("<> ")] = int(number)
        self._read = len(self.world.smtp.messages)
        return self._told.get(message_id)

    def settled(self) -> int:
        """Mails with an outcome at HaloPSA."""
        store = self.world.sandbox._instance.store
        return sum(not one.opening for entries in store.actions.values() for one in entries) + len(store.tickets)

    def waiting(self) -> int:
        """About how many have none yet."""
        return sum(one.becomes != "nothing" for one in self.world.letters) - self.settled()

    async def _show(self, seconds: float) -> None:
        begun = time.monotonic()
        while True:
            self.report.progress(time.monotonic() - begun, seconds, self)
            await asyncio.sleep(5)

    # The calm after it

    async def drain(self, patience: float) -> bool:
        """All faults off; until nothing waits any more (True), or nothing has changed for so many seconds."""
        world = self.world
        await world.calm()
        landing = [proxy.landed() for proxy in world.proxies.values()]
        starts = [await host.start() for host in world.hosts]
        begun = time.monotonic()
        try:
            await asyncio.gather(*landing, world.sandbox.writes_landed())
            ledger = await self._ledger()
            try:
                before, changed = None, begun
                while not await self._at_rest(ledger):
                    counts, now = await ledger.reading.counts(), time.monotonic()
                    self.report.draining(now - begun, counts)
                    if (counts[State.DONE], sum(counts.values())) != before:
                        before, changed = (counts[State.DONE], sum(counts.values())), now
                    if now - changed > patience:
                        return False
                    await asyncio.sleep(3)
            finally:
                await ledger.close()
        finally:
            for process in starts:
                if process.returncode is None:
                    process.send_signal(signal.SIGTERM)
            for host in world.hosts:
                with suppress(TimeoutError):
                    async with asyncio.timeout(30):
                        await starts[world.hosts.index(host)].wait()
                await host.kill()
        return True

    async def _ledger(self) -> Ledger:
        for _ in range(100):
            with suppress(Exception):
                return await open_ledger(self.world.state(), writing=True)
            await asyncio.sleep(0.2)
        return await open_ledger(self.world.state(), writing=True)

    async def _at_rest(self, ledger: Ledger) -> bool:
        for one in await ledger.reading.page(ASIDE, limit=100_000):
            if one.cause == DIED:
                await release(self.world.hosts[0], one.id)
                self.world.counts["released by the operator (process_ended)"] += 1
        counts = await ledger.reading.counts()
        if any(counts[state] for state in OPEN):
            return False
        flags = await self.world.flags()
        marked = sum("\\Seen" in one for found in flags.values() for one in found)
        copies = sum(len(one.mailboxes) for one in self.world.letters)
        return sum(counts.values()) >= copies and marked + sum(counts[state] for state in ASIDE) >= copies

    async def held(self) -> Held:
        """What there is."""
        world, store = self.world, self.world.sandbox._instance.store
        ledger = await self._ledger()
        try:
            waits = await ledger.reading.page(OPEN, limit=100_000)
            aside = await ledger.reading.page(ASIDE, limit=100_000)
        finally:
            await ledger.close()
        return Held(
            tickets={
                one.id: f"{one.fields.get('summary')} {one.fields.get('details')}" for one in world.sandbox.tickets
            },
            entries=[
                (one.ticket_id, str(one.fields.get("note") or one.fields.get("note_html")))
                for one in world.sandbox.actions
                if not one.opening
            ],
            files=[
                (one.ticket_id, one.filename, hashlib.sha256(one.octets).hexdigest())
                for one in store.attachments.values()
            ],
            answered=[str(message_from_bytes(one.octets)["In-Reply-To"]).strip("<> ") for one in world.smtp.messages],
            flags=await world.flags(),
            open=[f"message {one.id} is {one.state}: {one.cause} {one.words}" for one in waits],
            aside=[(one.sha256, f"message {one.id} is {one.state}: {one.cause} {one.words}") for one in aside],
        )


async def release(host: Host, message: int) -> None:
    """As an operator would."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "release", str(message), "--config", str(host.config), stdout=asyncio.subprocess.DEVNULL
    )
    await process.wait()


async def play(
    folder: Path, scale: Scale, seconds: float, report: Report,
    *, length: tuple[float, float] = (1.5, 5.0), calm: tuple[float, float] = (0.5, 3.0),
) -> list[Fault] | None:  # fmt: skip
    """A whole run in `folder`, new or gone on with; its faults. None: SIGINT or SIGTERM ended it."""
    record = folder / "run.json"
    folder.chmod(0o755)  # Dovecot's and PostgreSQL's users must get in
    before = json.loads(record.read_text()) if record.exists() else {"session": 0, "ports": {}}
    world = World(folder, scale, before["session"] + 1, before["ports"])
    record.write_text(json.dumps(world.record(), indent=1))

    async def whole() -> list[Fault]:
        async with world:
            report.begin(world)
            machine = Machine(world, report, length=length, calm=calm)
            await machine.rage(seconds)
            in_time = await machine.drain(2 * scale.window + STALLED)
            held = await machine.held()
            faults = judge(world.letters, held)
            world.counts["tickets that an answer opened, of all runs"] = opened_by_answers(world.letters, held)
            report.verdict(machine, faults, in_time=in_time)
            return faults

    task = asyncio.create_task(whole())
    loop, signals = asyncio.get_running_loop(), (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        return None
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5.0, help="of chaos; the drain after it takes some more")
    parser.add_argument("--seed", type=int, help="default: another each time; of a folder's first run if it has one")
    parser.add_argument("--hosts", type=int, default=1)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--folder", type=Path, help="kept, and gone on with when it is named again")
    parser.add_argument("--late", type=float, default=90.0, help="seconds by which a write lands late at the most")
    parser.add_argument("--rate", type=float, default=110.0, help="mails a minute")
    parser.add_argument("--dialect", choices=["observed", "documented"], default="observed")
    return parser.parse_args()


def _scale(given: argparse.Namespace, folder: Path) -> Scale:
    """Of the folder's first run, if it has one, so that it is gone on with as it was begun."""
    record = folder / "run.json"
    if record.exists():
        kept = json.loads(record.read_text())["scale"]
        kept["life"] = tuple(kept["life"])
        scale = Scale(**{one.name: kept[one.name] for one in fields(Scale)})
        return replace(scale, rate=given.rate)
    seed = given.seed if given.seed is not None else time.time_ns() % 1_000_000
    life = (0.1, 2.5 * given.hosts)
    window = given.late + max(3.0, given.late / 9)
    return Scale(
        seed, given.hosts, given.database, given.late, window, rate=given.rate, life=life, dialect=given.dialect
    )


def main() -> int:
    """As `make chaos` calls it."""
    given = _arguments()
    folder = given.folder.absolute() if given.folder else Path(tempfile.mkdtemp(prefix="chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    report = Report(folder)
    faults = asyncio.run(play(folder, _scale(given, folder), given.minutes * 60, report))
    if faults is None:
        report.line(f"interrupted: go on with the same command and FOLDER={folder}")
        return 130
    if not faults and not given.folder:
        shutil.rmtree(folder)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
