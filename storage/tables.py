"""The tables, as SQLAlchemy knows them. The migrations make them; a test holds the two against each other.

Promises: names, types, keys. Times are seconds since the epoch in double precision. Any text may be written: what no
database takes (NUL, lone surrogates) is left out or becomes "?". Octets have a table of their own, in chunks, so that
rows stay small and a page of the list never reads mail.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy import Text as PlainText
from sqlalchemy.types import TypeDecorator

CHUNK = 256 * 1024
"""Octets in one chunk: a chunk is a value that SQLite and PostgreSQL both move in one piece."""

EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC).timestamp(), datetime.max.replace(tzinfo=UTC).timestamp() - 1
"""What a time can be in UTC. A date of the first or last day of the calendar, in another zone, lies beyond."""


class Text(TypeDecorator[str]):
    """Text as servers and mail give it: two characters that some database refuses must never stop a message."""

    impl = PlainText
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - its signature
        """The value as every database takes it; for comparisons too, so that what was written is found."""
        if value is None or (value.isascii() and "\0" not in value):
            return value
        return value.replace("\0", "").encode("utf-8", "replace").decode()


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only in an INTEGER key

meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))

conversations = Table(
    "conversations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("ticket", BigInteger),
    Column("root", BigInteger),  # the message that opens the ticket while there is none
    Index(None, "ticket"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account", Text, nullable=False),
    Column("folder", Text, nullable=False),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uid", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("kept_size", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("internal_date", Double),
    Column("received_at", Double, nullable=False),
    Column("message_id", Text),
    Column("state", Text, nullable=False),
    Column("cause", Text, nullable=False, server_default=""),
    Column("words", Text, nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", Double, nullable=False),
    Column("owner", Text),
    Column("host", BigInteger),  # whose hands it is in while it is active
    Column("fence", BigInteger, nullable=False, server_default="0"),
    Column("waits_for", BigInteger),
    Column("conversation", ForeignKey("conversations.id")),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("plan", Text),
    Column("ticket", BigInteger),
    Column("disposal", Text, nullable=False, server_default="pending"),
    Column("settled_at", Double),
    Column("override", Text, nullable=False, server_default=""),  # what an operator said: release, or assign:TICKET
    Column("portions", Text, nullable=False, server_default=""),  # of a mail that was not kept whole
    Column("backfill", Integer, nullable=False, server_default="0"),  # 1: live mail goes first
    Column("fate", Text, nullable=False, server_default="waiting"),
    Column("deaths", Integer, nullable=False, server_default="0"),  # ends of a process that was reading or deciding it
    Column("sender", Text, nullable=False, server_default=""),  # its author's address, in lower case
    Column("gone_at", Double),  # since when its octets are no longer kept
    UniqueConstraint("account", "folder", "uidvalidity", "uid"),
    Index(None, "state", "id"),
    Index(None, "account", "state", "id"),
    Index(None, "account", "state", sqlite_where=text("backfill = 1"), postgresql_where=text("backfill = 1")),
    Index(None, "backfill", "state", "due_at", "id"),
    Index(None, "sha256"),
    Index(None, "message_id"),
    Index(None, "ticket"),
    Index(None, "waits_for"),
    Index(None, "disposal", "state", "account"),
    Index(None, "sender"),
    Index(None, "gone_at", "fate", "settled_at"),
)

octets = Table(
    "octets",
    metadata,
    Column("message", ForeignKey("messages.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("data", LargeBinary, nullable=False),
    Column("packed", Integer, nullable=False, server_default="0"),  # 1: by zlib
)

steps = Table(
    "steps",
    metadata,
    Column("id", Id, primary_key=True),
    Column("message", ForeignKey("messages.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("marker", Text),
    Column("thing", Text),  # what the effect looks like to the other side, where two may look alike
    Column("intent_at", Double),
    Column("floor", BigInteger),
    Column("doubted_at", Double),
    Column("misses", Integer, nullable=False, server_default="0"),
    Column("receipt_id", BigInteger),
    Column("receipt_how", Text),
    Column("receipt_words", Text),
    Column("receipt_link", Text),
    Column("settled_at", Double),
    Column("boot", Text, nullable=False, server_default=""),  # the start of a machine from which `boot_at` counts
    Column("boot_at", Double),  # when that machine first knew of the doubt
    Column("resent_at", Double),  # sent again after a doubt: another may turn up
    Column("checked_at", Double),  # when it was last looked for a second one
    UniqueConstraint("message", "revision", "name"),
    Index(None, "marker"),
    Index(None, "thing"),
    Index(None, "name", "receipt_id"),
    Index(None, "resent_at"),
)

thread_ids = Table(
    "thread_ids",
    metadata,
    Column("msgid", Text, primary_key=True),
    Column("conversation", ForeignKey("conversations.id"), nullable=False),
    Column("strength", Text, nullable=False),  # own: a kept mail's; ours: we gave it; referenced: only mentioned
    Column("message", BigInteger),
    Column("digest", Text),
)

cursors = Table(
    "cursors",
    metadata,
    Column("account", Text, primary_key=True),
    Column("folder", Text, primary_key=True),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("last_uid", BigInteger, nullable=False),
    Column("backlog", Text, nullable=False, server_default=""),
    Column("first_contact_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("first_uid", BigInteger, nullable=False, server_default="0"),  # every later UID is to be accounted for
    Column("swept_at", Double),  # when the folder was last compared with the ledger
)

hosts = Table(
    "hosts",
    metadata,
    Column("id", Id, primary_key=True),  # of one daemon from its start to its end
    Column("name", Text, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("version", Text, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("started_at", Double, nullable=False),
    Column("beat_at", Double, nullable=False),
    Column("until", Double, nullable=False),  # by the database's clock: later it has nothing in its hands
)

leases = Table(  # what one host at a time may have: mailboxes
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("host", BigInteger, nullable=False),
    Column("since", Double, nullable=False),
    Column("fence", BigInteger, nullable=False),
)

spending = Table(  # requests that hosts have set aside for themselves out of the common budget
    "spending",
    metadata,
    Column("id", Id, primary_key=True),
    Column("host", BigInteger, nullable=False),
    Column("at", Double, nullable=False),
    Column("count", Integer, nullable=False),
    Index(None, "at"),
)

tallies = Table(  # of a mailbox and a day: messages kept then by what became of them, and UIDs by what they were worth
    "tallies",
    metadata,
    Column("account", Text, primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),  # since the epoch, UTC
    Column("fate", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Index(None, "day"),
)

journal = Table(
    "journal",
    metadata,
    Column("id", Id, primary_key=True),
    Column("message", ForeignKey("messages.id"), nullable=False),
    Column("at", Double, nullable=False),
    Column("event", Text, nullable=False),
    Column("words", Text, nullable=False, server_default=""),
    Index(None, "message"),
)

answers = Table(  # what was sent to whom: for the budgets of acknowledgements, and to believe that one came back
    "answers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("address", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("message", BigInteger, nullable=False),
    Column("domain", Text, nullable=False, server_default=""),  # of the organisation
    Column("ticket", BigInteger),
    Column("mailbox", Text, nullable=False, server_default=""),  # one key for all spellings of the address
    Column("way", Text, nullable=False, server_default=""),  # by which we came to write there: `storage.model.Way`
    Column("message_id", Text),  # of the answer
    Column("reached", Integer, nullable=False, server_default="0"),  # 1: somebody answered it, so it had arrived
    Index(None, "address", "at"),
    Index(None, "mailbox", "at"),
    Index(None, "way", "at"),
    Index(None, "message_id"),
    Index(None, "domain", "at"),
    Index(None, "ticket"),
    Index(None, "at"),
)

participants = Table(
    "participants",
    metadata,
    Column("ticket", BigInteger, primary_key=True, autoincrement=False),
    Column("address", Text, primary_key=True),
)

dead_addresses = Table(
    "dead_addresses",
    metadata,
    Column("address", Text, primary_key=True),  # one key for all spellings
    Column("at", Double, nullable=False),
    Column("message", BigInteger, nullable=False),  # that said so
)

texts = Table(  # what was said, to know a machine that says it again
    "texts",
    metadata,
    Column("message", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", Text, nullable=False),
    Column("at", Double, nullable=False),
    Index(None, "digest", "at"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("words", Text, nullable=False),
    Column("since", Double, nullable=False),
    Column("last", Double, nullable=False),
    Column("count", Integer, nullable=False),
    Column("told_at", Double),
)


def stamp(moment: datetime) -> float:
    """A time as the tables hold it."""
    return moment.timestamp()


def moment(stamp: float) -> datetime:
    """A time as the rest of the house knows it."""
    return datetime.fromtimestamp(min(max(stamp, EARLIEST), LATEST), UTC)


def moment_or_none(stamp: float | None) -> datetime | None:
    """The same for a time that may be missing."""
    return None if stamp is None else moment(stamp)
