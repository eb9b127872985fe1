"""Whose mail is worked on next, so that one sender's flood never makes another's mail wait.

Promises: a sender uses no more of the window of requests to HaloPSA than is left for the others, and files half of
that and nothing of the last third; all whom HaloPSA does not know together use no more than three quarters of what the
others leave, and of that a domain no more than two thirds; no sender and no such domain has more than half of the
workers in hand, and strangers together never the last one; while the budget is short, who has used least comes first,
and of several the oldest and the newest mail by turns; the second half of what strangers have is given out evenly, so
that one who writes for the first time does not wait for a window to pass, however many others wait.
The mails of one sender keep their order. All in memory: who is passed by waits in the ledger as before. Fails never.
Knows nothing of what is done for a mail.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Protocol

from gateway.payer import charged_to, payers
from gateway.reach import organisation_of
from parsers.mailboxes import mailbox_of
from storage.model import Waiting

STRANGERS: Final = "strangers"
THEIRS: Final = 0.75
"""Of what is left by the others, what all strangers together may use."""
MAIL: Final = 3
"""Requests that a stranger's mail takes: the sender is looked for, and the ticket made."""
KEPT: Final = 1 / 3
"""Of the window, what files leave to tickets and actions."""
FEW: Final = 4
"""Files of one mail in a row while every worker has something in hand."""
_REMEMBERED: Final = 20_000


class FilesLeft(Exception):
    """All is done that was to be done for a mail, but for files that wait, and for what tells what became of them."""


class Spending(Protocol):
    """The budget of requests, as far as sharing it out needs it."""

    @property
    def limit(self) -> int:
        """Requests in any window."""

    @property
    def window(self) -> float:
        """In seconds."""

    @property
    def free(self) -> int:
        """How many of them are left now."""

    def used_by(self, payer: str) -> int:
        """How many were made on somebody's account in the window that ends now."""


class Endless:
    """A budget that nobody can use up."""

    limit = free = 1_000_000_000
    window = 0.0

    def used_by(self, payer: str) -> int:  # noqa: ARG002 - the protocol's
        """Nothing."""
        return 0


class Fair:
    """One for the daemon. `knows`: whether an address is some user's at HaloPSA, as far as is known without asking."""

    def __init__(
        self,
        workers: int = 1_000,
        budget: Spending | None = None,
        knows: Callable[[str], bool] = lambda _: False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._workers = workers
        self._half = max(1, workers // 2)
        self._budget: Spending = budget if budget is not None else Endless()
        self._knows = knows
        self._monotonic = monotonic
        self._next_stranger = float("-inf")
        self._taken = 0
        self._learnt: OrderedDict[str, None] = OrderedDict()
        self._in_hand: Counter[str] = Counter()
        self._busy = 0

    def learn(self, sender: str) -> None:
        """HaloPSA knows this one."""
        self._learnt[sender] = None
        self._learnt.move_to_end(sender)
        if len(self._learnt) > _REMEMBERED:
            self._learnt.popitem(last=False)

    @contextmanager
    def in_hand(self, sender: str) -> Iterator[None]:
        """Around the work on a mail of this sender: it counts, and its requests are on the sender's account."""
        payers = self.payers(sender)
        self._in_hand.update(payers)
        self._busy += 1
        self._taken += 1
        if STRANGERS in payers:
            evenly = MAIL * self._budget.window / (self._budget.limit * THEIRS / 2)
            self._next_stranger = self._monotonic() + evenly
        try:
            with charged_to(payers):
                yield
        finally:
            self._busy -= 1
            self._in_hand.subtract(payers)
            self._in_hand += Counter()  # without those that are at nothing

    @property
    def short(self) -> bool:
        """Whether more than half is used up of the window, or of what strangers have of it."""
        used, share = self._strangers()
        return self._budget.free * 2 < self._budget.limit or used * 2 > share

    @property
    def busy(self) -> bool:
        """Whether every worker has something in hand: who has much to do makes room for others now and then."""
        return self._busy >= self._workers

    def payers(self, sender: str) -> tuple[str, ...]:
        """Whose account a sender's mail is on: a user's own; else that of all strangers, a domain and a mailbox."""
        if sender in self._learnt or self._knows(sender):
            return (f"user {mailbox_of(sender)}",)
        mailbox = mailbox_of(sender)
        _, at, domain = mailbox.rpartition("@")
        return (STRANGERS, f"domain {organisation_of(domain) if at else ''}", f"mailbox {mailbox}")

    def choose(self, waiting: Sequence[Waiting]) -> int | None:
        """The mail to work on next, of those in the order in which they are due; None: none of them now."""
        best: tuple[int, int, int] | None = None
        met: set[str] = set()
        newest = -1 if self._taken % 2 else 1
        for at, one in enumerate(waiting):
            if one.sender in met:
                continue
            met.add(one.sender)
            payers = self.payers(one.sender)
            if not self._has_hands(payers) or not self.affords(payers, files=one.files):
                continue
            if not self.short:
                return one.id
            used = max(self._budget.used_by(payer) for payer in payers if payer != STRANGERS)
            rank = used, at * newest, one.id
            best = rank if best is None else min(best, rank)
        return best[2] if best is not None else None

    def affords(self, payers: Sequence[str], *, files: bool = False) -> bool:
        """Whether there is room in the budget for more on this account."""
        budget = self._budget
        free = budget.free
        if free <= (budget.limit * KEPT if files else 0):
            return False
        part = 0.5 if files else 1.0
        if STRANGERS not in payers:
            return all(budget.used_by(one) < free * part for one in payers)
        used, share = self._strangers()
        left = share - used
        if used * 2 > share and (files or self._monotonic() < self._next_stranger):
            return False
        _, domain, mailbox = payers
        return budget.used_by(domain) < 2 * left * part and budget.used_by(mailbox) < left * part

    def takes(self, files: int) -> bool:
        """Whether there is room for one more file of the mail in hand, with which it has so many in a row."""
        return self.affords(payers(), files=True) and not (files > FEW and self.busy)

    def _strangers(self) -> tuple[int, float]:
        """How much strangers have used, and how much they have of what the others leave."""
        used = self._budget.used_by(STRANGERS)
        return used, (self._budget.free + used) * THEIRS

    def _has_hands(self, payers: Sequence[str]) -> bool:
        strangers = max(1, self._workers - 1)
        return all(self._in_hand[one] < (strangers if one == STRANGERS else self._half) for one in payers)
