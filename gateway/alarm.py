"""How the operator is told: an ERROR event always, `check` while it lasts, and mail once a day to `[alerts] mail_to`.

Promises: an alert is open in the ledger until what it is about works again; telling never fails the work that raised
it. Knows nothing of what went wrong: it is given a key and words that name the cure.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from gateway.observe import maillog
from gateway.ports import Clock, Mailer
from gateway.secrecy import mask
from storage.errors import LedgerError
from storage.ledger import Ledger

AGAIN = timedelta(hours=24)
"""How long an alert stays quiet after a mail about it."""


FILES = "files"
"""The key of the alert about what others on this host can read; `check` looks for itself."""

LEDGER_CURE = "mail waits in its folders; make room on the disk of `state`, or see to its database"
"""What is said to an operator whose ledger takes nothing."""


class Alarm:
    """One for the daemon."""

    def __init__(self, ledger: Ledger, clock: Clock, mailer: Mailer | None, mail_to: Sequence[str]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._mailer = mailer
        self._mail_to = tuple(mail_to)
        self._open: dict[str, str] = {}
        self._told: dict[str, datetime] = {}
        self._turn = asyncio.Lock()  # what we hold open and what the ledger does must not part

    async def load(self) -> None:
        """Take up what was open when the last daemon ended."""
        await self.refresh()

    async def refresh(self) -> None:
        """See what other hosts have raised and cleared."""
        async with self._turn:
            alerts = await self._ledger.reading.alerts()
            held = {one.key: self._open.get(one.key, "") for one in alerts}
            self._open.clear()
            self._open.update(held)
            self._told.update({one.key: one.told_at for one in alerts if one.told_at is not None})

    async def raise_(self, key: str, words: str) -> None:
        """Something needs the operator."""
        words = mask(words)
        now, recorded = self._clock(), False
        with contextlib.suppress(LedgerError):  # the trouble may be the ledger's own: all the more reason to tell
            async with self._turn:
                if self._open.get(key) != words:
                    maillog.alert(key, words)
                self._open[key] = words
                await self._ledger.notes.raise_alert(key, words, now)
                recorded = True
        last = self._told.get(key)
        if self._mailer is None or not self._mail_to or (last is not None and now - last < AGAIN):
            return
        self._told = {one: at for one, at in self._told.items() if now - at < AGAIN} | {key: now}  # it has an end
        with contextlib.suppress(LedgerError):
            if recorded and not await self._ledger.notes.may_tell(key, now, AGAIN):
                return  # another host has told
        subject = f"halo-mailgate needs you: {key}"
        try:
            await self._mailer.alert(self._mail_to, subject, f"{words}\n\nSee also: halo-mailgate check\n")
        except Exception as trouble:  # noqa: BLE001 - telling of trouble must make none
            maillog.alert_not_mailed(key, type(trouble).__name__)

    def is_open(self, key: str) -> bool:
        """Whether the operator still has this to mend, as far as we know."""
        return key in self._open

    async def clear(self, key: str) -> None:
        """What the alert was about works (again)."""
        if key not in self._open:
            return
        async with self._turn:
            if key in self._open:  # still: another worker may have cleared it meanwhile
                await self._ledger.notes.clear_alert(key)
                del self._open[key]
                maillog.alert_cleared(key)
