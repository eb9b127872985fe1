r"""One IMAP folder as a `MailSource`.

Promises: what the port says. The folder is opened with SELECT and read with BODY.PEEK, so reading changes nothing in
it; it is changed by `dispose` alone. Where nothing is ever to be done to it, it is opened with EXAMINE: then not even
what is \Recent changes (RFC 3501 §6.3.2). After any error, and after a cancelled call, the connection is gone and
`open` makes a new one. New mail is found by searching, never by counting EXISTS. Fails: Transient and Misconfigured,
see `errors`. Knows nothing of the ledger; what it remembers across connections is which mails were on their way when
one died (see `fetching`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from datetime import date

from config.settings import Mailbox
from gateway.errors import Misconfigured, Transient, Trouble
from gateway.imap.disposal import dispose, move_target
from gateway.imap.fetching import Fetcher, Suspects
from gateway.imap.gate import Gate
from gateway.imap.login import Bearer, Password, log_in
from gateway.imap.session import Session
from gateway.oauth.tokens import Tokens
from gateway.ports import Arrival, FolderState
from gateway.secrecy import know
from gateway.trust import Minimum

RENEWED = 25.0  # seconds of one IDLE; with the time for its end a dead connection is noticed within a minute
SELECTED_FOR = 60.0  # seconds after which a folder is selected again whatever the server says

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class ImapSource:
    """The folder that `mailbox` names. One caller at a time."""

    def __init__(
        self,
        mailbox: Mailbox,
        *,
        folder: str | None = None,
        gate: Gate | None = None,
        tokens: Tokens | None = None,
        minimum: Minimum = "1.2",
    ) -> None:
        """`folder`: another one than the mailbox's first. `gate`: what it shares with other sources.

        `tokens`: where its access token is from, if it logs in with one; `minimum`: the oldest TLS that is spoken.
        """
        know(mailbox.password.get_secret_value())
        self._mailbox = mailbox
        self._folder = folder or mailbox.folder
        self._gate = gate or Gate()
        self._tokens = tokens
        self._minimum = minimum
        self._session: Session | None = None
        self._suspects = Suspects()
        self._state: FolderState | None = None
        self._keyword: str | None = None
        self._reconciled = 0.0  # when the folder was last selected (monotonic)
        self._token_was_old = False
        self._told = False  # the server has just told of new mail: a search finds it
        self._well = True  # it could be opened the last time

    async def open(self) -> FolderState:
        """Connect, log in and select, whatever was before. Misconfigured: login, certificate, folder."""
        self._hang_up()
        box = self._mailbox
        if _same_folder(move_target(box.when_done), self._folder):
            raise Misconfigured("move_into_itself", f'when_done moves mail into "{self._folder}" itself: name another')
        well, self._well = self._well, False
        async with self._gate.server(box.host, box.port, well=well):
            try:
                session = await self._logged_in()
            except Misconfigured as trouble:
                if trouble.cause != "login_refused" or not self._token_was_old:
                    raise
                session = await self._logged_in()  # it may have been revoked: with a new one, once
            try:
                state = await self._select(session)
            except BaseException:
                session.abort()
                raise
        self._session, self._well = session, True
        return state

    async def _logged_in(self) -> Session:
        """A new connection, logged in. A token is asked for first: that may take longer than a server waits."""
        box, credentials = self._mailbox, await self._credentials()
        self._token_was_old = False
        session = await Session.connect(
            box.host,
            box.port,
            box.security,
            limit=box.timeout.total_seconds(),
            ca_file=box.ca_file,
            minimum=self._minimum,
        )
        try:
            await log_in(session, credentials, account=box.name)
        except Misconfigured as trouble:
            if self._tokens is not None and isinstance(credentials, Bearer) and trouble.cause == "login_refused":
                self._token_was_old = self._tokens.refused(credentials.token)
            raise
        except BaseException:
            session.abort()
            raise
        return session

    async def _credentials(self) -> Password | Bearer:
        box = self._mailbox
        if self._tokens is None or box.oauth is None:
            return Password(box.username, box.password.get_secret_value())
        return Bearer(box.username, await self._tokens.get(), box.oauth.mechanism, box.host, box.port)

    async def refresh(self) -> FolderState:
        """Select again: NOOP would not tell of a folder that was removed and made anew.

        Not when the server has just told of new mail, and the last time is not long ago: that mail shall not wait.
        """
        session = self._connected()
        often = min(self._mailbox.poll_interval.total_seconds(), SELECTED_FOR)
        if self._told and self._state is not None and time.monotonic() - self._reconciled < often:
            return self._state
        self._told = False
        return await self._select(session)

    async def uids(
        self, *, after: int = 0, upto: int | None = None, unseen: bool = False, since: date | None = None,
        before: date | None = None,
    ) -> list[int]:  # fmt: skip
        """UIDs greater than `after`, ascending. Dates are compared with the day of INTERNALDATE (RFC 9051 §6.4.4)."""
        criteria = ["UID", f"{after + 1}:{'*' if upto is None else upto}", "UNDELETED", "UNDRAFT"]
        if unseen:
            criteria.append("UNSEEN")
        for word, day in (("SINCE", since), ("BEFORE", before)):
            if day is not None:
                criteria += [word, f"{day.day}-{_MONTHS[day.month - 1]}-{day.year:04}"]
        session = self._connected()
        if not self._told:
            await session.noop()  # Dovecot searches what it had told us of; only then does it look for new mail
        if upto is None:
            self._told = False
            session.news.clear()  # what grows the folder from here on may be missing from what is found now
        found = await session.uid_search(*criteria)
        return [uid for uid in found if uid > after]  # n:* names the last message whatever n is

    def fetch(self, uids: Sequence[int]) -> AsyncGenerator[list[Arrival], None]:
        """In batches of at most 50 mails and 2 MiB, or one larger mail.

        `size` is what the server sent, or would have sent. A mail that is there but that the server cannot deliver
        comes truncated, perhaps empty, once it has been tried often enough: it must be seen and must stop nothing else.
        """
        return Fetcher(self._connected(), self._mailbox.max_message_size, self._suspects, self._gate).batches(uids)

    async def dispose(self, uids: Sequence[int], how: str) -> None:
        """Do as `when_done` says to these mails; see `disposal`."""
        await dispose(self._connected(), uids, how, keyword=self._keyword)

    async def wait(self, seconds: float, until: asyncio.Event) -> bool:
        """By IDLE where the server has it, begun anew every RENEWED seconds: a dead connection shows by then.

        Transient, at once, when the connection is lost meanwhile.
        """
        session = self._connected()
        ends = time.monotonic() + seconds
        while True:
            if session.news.is_set():
                self._told = True
                return True
            left = ends - time.monotonic()
            if until.is_set() or left <= 0:
                return False
            await session.rest(min(left, RENEWED), until)

    async def close(self) -> None:
        """Log out and hang up; never raises."""
        session, self._session = self._session, None
        if session is not None:
            await session.logout()

    async def _select(self, session: Session) -> FolderState:
        folder = self._folder
        selected = await session.select(folder, examine=self._mailbox.when_done == "nothing")
        self._reconciled = time.monotonic()
        if selected.read_only and self._mailbox.when_done != "nothing":
            session.abort()
            raise Misconfigured(
                "read_only", f'the account may only read "{folder}": give it the right, or set when_done = "nothing"'
            )
        if self._state is None or selected.uidvalidity != self._state.uidvalidity:
            self._suspects = Suspects()
        keyword = self._mailbox.keyword
        self._keyword = keyword if keyword and (selected.keywords or keyword.lower() in selected.flags) else None
        uidnext = selected.uidnext
        if uidnext is None:  # optional once (RFC 3501 §7.1)
            uidnext = max(await session.uid_search("UID", "*"), default=0) + 1
        self._state = FolderState(selected.uidvalidity, uidnext)
        return self._state

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
