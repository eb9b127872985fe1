"""Looks again at what was sent again after a doubt: whether the first one has turned up after all.

A write can land later than any window: its host was frozen with the octets in hand, or a proxy held them. Nobody can
take that back, but it must not stay unknown.

Promises: everything that was sent again is looked for once an hour for a day, beginning when `window` has passed; two
entries with one mail reference raise an alert that names both. Reads only. Fails never, but for cancellation. Knows
nothing of why something was sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from gateway import plan_json
from gateway.alarm import Alarm
from gateway.errors import Trouble
from gateway.observe import maillog
from gateway.ports import Clock, TicketBackend
from gateway.receipts import Doubt, Receipt
from gateway.steps import AddAction, CreateTicket, NoteRefused, Step, TellAgents
from storage.ledger import Ledger
from storage.steps import Resent

FOR = timedelta(days=1)
EVERY = timedelta(hours=1)
"""Between two looks for the same."""

LOOKED_FOR = (CreateTicket, AddAction, TellAgents, NoteRefused)
"""What carries a mail reference. Of the other effects a second one does no harm, or is not told from a first."""


class Doubles:
    """One for the daemon; of several hosts each takes what the others have not looked at."""

    def __init__(
        self, ledger: Ledger, backend: TicketBackend, clock: Clock, alarm: Alarm, window: timedelta,
        may: Callable[[], bool] = lambda: True,
    ) -> None:  # fmt: skip
        """`may`: whether we are alive, among hosts."""
        self._ledger = ledger
        self._backend = backend
        self._clock = clock
        self._alarm = alarm
        self._window = window
        self._may = may

    async def look(self) -> int:
        """Look at what is due to be looked at; how many doubles were found."""
        found = 0
        now = self._clock()
        for one in await self._ledger.steps.resent(now - FOR, now - self._window, now - EVERY):
            if not self._may() or not await self._ledger.steps.check_again(one, now):
                continue
            try:
                other = await self._other(one)
            except Trouble as trouble:  # it is looked at again in an hour
                maillog.not_checked(one.message, one.name, trouble.cause)
                continue
            if other is not None:
                found += 1
                await self._tell(one, other)
        return found

    async def _other(self, one: Resent) -> Receipt | None:
        """Another entry with the reference of this one, if there is one."""
        step = _step(one)
        if step is None:
            return None
        doubt = Doubt(one.marker, one.received_at, one.floor, frozenset({one.receipt_id}))
        if isinstance(step, CreateTicket):
            taken = await self._ledger.steps.taken(one.name, one.floor)
            return await self._backend.find_created(step, Doubt(one.marker, one.received_at, one.floor, taken))
        return None if one.ticket is None else await self._backend.find_action(one.ticket, doubt)

    async def _tell(self, one: Resent, other: Receipt) -> None:
        what = "tickets" if isinstance(_step(one), CreateTicket) else f"entries of ticket {one.ticket}:"
        words = (
            f"{what} {one.receipt_id} and {other.id} carry the same mail reference {one.marker}: a write landed after "
            f"its time. Remove or merge the second; `halo-mailgate explain {one.message}` tells its story"
        )
        maillog.doubled(one.message, one.name, one.receipt_id, other.id)
        await self._alarm.raise_(f"message {one.message} twice", words)


def _step(one: Resent) -> Step | None:
    if one.plan is None:
        return None
    steps = plan_json.read(one.plan).steps
    return next((step for step in steps if step.name == one.name and isinstance(step, LOOKED_FOR)), None)
