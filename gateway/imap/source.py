"""One IMAP folder as a `MailSource`.

Promises: what the port says. The folder is opened with SELECT and read with BODY.PEEK, so reading changes nothing in
it; it is changed by `dispose` alone. After any error, and after a cancelled call, the connection is gone and `open`
makes a new one. New mail is found by searching, never by counting EXISTS. Fails: Transient and Misconfigured, see
`errors`. Knows nothing of the ledger; what it remembers across connections is which mails were on their way when one
died (see `fetching`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import date

from config.settings import Mailbox
from gateway.errors import Misconfigured, Transient, Trouble
from gateway.imap.disposal import dispose, move_target
from gateway.imap.fetching import Fetcher, Suspects
from gateway.imap.session import Session
from gateway.ports import Arrival, FolderState

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class ImapSource:
    """The folder that `mailbox` names. One caller at a time."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._session: Session | None = None
        self._suspects = Suspects()
        self._uidvalidity: int | None = None

    async def open(self) -> FolderState:
        """Connect, log in and select, whatever was before. Misconfigured: login, certificate, folder."""
        self._hang_up()
        box = self._mailbox
        if _same_folder(move_target(box.when_done), box.folder):
            raise Misconfigured("move_into_itself", f'when_done moves mail into "{box.folder}" itself: name another')
        session = await Session.connect(
            box.host, box.port, box.security, limit=box.timeout.total_seconds(), ca_file=box.ca_file
        )
        try:
            await session.login(box.username, box.password.get_secret_value(), account=box.name)
            state = await self._select(session)
        except BaseException:
            session.abort()
            raise
        self._session = session
        return state

    async def refresh(self) -> FolderState:
        """Select again: NOOP would not tell of a folder that was removed and made anew."""
        return await self._select(self._connected())

    async def uids(self, *, after: int = 0, unseen: bool = False, since: date | None = None) -> list[int]:
        """UIDs greater than `after`, ascending. `since` is compared with the day of INTERNALDATE (RFC 9051 §6.4.4)."""
        criteria = ["UID", f"{after + 1}:*", "UNDELETED", "UNDRAFT"]
        if unseen:
            criteria.append("UNSEEN")
        if since is not None:
            criteria += ["SINCE", f"{since.day}-{_MONTHS[since.month - 1]}-{since.year:04}"]
        session = self._connected()
        await session.noop()  # Dovecot searches what it had told us of; only then does it look for new mail
        found = await session.uid_search(*criteria)
        return [uid for uid in found if uid > after]  # n:* names the last message whatever n is

    def fetch(self, uids: Sequence[int]) -> AsyncIterator[list[Arrival]]:
        """In batches of at most 50 mails and 8 MiB, or one larger mail.

        `size` is what the server sent, or would have sent. A mail that is there but that the server cannot deliver
        comes truncated, perhaps empty, once it has been tried often enough: it must be seen and must stop nothing else.
        """
        return Fetcher(self._connected(), self._mailbox.max_message_size, self._suspects).batches(uids)

    async def dispose(self, uids: Sequence[int], how: str) -> None:
        """Do as `when_done` says to these mails; see `disposal`."""
        await dispose(self._connected(), uids, how)

    async def wait(self, seconds: float) -> None:
        """Sleep for `seconds`. Transient, at once, when the connection is lost meanwhile."""
        session = self._connected()
        try:
            async with asyncio.timeout(seconds):
                await session.lost.wait()
        except TimeoutError:
            return
        raise session.lost_error()

    async def close(self) -> None:
        """Log out and hang up; never raises."""
        session, self._session = self._session, None
        if session is not None:
            await session.logout()

    async def _select(self, session: Session) -> FolderState:
        folder = self._mailbox.folder
        selected = await session.select(folder)
        if selected.read_only and self._mailbox.when_done != "nothing":
            session.abort()
            raise Misconfigured(
                "read_only", f'the account may only read "{folder}": give it the right, or set when_done = "nothing"'
            )
        if selected.uidvalidity != self._uidvalidity:
            self._uidvalidity = selected.uidvalidity
            self._suspects = Suspects()
        uidnext = selected.uidnext
        if uidnext is None:  # optional once (RFC 3501 §7.1)
            uidnext = max(await session.uid_search("UID", "*"), default=0) + 1
        return FolderState(selected.uidvalidity, uidnext)

    def _connected(self) -> Session:
        """The session, if there still is one."""
        if self._session is None:
            raise Transient("not_open", "no connection is open")
        if self._session.lost.is_set():
            raise self._lost(self._session)
        return self._session

    def _lost(self, session: Session) -> Trouble:
        self._session = None
        return session.lost_error()

    def _hang_up(self) -> None:
        if self._session is not None:
            self._session.abort()
            self._session = None


def _same_folder(target: str | None, folder: str) -> bool:
    return target == folder or (target is not None and target.upper() == folder.upper() == "INBOX")
