"""Octets of the ledger to what they say: in this process, or, where that may be what ends it, in one of its own.

Promises: a mail at whose reading or judging the process ended `ALONE` times is never read in this process again; of
such mails one is read at a time. Fails with Unreadable (the mail is to be set aside), Occupied (another is being read
alone) and Transient. Knows nothing of what a mail means.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Protocol

from gateway.alone import read_alone
from gateway.errors import Transient
from parsers import parse
from parsers.model import ParsedEmail
from storage.ledger import Ledger
from storage.model import ALONE, Claim

AGAIN = timedelta(seconds=5)
"""When to look whether the other one has been read."""


class Occupied(Transient):
    """Another mail is being read alone. This one waits its turn, and nobody waits for it."""


class Apart(Protocol):
    """Reads in a process of its own; see `read_alone`."""

    def __call__(self, octets: bytes, *, whole: bool) -> Awaitable[ParsedEmail]:
        """What it says."""


class Reader:
    """One for the daemon."""

    def __init__(self, ledger: Ledger, apart: Apart = read_alone) -> None:
        self._ledger = ledger
        self._apart = apart
        self._reading_apart = False

    def alone(self, claim: Claim) -> bool:
        """Whether this mail is to be read alone.

        One that has its plan was read well before. Deaths at reading it again are not counted apart from those at
        carrying the plan out, so that from the third attempt on it is read alone too.
        """
        return claim.message.deaths >= ALONE or (claim.plan is not None and claim.message.attempts > ALONE)

    async def read(self, claim: Claim) -> ParsedEmail:
        """What the claimed message says."""
        message = claim.message
        if not self.alone(claim):
            octets = await self._ledger.intake.octets(message.id)
            return await asyncio.to_thread(parse, octets, whole=not message.truncated)
        if self._reading_apart:
            raise Occupied("reads_another", "another mail is being read alone", retry_after=AGAIN)
        self._reading_apart = True
        try:
            return await self._apart(await self._ledger.intake.octets(message.id), whole=not message.truncated)
        finally:
            self._reading_apart = False
