"""Which tokens each login of the configuration uses, and where refresh tokens are kept.

Promises: one source for all who log in the same way. Fails never: a token is asked for when it is needed. Knows nothing
of how a token is got.
"""

from __future__ import annotations

from config.oauth import OAuth
from config.settings import Mailbox, Settings
from gateway.oauth.tokens import Tokens
from gateway.ports import Clock
from storage.ledger import Ledger


class Logins:
    """Where access tokens are from: one source for all who log in the same way, so that one token serves them all.

    Refresh tokens, which a server may replace at each use, are kept in the ledger.
    """

    def __init__(self, settings: Settings, ledger: Ledger | None, clock: Clock) -> None:
        self._settings = settings
        self._ledger = ledger
        self._clock = clock
        self._sources: dict[str, Tokens] = {}

    def of(self, mailbox: Mailbox) -> Tokens | None:
        """For a mailbox; None: it has a password."""
        where = f"[[mailbox]] {mailbox.name} oauth"
        return self._source(mailbox.oauth, mailbox.username, f"mailbox {mailbox.name}", where)

    def of_smtp(self) -> Tokens | None:
        """For the mail server; None: it has a password, or no login."""
        return self._source(self._settings.smtp.oauth, self._settings.smtp.username, "smtp", "[smtp] oauth")

    def _source(self, oauth: OAuth | None, username: str, name: str, where: str) -> Tokens | None:
        if oauth is None:
            return None
        ledger, note = self._ledger, f"refresh token of {name}"

        async def recall() -> str | None:
            return await ledger.notes.recall(note) if ledger is not None else None

        async def remember(token: str) -> None:
            if ledger is not None:
                await ledger.notes.remember(note, token)

        shared = repr((oauth.provider, oauth.token_at, oauth.client_id, oauth.scopes, str(oauth.certificate)))
        key = shared if oauth.grant == "client_credentials" else note
        if key not in self._sources:
            self._sources[key] = Tokens(
                oauth,
                username,
                self._clock,
                where=where,
                minimum=self._settings.tls.minimum_version,
                recall=recall,
                remember=remember,
            )
        return self._sources[key]
