"""Numbers for Prometheus: HaloPSA's budget, what waits, when each mailbox was looked at last.

Promises: every scrape asks the running daemon itself, so that one that hangs answers no scrape; served only where
`[metrics] listen` says, to whoever can reach that. Misconfigured from `serve`: the address cannot be listened on. Knows
nothing of who the numbers come from: it is given a snapshot.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from prometheus_client import start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry

from gateway.errors import Misconfigured

PRIORITIES: Final = ("urgent", "ordinary", "patient", "spare")
_SLOWEST: Final = 10.0  # seconds for one snapshot
_P: Final = "halo_mailgate_"


@dataclass(frozen=True, slots=True)
class HaloUse:
    """How HaloPSA's budget of requests stands. Tuples are by priority, as `PRIORITIES` names them."""

    used: int
    limit: int
    window: float  # seconds
    given: tuple[int, int, int, int]  # since the start
    waiting: tuple[int, int, int, int]
    refused: int  # answers 429 since the start
    resting: float  # seconds left of the rest after one


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The daemon at an instant. `messages` by state, all that the ledger holds; `looked_at` by mailbox."""

    version: str
    halo: HaloUse
    messages: Mapping[str, int]
    alerts: int
    looked_at: Mapping[str, datetime | None]
    balanced: bool = True  # all mail that was ever seen is accounted for
    fates: Mapping[str, int] = field(default_factory=dict)  # of the messages that were ever kept
    holes: int = 0  # mails that were missed when they came, found by comparing folders with the ledger
    breakers: Mapping[str, bool] = field(default_factory=dict)  # by what they are before: whether it is rested from


@asynccontextmanager
async def serve(listen: tuple[str, int] | None, snapshot: Callable[[], Awaitable[Snapshot]]) -> AsyncIterator[None]:
    """Serve the numbers while the block runs; nothing if `listen` is None."""
    if listen is None:
        yield
        return
    registry = CollectorRegistry()
    registry.register(_Asking(asyncio.get_running_loop(), snapshot))
    try:
        server, _ = start_http_server(listen[1], listen[0], registry)
    except OSError as error:
        words = f"[metrics] listen = {listen[0]}:{listen[1]} cannot be used ({error.strerror}): choose another"
        raise Misconfigured("metrics", words) from None
    try:
        yield
    finally:
        await asyncio.to_thread(server.shutdown)
        server.server_close()


class _Asking(Collector):
    """Asks the daemon's loop from the server's thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, snapshot: Callable[[], Awaitable[Snapshot]]) -> None:
        self._loop = loop
        self._snapshot = snapshot

    def describe(self) -> list[Metric]:
        """Nothing: registering must not ask yet."""
        return []

    def collect(self) -> Iterator[Metric]:
        """One scrape."""

        async def ask() -> Snapshot:
            return await self._snapshot()

        yield from families(asyncio.run_coroutine_threadsafe(ask(), self._loop).result(_SLOWEST))


def families(now: Snapshot) -> Iterator[Metric]:
    """A snapshot in Prometheus' terms."""
    yield InfoMetricFamily(f"{_P}build", "The version that runs.", {"version": now.version})
    halo = now.halo
    given = CounterMetricFamily(f"{_P}halo_requests", "Requests to HaloPSA, tokens included.", labels=["priority"])
    waiting = GaugeMetricFamily(f"{_P}halo_waiting", "Requests that wait for the budget.", labels=["priority"])
    for name, sent, waits in zip(PRIORITIES, halo.given, halo.waiting, strict=True):
        given.add_metric([name], sent)
        waiting.add_metric([name], waits)
    yield from (given, waiting)
    yield GaugeMetricFamily(f"{_P}halo_budget_used", "Requests in the window that ends now.", halo.used)
    yield GaugeMetricFamily(f"{_P}halo_budget_limit", "Requests that the window may hold.", halo.limit)
    yield GaugeMetricFamily(f"{_P}halo_budget_window_seconds", "Length of the window.", halo.window)
    yield CounterMetricFamily(f"{_P}halo_rate_limited", "Answers 429 of HaloPSA.", halo.refused)
    yield GaugeMetricFamily(f"{_P}halo_resting_seconds", "What is left of the rest after a 429.", halo.resting)
    messages = GaugeMetricFamily(f"{_P}messages", "Messages in the ledger.", labels=["state"])
    for state, count in now.messages.items():
        messages.add_metric([state], count)
    yield messages
    yield GaugeMetricFamily(f"{_P}alerts", "What an operator has to mend.", now.alerts)
    looked = GaugeMetricFamily(
        f"{_P}mailbox_looked_at_seconds", "When a mailbox was last looked at without an error (Unix time).",
        labels=["mailbox"],
    )  # fmt: skip
    breakers = GaugeMetricFamily(
        f"{_P}breaker_open", "Whether there are rests between tries: 1 while it is in trouble.", labels=["before"]
    )
    for before, is_open in now.breakers.items():
        breakers.add_metric([before], float(is_open))
    yield breakers
    for mailbox, at in now.looked_at.items():
        looked.add_metric([mailbox], 0.0 if at is None else at.timestamp())
    yield looked
    yield GaugeMetricFamily(f"{_P}balanced", "1: all mail that was ever seen is accounted for.", int(now.balanced))
    fates = GaugeMetricFamily(f"{_P}fates", "What became of the messages that were ever kept.", labels=["fate"])
    for fate, count in now.fates.items():
        fates.add_metric([fate], count)
    yield fates
    yield CounterMetricFamily(f"{_P}holes", "Mails that were missed at first and found by comparing.", now.holes)
