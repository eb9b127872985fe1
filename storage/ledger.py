"""The ledger as a whole: one database, seen through the facets that each room of the gateway uses.

Promises: see each facet. A facet holds no state of its own, so any number of them may look at one database.
"""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime, timedelta

from storage.balance import Balance
from storage.database import LEASE, Database
from storage.disposal import Disposals
from storage.forgetting import Forgetting
from storage.hindsight import Hindsight
from storage.hosts import Hosts, Identity
from storage.intake import Intake
from storage.keeping import Keeping
from storage.notes import Notes
from storage.people import People
from storage.purpose import open_fit
from storage.reading import Reading
from storage.redaction import Redaction
from storage.spending import Spending
from storage.steps import Steps
from storage.sweeps import Sweeps
from storage.threads import Threads
from storage.work import Work


class Ledger:
    """Open one with `open_ledger`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.intake = Intake(database)
        self.work = Work(database)
        self.steps = Steps(database)
        self.threads = Threads(database)
        self.disposals = Disposals(database)
        self.reading = Reading(database)
        self.notes = Notes(database)
        self.people = People(database)
        self.hosts = Hosts(database)
        self.spending = Spending(database)
        self.balance = Balance(database)
        self.sweeps = Sweeps(database)
        self.hindsight = Hindsight(database)
        self.keeping = Keeping(database)
        self.forgetting = Forgetting(database)
        self.redaction = Redaction(database)

    async def close(self) -> None:
        """Give the connections back."""
        await self.database.close()


async def open_ledger(
    state: str,
    *,
    writing: bool = False,
    daemon: bool = False,
    me: Identity | None = None,
    lease: timedelta = LEASE,
    shadow: bool = False,
) -> Ledger:
    """Open the ledger at `state`. As a daemon it is made or upgraded, and we join its hosts as `me`, alive for `lease`.

    `shadow`: not that one but its shadow, see `purpose`.
    LedgerUnusable: it cannot be opened as it is, and says what to do; a ledger on SQLite lets in no second daemon.
    """
    ledger = Ledger(await open_fit(state, shadow=shadow, writing=writing or daemon, upgrade=daemon, lease=lease))
    if daemon:
        try:
            await ledger.hosts.join(me or Identity(socket.gethostname(), os.getpid()), lease, datetime.now(UTC))
        except BaseException:
            await ledger.close()
            raise
    return ledger
