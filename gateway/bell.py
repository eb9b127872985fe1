"""How the daemon's tasks reach one another: made before any of them, so that nobody needs to know who hears it.

Promises: setting and asking only; rung twice is rung. Knows nothing of who rings.
"""

from __future__ import annotations

import asyncio


class Bell:
    """One for the daemon."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.new_mail = asyncio.Event()
        self._stirs: dict[tuple[str, str], asyncio.Event] = {}

    def stopping(self) -> bool:
        """Whether no new step may begin."""
        return self.stop.is_set()

    def stop_all(self) -> None:
        """No new step is to begin; whoever waits for anything need not wait longer."""
        self.stop.set()
        self.new_mail.set()
        for one in self._stirs.values():
            one.set()

    def arrived(self) -> None:
        """New mail is in the ledger."""
        self.new_mail.set()

    def settled(self, account: str, folder: str) -> None:
        """A message of this folder came to rest: the folder may be swept."""
        self.stir(account, folder).set()

    def stir_all(self, account: str) -> None:
        """Something happened to a mailbox that all its watches must see."""
        for (name, _), one in self._stirs.items():
            if name == account:
                one.set()

    def stir(self, account: str, folder: str) -> asyncio.Event:
        """What the folder's watch waits for beside new mail."""
        return self._stirs.setdefault((account, folder), asyncio.Event())
