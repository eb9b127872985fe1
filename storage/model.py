"""What the ledger holds, as values.

Promises: frozen values; times have a zone (UTC). Numbers named `ticket` and `receipt.id` belong to the other side and
are opaque here, as are `plan` and `words`. Knows nothing of SQL.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from storage.states import State

ALONE = 2
"""After so many deaths a message's next try is to be made where it can end nothing else."""


class Disposal(StrEnum):
    """What became of the original in its folder."""

    PENDING = "pending"  # not touched yet
    DONE = "done"  # touched as configured, or nothing was to do
    GONE = "gone"  # the folder no longer has it under this key


class Fate(StrEnum):
    """What became of a message: exactly one of these at any time, whatever is still to be done to its original."""

    WAITING = "waiting"  # on its way
    TICKET = "ticket"
    ACTION = "action"
    IGNORED = "ignored"  # a rule said so
    SAME_AGAIN = "same_again"  # another message has the outcome
    QUARANTINED = "quarantined"
    BROKEN = "broken"
    DISCARDED = "discarded"


class Way(StrEnum):
    """How we came to write an answer to an address."""

    UNKNOWN = ""
    FROM = "from"  # the mail was from it
    REPLY_TO = "reply_to"  # a Reply-To of the sender's own organisation named it
    ELSEWHERE = "elsewhere"  # a Reply-To named it, and the sender has nothing to do with it as far as we know
    AGENT = "agent"  # an agent passed a mail of its on


class Seen(StrEnum):
    """What the tallies count beside fates: every UID that a folder's cursor passed, and what it was worth."""

    SEEN = "seen"  # as often as the cursor passed it
    FETCHED = "fetched"  # a message of its own came of it, which has a fate
    KNOWN = "known"  # kept already, under the same key
    FOUND_AGAIN = "found_again"  # kept already, under a key that the folder had before it was rebuilt
    TOO_OLD = "too_old"  # from before the first contact, and not to be taken
    VANISHED = "vanished"  # gone before it could be fetched
    HOLE = "hole"  # passed and not kept, and found by comparing: it is seen once more


@dataclass(frozen=True, slots=True)
class Key:
    """Where a message was found; unique for ever (RFC 9051 §2.3.1.1)."""

    account: str
    folder: str
    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A message to keep. `size` is the server's figure; `octets` may be only the beginning.

    `portions`: what is known of all its parts then; opaque here.
    """

    key: Key
    octets: bytes = field(repr=False)
    size: int
    internal_date: datetime | None = None
    portions: str = field(default="", repr=False)
    backfill: bool = False  # it is old: live mail goes before it
    sender: str = field(default="", repr=False)  # its author's address, as far as that is known by now


@dataclass(frozen=True, slots=True)
class Message:
    """One row of the ledger, without its octets and plan."""

    id: int
    key: Key
    state: State
    size: int
    kept_size: int
    sha256: str
    received_at: datetime
    internal_date: datetime | None = None
    message_id: str | None = None
    cause: str = ""
    words: str = ""
    reason: str = ""
    attempts: int = 0
    due_at: datetime | None = None
    fence: int = 0
    waits_for: int | None = None
    conversation: int | None = None
    revision: int = 0
    ticket: int | None = None
    disposal: Disposal = Disposal.PENDING
    settled_at: datetime | None = None
    override: str = ""  # what an operator said of it: "release", or "assign:" and a ticket
    portions: str = field(default="", repr=False)
    backfill: bool = False  # asked for later, from before the first contact
    fate: Fate = Fate.WAITING
    deaths: int = 0  # how often a process ended that was reading or deciding it
    gone_at: datetime | None = None  # since when its octets are no longer kept

    @property
    def truncated(self) -> bool:
        """Whether only the beginning was kept."""
        return self.kept_size < self.size


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on one message. Every change shows the fence; an outdated one raises Fenced."""

    message: Message
    fence: int
    plan: str | None  # stored earlier: to be resumed, not decided anew
    host: int  # as which this daemon claimed it; after a lost lease it is another
    sender: str = field(default="", repr=False)  # its author's address in lower case; "" if nobody knows it


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that is due. `files`: all but the last of its files is done; see `Work.claim`."""

    id: int
    sender: str
    files: bool = False


@dataclass(frozen=True, slots=True)
class StoredReceipt:
    """Proof of an effect: the other side's number if it has one, how we know, and words for people."""

    id: int | None
    how: str
    words: str = ""
    link: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step of a message's plan as far as it got: no intent, intent (perhaps in doubt), or receipt."""

    name: str
    marker: str | None = None
    intent_at: datetime | None = None
    floor: int | None = None  # the newest ticket known when the intent was recorded
    doubted_at: datetime | None = None
    boot: str = ""  # the start of a machine, on which `boot_at` seconds had passed when it first knew of the doubt
    boot_at: float | None = None
    misses: int = 0
    receipt: StoredReceipt | None = None
    settled_at: datetime | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Joined:
    """Where a message stands among its conversation.

    `ticket` None and `waits_for` None: this message is the root and may open the ticket. `evidence` is the msg-id that
    led here, `strong` when that id was some kept mail's own or one that we gave. `others`: tickets of other
    conversations that it names too, each with the msg-id and whether that is strong. `namesake`: an earlier message
    with the same Message-ID but another digest, and that digest; nothing was joined yet.
    """

    conversation: int
    ticket: int | None = None
    evidence: str | None = None
    strong: bool = False
    waits_for: int | None = None
    same_as: int | None = None
    ours: bool = False
    others: tuple[tuple[int, str, bool], ...] = ()
    namesake: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a folder was read. `backlog`: UIDs up to `last_uid` that are still to be read.

    Those up to `first_uid` were there before the first contact; later ones were missed and are made good.
    """

    uidvalidity: int
    last_uid: int
    backlog: tuple[int, ...]
    first_contact_at: datetime
    first_uid: int = field(default=0, compare=False)  # `last_uid` when the folder was begun; later ones are all ours
    swept_at: datetime | None = field(default=None, compare=False)  # when it was last compared with the ledger


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line of a message's journey."""

    at: datetime
    event: str
    words: str


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that an operator must mend, open until it is cleared."""

    key: str
    words: str
    since: datetime
    last: datetime
    count: int
    told_at: datetime | None = None
