"""Everything round the hosts: the three servers, the ledger's place, and a proxy before each of them.

All of it lies in one folder and can be gone on with: the mail in Dovecot, what HaloPSA and the mail server hold
(journals), the ledger, the ports. The small disk under an SQLite ledger is a tmpfs, whose files are copied into the
folder at the end of a run; a run that was killed has left it mounted.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import shutil
import socket
import subprocess
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from fakes.dovecot import PASSWORD
from fakes.smtp_sink import SmtpSink

from chaos.fleet import LIBRARIES, NAME, Host, name_space
from chaos.journal import Journal, KeptList, KeptStore
from chaos.mails import MAILBOXES, Letter
from chaos.proxy import FINE, Fate, Proxy
from chaos.servers import KeptDovecot, KeptPostgres
from gateway.sandbox import Sandbox

DISK = 256 << 20
LATE_LEDGER = 2.0
"""Seconds: the longest that a held back commit keeps everybody else from writing."""

SHARES: dict[str, dict[str, int]] = {
    "halo": {"fine": 55, "refuse": 4, "half_open": 4, "cut_request": 7, "cut_answer": 7, "lost_answer": 10, "late": 9,
             "slow": 4},
    "imap": {"fine": 70, "refuse": 5, "half_open": 5, "cut_request": 5, "cut_answer": 8, "lost_answer": 4, "slow": 3},
    "smtp": {"fine": 60, "refuse": 5, "half_open": 4, "cut_request": 6, "cut_answer": 6, "lost_answer": 9, "late": 7,
             "slow": 3},
    "ledger": {"fine": 82, "refuse": 3, "half_open": 2, "cut_request": 4, "cut_answer": 3, "lost_answer": 3, "late": 2,
               "slow": 1},
}  # fmt: skip
"""Fates of connections in a hundred, by service."""

TURNS = {"halo": 4, "imap": 12, "smtp": 6, "ledger": 60}
"""Fate strikes in one of so many turns."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What a run is made of. Times in seconds."""

    seed: int
    hosts: int = 1
    database: str = "sqlite"
    late: float = 90.0
    window: float = 100.0
    lease: float = 4.0
    timeout: float = 5.0
    rate: float = 110.0  # mails a minute
    backlog: int = 500  # mails that may wait before no more are delivered: the drain shall end
    life: tuple[float, float] = (0.1, 2.5)
    dialect: str = "observed"


