"""A client for HaloPSA that stands on its own: `async with Halo(settings) as halo: await halo.tickets.get(42)`.

Promises: every documented operation, in either dialect, under the documented names; fails with the four kinds of
`gateway.errors`, each naming field, value and cure. Several callers at once share one token, one pause and one pool of
connections. It never asks HaloPSA to send mail. Knows nothing of mailboxes, rules and the ledger.

    tickets      create, update, resolve, get, search      actions      the log of a ticket, time
    attachments  upload, list, find                        picklists    names and ids of the tenant
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import httpx

from config.settings import Halo as HaloSettings
from gateway.halo.actions import Actions
from gateway.halo.api import HaloApi
from gateway.halo.attachments import Attachments
from gateway.halo.dialect import DialectChoice
from gateway.halo.picklists import Picklists
from gateway.halo.tickets import Tickets
from gateway.ports import Clock
from gateway.trust import Minimum


def _now() -> datetime:
    return datetime.now(UTC)


async def _forget(_: str) -> None:
    """Nobody keeps the dialect beyond this client."""


class Halo:
    """One HaloPSA. Misconfigured from the constructor: `ca_file` cannot be read."""

    def __init__(
        self,
        settings: HaloSettings,
        *,
        clock: Clock = _now,
        transport: httpx.AsyncBaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        minimum: Minimum = "1.2",
    ) -> None:
        self._api = HaloApi(settings, clock=clock, transport=transport, monotonic=monotonic, minimum=minimum)
        self._dialect = DialectChoice(self._api, settings.dialect, None, _forget)
        self.picklists = Picklists(self._api, self._dialect.get, monotonic)
        self.actions = Actions(self._api, self._dialect, self.picklists, settings.outcome)
        self.tickets = Tickets(self._api, self._dialect, self.picklists)
        self.attachments = Attachments(self._api, self._dialect)

    @property
    def dialect(self) -> str | None:
        """What the server speaks, once it is known."""
        return self._dialect.known

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close connections; never raises."""
        await self._api.close()
