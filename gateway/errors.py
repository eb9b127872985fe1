"""The kinds of failure that an outside effect can have. Each adapter translates foreign errors into these, once.

    Trouble
    ├── Transient        not done; may work later (429, 503, connection refused, 4yz, database busy)
    ├── Permanent        not done, and will not be: the message's own fault (400, 413, 5yz) -> quarantine
    ├── Misconfigured    not done; the installation's fault (403, a login page, a configured id refused):
    │                    mail waits and the operator is told
    └── Ambiguous        perhaps done (a time-out or a reset after the request left): look it up, never repeat it
        └── Undecided    the look-up would have to guess -> quarantine, with the candidates

Promises: `words` is what the other side said or what we say to the operator, free of secrets (they are struck out here,
whichever adapter took them in) and of mail text. Knows nothing of which protocol failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from gateway.secrecy import mask


class Trouble(Exception):
    """The base; raise one of its children. `cause` is a stable word for logs and tests, `words` is for people."""

    def __init__(self, cause: str, words: str = "", *, retry_after: timedelta | None = None) -> None:
        self.cause = cause = mask(cause)
        self.words = words
        super().__init__(f"{cause}: {self.words}" if words else cause)
        self.retry_after = retry_after  # what the server asked for, if it did
        self.where = ""  # "halo", "smtp" or a mailbox: set by whoever called, for alerts and pauses

    @property
    def words(self) -> str:
        """For people; without secrets, whoever wrote them in."""
        return self._words

    @words.setter
    def words(self, words: str) -> None:
        self._words = mask(words)


class Transient(Trouble):
    """Certainly not done, and worth another try later."""


class Permanent(Trouble):
    """Certainly not done, and another try would end the same way."""


class Misconfigured(Trouble):
    """Certainly not done; no mail can pass until an operator mends the installation. `words` names the cure."""


class Ambiguous(Trouble):
    """Perhaps done. The intent stays in the ledger and the effect is looked up."""


class Undecided(Ambiguous):
    """A look-up that would have to guess between `candidates`, numbers of the other side: a person decides."""

    def __init__(self, cause: str, words: str, candidates: Sequence[int] = ()) -> None:
        super().__init__(cause, words)
        self.candidates = tuple(candidates)
