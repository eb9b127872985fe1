"""Rows of a ledger that has been at work for two years, and the quick way to write them.

Promises: the same size gives the same rows; they keep the ledger's own rules (one fate each, tallies that add up, one
receipt a step). 70 % of the messages opened a ticket, 25 % are entries on one, 5 % neither; three steps, three ids,
ten lines of journal each as the gateway writes them; a plan of 3 KB; one busy day; one ticket with very many entries;
one mailbox that was given up long ago; mail waiting, set aside and backfilled.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import sqlite3
from collections import Counter
from collections.abc import Iterator

import psycopg
from sqlalchemy import make_url

DAY = 86400.0
END = 1_772_355_600.0  # 1 March 2026, 9:00 UTC
DAYS = 730
BUSY = 500  # the day that has a twentieth of all mail
FIRST_TICKET = 100_000
HOT_TICKET = FIRST_TICKET + 1
GONE = "closed-branch"
MAILBOXES = ("support", "sales", "billing", "rare")
KEPT_OCTETS = 0.1  # of the messages: the newest, older ones were let go
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BATCH = 5000
WORDS = ("printer", "fire", "zebra", "server", "since", "morning", "please", "invoice", "account", "password", "again")
COLUMNS = {  # in the order in which they may be written; what is not named has its default
    "conversations": "id ticket root",
    "messages": "id account folder uidvalidity uid size kept_size sha256 internal_date received_at message_id state "
    "cause words reason attempts due_at owner host fence waits_for conversation revision plan ticket disposal "
    "settled_at override portions backfill fate deaths sender gone_at",
    "octets": "message seq data packed",
    "steps": "id message revision name marker thing intent_at doubted_at misses receipt_id receipt_how receipt_words "
    "settled_at",
    "thread_ids": "msgid conversation strength message digest",
    "journal": "id message at event words",
    "answers": "id address at message domain ticket mailbox way message_id",
    "participants": "ticket address",
    "texts": "message digest at",
    "tallies": "account day fate count",
    "cursors": "account folder uidvalidity last_uid backlog first_contact_at updated_at first_uid swept_at",
}
Rows = dict[str, list[tuple[object, ...]]]


def message_id(number: int) -> str:
    return f"{number * 2654435761 % 2**32:08x}.{number}@customer{number % 997}.example"


def ours(number: int) -> str:
    return f"ack.{number * 2246822519 % 2**32:08x}.hm-1-{number}-4szdfbhmxp5jmkh5pqvnt3ebzycj7s4bokjndqy54uy7eagbd5vq@a"


def marker(number: int) -> str:
    """Ten letters; another for every number."""
    left, letters = number * 6364136223846793005 % 2**50, ""
    for _ in range(10):
        left, at = divmod(left, 32)
        letters += LETTERS[at]
    return letters


def digest(number: int) -> str:
    return hashlib.sha256(b"%d" % number).hexdigest()


class Maker:
    """`batches` gives rows by table; afterwards `tickets`, `opens` and `cursors` say what is in them."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.chance = random.Random(size)
        self.tallies: Counter[tuple[str, int, str]] = Counter()
        self.uids: Counter[str] = Counter()
        self.tickets = [HOT_TICKET]
        self.opens = {HOT_TICKET: 1}  # ticket -> message, which is its conversation too
        text = " ".join(self.chance.choices(WORDS, k=20_000))
        self.text, self.octets = text, self.chance.randbytes(1_000_000)
        verdicts = [[f"rule {n}", "nothing in it names a ticket"] for n in range(10)]
        fields = {f"field_{n}": None for n in range(40)}
        self.plan = json.dumps({"version": 1, "steps": [fields], "verdicts": verdicts})
        self.numbers = {name: itertools.count(1) for name in ("steps", "journal", "answers")}

    def batches(self) -> Iterator[Rows]:
        for start in range(1, self.size + 1, BATCH):
            rows: Rows = {name: [] for name in COLUMNS}
            for number in range(start, min(start + BATCH, self.size + 1)):
                self.message(number, rows)
            yield rows
        rows = {name: [] for name in COLUMNS}
        rows["tallies"] = [(*key, count) for key, count in self.tallies.items()]
        rows["cursors"] = [(one, "INBOX", 7, uid, "", END, END, 0, END) for one, uid in self.uids.items()]
        yield rows

    def message(self, number: int, rows: Rows) -> None:
        chance, at = self.chance, self.moment(number)
        account = self.account(number)
        self.uids[account] += 1
        state, fate, late = self.outcome(number)
        open_ = state in {"received", "deferred"}
        ticket = conversation = None
        if number == 1 or fate == "ticket":
            ticket = HOT_TICKET if number == 1 else FIRST_TICKET + number
            if number > 1:
                self.tickets.append(ticket)
                self.opens[ticket] = number
            conversation = number
        elif fate == "action":
            ticket = HOT_TICKET if chance.random() < 0.002 else chance.choice(self.tickets[-5000:])
            conversation = self.opens[ticket]
        else:
            conversation = number
        if conversation == number:
            rows["conversations"].append((number, ticket, number))
        kept = number > self.size * (1 - KEPT_OCTETS) or open_ or state in {"quarantined", "broken"}
        begin = number * 37 % 90_000
        sender = f"person{number * 7919 % 50_000}@customer{number * 7919 % 997}.example"
        plan = None if state == "received" else f"{self.plan}{self.text[begin : begin + 600]}{begin}"
        rows["messages"].append((
            number, account, "INBOX", 7, self.uids[account], 8000, 8000, digest(number), at, at, message_id(number),
            state, "refused" if state == "deferred" else "", "", "new_request" if plan else "", 1,
            END + 3600 if state == "deferred" else at, None, None, 1,
            number - 1 if open_ and number % 50 == 0 else None, conversation, 1, plan, ticket,
            "done" if state == "done" and number < self.size - 20 else "pending",
            None if open_ else at + 2, "", "", late, fate, 0, "" if state == "received" else sender,
            None if kept else at + 90 * DAY,
        ))  # fmt: skip
        self.tallies[account, int(at // DAY), fate] += 1
        if kept:
            rows["octets"].append((number, 0, self.octets[begin : begin + 3000], 1))
        thread = message_id(number)
        rows["thread_ids"].append((thread, conversation, "own", number, digest(-number)))
        rows["thread_ids"].append((f"ref.{thread}", conversation, "referenced", None, None))
        line = [("kept", f"{account} INBOX uid {self.uids[account]}, 8000 octets")]
        if plan:
            rows["texts"].append((number, digest(-number), at))
            line.append(("decided", "OpenTicket: new_request"))
        if state == "done":
            line += self.done(number, at, ticket, fate, sender, conversation, rows)
        rows["journal"] += [(next(self.numbers["journal"]), number, at, event, words) for event, words in line]

    def done(
        self, number: int, at: float, ticket: int | None, fate: str, sender: str, conversation: int,
        rows: Rows,
    ) -> list[tuple[str, str]]:  # fmt: skip
        lines = []
        rows["thread_ids"].append((ours(number), conversation, "ours", number, None))
        first = fate if ticket is not None else "user"
        for place, name in enumerate((first, "attachment-1", "acknowledgement")):
            mark, new = marker(3 * number + place), {first: ticket, "attachment-1": 4_000_000 + number}.get(name)
            if name == "action":
                new = 9_000_000 + number
            thing = f"{ticket}/5000/a.pdf" if name == "attachment-1" else None
            how = "sent" if name == "acknowledgement" else "answered"
            rows["steps"].append((
                next(self.numbers["steps"]), number, 1, name, mark, thing, at, None, 0, new, how, "", at,
            ))  # fmt: skip
            lines += [("intent", f"{name}, reference {mark}"), ("receipt", f"{name} {new}, {how}")]
        domain = sender.partition("@")[2]
        rows["answers"].append((
            next(self.numbers["answers"]), sender, at, number, domain, ticket, sender, "from", ours(number),
        ))  # fmt: skip
        if fate == "ticket":
            rows["participants"].append((ticket, sender))
        return [*lines, ("settled", "new_request"), ("disposed", "seen")]

    def moment(self, number: int) -> float:
        """When it came: evenly over two years, but for the busy day."""
        part, first, last = number / self.size, BUSY / DAYS * 0.95, BUSY / DAYS * 0.95 + 0.05
        if part < first:
            return END - DAYS * DAY + part / 0.95 * DAYS * DAY
        if part < last:
            return END - (DAYS - BUSY) * DAY + (part - first) / 0.05 * DAY
        return END - (1 - part) / 0.95 * DAYS * DAY

    def account(self, number: int) -> str:
        if number < self.size * 0.02:
            return GONE
        draw = self.chance.random()
        return "support" if draw < 0.6 else "sales" if draw < 0.9 else "billing" if draw < 0.9999 else "rare"

    def outcome(self, number: int) -> tuple[str, str, int]:
        """State, fate, and whether it was asked for later."""
        if number > self.size - max(300, self.size * 0.003) and number % 3:
            return ("received" if number % 3 == 1 else "deferred"), "waiting", int(number % 5 == 0)
        draw = self.chance.random()
        late = int(0.1 < number / self.size < 0.15)
        if draw < 0.0004:
            return "quarantined", "quarantined", late
        if draw < 0.00045:
            return "broken", "broken", late
        if number == 1 or draw < 0.7:
            return "done", "ticket", late
        if draw < 0.95:
            return "done", "action", late
        return "done", ("ignored", "same_again", "discarded")[number % 3], late


def fill(state: str, size: int) -> Maker:
    """Write the rows into an empty ledger that has its schema, past the facets but into the same tables."""
    made = Maker(size)
    url = make_url(state)
    if url.get_backend_name() == "sqlite":
        with sqlite3.connect(str(url.database)) as held:
            held.execute("PRAGMA journal_mode = OFF")  # whoever opens it as a daemon sets it as it should be
            held.execute("PRAGMA synchronous = OFF")
            held.execute("PRAGMA cache_size = -3000000")
            for rows in made.batches():
                for name in COLUMNS:
                    held.executemany(_insert(name), rows[name])
                held.commit()
        held.close()
        return made
    with psycopg.connect(state) as held:
        held.execute("SET session_replication_role = replica")  # the rows are known to name one another
        for rows in made.batches():
            for name in COLUMNS:
                if rows[name]:
                    _copy(held, name, rows[name])
            held.commit()
        for name in ("messages", "conversations", "steps", "journal", "answers"):
            held.execute(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) + 1 FROM {name}))")
        held.commit()
        held.autocommit = True
        held.execute("VACUUM ANALYZE")  # the server does so by itself in time
        held.execute("CHECKPOINT")
    return made


def _copy(held: psycopg.Connection, name: str, rows: list[tuple[object, ...]]) -> None:
    with held.cursor() as cursor, cursor.copy(f"COPY {name} ({_columns(name)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _insert(name: str) -> str:
    return f"INSERT INTO {name} ({_columns(name)}) VALUES ({', '.join('?' for _ in COLUMNS[name].split())})"


def _columns(name: str) -> str:
    return ", ".join(f'"{column}"' for column in COLUMNS[name].split())