class World:
    """The servers of one run, in `folder`."""

    def __init__(self, folder: Path, scale: Scale, session: int, ports: dict[str, int]) -> None:
        self.folder, self.scale, self.session = folder, scale, session
        self.ports = ports or dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        self.counts: Counter[str] = Counter()
        self.missing: list[str] = []
        self.ready = asyncio.Event()
        self.ready.set()
        self.postgres: KeptPostgres | None = None
        self.proxies: dict[str, Proxy] = {}
        self.hosts: list[Host] = []
        self.disk = folder / "disk"
        self.real_disk = False
        self._box = asyncio.Lock()
        self._exits = AsyncExitStack()

    @property
    def has_clocks(self) -> bool:
        """Whether the hosts' clocks can be set."""
        return bool(LIBRARIES)

    def chance(self, what: str) -> random.Random:
        """A stream of its own for each purpose, so that one is not shifted by the timing of another."""
        return random.Random(f"{self.scale.seed}/{self.session}/{what}")

    async def __aenter__(self) -> Self:
        try:
            await self._open()
        except BaseException:
            await self._exits.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._exits.aclose()

    async def _open(self) -> None:
        exits, ports = self._exits, self.ports
        self.delivered = self._journal("delivered")
        self.letters: list[Letter] = list(self.delivered.records)
        self.dovecot = KeptDovecot(self.folder / "dovecot", *MAILBOXES, ports=(ports["dovecot"], ports["dovecots"]))
        exits.enter_context(self.dovecot)
        self.sandbox = Sandbox(self.scale.dialect, token_lifetime=timedelta(seconds=20))
        self.sandbox._instance.store = KeptStore(self._journal("halo"))
        await exits.enter_async_context(self.sandbox.serving(port=ports["sandbox"]))
        self.smtp = SmtpSink()
        self.smtp.port = ports["sink"]
        self.smtp.messages = KeptList(self._journal("sent"))
        await exits.enter_async_context(self.smtp)
        await self._proxy("halo", ports["sandbox"], lambda octets: octets.startswith(b"POST /api"))
        await self._proxy("imap", ports["dovecot"], lambda _: True)
        await self._proxy("smtp", ports["sink"], lambda _: True)
        if self.scale.database == "postgresql":
            self.postgres = KeptPostgres(self.folder / "postgres", ports["postgres"])
            exits.enter_context(self.postgres)
            await self._proxy("ledger", ports["postgres"], lambda _: True)
        else:
            self._mount()
        await self.finish_delivery()
        self._make_hosts()

    def _journal(self, name: str) -> Journal:
        return self._exits.enter_context(Journal(self.folder / f"{name}.journal"))

    async def _proxy(self, name: str, upstream: int, worth: Callable[[bytes], bool]) -> None:
        chance, late = self.chance(f"proxy {name}"), self.scale.late if name != "ledger" else LATE_LEDGER
        kinds, weights = zip(*SHARES[name].items(), strict=True)

        def fate() -> Fate:
            kind = chance.choices(kinds, weights)[0]
            turn, octets, delay = chance.randint(1, TURNS[name]), chance.randrange(1000), chance.uniform(0.05, 1) * late
            return Fate(kind, turn, octets, delay) if kind != "fine" else FINE

        proxy = Proxy(name, upstream, fate, worth, port=self.ports[f"proxy {name}"])
        self.proxies[name] = await self._exits.enter_async_context(proxy)

    # The ledger's place

    def _mount(self) -> None:
        self.disk.mkdir(exist_ok=True)
        saved = self.folder / "ledger"
        if not os.path.ismount(self.disk):
            mounts = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0700", "tmpfs", str(self.disk)]
            self.real_disk = subprocess.run(mounts, capture_output=True, check=False).returncode == 0
            if self.real_disk and saved.exists():
                shutil.copytree(saved, self.disk, dirs_exist_ok=True)
        else:
            self.real_disk = True
        if self.real_disk:
            self._exits.callback(self._unmount)
            self.read_only(on=False)
            (self.disk / "filler").unlink(missing_ok=True)
        else:
            self.missing += ["a disk of its own (full: by RLIMIT_FSIZE instead)", "a read-only ledger"]

    def _unmount(self) -> None:
        saved = self.folder / "ledger"
        shutil.rmtree(saved, ignore_errors=True)
        shutil.copytree(self.disk, saved)
        subprocess.run(["umount", str(self.disk)], check=False)

    def fill(self) -> None:
        """No more room on the ledger's disk."""
        if not self.real_disk:
            largest = max((one.stat().st_size for one in self.disk.iterdir()), default=0)
            for host in self.hosts:
                host.limited(largest)
            return
        with contextlib.suppress(OSError), (self.disk / "filler").open("wb", buffering=0) as filler:
            for size in (1 << 20, 4096):
                with contextlib.suppress(OSError):
                    while filler.write(b"x" * size):
                        pass

    def free(self) -> None:
        """Room again."""
        if self.real_disk:
            (self.disk / "filler").unlink(missing_ok=True)
        for host in self.hosts:
            host.limited(-1)

    def read_only(self, *, on: bool) -> None:
        """The ledger's disk takes no writes. Nobody may have a file of it open."""
        option = f"remount,{'ro' if on else 'rw'}"
        subprocess.run(["mount", "-o", option, str(self.disk)], check=True, capture_output=True)

    # The hosts

    def state(self, *, direct: bool = True) -> str:
        """The ledger's URL, around the proxy or through it."""
        if self.postgres is not None:
            return self.postgres.url(None if direct else self.proxies["ledger"].port)
        return f"sqlite:///{self.disk / 'ledger.db'}"

    def _make_hosts(self) -> None:
        separate = name_space()
        if not separate:
            self.missing.append("names of its own (DNS failure)")
        if not self.has_clocks:
            self.missing.append("libfaketime (clock steps)")
        many = self.scale.hosts > 1
        for number in range(1, self.scale.hosts + 1):
            name = f"host{number}"
            config = self.folder / f"{name}.toml"
            freeze = (self.scale.lease + 1, self.scale.lease + 5) if many else (0.5, 4.0)
            host = Host(
                name, config, self.folder, self.chance(name), self.scale.life, separate, freeze,
                0.25 if many else 0.1, self.counts, self.ready,
            )  # fmt: skip
            config.write_text(self._config(name, names=bool(separate), cluster=many))
            self.hosts.append(host)

    def _config(self, name: str, *, names: bool, cluster: bool) -> str:
        where = NAME if names else "127.0.0.1"
        port, scale = {key: proxy.port for key, proxy in self.proxies.items()}, self.scale
        tables: list[tuple[str, dict[str, Any]]] = [
            ("", {"state": self.state(direct=False), "log_format": "json"}),
            ("[halo]", {
                "url": f"http://{where}:{port['halo']}", "client_id": "gateway", "client_secret": "sandbox-secret",
                "ambiguity_window": f"{scale.window:g}s", "timeout": f"{scale.timeout:g}s", "requests": 1_000_000,
            }),
            ("[smtp]", {"host": where, "port": port["smtp"], "timeout": f"{scale.timeout:g}s"}),
            ("[budgets]", {"per_domain": 100_000, "overall": 100_000}),
        ]  # fmt: skip
        if cluster:
            tables.append(("[cluster]", {"name": name, "lease": f"{scale.lease:g}s"}))
        tables += [
            ("[[mailbox]]", {
                "name": address.partition("@")[0], "address": address, "host": where, "port": port["imap"],
                "security": "none", "username": address, "password": PASSWORD, "first_contact": "all",
                "poll_interval": "2s", "timeout": f"{scale.timeout:g}s",
            })
            for address in MAILBOXES
        ]  # fmt: skip
        lines = []
        for head, values in tables:
            lines += [head, *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
        return "\n".join(lines) + "\n"

    # Mail

    async def deliver(self, letter: Letter) -> None:
        """Into its mailboxes, as soon as the server is up."""
        self.delivered.write(letter)
        self.letters.append(letter)
        for box in letter.mailboxes:
            await self._append(box, letter)

    async def _append(self, box: str, letter: Letter) -> None:
        async with self._box:
            await asyncio.to_thread(self.dovecot.append, box, letter.octets)

    async def finish_delivery(self) -> None:
        """Of the last mail of a run that was killed."""
        held = {box: len(found) for box, found in (await self.flags()).items()}
        for box in MAILBOXES:
            if held[box] < sum(box in letter.mailboxes for letter in self.letters):
                await self._append(box, self.letters[-1])

    async def restart_dovecot(self, seconds: float) -> None:
        """Down for so long."""
        async with self._box:
            await asyncio.to_thread(self.dovecot.stop)
            try:
                await asyncio.sleep(seconds)
            finally:
                await asyncio.to_thread(self.dovecot.start)

    async def flags(self) -> dict[str, list[frozenset[str]]]:
        """Of every mail, by mailbox."""
        async with self._box:
            return {
                box: [found for _, found in await asyncio.to_thread(self.dovecot.messages, box)] for box in MAILBOXES
            }

    # All's well

    async def calm(self) -> None:
        """No faults from now on; what was held back lands."""
        self.sandbox.faults.clear()
        for proxy in self.proxies.values():
            proxy.mode = None
            proxy.fates = lambda: FINE
            await proxy.hang_up()
        for host in self.hosts:
            host.resolves(yes=True)
            host.step(0)

    def record(self) -> dict[str, Any]:
        """What the next run of this folder must know."""
        return {"scale": asdict(self.scale), "session": self.session, "ports": self.ports}


PORTS = ("dovecot", "dovecots", "sandbox", "sink", "postgres", "proxy halo", "proxy imap", "proxy smtp", "proxy ledger")


def free_ports(count: int) -> list[int]:
    """Ports that are free now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
