"""Letting go of what was kept long enough, while the daemon works.

Promises: a round lets go of every message whose fate and age say so, in short transactions between which others write;
its author is recorded before its octets go, so that `forget` finds it for ever. A round that fails is taken up by the
next one. Fails with the ledger's errors. Any host may do it, and several at once. Touches no mailbox and no ticket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from gateway import plan_json
from gateway.observe import maillog
from gateway.ports import Clock
from parsers.message import author_of
from storage.keeping import Remains
from storage.ledger import Ledger
from storage.model import Fate

PEOPLE = timedelta(days=400)
"""How long it is known who was answered and what was said: `[budgets] within` looks back a year at the most."""

BREATH = 0.05
"""Seconds between two transactions, for those who wait to write."""


@dataclass(frozen=True, slots=True)
class Retention:
    """One for the daemon. `keep`: how long octets stay after their message came to rest; of other fates for ever."""

    ledger: Ledger
    clock: Clock
    keep: Mapping[Fate, timedelta]

    async def round(self) -> int:
        """Let go of all that is overdue; how many messages that were."""
        before = {fate: self.clock() - long for fate, long in self.keep.items()}
        gone = 0
        while before and (overdue := await self.ledger.keeping.overdue(before)):
            remains = [
                Remains(
                    one.id, plan_json.reduced(one.plan), author_of(one.head).lower() if one.head is not None else None
                )
                for one in overdue
            ]
            let_go = await self.ledger.keeping.let_go(remains, before, self.clock())
            gone += let_go
            await asyncio.sleep(BREATH)
            if not let_go:  # another host has its hands on them
                break
        if gone:
            maillog.let_go(gone)
        await _to_the_end(lambda: self.ledger.keeping.tidy(self.clock(), PEOPLE))
        await self.ledger.hosts.tidy(self.clock())
        await _to_the_end(self.ledger.keeping.shrink)
        return gone


async def _to_the_end(work: Callable[[], Awaitable[bool]]) -> None:
    """Again and again, as long as it says that there is more."""
    more = True
    while more:
        more = await work()
        await asyncio.sleep(BREATH)
