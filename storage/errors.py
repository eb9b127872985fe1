"""How the ledger fails.

LedgerError
├── LedgerUnusable   cannot be opened: another version's, not a ledger, in use, not there; `cure` says what to do
├── LedgerBusy       could not be written now: locked, disk full, connection lost; nothing was changed
├── Fenced           the message is no longer this worker's; nothing was changed
├── Gone             the octets of a message are no longer kept
└── IllegalChange    the state table has no such way; nothing was changed
"""

from __future__ import annotations

from datetime import datetime


class LedgerError(Exception):
    """The base; raise one of its children."""


class LedgerUnusable(LedgerError):
    """The ledger cannot be opened as it is."""

    def __init__(self, said: str, cure: str) -> None:
        super().__init__(f"{said}: {cure}")
        self.said = said
        self.cure = cure


class LedgerBusy(LedgerError):
    """The write did not happen, and may later. `full`: for want of space; `met`: another was in its way, try again."""

    def __init__(self, said: str, *, full: bool = False, met: bool = False) -> None:
        super().__init__(said)
        self.full = full
        self.met = met


class Fenced(LedgerError):
    """Somebody else claimed the message since, or it was settled: whoever meets this stops working on it."""


class Gone(LedgerError):
    """The octets were let go when their time was over, or because their author was forgotten."""

    def __init__(self, message: int, since: datetime) -> None:
        super().__init__(f"the octets of message {message} are no longer kept since {since.astimezone():%Y-%m-%d}")
        self.since = since


class IllegalChange(LedgerError):
    """An event that the state of the message does not allow."""
